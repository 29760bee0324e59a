"""Following a transmitter that may move: standing or not, where, and how honestly."""

import numpy as np
import pytest

from geo.follow import FEW, follow
from geo.reports import Reports
from geo.sphere import distance_m, offset

LAT, LON = 30.0, 104.0
POWER_DBM, EXPONENT = -58.0, 3.3


def heard(
    seed: int, speed_mps: float, reports: int = 90, every_s: float = 5.0
) -> tuple[Reports, float, tuple[float, float]]:
    """Reports of phones within 700 m of a transmitter that drives east; the end, and the place."""
    rng = np.random.default_rng(seed)
    ts_s = every_s * np.arange(reports)
    east_m = rng.normal(0.0, 350.0, reports) + speed_mps * ts_s
    north_m = rng.normal(0.0, 350.0, reports)
    lat, lon = offset(LAT, LON, east_m, north_m)
    at_lat, at_lon = offset(LAT, LON, speed_mps * ts_s, np.zeros(reports))
    apart_m = np.maximum(distance_m(lat, lon, at_lat, at_lon), 10.0)
    level_dbm = POWER_DBM - EXPONENT * 10.0 * np.log10(apart_m / 100.0)
    level_dbm += rng.normal(0.0, 7.0, reports)
    found = Reports.of(
        lat,
        lon,
        accuracy_m=15.0,
        level_dbm=level_dbm,
        device=np.arange(reports),
        ts_s=ts_s,
    )
    return found, float(ts_s[-1]), (float(at_lat[-1]), float(at_lon[-1]))


@pytest.mark.parametrize("seed", range(5))
def test_one_that_stands_is_told_from_one_that_drives(seed: int) -> None:
    still, end_s, _ = heard(seed, 0.0)
    driving, _, _ = heard(seed, 8.0)
    standing, moving = follow(still, end_s), follow(driving, end_s)
    assert standing is not None
    assert moving is not None
    assert standing.standing > 0.8
    assert moving.standing < 0.05


def test_the_place_is_where_it_is_now() -> None:
    errors = []
    for seed in range(10, 20):
        reports, end_s, (lat, lon) = heard(seed, 8.0)
        followed = follow(reports, end_s)
        assert followed is not None
        errors.append(float(distance_m(*followed.posterior.mode, lat, lon)))
    # Half of the way, 1.8 km, is where the middle of all reports lies.
    assert np.median(errors) < 300.0


def test_the_order_of_reports_does_not_matter() -> None:
    reports, end_s, _ = heard(3, 5.0)
    shuffled = reports.take(np.random.default_rng(1).permutation(len(reports)))
    one, other = follow(reports, end_s), follow(shuffled, end_s)
    assert one is not None
    assert other is not None
    assert one.posterior.mode == pytest.approx(other.posterior.mode, abs=1e-9)
    assert one.standing == pytest.approx(other.standing, abs=1e-9)


def test_later_reports_and_too_few_say_nothing() -> None:
    reports, end_s, _ = heard(4, 5.0)
    before = follow(reports.take(np.arange(60)), 59 * 5.0)
    cut = follow(reports, 59 * 5.0)
    assert before is not None
    assert cut is not None
    assert before.posterior.mode == pytest.approx(cut.posterior.mode, abs=1e-6)
    assert follow(reports.take(np.arange(FEW - 1)), end_s) is None
