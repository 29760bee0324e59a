"""Two transmitters under one identity are detected, and only if their reports alternate."""

from dataclasses import replace

import numpy as np

from geo.earth.frame import frame_at
from geo.radio.pathloss import PathlossPrior, log_distance
from geo.reports.device_weights import WeightedReports, weighted_reports
from geo.reports.reports import Reports
from geo.track.two_place_test import two_places

PRIOR = PathlossPrior()


def reports_about(middle_x: np.ndarray, seed: int) -> WeightedReports:
    """One report every two seconds of a transmitter at (middle_x, 0) by then."""
    rng = np.random.default_rng(seed)
    away, turn = rng.uniform(40.0, 600.0, middle_x.size), rng.uniform(0.0, 6.28, middle_x.size)
    u = log_distance((away**2)[:, None], np.zeros(away.size))[:, 0]
    lat, lon = frame_at(39.9, 116.4).to_latlon(middle_x + away * np.cos(turn), away * np.sin(turn))
    reports = Reports.of(
        lat,
        lon,
        accuracy_m=10.0,
        level_dbm=np.minimum(-60.0 - 3.3 * u + rng.normal(0.0, 6.0, away.size), -52.0),
        ts_s=2.0 * np.arange(away.size),
    )
    found = weighted_reports(reports)
    assert found is not None
    weighted = found[1]
    return weighted.take(np.argsort(weighted.ts_s))


IN_TURN = np.where(np.random.default_rng(0).random(40) < 0.5, 0.0, 3000.0)


def test_two_kilometres_apart_are_detected_and_both_are_in_the_answer() -> None:
    found = [two_places(reports_about(IN_TURN, seed), PRIOR, 0.85) for seed in range(10)]
    found_two = [both for both in found if both is not None]
    assert len(found_two) >= 8
    for both in found_two:
        assert both.p.sum() == 1.0 or abs(both.p.sum() - 1.0) < 1e-9
        west = both.p[:, both.x < 1500.0].sum()
        assert 0.3 < west < 0.7


def test_one_is_one_wherever_it_is_and_however_it_moves() -> None:
    stands, drives = np.zeros(40), np.linspace(0.0, 1200.0, 40)
    for seed in range(10):
        assert two_places(reports_about(stands, seed), PRIOR, 0.85) is None
        assert two_places(reports_about(drives, seed), PRIOR, 0.85) is None


def test_one_that_went_elsewhere_is_not_two() -> None:
    for seed in range(10):
        assert two_places(reports_about(np.sort(IN_TURN), seed), PRIOR, 0.85) is None


def test_what_was_elsewhere_some_minutes_ago_is_not_two() -> None:
    for seed in range(10):
        rows = reports_about(IN_TURN, seed)
        slow = replace(rows, ts_s=10.0 * rows.ts_s)  # twenty seconds from each to the next
        assert two_places(slow, PRIOR, 0.85) is None


def test_too_little_is_no_ground() -> None:
    rows = reports_about(IN_TURN, 1)
    assert two_places(rows.take(np.arange(6)), PRIOR, 0.85) is None
    assert two_places(rows.take(np.empty(0, np.intp)), PRIOR, 0.85) is None
    deaf = replace(rows, level_dbm=np.full(rows.x.size, np.nan))
    assert two_places(deaf, PRIOR, 0.85) is None
    one_spot = replace(rows, x=np.zeros(rows.x.size), y=np.zeros(rows.x.size))
    assert two_places(one_spot, PRIOR, 0.85) is None
