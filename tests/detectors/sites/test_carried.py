"""A cell that its phones ride along with is on a vehicle; one that passers-by receive may be a
clone in a car."""

from typing import Any

import numpy as np
import pytest

from detectors.features.facts import Origin
from detectors.model.finding import Identity
from detectors.sites.carried import MOST_CARRIED, carried_nats
from detectors.sites.site_census import SiteCensus, reports_of
from detectors.sites.site_places import SitePlaces, SiteVerdict

CELL = Identity("lte", 460, 0, 4100, 1001)
REACH_M = 960.0


def nats(ways: list[list[float]]) -> float | None:
    """Of phones that received the cell at such distances (m) east of its registered place."""
    phones = [number for number, way in enumerate(ways) for _ in way]
    east = np.array([place for way in ways for place in way])
    return carried_nats(east, np.zeros(len(east)), np.array(phones), REACH_M)


def test_phones_that_ride_along_show_that_a_cell_travels() -> None:
    assert nats([[500.0, 9000.0]] * 3) == MOST_CARRIED


@pytest.mark.parametrize("way", [[9000.0], [9000.0, 9900.0], [9000.0, 11_900.0]])
def test_phones_within_one_reach_show_nothing(way: list[float]) -> None:
    assert nats([way] * 8) is None


def test_two_phones_show_nothing() -> None:
    assert nats([[0.0, 9000.0]] * 2) is None
    assert nats([[0.0, 9000.0]] * 2 + [[9000.0]] * 5) is None


def test_who_receives_it_for_a_while_speaks_for_a_clone() -> None:
    """Three drive behind a car whose transmitter a street receives."""
    street = [[place, place + 600.0] for place in np.arange(5e3, 1e4, 500.0)]
    assert (nats([[5e3, 9e3]] * 3 + street) or 0.0) < 0.0


def test_three_who_lie_explain_few_victims() -> None:
    liars = [[0.0, 9000.0]] * 3
    assert (nats([*liars, *[[9000.0 + at] for at in range(4)]]) or 0.0) > 0.0
    assert (nats([*liars, *[[9000.0 + at] for at in range(10)]]) or 0.0) < 0.0


def test_who_is_served_at_the_registered_place_speaks_for_a_clone() -> None:
    homely = [[0.0], [300.0], [-200.0]]
    assert (nats([[5e3, 9e3]] * 3 + homely) or 0.0) < MOST_CARRIED
    assert (nats([[5e3, 9e3]] * 3 + homely * 2) or 0.0) < 0.0


def verdict(make: Any, *ways: tuple[str, list[float]]) -> SiteVerdict:
    rows = []
    for who, way in ways:
        for at, east_m in enumerate(way):
            lat, lon = make.at(east_m)
            rows.append({"device": who, "lat": lat, "lon": lon, "at_s": 60.0 * at})
    for number in range(200):
        lat, lon = make.at(100.0 * (number % 20) - 1000.0, 100.0 * (number // 20))
        rows.append({"device": f"around-{number}", "cell": 9001, "lat": lat, "lon": lon})
    census, places = SiteCensus(), SitePlaces()
    rows.sort(key=lambda row: row.get("at_s", 0.0))
    census.take(make.facts(make.measurements(*rows), make.town_register()))
    for observation in census.due(1 << 60, Origin("cell.measurements", 0)):
        places.observe(reports_of(observation))
    return places.verdict(CELL)


def test_a_train_is_no_clone_and_a_clone_in_a_car_stays_one(make: Any) -> None:
    train = [(f"r{n}", [25e3 + 50.0 * n + 1200.0 * at for at in range(12)]) for n in range(8)]
    # The same places, each of another phone.
    car = [(f"{who}-{at}", [place]) for who, way in train for at, place in enumerate(way)]
    rides, passes = verdict(make, *train), verdict(make, *car)
    assert rides.travels > 0.5
    assert passes.travels == 0.0
    assert rides.log_odds < passes.log_odds - 1.0
