"""Fitting the table of tempers finds how much too certain posteriors were."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.measuring.location.temper_fit import (
    ALPHAS,
    drawn_levels,
    fitted,
    fitted_alpha,
    level_of,
    tempered,
)
from geo.posterior.tempering import NOMINAL, TABLE, Temper


def test_the_table_has_alphas_of_the_fit() -> None:
    assert {row.alpha for row in TABLE} <= set(ALPHAS)


def test_tempering_is_a_power_of_the_posterior() -> None:
    p = np.random.default_rng(1).dirichlet(np.ones(400)).reshape(20, 20)
    np.testing.assert_allclose(tempered(p, 0.5), np.sqrt(p) / np.sqrt(p).sum())
    np.testing.assert_allclose(tempered(tempered(p, 0.5), 2.0), p)
    assert tempered(np.array([0.0, 1.0]), 0.5).tolist() == [0.0, 1.0]


def gaussian_needed(over_sure: float, episodes: int, seed: int) -> np.ndarray:
    """Mass needed at each alpha by flat Gaussian posteriors whose evidence counts `over_sure`
    times; the truth then lies at chi-square distance."""
    square = np.random.default_rng(seed).chisquare(2, episodes)
    return np.array([1.0 - np.exp(-0.5 * alpha * over_sure * square) for alpha in ALPHAS])


@pytest.mark.parametrize("over_sure", [1.0, 1.25, 2.0])
def test_the_alpha_that_undoes_overconfidence_is_found(over_sure: float) -> None:
    found = fitted_alpha(gaussian_needed(over_sure, 4000, 3))
    assert found == pytest.approx(1.0 / over_sure, abs=0.051)


def test_regions_drawn_at_fitted_levels_hold_their_share_of_others() -> None:
    learned, others = (gaussian_needed(1.6, 1500, seed) ** 0.8 for seed in (5, 6))
    row = fitted("levels", 0, learned)
    needed = others[ALPHAS.index(row.alpha)]
    for nominal in NOMINAL:
        held = (needed <= level_of(row, nominal)).mean()
        assert held == pytest.approx(nominal, abs=0.03)


def test_few_episodes_promise_little() -> None:
    assert drawn_levels(np.array([0.2, 0.4])) == (0.4, 0.4, 0.4)
    assert drawn_levels(np.linspace(0.0, 1.0, 1001)) == pytest.approx(NOMINAL, abs=0.011)


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.sampled_from(TABLE))
def test_levels_rise_with_what_they_shall_hold(one: float, other: float, row: Temper) -> None:
    low, high = sorted((one, other))
    assert 0.0 <= level_of(row, low) <= level_of(row, high) <= 1.0
    assert level_of(row, 0.9) == pytest.approx(row.levels[1])
    assert (level_of(row, 0.0), level_of(row, 1.0)) == (0.0, 1.0)
