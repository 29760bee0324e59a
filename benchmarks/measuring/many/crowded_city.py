"""A drawn city with many transmitters at once, and the same with fewer of the same.

Nuisances are drawn as those of any drawn world; the transmitters stand at drawn places, each at
least `APART_M` from all others, and are on the air for drawn times of one half-hour. Every smaller
number is a part of the largest, so that what differs is how many others there are.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec
import numpy as np
from msgspec import structs

from replay.simulate import simulate
from replay.simulate.drawn.parameters import Value
from replay.simulate.drawn.world_draw import DURATION_S, draw, generator
from replay.simulate.drawn.world_scenario import scenario_of
from replay.simulate.run import Summary
from replay.simulate.scenario.rogue import Campaign, Parked, Rogue
from replay.simulate.scenario.scenario import Scenario

#: Transmitters whose phones are taken between them; nearer ones are two of one place.
APART_M = 800.0
#: A city where so many find room and victims: its side, and what may be drawn narrower.
CITY: dict[str, Value] = {
    "city_size_m": 5500.0,
    "phones": 3200,
    "reporting_share": 0.6,
    "report_interval_s": 150.0,
}
#: Phones, somewhat more than a drawn world has: each of thirty transmitters must find eight.
PHONES = 3600
#: Time grain of the simulation (s): nobody drives a transmitter here.
STEP_S = 10.0
#: Seconds on the air, log-uniform: long enough that many are so at once.
ON_AIR_S = (600.0, 1800.0)
#: What senders the texts pretend to be: gangs share them.
SENDERS = ("95588", "95533", "95555", "10086", "10010", "106575258", "+8613512340001", "VIP-CARD")
DOMAINS = ("icbc-vip.example", "gift.example", "points.example")
#: Length of the first one's text; each next one's is one longer, so that they can be told apart.
SHORTEST = 20
_TRIES = 20_000


def crowded(seed: int, most: int) -> Scenario:
    """The city of a seed with ``most`` transmitters; `ValueError` where they find no room."""
    world = draw(seed, given=CITY, transmitters=[_values(seed, number) for number in range(most)])
    scenario = scenario_of(world)
    places = _places(seed, most, float(world.parameters["city_size_m"]))
    rogues = tuple(
        _rogue(seed, number, rogue, places[number]) for number, rogue in enumerate(scenario.rogues)
    )
    people = structs.replace(scenario.people, phones=PHONES)
    feeds = structs.replace(scenario.feeds, sms_reporting_share=1.0)
    return structs.replace(scenario, people=people, feeds=feeds, rogues=rogues, step_s=STEP_S)


def part_of(scenario: Scenario, ids: Collection[str]) -> Scenario:
    """The same city with only some of its transmitters."""
    return structs.replace(scenario, rogues=tuple(r for r in scenario.rogues if r.id in ids))


def written(scenario: Scenario, seed: int, folder: Path) -> Summary:
    """The trace of a city, made unless it is there already."""
    kept = folder / "summary.json"
    if kept.is_file():
        return msgspec.json.decode(kept.read_bytes(), type=Summary)
    summary = simulate(scenario, seed, folder)
    kept.write_bytes(msgspec.json.encode(summary))
    return summary


def number_of(rogue_or_text: Rogue | Mapping[str, object]) -> int | None:
    """What tells a transmitter's text from all others: its length; ``None`` for an honest one."""
    if isinstance(rogue_or_text, Rogue):
        return None if rogue_or_text.sms is None else rogue_or_text.sms.length
    honest = rogue_or_text.get("url_domain") not in DOMAINS
    length = rogue_or_text.get("length")
    return length if isinstance(length, int) and not honest else None


def _values(seed: int, number: int) -> dict[str, Value]:
    """One that stands, sends texts, and reaches enough phones to be found."""
    rng = generator(seed, f"many {number}")
    return {
        "motion": "parked",
        "purpose": "sms",
        "release": "accept",
        "power_w": float(f"{20.0 * 2.0 ** rng.random():.4g}"),
        "height_m": float(f"{rng.uniform(3.0, 30.0):.4g}"),
        "captured_share": float(f"{rng.uniform(0.5, 0.95):.4g}"),
        "on_air_s": float(f"{np.exp(rng.uniform(*np.log(ON_AIR_S))):.4g}"),
    }


def _places(seed: int, most: int, size_m: float) -> list[tuple[float, float]]:
    rng, half_m = generator(seed, "many places"), 0.45 * size_m
    places: list[tuple[float, float]] = []
    for _ in range(_TRIES):
        if len(places) == most:
            return places
        x, y = rng.uniform(-half_m, half_m, 2).round(1).tolist()
        if all(np.hypot(x - a, y - b) >= APART_M for a, b in places):
            places.append((x, y))
    raise ValueError(f"{most} transmitters find no room {APART_M:.0f} m apart")


def _rogue(seed: int, number: int, rogue: Rogue, at_m: tuple[float, float]) -> Rogue:
    rng = generator(seed, f"many texts {number}")
    on_air_s = rogue.active_s[-1][1] - rogue.active_s[0][0]
    begin_s = float(rng.uniform(60.0, max(61.0, DURATION_S - on_air_s)))
    text = Campaign(
        sender=SENDERS[int(rng.integers(len(SENDERS)))],
        url_domain=DOMAINS[int(rng.integers(len(DOMAINS)))],
        length=SHORTEST + number,
    )
    span_s = begin_s, min(begin_s + on_air_s, DURATION_S)
    return structs.replace(rogue, place=Parked(at_m=at_m), active_s=[span_s], sms=text)
