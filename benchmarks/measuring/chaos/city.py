"""A small city with three transmitters that are drawn, and what `detect` finds there: what every
run with faults must find as well."""

from pathlib import Path
from random import Random
from typing import Final

import msgspec
from msgspec import structs

from detectors.alert.record import Alert
from replay.detect import detect
from replay.simulate import load_scenario, simulate
from replay.simulate.scenario.rogue import Parked, Rogue
from replay.simulate.scenario.scenario import Scenario
from streams.config.settings import load_settings
from streams.privacy.hasher import Hasher
from streams.privacy.hashing_key import load_key

_FILE: Final = Path(__file__).with_name("city.yaml")
#: Where the three stand, about (m), when they come on air (s) and for how long.
_AT_M: Final = ((-1300.0, -1000.0), (1300.0, -700.0), (100.0, 1300.0))
_SPREAD_M: Final = 250.0
_BEGINS_S, _ON_AIR_S = (60.0, 240.0), (300.0, 480.0)
#: With more hours, each is on the air once in so many seconds.
_AGAIN_S: Final = 1800.0


def city(
    seed: int, hours: float | None = None, phones: int | None = None, again_s: float = _AGAIN_S
) -> Scenario:
    """The city of a seed, a quarter of an hour of it or so many ``hours``, and with its own people
    or so many ``phones``; in a long one each transmitter is on the air every ``again_s``."""
    scenario = load_scenario(_FILE)
    duration_s = scenario.duration_s if hours is None else hours * 3600.0
    people = structs.replace(scenario.people, phones=phones or scenario.people.phones)
    chance = Random(seed)
    rogues = tuple(
        _drawn(scenario.rogues[0], number, duration_s, again_s, chance)
        for number in range(len(_AT_M))
    )
    return structs.replace(scenario, rogues=rogues, duration_s=duration_s, people=people)


def made(scenario: Scenario, seed: int, folder: Path) -> Path:
    """Its trace, made unless it is there."""
    trace = folder / "trace"
    if not (folder / "made").exists():
        simulate(scenario, seed, trace)
        (folder / "made").touch()
    return trace


def undisturbed(trace: Path, out: Path, environment: dict[str, str], key: str) -> list[Alert]:
    """All alert revisions that one process finds in a trace, with those settings."""
    settings = load_settings(env=environment)
    detect(trace, out, settings, Hasher(load_key({"CELLHOUND_KEY": key}).key, settings.senders))
    lines = (out / "alerts.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line, type=Alert) for line in lines]


def _drawn(van: Rogue, number: int, duration_s: float, again_s: float, chance: Random) -> Rogue:
    east_m, north_m = (at + chance.uniform(-_SPREAD_M, _SPREAD_M) for at in _AT_M[number])
    begin_s, on_air_s = chance.uniform(*_BEGINS_S), chance.uniform(*_ON_AIR_S)
    begins = [begin_s]
    while begins[-1] + again_s + on_air_s < duration_s:
        begins.append(begins[-1] + again_s)
    return structs.replace(
        van,
        id=f"van-{number + 1}",
        place=Parked(at_m=(east_m, north_m)),
        active_s=[[begin, begin + on_air_s] for begin in begins],
    )
