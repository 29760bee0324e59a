"""What a zone learns of sites doesn't depend on delivery, is bounded, and tells clones from wrong
rows."""

from itertools import permutations
from typing import Any

import msgspec
import numpy as np

from detectors.features.rule import Origin
from detectors.model.finding import Identity, Observation
from detectors.sites import site_places
from detectors.sites.site_census import ROW, SiteCensus
from detectors.sites.site_places import UNREPORTED, SitePlaces

LTE = Identity("lte", 460, 0, 4100, 1001)
GSM, UMTS, NR = 1, 2, 4


def windows(make: Any, *groups: tuple[int, float, int], partition: int = 0) -> list[Observation]:
    """Reports of groups: so many phones about a place so far east of the site, by RAT code."""
    rng, rows = np.random.default_rng(1), []
    for count, east_m, rat in groups:
        for _ in range(count):
            lat, lon = make.at(east_m + rng.normal(0, 200.0), rng.normal(0, 200.0))
            rows.append({"lat": lat, "lon": lon, "rat": rat, "at_s": 2.0 * len(rows)})
    census = SiteCensus()
    census.take(make.measurements(*rows), make.register())
    return census.due(1 << 60, Origin("cell.measurements", partition))


def learned(observations: Any) -> SitePlaces:
    places = SitePlaces()
    for observation in observations:
        places.observe(observation)
    return places


def log_odds(make: Any, *groups: tuple[int, float, int]) -> float:
    return learned(windows(make, *groups)).verdict(LTE).log_odds


def test_before_any_report_a_wrong_row_is_likelier_than_a_clone(make: Any) -> None:
    assert learned([]).verdict(LTE) == UNREPORTED
    assert UNREPORTED.log_odds < -3.0
    assert learned(windows(make, (5, 0.0, GSM))).verdict(LTE) == UNREPORTED


def test_a_site_all_of_whose_cells_are_elsewhere_is_a_wrong_row(make: Any) -> None:
    verdict = learned(windows(make, *((8, 2500.0, rat) for rat in (GSM, UMTS, 3, NR)))).verdict(LTE)
    assert verdict.log_odds < -20.0
    assert abs(verdict.off_m - 2500.0) < 200.0
    assert (verdict.reports, verdict.cells) == (32, 4)


def test_a_cell_at_two_places_whose_site_is_in_place_is_a_clone(make: Any) -> None:
    clone = [(10, 2500.0, 3), (10, 0.0, 3), (8, 0.0, GSM), (8, 0.0, UMTS)]
    assert log_odds(make, *clone) > 3.0
    assert log_odds(make, *clone[:1], *clone[2:]) < log_odds(make, *clone)


def test_the_order_of_delivery_changes_nothing(make: Any) -> None:
    parts = [
        windows(make, (20, 2500.0, 3), partition=0),
        windows(make, (20, 0.0, 3), partition=1),
        windows(make, (20, 0.0, GSM), partition=2),
    ]
    states = set()
    for order in permutations(parts):
        arrived = sorted((o for part in order for o in part), key=lambda o: o.rx_ts)
        places = learned(arrived)
        (site,) = places.sites.values()
        states.add((site.newest(), places.verdict(LTE).log_odds))
    assert len(states) == 1


def test_it_is_restored_as_it_was_and_bounded(make: Any) -> None:
    places = learned(windows(make, (300, 0.0, 3)))
    places.verdict(LTE)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(places), type=SitePlaces)
    assert again == places
    (site,) = places.sites.values()
    assert len(site.newest()) <= site_places._ROWS * ROW.itemsize
    assert site.seen == 300
