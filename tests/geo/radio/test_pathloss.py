"""The closed-form marginal against brute-force integration, and the weights against outliers."""

import numpy as np
import pytest
from scipy.integrate import dblquad, quad
from scipy.stats import norm

from geo.radio.pathloss import (
    HUBER_SPREAD,
    HUBER_Z,
    PRIORS,
    PathlossPrior,
    huber_weight,
    log_distance,
    marginal,
    misplacement,
    precision,
)

PRIOR = PathlossPrior()
X = np.array([0.0, 120.0, -300.0, 40.0])
Y = np.array([0.0, 50.0, 200.0, -10.0])
LEVEL = np.array([-61.0, -70.0, -83.0, -64.0])
PLACES = np.array([[30.0, 400.0], [20.0, -200.0]])


def distances(sigma_m: np.ndarray) -> np.ndarray:
    return log_distance((X[:, None] - PLACES[0]) ** 2 + (Y[:, None] - PLACES[1]) ** 2, sigma_m)


def test_marginal_is_the_integral_over_power_and_exponent() -> None:
    """Given P and n the noise integrates to a Student's t; P and n are then summed numerically."""
    u, inverse = distances(np.zeros(4)), precision(X, Y)
    a0, b0 = PRIOR.sigma_shape, (PRIOR.sigma_shape - 1) * PRIOR.sigma_db**2
    pulls = np.array([(PRIOR.sigma_db / PRIOR.power_sd_db) ** 2, (7.5 / PRIOR.exponent_sd) ** 2])

    def density(n: float, power: float, place: int) -> float:
        residual = LEVEL - power + n * u[:, place]
        squares = residual @ inverse @ residual
        squares += pulls[0] * (power - PRIOR.power_dbm_100m) ** 2
        squares += pulls[1] * (n - PRIOR.exponent) ** 2
        return float(np.exp(-(a0 + (len(LEVEL) + 2) / 2) * np.log(b0 + squares / 2) + 30.0))

    by_sum = [
        np.log(dblquad(density, -160.0, 40.0, -4.0, 11.0, args=(place,), epsrel=1e-7)[0])
        for place in (0, 1)
    ]
    fit = marginal(u, LEVEL, inverse, np.ones(4), PRIOR)
    assert fit.log_marginal[0] - fit.log_marginal[1] == pytest.approx(
        by_sum[0] - by_sum[1], abs=1e-3
    )


def test_without_rows_the_prior_comes_back() -> None:
    none = np.empty(0)
    fit = marginal(np.empty((0, 3)), none, np.empty((0, 0)), none, PRIOR)
    assert fit.power_dbm == pytest.approx(np.full(3, PRIOR.power_dbm_100m))
    assert fit.exponent == pytest.approx(np.full(3, PRIOR.exponent))
    assert np.sqrt(fit.variance_db2) == pytest.approx(np.full(3, PRIOR.sigma_db))
    assert np.ptp(fit.log_marginal) == 0.0


def test_exact_levels_give_back_the_law_that_made_them() -> None:
    rng = np.random.default_rng(7)
    x, y = rng.uniform(-800, 800, (2, 400))
    u = log_distance((x[:, None] - 30.0) ** 2 + (y[:, None] - 20.0) ** 2, np.zeros(400))
    fit = marginal(u, -55.0 - 3.6 * u[:, 0], precision(x, y), np.ones(400), PRIOR)
    assert fit.power_dbm[0] == pytest.approx(-55.0, abs=1.0)
    assert fit.exponent[0] == pytest.approx(3.6, abs=0.1)


def test_more_power_moves_the_power_and_not_the_place() -> None:
    u, inverse, one = distances(np.zeros(4)), precision(X, Y), np.ones(4)
    wide = PathlossPrior(power_sd_db=1000.0)
    before, after = (marginal(u, LEVEL + c, inverse, one, wide) for c in (0.0, 12.0))
    assert after.power_dbm - before.power_dbm == pytest.approx(np.full(2, 12.0), abs=1e-3)
    assert np.ptp(after.log_marginal) == pytest.approx(np.ptp(before.log_marginal), abs=1e-3)


def test_phones_in_one_spot_count_less_than_phones_apart() -> None:
    together = precision(np.zeros(10), np.zeros(10)).sum()
    apart = precision(np.arange(10) * 5000.0, np.zeros(10)).sum()
    assert together == pytest.approx(10 / (1 + 9 * 0.8))
    assert apart == pytest.approx(10.0)


def test_an_outlier_loses_weight_and_the_rest_keep_theirs() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.uniform(-600, 600, (2, 40))
    u = log_distance((x[:, None]) ** 2 + (y[:, None]) ** 2, np.zeros(40))
    level = -60.0 - 3.3 * u[:, 0] + rng.normal(0, 4.0, 40)
    level[5] -= 45.0
    fit = marginal(u, level, precision(x, y), np.ones(40), PRIOR)
    weight = huber_weight(u, level, fit, np.ones(1))
    assert weight[5] < 0.6
    assert np.median(weight) == 1.0


def test_trusted_rows_show_that_share_of_a_normal_variance() -> None:
    squares = quad(lambda z: min(z**2, HUBER_Z * z) * norm.pdf(z), 0.0, 12.0, limit=200)[0]
    count = quad(lambda z: min(1.0, HUBER_Z / max(z, HUBER_Z)) * norm.pdf(z), 0.0, 12.0)[0]
    assert squares / count == pytest.approx(HUBER_SPREAD, abs=5e-4)


def test_a_rough_fix_near_by_is_as_noisy_as_moving_the_phone_makes_it() -> None:
    sigma_m = np.array([10.0, 10.0])
    u = log_distance(np.array([[60.0**2], [600.0**2]]), np.zeros(2))
    none = np.empty(0)
    fit = marginal(np.empty((0, 1)), none, np.empty((0, 0)), none, PRIOR)
    extra = misplacement(u, sigma_m, fit, np.ones(1))
    moved = 60.0 + np.random.default_rng(5).normal(0.0, 10.0, 20_000)
    level = -PRIOR.exponent * 10.0 * np.log10(moved / 100.0)
    assert extra[0] == pytest.approx(level.var() / PRIOR.sigma_db**2, rel=0.15)
    assert extra[1] < 0.01 * extra[0] + 1e-3


def test_noise_of_its_own_makes_a_row_count_less() -> None:
    plain = precision(X, Y)
    noisy = precision(X, Y, extra=np.array([3.0, 0.0, 0.0, 0.0]))
    assert noisy[0, 0] < plain[0, 0] / 2.0
    assert np.linalg.inv(noisy) == pytest.approx(np.linalg.inv(plain) + np.diag([3.0, 0, 0, 0]))


def test_an_uncertain_place_is_never_taken_for_a_near_one() -> None:
    near = log_distance(np.array([[0.0]]), np.array([100.0]))
    assert near[0, 0] == pytest.approx(10 * np.log10(np.hypot(100.0, 8.0) / 100.0))


def test_every_technology_has_a_prior_with_a_reach_of_some_hundred_metres() -> None:
    assert set(PRIORS) == {"gsm", "umts", "lte", "nr"}
    assert all(300.0 < prior.reach_m < 2000.0 for prior in PRIORS.values())
