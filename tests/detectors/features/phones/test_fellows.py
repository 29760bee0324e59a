"""Phones that travel together are one witness; those that stand, or go elsewhere, are their own."""

from typing import Any

import numpy as np
import pytest

from detectors.features.phones.fellows import Leg, came_ms, motions
from geo.earth.sphere import METRES_A_DEGREE

AWAY = METRES_A_DEGREE


def leg(north_m: float, north_mps: float | None, east_mps: float = 0.0) -> Leg:
    """On a way due north along the equator's meridian."""
    return Leg(north_m / AWAY, 0.0, None if north_mps is None else east_mps, north_mps)


def came(*phones: tuple[float, Leg]) -> list[float]:
    """Phones by when they came (s)."""
    who = {f"d{number}": round(at_s * 1000) for number, (at_s, _) in enumerate(phones)}
    legs = {f"d{number}": way for number, (_, way) in enumerate(phones)}
    return [ms / 1000 for ms in came_ms(who, legs)]


def test_a_train_is_one_witness() -> None:
    train = [(10.0 * n, leg(300.0 * n + 40.0 * (-1) ** n, 30.0 + n % 3)) for n in range(8)]
    assert came(*train) == [0.0]


def test_who_stands_where_it_comes_by_is_a_witness_of_its_own() -> None:
    assert came((0.0, leg(0.0, 30.0)), (10.0, leg(300.0, 0.0)), (20.0, leg(600.0, 0.0))) == [
        0.0,
        10.0,
        20.0,
    ]


def test_of_whom_nothing_is_known_rides_if_it_is_where_the_others_are() -> None:
    assert came((0.0, leg(0.0, 30.0)), (10.0, leg(320.0, None))) == [0.0]
    assert came((0.0, leg(0.0, 30.0)), (10.0, leg(1900.0, None))) == [0.0, 10.0]
    assert came((0.0, leg(0.0, None)), (10.0, leg(300.0, None))) == [0.0, 10.0]


@pytest.mark.parametrize(
    "other",
    [
        leg(300.0, -30.0),  # the other way
        leg(300.0, 8.0),  # more slowly
        leg(3000.0, 30.0),  # far ahead
        leg(300.0, 0.0, east_mps=30.0),  # across
    ],
)
def test_others_on_the_way_are_their_own(other: Leg) -> None:
    assert came((0.0, leg(0.0, 30.0)), (10.0, other)) == [0.0, 10.0]


def test_a_car_that_follows_after_minutes_is_its_own() -> None:
    assert came((0.0, leg(0.0, 15.0)), (400.0, leg(6000.0, 15.0))) == [0.0, 400.0]


def goes(make: Any, *rows: dict[str, Any]) -> list[dict[str, float]]:
    batch = make.measurements(*({"device": "d", **row} for row in rows))
    return motions(make.facts(batch, make.town_register()), np.arange(len(batch.ts_ms)))


def at(make: Any, at_s: float, east_m: float) -> dict[str, Any]:
    lat, lon = make.at(east_m)
    return {"at_s": at_s, "lat": lat, "lon": lon}


def test_how_a_phone_goes_comes_from_its_report_before(make: Any) -> None:
    first, second = goes(make, at(make, 0.0, 0.0), at(make, 30.0, 600.0))
    assert first == {}
    assert second["east_mps"] == pytest.approx(20.0, abs=0.3)
    assert second["north_mps"] == pytest.approx(0.0, abs=0.3)


@pytest.mark.parametrize(("after_s", "east_m"), [(30.0, 20.0), (60.0, 100.0)])
def test_who_stands_or_walks_is_known_to(make: Any, after_s: float, east_m: float) -> None:
    assert goes(make, at(make, 0.0, 0.0), at(make, after_s, east_m))[1] == {
        "east_mps": 0.0,
        "north_mps": 0.0,
    }


@pytest.mark.parametrize(("after_s", "east_m"), [(1.0, 20.0), (290.0, 6000.0), (5.0, 5000.0)])
def test_what_two_reports_do_not_show(make: Any, after_s: float, east_m: float) -> None:
    """They are too near in time, too far apart in time, or nobody is as fast."""
    assert goes(make, at(make, 0.0, 0.0), at(make, after_s, east_m))[1] == {}
