"""Laws: the likelihood of levels, advances and places, against the plain formulas."""

from dataclasses import replace

import numpy as np
import pytest

from geo.likelihood.evidence_terms import CAMPED_LIKENESS, REACH_DOF
from geo.radio import timing_advance
from geo.radio.pathloss import BLOCKED_SPREAD, CLEAR_SPREAD, PathlossPrior, log_distance
from geo.reports.device_weights import WeightedReports, weighted_reports
from geo.reports.reports import Reports, gated
from geo.track.grid.grid_pathloss import NOISE_DOF, Laws, ReportsOnGrid

PRIOR = PathlossPrior()


def weighted(**columns: object) -> WeightedReports:
    lat = 39.95 + np.arange(3) * 1e-3
    found = weighted_reports(gated(Reports.of(lat, np.full(3, 116.35), **columns)))  # type: ignore[arg-type]
    assert found is not None
    return found[1]


def test_laws_are_centred_on_the_prior_and_sum_to_one() -> None:
    laws = Laws.of(PRIOR)
    assert laws.chance.sum() == pytest.approx(1.0)
    assert laws.chance @ laws.power_dbm == pytest.approx(PRIOR.power_dbm_100m)
    assert laws.chance @ laws.exponent == pytest.approx(PRIOR.exponent)
    some = laws.take(laws.power_dbm > PRIOR.power_dbm_100m)
    assert 0 < some.chance.size < laws.chance.size


def test_levels_and_reach_agree_with_the_formula_at_one_place() -> None:
    rows = weighted(level_dbm=[-70.0, -75.0, -80.0], accuracy_m=15.0)
    laws = Laws.of(PRIOR)
    x, y = np.array([0.0, 100.0]), np.array([0.0, 50.0, 90.0])
    found = ReportsOnGrid.of(rows, x, y, PRIOR).log_likelihood(laws, np.array([0, 2]))
    assert found.shape == (3, laws.chance.size, 2)
    expected = 0.0
    shared = 1.0 + (rows.weight.sum() - 1.0) * CAMPED_LIKENESS
    for row in (0, 2):
        squared = (rows.x[row] - 100.0) ** 2 + (rows.y[row] - 90.0) ** 2
        u = log_distance(np.array([[squared]]), rows.sigma_m[[row]])[0, 0]
        off_db = rows.level_dbm[row] - laws.power_dbm[5] + laws.exponent[5] * u
        z2 = (off_db / (BLOCKED_SPREAD if off_db < 0.0 else CLEAR_SPREAD)) ** 2
        expected -= 0.5 * (NOISE_DOF + 1) * np.log1p(z2 / (NOISE_DOF * PRIOR.sigma_db**2))
        log_reach = squared / (REACH_DOF * PRIOR.reach_m**2)
        expected -= 0.5 * (REACH_DOF + 2) * np.log1p(log_reach) / shared
    assert found[2, 5, 1] == pytest.approx(expected, rel=1e-4)


def test_an_advance_favours_its_ring() -> None:
    timed = weighted(timing_advance=[2.0, 2.0, 2.0], ta_step_m=553.46)
    x = np.array([timed.x[0], timed.x[0] + 1050.0])
    found = ReportsOnGrid.of(timed, x, timed.y[1:2], PRIOR).log_likelihood(
        Laws.of(PRIOR), np.arange(3)
    )
    assert (found[0, :, 1] > found[0, :, 0] + 3.0).all()


@pytest.mark.parametrize(("steps", "step_m"), [(0.0, 553.46), (3.0, 553.46), (20.0, 78.07)])
@pytest.mark.parametrize("accuracy_m", [5.0, 60.0, 240.0])
def test_an_advance_is_as_likely_as_by_timing_advance(
    steps: float, step_m: float, accuracy_m: float
) -> None:
    advance = {"timing_advance": steps, "ta_step_m": step_m, "accuracy_m": accuracy_m}
    timed, row, laws = weighted(**advance), np.array([1]), Laws.of(PRIOR)
    x, y = timed.x[1] + np.linspace(-2500.0, 2500.0, 41), timed.y[1] + np.r_[0.0, 700.0]
    untimed = replace(timed, timing_advance=np.full(3, np.nan))
    with_it, without = (
        ReportsOnGrid.of(each, x, y, PRIOR).log_likelihood(laws, row) for each in (timed, untimed)
    )
    distance = np.hypot(x - timed.x[1], (y - timed.y[1])[:, None]).reshape(1, -1)
    columns = (timed.timing_advance, timed.ta_step_m, timed.sigma_m, timed.weight)
    expected = timing_advance.log_likelihood(distance, *(column[row] for column in columns))
    # Tables of 5 m and 10 m of uncertainty.
    np.testing.assert_allclose((with_it - without)[:, 0], expected.reshape(2, 41), atol=0.15)
