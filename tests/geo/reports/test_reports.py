"""The gate: impossible values become "not measured", rows without a place go."""

import numpy as np
import pytest

from geo.reports.reports import REACH_SIGMA_M, Reports, gated


def row(**columns: float) -> Reports:
    plain = {"lat": 39.9, "lon": 116.4, "level_dbm": -70.0, "accuracy_m": 20.0}
    return Reports.of(**{**plain, **columns})


@pytest.mark.parametrize(
    "columns",
    [
        {"lat": np.nan},
        {"lat": 91.0},
        {"lon": 181.0},
        {"lon": np.inf},
        {"lat": 0.0, "lon": 0.0},
        {"lat": 2147483647.0},
        {"accuracy_m": 50_000.0},
    ],
)
def test_a_row_without_a_usable_place_goes(columns: dict[str, float]) -> None:
    assert len(gated(row(**columns))) == 0


@pytest.mark.parametrize("level", [np.nan, 2147483647.0, 99.0, 0.0, -1.0, -150.0, np.inf, -np.inf])
def test_an_impossible_level_leaves_a_place_within_reach(level: float) -> None:
    left = gated(row(level_dbm=level))
    assert np.isnan(left.level_dbm[0])
    assert left.place_sigma_m[0] == pytest.approx(REACH_SIGMA_M, rel=1e-3)


@pytest.mark.parametrize(
    ("advance", "step"),
    [(-1.0, 553.46), (2147483647.0, 78.07), (5.0, np.nan), (5.0, 0.0), (300.0, 553.46)],
)
def test_an_impossible_advance_is_not_measured(advance: float, step: float) -> None:
    left = gated(row(timing_advance=advance, ta_step_m=step))
    assert np.isnan(left.timing_advance[0])
    assert left.level_dbm[0] == -70.0


def test_a_rough_place_no_longer_anchors_a_level() -> None:
    left = gated(row(accuracy_m=800.0))
    assert np.isnan(left.level_dbm[0])
    assert left.place_sigma_m[0] > REACH_SIGMA_M


def test_a_place_only_row_carries_nothing_else() -> None:
    left = gated(row(place_sigma_m=1500.0, timing_advance=2.0, ta_step_m=553.46))
    assert np.isnan([left.level_dbm[0], left.timing_advance[0], left.ta_step_m[0]]).all()
    assert left.place_sigma_m[0] == pytest.approx(1500.0, rel=1e-3)


def test_unknown_accuracy_is_fifty_metres() -> None:
    assert gated(row(accuracy_m=np.nan)).accuracy_m.tolist() == [50.0]
    assert gated(row(accuracy_m=-1.0)).accuracy_m.tolist() == [50.0]


def test_later_rows_are_left_out_and_rows_without_time_are_kept() -> None:
    reports = Reports.of([39.9] * 3, [116.4] * 3, level_dbm=-70.0, ts_s=[10.0, 30.0, np.nan])
    assert gated(reports, at_s=20.0).ts_s.tolist() == [10.0, 10.0]


def test_order_comes_from_content() -> None:
    rng = np.random.default_rng(5)
    reports = Reports.of(*rng.uniform(1, 2, (2, 30)), level_dbm=rng.integers(-90, -60, 30))
    shuffled = gated(reports.take(rng.permutation(30)))
    for name in Reports.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(shuffled, name), getattr(gated(reports), name))


def test_columns_must_have_one_length() -> None:
    one, two = np.zeros(1), np.zeros(2)
    with pytest.raises(ValueError, match="one length"):
        Reports(one, one, one, one, one, one, two, np.zeros(1, np.int64), one)


@pytest.mark.parametrize(
    ("bearing", "sigma", "expected"),
    [
        (-10.0, 3.0, (350.0, 3.0)),
        (725.0, np.nan, (5.0, 5.0)),
        (90.0, 0.1, (90.0, 1.0)),
        (90.0, 400.0, (90.0, 90.0)),
        (90.0, -2.0, (90.0, 5.0)),
        (np.inf, 5.0, (np.nan, np.nan)),
        (np.nan, 5.0, (np.nan, np.nan)),
    ],
)
def test_bearings_are_turned_into_one_circle(
    bearing: float, sigma: float, expected: tuple[float, float]
) -> None:
    left = gated(row(bearing_deg=bearing, bearing_sigma_deg=sigma))
    np.testing.assert_allclose([left.bearing_deg[0], left.bearing_sigma_deg[0]], expected)
    assert left.level_dbm[0] == -70.0


def test_a_bearing_alone_needs_a_place_of_its_own() -> None:
    left = gated(row(level_dbm=np.nan, bearing_deg=40.0))
    assert np.isnan(left.place_sigma_m[0])
    rough = gated(row(level_dbm=np.nan, bearing_deg=40.0, accuracy_m=900.0))
    assert np.isnan(rough.bearing_deg[0])
    assert rough.place_sigma_m[0] > REACH_SIGMA_M


def test_columns_of_instruments_may_be_left_out() -> None:
    one = np.ones(2)
    plain = Reports(one, one, one, one, one, one, one, np.zeros(2, np.int64), one)
    assert np.isnan(plain.bearing_deg).all()
    assert plain.trusted.tolist() == [False, False]
    assert Reports.of(one, one, trusted=[True, False]).take(np.array([0])).trusted.tolist() == [
        True
    ]


def test_no_reports_are_no_error() -> None:
    assert len(gated(Reports.of([], []))) == 0
