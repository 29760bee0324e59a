"""A drawn city with its transmitters, and the calls of its people, in one trace.

Those who received a transmitter's text may ring the number in it: the truth of that campaign names
the transmitter.
"""

import gzip
import heapq
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from replay.simulate.calls.call_world import CallWorld, draw_calls
from replay.simulate.calls.fraud.rogue_callback import Wave, callback_number
from replay.simulate.calls.honest.lines import draw_lines
from replay.simulate.calls.parameters import BY_NAME, named
from replay.simulate.calls.simulation import CallSummary, simulate_calls
from replay.simulate.calls.stage import Stage
from replay.simulate.calls.written.json_lines import write_packed
from replay.simulate.drawn.simulation import simulate_drawn
from replay.simulate.drawn.world_draw import DEFAULT_SEED, DrawnWorld, draw, parameters_of
from replay.simulate.run import Summary
from replay.simulate.scenario.scenario_types import ScenarioError

TEXTS, TRUTH, VALUES = "sms.jsonl.gz", "truth.jsonl", "world.json"
CITY_HOUR = 10  # at which the city's recording begins, in its own time


def simulate_city_asked(
    path: Path | None,
    out: Path,
    *,
    seed: int | None = None,
    honest: bool = False,
    given: Sequence[str] = (),
) -> tuple[Summary, CallSummary]:
    """Simulates a drawn city and a call world in one; ``given`` are parameters of either.

    Raises `ScenarioError`.
    """
    if path is not None:
        raise ScenarioError(f"{path}: --drawn with --drawn-calls takes no scenario")
    of_calls = [text for text in given if text.partition("=")[0].strip() in BY_NAME]
    of_city = [text for text in given if text not in of_calls]
    number = DEFAULT_SEED if seed is None else seed
    city = draw(number, honest=honest, given=parameters_of(of_city))
    known = {"start_hour": CITY_HOUR, **parameters_of(of_calls, named)}
    return simulate_city(city, draw_calls(number, honest=honest, given=known), out)


def simulate_city(city: DrawnWorld, world: CallWorld, out: Path) -> tuple[Summary, CallSummary]:
    """Writes both to the folder ``out``; texts, truth and values lie in one file each."""
    stage = draw_lines(world)
    names = [f"drawn-{number + 1}" for number in range(len(city.transmitters))]
    numbers = {name: callback_number(stage, stage.random(f"callback {name}")) for name in names}
    summary = simulate_drawn(city, out, {name: f"+{number}" for name, number in numbers.items()})
    values = msgspec.json.decode((out / VALUES).read_bytes())
    calls = add_calls(world, out, lambda texts: _waves(stage, texts, numbers))
    values["calls"] = msgspec.json.decode((out / VALUES).read_bytes())
    (out / VALUES).write_bytes(msgspec.json.format(msgspec.json.encode(values)) + b"\n")
    return summary, calls


def add_calls(
    world: CallWorld, out: Path, waves: Callable[[list[bytes]], list[Wave]] = lambda _: []
) -> CallSummary:
    """Writes calls to the folder of a trace that is there already, of the same time: texts and
    truth of both lie in one file each then. ``waves`` are what its texts give people to ring."""
    texts, truth = _lines(out / TEXTS), (out / TRUTH).read_bytes()
    calls = simulate_calls(world, out, waves(texts))
    merged = heapq.merge(
        _by_arrival(texts), _by_arrival(_lines(out / TEXTS)), key=lambda each: each[0]
    )
    write_packed(out / TEXTS, (line for _, line in merged))
    (out / TRUTH).write_bytes(truth + (out / TRUTH).read_bytes())
    return calls


def _waves(stage: Stage, texts: list[bytes], numbers: dict[str, int]) -> list[Wave]:
    """When the texts of each transmitter came, within the time of the calls."""
    times: dict[str, list[int]] = defaultdict(list)
    for line in texts:
        row: dict[str, Any] = msgspec.json.decode(line)
        if row["source"] == "device" and row.get("callback"):
            times[row["callback"]].append(row["ts"] - stage.start_ms)
    waves = []
    for name, number in numbers.items():
        within = [t for t in times[f"+{number}"] if 0 <= t < stage.end_ms]
        waves += [Wave(name, number, within)] if within else []
    return waves


def _lines(path: Path) -> list[bytes]:
    if not path.exists():
        return []
    with gzip.open(path) as packed:
        return packed.readlines()


def _by_arrival(lines: list[bytes]) -> Iterator[tuple[int, bytes]]:
    """Lines with the arrival time of the latest before them."""
    latest = 0
    for line in lines:
        latest = max(latest, msgspec.json.decode(line)["rx_ts"])
        yield latest, line
