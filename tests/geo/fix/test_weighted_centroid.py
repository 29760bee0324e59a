"""The centroid of phones, by what they received: a place by no model."""

from dataclasses import replace

import numpy as np
import pytest

from geo.earth.frame import frame_at
from geo.fix.weighted_centroid import FEWEST, LEAST_M, weighted_centroid
from geo.posterior.posterior import Posterior
from geo.reports.reports import Reports

PLACE = (39.9, 116.4)


def reports(
    east_m: list[float], level_dbm: list[float], device: list[int] | None = None
) -> Reports:
    lat, lon = frame_at(*PLACE).to_latlon(np.array(east_m), np.zeros(len(east_m)))
    return Reports.of(
        lat, lon, accuracy_m=10.0, level_dbm=level_dbm, device=device, ts_s=np.arange(len(lat))
    )


def east_of(found: Posterior | None) -> float:
    assert found is not None
    x, _ = frame_at(*PLACE).to_xy(*found.mode)
    return float(x)


def test_it_leans_to_the_strongest_by_amplitude() -> None:
    found = weighted_centroid(reports([0.0, 100.0, 200.0, 300.0], [-60.0, -80.0, -80.0, -80.0]))
    assert east_of(found) == pytest.approx(600.0 / 13.0, abs=1.0)
    assert found is not None
    assert found.p.sum() == pytest.approx(1.0)


def test_a_phone_that_reports_from_one_spot_counts_once() -> None:
    once = reports([0.0, 300.0, 600.0, 900.0], [-70.0] * 4, [0, 1, 2, 3])
    often = reports([0.0, 300.0, 600.0, 900.0, 900.0, 905.0], [-70.0] * 6, [0, 1, 2, 3, 3, 3])
    assert east_of(weighted_centroid(often)) == pytest.approx(
        east_of(weighted_centroid(once)), abs=5.0
    )


def test_it_is_wider_for_phones_farther_apart_and_never_narrower_than_streets() -> None:
    near = weighted_centroid(reports([0.0, 30.0, 60.0, 90.0], [-70.0] * 4))
    far = weighted_centroid(reports([0.0, 800.0, 1600.0, 2400.0], [-70.0] * 4))
    assert near is not None
    assert far is not None
    assert np.ptp(near.x) == pytest.approx(7.0 * LEAST_M)
    assert np.ptp(far.x) > 3.0 * np.ptp(near.x)


def test_there_is_none_of_few_levels_nor_of_later_ones() -> None:
    few = reports([0.0] * FEWEST, [-70.0] * (FEWEST - 1) + [float("nan")], list(range(FEWEST)))
    assert weighted_centroid(few) is None
    four = reports([0.0, 100.0, 200.0, 300.0], [-70.0] * 4)
    assert weighted_centroid(four, at_s=1.5) is None
    assert weighted_centroid(four, at_s=3.0) is not None


def test_what_was_reported_long_ago_counts_less_where_the_time_is_known() -> None:
    one = reports([0.0, 100.0, 1000.0, 1100.0], [-70.0] * 4)
    aged = replace(one, ts_s=np.array([0.0, 0.0, 1200.0, 1200.0]))
    assert east_of(weighted_centroid(aged)) == pytest.approx(550.0, abs=1.0)
    assert east_of(weighted_centroid(aged, at_s=1200.0)) > 900.0
