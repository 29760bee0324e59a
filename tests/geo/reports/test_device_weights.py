"""What each report counts for: merging, limits, thinning, strays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.earth.sphere import offset
from geo.reports.device_weights import (
    DEVICE_SHARE,
    ROWS_CAP,
    WeightedReports,
    weighted_reports,
)
from geo.reports.reports import Reports, gated

PLACE = (39.91, 116.4)


def weighted(east: object, north: object, **columns: object) -> WeightedReports:
    lat, lon = offset(*PLACE, np.asarray(east, float), np.asarray(north, float))
    found = weighted_reports(gated(Reports.of(lat, lon, **{"level_dbm": -70.0, **columns})))
    assert found is not None
    return found[1]


def test_a_standing_phone_is_one_row_with_the_mean_level() -> None:
    merged = weighted([0, 3, -2, 0], [0, 1, 2, 0], device=[4] * 4, level_dbm=[-60, -70, -80, -70])
    assert merged.level_dbm.tolist() == [-70.0]
    assert merged.weight.tolist() == [1.0]


def test_a_walking_phone_gains_votes_as_it_leaves_its_shadow() -> None:
    merged = weighted([0, 30, 400], [0, 0, 0], device=[1, 1, 1], ts_s=[1, 2, 3])
    rho = np.exp(-30 / 50)
    assert merged.weight[0] == 1.0
    assert merged.weight[1] == pytest.approx((1 - rho) / (1 + rho), abs=0.01)
    assert merged.weight[2] > 0.99


def test_phones_side_by_side_keep_a_vote_each() -> None:
    assert weighted([0, 0, 0], [0, 0, 0], device=[1, 2, 3]).weight.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.slow
@given(st.lists(st.integers(1, 60), min_size=10, max_size=20))
def test_no_phone_holds_more_than_a_tenth(spots: list[int]) -> None:
    device = np.repeat(np.arange(len(spots)), spots)
    index = np.concatenate([np.arange(n) for n in spots])
    merged = weighted(index * 300.0, device * 40.0, device=device)
    held = np.bincount(merged.device, weights=merged.weight)
    assert held.max() <= DEVICE_SHARE * held.sum() * (1 + 1e-9)
    assert held.min() > 0.0


def test_at_most_two_hundred_rows_and_every_phone_among_them() -> None:
    rng = np.random.default_rng(1)
    device = np.r_[np.zeros(400, int), np.arange(1, 150)]
    east, north = rng.uniform(-5000, 5000, (2, device.size))
    merged = weighted(east, north, device=device, ts_s=np.arange(device.size))
    assert merged.x.size == ROWS_CAP
    assert np.unique(merged.device).size == 150


def test_a_team_has_no_tenth_for_a_limit_and_takes_nothing_from_the_phones() -> None:
    index = np.arange(12)
    device, east = np.r_[index, np.full(30, 99)], np.r_[index * 300.0, np.arange(30) * 200.0]
    north = np.r_[np.zeros(12), np.full(30, 500.0)]
    trusted = device == 99
    merged = weighted(east, north, device=device, trusted=trusted)
    alone = weighted(east[:12], north[:12], device=device[:12])
    assert merged.weight[merged.trusted].sum() > 20.0
    np.testing.assert_allclose(np.sort(merged.weight[~merged.trusted]), np.sort(alone.weight))


def test_a_team_that_repeats_itself_at_a_spot_is_one_row() -> None:
    merged = weighted(
        [0, 1, 2, 0, 400], [0, 0, 1, 1, 0], device=[5] * 5, trusted=True,
        bearing_deg=[10.0, 12.0, 200.0, 11.0, 300.0], bearing_sigma_deg=5.0,
    )  # fmt: skip
    assert merged.x.size == 2
    assert sorted(np.round(merged.bearing_deg).astype(int) % 360) == [11, 300]


def test_rows_of_teams_are_kept_where_there_are_too_many() -> None:
    rng = np.random.default_rng(2)
    east, north = rng.uniform(-5000, 5000, (2, 600))
    trusted = np.arange(600) < 50
    device = np.where(trusted, 7000, np.arange(600))
    merged = weighted(east, north, device=device, trusted=trusted, ts_s=1000.0 - np.arange(600))
    assert merged.x.size == ROWS_CAP
    assert merged.trusted.sum() >= 4


def test_strays_beyond_any_cells_reach_are_left_out() -> None:
    merged = weighted([0, 100, 200, 90_000], [0, 0, 0, 0])
    assert merged.x.size == 3


def test_two_far_camps_leave_one_and_no_error() -> None:
    assert weighted([0, 90_000], [0, 0]).x.size == 1


def test_the_median_advance_of_a_spot_stays_with_its_step() -> None:
    merged = weighted(
        [0, 0, 0], [0, 0, 0], device=[1, 1, 1],
        timing_advance=[9.0, 1.0, 300.0], ta_step_m=[78.07, 553.46, 78.07],
    )  # fmt: skip
    assert merged.timing_advance.tolist() == [9.0]
    assert merged.ta_step_m.tolist() == [78.07]
