"""How far forged reports move what is learned: the bounds that docs/design.md states.

One device and ten, for hours and for a day; and how soon honest reports have it right again. What
ten devices can do is printed where it is no bound, so that the page can be brought up to date.
"""

from collections.abc import Iterator
from math import log1p
from statistics import median
from typing import Any

import msgspec
import numpy as np
import pytest

from detectors.features.baselines.habits import learned_habits
from detectors.features.baselines.level_profiles import Levels
from detectors.features.baselines.outlook import Outlook
from detectors.features.baselines.scan_statistic import Clusters
from detectors.features.baselines.unknown_area_history import Naming, StrangeAreas
from detectors.features.facts import Origin
from detectors.model.finding import Identity, Observation
from detectors.rules.odd_level.rule import OddLevel
from detectors.rules.unknown_old_area.rule import UnknownOldArea
from detectors.sites.learned_sites import MOST_REPORTS, learned_sites, take_up_sites
from detectors.sites.site_census import SiteCensus, reports_of
from detectors.sites.site_places import SitePlaces

pytestmark = pytest.mark.slow

CELL = Identity("lte", 460, 0, 4100, 1001)
RATS = (1, 2, 3, 4)
HOUR_MS = 3_600_000
AROUND_EVERY_MS = 600_000


def site_reports(
    make: Any, liars: int, forged_min: float, then_min: float = 0.0, honest: int = 20
) -> SitePlaces:
    """A site in place whose phones report every five minutes, while so many devices report all of
    its cells 3 km off in every half-minute; then the phones alone. All along there are people
    everywhere, served by the sites around."""
    rng = np.random.default_rng(1)
    census, observations = SiteCensus(), list[Observation]()
    for at_s in np.arange(0.0, (forged_min + then_min) * 60.0, 30.0).tolist():
        made = [(f"h{n}", 0.0, n % 4 + 1) for n in range(honest) if (at_s + 15 * n) % 300 < 30]
        if at_s < forged_min * 60.0:
            made += [(f"l{n}", 3000.0, rat) for n in range(liars) for rat in RATS]
        rows = []
        for device, east_m, rat in made:
            lat, lon = make.at(east_m + rng.normal(0, 400.0), rng.normal(0, 400.0))
            rows.append({"lat": lat, "lon": lon, "rat": rat, "device": device, "at_s": at_s})
        census.take(make.facts(make.measurements(*rows)))
    around = make.site_reports()
    for begun_ms in range(0, int((forged_min + then_min) * 60_000), AROUND_EVERY_MS):
        observations += [
            msgspec.structs.replace(one, ts=one.ts + begun_ms, rx_ts=one.rx_ts + begun_ms)
            for one in around
        ]
    observations += census.due(1 << 60, Origin("cell.measurements", 0))
    places = SitePlaces()
    for observation in sorted(observations, key=lambda one: one.ts):
        places.observe(reports_of(observation))
    return places


def wrong_chances(places: SitePlaces) -> tuple[float, float]:
    """That the row is wrong, by a correlator and by one that begins with its profile."""
    fresh = SitePlaces()
    take_up_sites(fresh, learned_sites(places))
    verdicts = places.verdict(CELL), fresh.verdict(CELL)
    before, after = (verdict.displaced + verdict.cell_displaced for verdict in verdicts)
    return before, after


@pytest.mark.parametrize("honest", [5, 20, 60])
def test_one_device_displaces_no_site(make: Any, honest: int) -> None:
    for chance in wrong_chances(site_reports(make, 1, 60.0, honest=honest)):
        assert chance < 0.03


def test_ten_devices_are_forgotten_half_an_hour_after_they_fall_silent(make: Any) -> None:
    during = wrong_chances(site_reports(make, 10, 60.0))
    after = wrong_chances(site_reports(make, 10, 60.0, then_min=30.0))
    live, taken_up = during
    print(f"ten devices: a site's row is wrong with {live:.2f}, after a taking up {taken_up:.2f}")
    assert max(after) < 0.05


def test_a_day_of_forged_reports_is_no_more_than_an_hour(make: Any) -> None:
    """Four hours fill a site's memory eight times over; more would change nothing but the time."""
    places = site_reports(make, 10, 240.0, then_min=30.0)
    assert max(wrong_chances(places)) < 0.05
    assert max(site.seen for site in learned_sites(places)) > 20 * MOST_REPORTS


def level(make: Any, device: str, dbm: float, at_s: float) -> Observation:
    values = {"tile": 7, "jump_db": None, "timing_advance": None, "ta_step_m": None, "heard": ""}
    more: dict[str, Any] = {"detector": "odd_level", "kind": "level", "space": "device"}
    more |= {"who": device, "claimed": CELL, "signal_dbm": dbm, "values": values}
    return make.observation(0, at_s, **more)


def usual_level_dbm(make: Any, liars: int, forged_dbm: float, rounds: int = 48) -> float:
    """The usual level at a place of fifteen phones at -95 dBm, after a day with so many devices
    that report another each half-hour."""
    rule, state = OddLevel(), Levels()
    for number in range(rounds):
        for phone in range(15):
            rule.observe(state, level(make, f"h{phone}", -95.0, 1800.0 * number + phone))
        for liar in range(liars):
            rule.observe(state, level(make, f"l{liar}", forged_dbm, 1800.0 * number + 60 + liar))
    (learned,) = state.learned().places
    return median(learned.levels) / 10


@pytest.mark.parametrize("forged_dbm", [-60.0, -76.0, -130.0])
def test_one_device_moves_no_usual_level(make: Any, forged_dbm: float) -> None:
    assert usual_level_dbm(make, 1, forged_dbm) == pytest.approx(-95.0, abs=0.1)


def test_ten_devices_move_a_level_by_less_than_what_is_found_odd(make: Any) -> None:
    """What is louder by 20 dB is found and not learned."""
    assert usual_level_dbm(make, 10, -60.0) == pytest.approx(-95.0, abs=0.1)
    assert usual_level_dbm(make, 10, -76.0) <= -75.0


def test_a_phone_that_names_an_area_all_day_takes_a_days_hours_off_it(make: Any) -> None:
    state = StrangeAreas()
    for hour in range(72):
        at_ms = make.t0_ms + hour * HOUR_MS
        state.note(Naming(at_ms, "a", "460-0-61001", "c", 30.0, 104.0, False, True), few=3)
    now_ms = make.t0_ms + 72 * HOUR_MS
    fresh = StrangeAreas()
    fresh.take_up(state.learned(), now_ms)
    for memory in (state, fresh):
        hours = memory.quiet_hours("460-0-61001", now_ms - 24 * HOUR_MS)
        assert 22 <= hours <= 24
        assert log1p(hours) < 3.3
    assert fresh.quiet_hours("460-0-61001", now_ms) == 0
    assert state.quiet_hours("460-0-61001", now_ms + 24 * HOUR_MS) == 0
    assert UnknownOldArea().few == 3


#: A subscriber that is odd more than three times in 45 minutes isn't counted at all: so this often.
ODD_EVERY_S = 900.0


def odd_messages(make: Any, liars: int, hours: float) -> Iterator[Observation]:
    """So many devices, each as odd at one place as it can be without being passed over."""
    for turn in range(int(hours * 3600 / ODD_EVERY_S)):
        for liar in range(liars):
            more: dict[str, Any] = {"detector": "fallback_share", "kind": "odd", "values": {}}
            more |= {"who": f"l{liar}", "place": make.place()}
            yield make.observation(0, ODD_EVERY_S * turn + liar, **more)


def habit(make: Any, liars: int, hours: float, quiet_hours: float = 0.0) -> float:
    """The usual count of a place after so many hours with devices and so many without."""
    outlook, clusters = Outlook(), Clusters()
    for observation in odd_messages(make, liars, hours):
        clusters.observe(observation, outlook)
        list(clusters.evaluate(observation.rx_ts, outlook, 2.0))
    last: dict[str, Any] = {"detector": "fallback_share", "kind": "plain", "values": {}}
    last |= {"place": make.place()}
    at_s = 3600.0 * (hours + quiet_hours)
    clusters.observe(make.observation(0, at_s, **last), outlook)
    return sum(each.usual for each in learned_habits(clusters).tiles)


@pytest.mark.parametrize("liars", [1, 10])
def test_a_place_has_at_most_so_many_usual_messages_as_devices_that_forge_them(
    make: Any, liars: int
) -> None:
    usual = habit(make, liars, 24.0)
    print(f"{liars} devices: {usual:.1f} messages a window become usual")
    assert 0.4 * liars <= usual <= liars
    assert habit(make, liars, 24.0, 4.0) <= 0.4 * liars
    assert habit(make, liars, 24.0, 24.0) < 0.1
