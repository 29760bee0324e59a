"""Whatever a person asks to simulate: a city, a world of callers, or both in one."""

from collections.abc import Sequence
from pathlib import Path

from replay.simulate.calls.city import simulate_city_asked
from replay.simulate.calls.simulation import CallSummary, asks_for_calls, simulate_calls_asked
from replay.simulate.drawn.simulation import simulate_asked
from replay.simulate.run import Summary


def simulate_any(
    path: Path | None,
    out: Path,
    *,
    drawn: bool = False,
    drawn_calls: bool = False,
    seed: int | None = None,
    honest: bool = False,
    given: Sequence[str] = (),
) -> tuple[Summary | None, CallSummary | None]:
    """Simulates what a file says, or a world that is drawn, and returns what was made of each.

    ``given`` are ``NAME=VALUE`` of drawn parameters. Raises `ScenarioError`.
    """
    if drawn and drawn_calls:
        return simulate_city_asked(path, out, seed=seed, honest=honest, given=given)
    if drawn_calls or (not drawn and asks_for_calls(path)):
        return None, simulate_calls_asked(path, out, seed=seed, honest=honest, given=given)
    return simulate_asked(path, out, seed=seed, drawn=drawn, honest=honest, given=given), None
