"""The bound against finite differences of the log-likelihood and brute-force sampling."""

import doctest
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from benchmarks.measuring.location import bound
from benchmarks.measuring.location.bound import (
    RADII_M,
    chance_within,
    place_covariance,
    pooled_quantile,
)
from benchmarks.measuring.location.towns import World, episode

PLAIN = World(ta_share=0.5)


def test_examples() -> None:
    assert doctest.testmod(bound).failed == 0


def test_information_of_levels_is_that_of_finite_differences() -> None:
    """For a normal vector with known covariance: J = D' C^-1 D, D the mean's derivatives."""
    town = episode(11, 30)
    truth = town.truth

    def mean(law: np.ndarray) -> np.ndarray:
        distance = np.sqrt((law[0] - truth.x) ** 2 + (law[1] - truth.y) ** 2 + 64.0)
        return law[2] - 10.0 * law[3] * np.log10(distance / 100.0)  # type: ignore[no-any-return]

    at = np.array([town.x, town.y, truth.power_dbm_100m, truth.exponent])
    step = 1e-4 * np.eye(4)
    slopes = np.stack([(mean(at + h) - mean(at - h)) / 2e-4 for h in step], axis=1)
    apart = np.hypot(truth.x[:, None] - truth.x, truth.y[:, None] - truth.y)
    distance = np.sqrt((town.x - truth.x) ** 2 + (town.y - truth.y) ** 2 + 64.0)
    rough = (4.342945 * truth.exponent * town.reports.accuracy_m / 1.51 / distance) ** 2
    noise = truth.sigma_db**2 * np.exp(-apart / 50.0) + np.diag(2.9**2 + 1 / 3 + rough)
    full = slopes.T @ np.linalg.inv(noise) @ slopes + np.diag([0, 0, 8.0**-2, 0.4**-2])
    assert place_covariance(town) == pytest.approx(np.linalg.inv(full)[:2, :2], rel=1e-4)


def test_information_of_a_rounded_distance_is_that_of_finite_differences() -> None:
    mean_m, step_m, spread_m = 430.0, 553.46, 67.0
    edges = (np.arange(-1, 6) + 0.5) * step_m
    edges[0], edges[-1] = -np.inf, np.inf

    def chances(centre: float) -> np.ndarray:
        return np.diff(norm.cdf((edges - centre) / spread_m))

    slope = (chances(mean_m + 0.01) - chances(mean_m - 0.01)) / 0.02
    information = (slope**2 / np.maximum(chances(mean_m), 1e-300)).sum()
    found = bound._rounded_information(np.array([mean_m]), step_m, np.array([spread_m]))
    assert found[0] == pytest.approx(information, rel=1e-5)


def test_chances_are_those_of_sampling() -> None:
    covariance = np.array([[900.0, 500.0], [500.0, 1600.0]])
    drawn = np.random.default_rng(3).multivariate_normal([0, 0], covariance, 200_000)
    radii = np.array([20.0, 50.0, 100.0])
    sampled = (np.hypot(*drawn.T)[:, None] <= radii).mean(axis=0)
    assert chance_within(covariance, radii) == pytest.approx(sampled, abs=4e-3)


def test_quantiles_of_a_pool() -> None:
    two = np.array([chance_within(sd**2 * np.eye(2), RADII_M) for sd in (20.0, 60.0)])
    alone = np.sqrt(2 * np.log(2.0))
    assert pooled_quantile(two[:1], 0.5) == pytest.approx(20.0 * alone, abs=0.1)
    assert pooled_quantile(two, 0.5, np.array([0.0, 1.0])) == pytest.approx(60 * alone, abs=0.1)
    assert 20.0 * alone < pooled_quantile(two, 0.5) < 60.0 * alone


def test_more_evidence_never_widens_the_bound_and_strays_never_narrow_it() -> None:
    town = episode(12, 40, PLAIN)
    less = np.trace(place_covariance(town))
    assert np.trace(place_covariance(town, timing=True)) < less
    stray = np.arange(40) % 4 == 0
    strayed = replace(town, truth=replace(town.truth, stray=stray))
    assert np.trace(place_covariance(strayed)) > less
