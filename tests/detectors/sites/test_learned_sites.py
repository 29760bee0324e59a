"""What is learned of sites outlives a correlator, and nobody's phone is in it."""

from typing import Any

import msgspec
import numpy as np
import pytest

from detectors.features.facts import Origin
from detectors.model.finding import Identity
from detectors.sites import learned_sites as learned
from detectors.sites.learned_sites import LearnedSite, learned_sites, take_up_sites
from detectors.sites.report_windows import DEGREE
from detectors.sites.site_census import SiteCensus, reports_of
from detectors.sites.site_places import SitePlaces, SiteVerdict

GSM, UMTS, LTE, NR = 1, 2, 3, 4
CELL = Identity("lte", 460, 0, 4100, 1001)


def places_of(make: Any, *rows: dict[str, Any]) -> SitePlaces:
    census, places = SiteCensus(), SitePlaces()
    census.take(make.facts(make.measurements(*rows)))
    for observation in census.due(1 << 60, Origin("cell.measurements", 0)):
        places.observe(reports_of(observation))
    return places


def about(make: Any, count: int, east_m: float, rat: int, name: str = "p") -> list[dict[str, Any]]:
    """One report each of so many phones about a place so far east of the site."""
    rng, rows = np.random.default_rng(count), []
    for number in range(count):
        lat, lon = make.at(east_m + rng.normal(0, 250.0), rng.normal(0, 250.0))
        rows.append({"lat": lat, "lon": lon, "rat": rat, "device": f"{name}{rat}-{number}"})
    return [row | {"at_s": 2.0 * number} for number, row in enumerate(rows)]


def again(places: SitePlaces) -> SitePlaces:
    """After a way through JSON into a fresh state."""
    fresh = SitePlaces()
    text = msgspec.json.encode(learned_sites(places))
    take_up_sites(fresh, msgspec.json.decode(text, type=list[LearnedSite]))
    return fresh


def verdicts(make: Any, *groups: tuple[int, float, int]) -> tuple[SiteVerdict, SiteVerdict]:
    """Of a town's site, by a correlator and by one that begins with what it has learned."""
    places = SitePlaces()
    for observation in make.site_reports(*groups):
        places.observe(reports_of(observation))
    return places.verdict(CELL), again(places).verdict(CELL)


def test_it_is_the_same_after_a_way_through_a_file(make: Any) -> None:
    places = places_of(make, *about(make, 12, 0.0, LTE), *about(make, 9, 0.0, GSM))
    once = again(places)
    # A hundred metres are lost once, not each time.
    assert [msgspec.structs.replace(site, reports=()) for site in learned_sites(once)] == [
        msgspec.structs.replace(site, reports=()) for site in learned_sites(places)
    ]
    for first, second in zip(learned_sites(once), learned_sites(again(once)), strict=True):
        assert [one[:5] for one in map(msgspec.structs.astuple, first.reports)] == [
            one[:5] for one in map(msgspec.structs.astuple, second.reports)
        ]


def test_a_displaced_site_is_known_at_once(make: Any) -> None:
    before, after = verdicts(make, *((8, 2500.0, rat) for rat in (GSM, UMTS, LTE, NR)))
    assert before.displaced > 0.99
    assert after.displaced > 0.99
    assert abs(after.off_m - 2500.0) < 250.0
    assert after.reports == before.reports


def test_a_site_in_place_stays_so(make: Any) -> None:
    before, after = verdicts(make, *((15, 0.0, rat) for rat in (GSM, LTE)))
    assert max(before.displaced, after.displaced) < 0.03


def test_no_number_of_a_phone_is_kept_and_places_are_squares(make: Any) -> None:
    places = places_of(make, *about(make, 20, 700.0, LTE))
    ((_, rows),) = places.reports.by_site()
    (site,) = learned_sites(places)
    numbers = {number for report in site.reports for number in msgspec.structs.astuple(report)}
    assert not numbers & set(rows["phone"].tolist())
    assert not numbers & {*rows["lat"].tolist(), *rows["lon"].tolist()}
    ((_, back),) = again(places).reports.by_site()
    assert set(back["phone"].tolist()) == set(range(20))
    off = (back["lat"] - back["site_lat"]) % (DEGREE // 1000)
    assert not off.any()


def test_reports_of_one_phone_cant_be_seen_to_be_of_one(make: Any) -> None:
    """The order is that of their content, and where there are others they are mixed with them."""
    rng = np.random.default_rng(3)
    own = [row | {"device": "a"} for row in about(make, 3, 0.0, LTE)]
    others = about(make, 6, 0.0, LTE, "q")
    orders = set()
    for _ in range(5):
        rows = [(own + others)[at] for at in rng.permutation(9)]
        (site,) = learned_sites(
            places_of(make, *(row | {"at_s": 31.0 * n} for n, row in enumerate(rows)))
        )
        orders.add(site)
    assert len(orders) == 1
    assert next(iter(orders)).phones == 7


def test_a_phone_that_reports_often_counts_as_three_at_most(make: Any) -> None:
    often = [
        row | {"device": "a", "at_s": 31.0 * n} for n, row in enumerate(about(make, 30, 0.0, 3))
    ]
    (site,) = learned_sites(places_of(make, *often, *about(make, 5, 0.0, LTE)))
    assert (len(site.reports), site.phones, site.seen) == (3 + 5, 1 + 5, 35)


def test_it_is_bounded(make: Any) -> None:
    (site,) = learned_sites(places_of(make, *about(make, 200, 0.0, LTE)))
    assert len(site.reports) == learned.MOST_REPORTS
    many = [msgspec.structs.replace(site, lat=10.0 + n / 1000) for n in range(100)]
    fresh = SitePlaces()
    take_up_sites(fresh, many)
    assert [(s.lat, s.seen) for s in learned_sites(fresh)] == [(s.lat, s.seen) for s in many]


def test_nothing_learned_is_nothing(make: Any) -> None:
    fresh = again(SitePlaces())
    assert msgspec.msgpack.encode(fresh) == msgspec.msgpack.encode(SitePlaces())


@pytest.mark.parametrize("edge", [(-90.0, -180.0), (90.0, 180.0)])
def test_the_ends_of_the_earth_break_nothing(edge: tuple[float, float]) -> None:
    far = [1, -360_000, 360_000, 65_535, 65_535, 255, 255]
    site = {"lat": edge[0], "lon": edge[1], "seen": 1, "phones": 64, "reports": [far]}
    fresh = SitePlaces()
    take_up_sites(fresh, [msgspec.convert(site, LearnedSite)])
    fresh.verdict_on(1)
    assert len(learned_sites(fresh)) == 1
