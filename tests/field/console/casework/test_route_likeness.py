"""How near two transmitters were at one time: a fast sum against the obvious one."""

import random

import pytest

from field.console.casework.route_likeness import Track, least_apart_m
from geo.earth.sphere import distance_m


def obvious(one: Track, other: Track, within_ms: int) -> float | None:
    gaps = [
        float(distance_m(lat, lon, their_lat, their_lon))
        for ts, lat, lon in one
        for their_ts, their_lat, their_lon in other
        if abs(ts - their_ts) <= within_ms
    ]
    return min(gaps, default=None)


@pytest.mark.parametrize("seed", range(20))
def test_the_least_distance_at_one_time_is_the_obvious_one(seed: int) -> None:
    chance = random.Random(seed)

    def track() -> Track:
        return [
            (chance.randrange(2_000), chance.uniform(29, 31), chance.uniform(103, 105))
            for _ in range(chance.randrange(40))
        ]

    one, other = track(), track()
    assert least_apart_m(one, other, 30) == pytest.approx(obvious(one, other, 30), abs=1e-6)


@pytest.mark.slow
def test_long_tracks_at_one_time_are_compared_by_some_of_their_fixes() -> None:
    one = [(at, 30.0, 104.0) for at in range(20_000)]
    other = [(at, 30.1, 104.0) for at in range(20_000)]
    assert least_apart_m(one, other, 60_000) == pytest.approx(11_120, abs=20)
