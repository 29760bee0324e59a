"""The values of a call world: drawn by seed, given by a person, or read from a file."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from replay.simulate.calls.parameters import (
    CAMPAIGN,
    COUNTS,
    DEFAULTS,
    DRAWN,
    NUISANCES,
    SIZE,
    named,
)
from replay.simulate.drawn.parameters import Value
from replay.simulate.drawn.world_draw import DEFAULT_SEED, generator, read_asked
from replay.simulate.scenario.scenario_types import Strict


class CallWorld(Struct, frozen=True):
    """All values of a call world; what they do not name comes from the seed."""

    seed: int
    honest: bool
    parameters: dict[str, Value]


class CallFile(Strict, frozen=True):
    """A YAML file that asks for a call world; what ``parameters`` does not give is drawn."""

    drawn_calls: bool
    seed: int | None = None
    honest: bool = False
    parameters: dict[str, Value] = {}  # noqa: RUF012 (msgspec copies it)


def draw_calls(
    seed: int, *, honest: bool = False, given: Mapping[str, Value] | None = None
) -> CallWorld:
    """The values of a call world. Raises `ScenarioError` for one that no parameter may have."""
    known = {name: named(name).checked(value) for name, value in (given or {}).items()}
    values = {each.name: known.get(each.name, DEFAULTS[each.name]) for each in (*SIZE, *NUISANCES)}
    values |= {
        each.name: known.get(each.name, each.draw(generator(seed, each.name))) for each in DRAWN
    }
    values |= {each.name: known[each.name] for each in (*COUNTS, *CAMPAIGN) if each.name in known}
    return CallWorld(seed, honest, values)


def read_calls(path: Path) -> CallFile | None:
    """The file as one that asks for a call world; None where it says nothing of ``drawn_calls``.

    Raises `ScenarioError`.
    """
    return read_asked(path, "drawn_calls", CallFile)


def calls_of(asked: CallFile, seed: int | None = None) -> CallWorld:
    """The world that a file asks for, with its own seed unless another is named."""
    own = DEFAULT_SEED if asked.seed is None else asked.seed
    return draw_calls(own if seed is None else seed, honest=asked.honest, given=asked.parameters)
