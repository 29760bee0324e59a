"""The truncated fit, against scipy's own truncated normal and the maximum of its likelihood."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import norm

from geo.radio.camping_bias import LOW_SHARE, as_if_unselected, camping_from
from geo.radio.pathloss import PathlossPrior, marginal

PRIOR = PathlossPrior()
ONE_PLACE = np.ones(1)


def distant_phones(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """u (rows, 1) and levels of phones that camp, from a law of -60 dBm and 3.3."""
    rng = np.random.default_rng(seed)
    u = 10.0 * np.log10(rng.uniform(0.5, 12.0, 40 * count))
    level = -60.0 - 3.3 * u + rng.normal(0.0, 7.5, u.size)
    camps = np.flatnonzero(level > rng.normal(-88.0, 7.0, u.size))[:count]
    assert camps.size == count
    return u[camps, None], level[camps]


def fitted(u: np.ndarray, level: np.ndarray, weight: np.ndarray, prior: PathlossPrior):  # type: ignore[no-untyped-def]
    return marginal(u, level, np.diag(weight), np.ones(level.size), prior)


def test_the_score_and_information_are_those_of_the_truncated_likelihood() -> None:
    u, level = distant_phones(6, 1)
    fit = fitted(u, level, np.ones(6), PRIOR)
    working, information = as_if_unselected(u, level, fit, ONE_PLACE, PRIOR, 1.0)
    variance, wide = fit.variance_db2[0], np.sqrt(fit.variance_db2[0] + 7.0**2)
    expected = fit.power_dbm[0] - fit.exponent[0] * u[:, 0]

    def log_likelihood(mean: np.ndarray) -> np.ndarray:
        unselected = norm.logpdf(level, mean, np.sqrt(variance))
        return unselected - norm.logcdf((mean + 88.0) / wide)  # type: ignore[no-any-return]

    step = 1e-3
    up, down = log_likelihood(expected + step), log_likelihood(expected - step)
    score = information * (working - expected) / variance
    assert score == pytest.approx((up - down) / (2 * step), abs=1e-6)
    curvature = (up + down - 2 * log_likelihood(expected)) / step**2
    assert information / variance == pytest.approx(-curvature, rel=1e-3)


def test_what_selection_adds_is_the_mean_excess_of_those_who_camp() -> None:
    """Far away the mean level of camped phones by the integral is what the law predicts."""
    u, law = np.array([[9.0]]), -60.0 - 3.3 * 9.0
    noise = 7.5

    def density(level: float) -> float:
        return float(norm.pdf(level, law, noise) * norm.cdf((level + 88.0) / 7.0))

    span = (law - 80.0, law + 80.0)
    camped = quad(density, *span)[0]
    mean = quad(lambda level: level * density(level), *span)[0] / camped
    fit = fitted(np.empty((0, 1)), np.empty(0), np.empty(0), PRIOR)
    working, _ = as_if_unselected(u, np.array([mean]), fit, ONE_PLACE, PRIOR, 1.0)
    assert working[0] == pytest.approx(law, abs=1e-6)


def test_a_crowd_at_the_edge_of_reach_gives_back_its_law() -> None:
    u, level = distant_phones(1500, 2)
    wide = PathlossPrior(exponent_sd=2.0, power_sd_db=20.0)
    naive = fit = fitted(u, level, np.ones(level.size), wide)
    for _ in range(15):
        working, weight = as_if_unselected(u, level, fit, ONE_PLACE, wide, 1.0)
        fit = fitted(u, working, weight, wide)
    assert naive.exponent[0] < 2.9
    assert fit.exponent[0] == pytest.approx(3.3, abs=0.2)
    assert fit.power_dbm[0] == pytest.approx(-60.0, abs=1.0)
    assert fit.variance_db2[0] ** 0.5 == pytest.approx(7.5, abs=0.3)


def test_iterating_ends_where_the_likelihood_has_its_top() -> None:
    u, level = distant_phones(60, 3)
    wide = PathlossPrior(exponent_sd=100.0, power_sd_db=1000.0, sigma_shape=1e6)
    fit = fitted(u, level, np.ones(level.size), wide)
    for _ in range(60):
        working, weight = as_if_unselected(u, level, fit, ONE_PLACE, wide, 1.0)
        fit = fitted(u, working, weight, wide)

    def cost(law: np.ndarray) -> float:
        mean = law[0] - law[1] * u[:, 0]
        camps = norm.logcdf((mean + 88.0) / np.hypot(7.5, 7.0))
        return float((camps - norm.logpdf(level, mean, 7.5)).sum())

    best = minimize(cost, [-60.0, 3.3], method="Nelder-Mead", options={"xatol": 1e-5}).x
    assert fit.power_dbm[0] == pytest.approx(best[0], abs=0.02)
    assert fit.exponent[0] == pytest.approx(best[1], abs=0.01)


def test_near_phones_and_receivers_that_always_report_stay_as_they_are() -> None:
    level = np.array([-60.0, -52.0])
    fit = fitted(np.array([[0.0], [-3.0]]), level, np.ones(2), PRIOR)
    working, weight = as_if_unselected(np.array([[0.0], [-3.0]]), level, fit, ONE_PLACE, PRIOR, 1.0)
    assert working == pytest.approx(level, abs=0.3)
    assert weight == pytest.approx([1.0, 1.0], abs=0.03)
    u, far = distant_phones(5, 4)
    working, weight = as_if_unselected(
        u, far, fitted(u, far, np.ones(5), PRIOR), ONE_PLACE, PRIOR, 0.0
    )
    assert working == pytest.approx(far, abs=1e-9)
    assert weight.tolist() == [1.0] * 5


def test_weak_levels_lower_the_threshold_and_strong_ones_leave_it() -> None:
    assert camping_from(PRIOR, np.full(20, -65.0)) == PRIOR
    assert camping_from(PRIOR, np.empty(0)) == PRIOR
    levels = np.linspace(-110.0, -60.0, 101)
    lowest = np.quantile(levels, LOW_SHARE)
    assert camping_from(PRIOR, levels).camping_dbm == pytest.approx(lowest + 7.0)
