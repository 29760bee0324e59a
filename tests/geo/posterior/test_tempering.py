"""The calibration table is whole and monotone, and fitting it finds what belief was too much."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.fix.locate import ALPHA
from geo.posterior.tempering import (
    ALPHAS,
    NOMINAL,
    TABLE,
    VERSION,
    Temper,
    drawn_levels,
    fitted,
    fitted_alpha,
    temper_of,
    tempered,
)


def test_the_table_is_whole() -> None:
    assert VERSION >= 1
    for kind in ("levels", "timed", "silent", "receivers"):
        rows = [row for row in TABLE if row.kind == kind]
        assert [row.devices for row in rows] == sorted({row.devices for row in rows})
        assert rows[0].devices == 0
    for row in TABLE:
        assert row.alpha in ALPHAS
        assert 0.0 < row.levels[0] < row.levels[1] < row.levels[2] < 1.0
    alphas = [row.alpha for row in TABLE]
    assert min(alphas) <= ALPHA <= max(alphas)


def test_a_row_is_for_so_many_devices_or_more() -> None:
    table = (
        Temper("levels", 0, 0.5, NOMINAL),
        Temper("levels", 15, 0.7, NOMINAL),
        Temper("timed", 20, 0.9, NOMINAL),
    )
    found = [temper_of("levels", n, table).alpha for n in (0, 14, 15, 200)]
    assert found == [0.5, 0.5, 0.7, 0.7]
    assert temper_of("timed", 3, table).alpha == 0.9
    assert temper_of("silent", 16, table).alpha == 0.7


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.sampled_from(TABLE))
def test_levels_rise_with_what_they_shall_hold(one: float, other: float, row: Temper) -> None:
    low, high = sorted((one, other))
    assert 0.0 <= row.level_of(low) <= row.level_of(high) <= 1.0
    assert row.level_of(0.9) == pytest.approx(row.levels[1])
    assert (row.level_of(0.0), row.level_of(1.0)) == (0.0, 1.0)


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
        held = (needed <= row.level_of(nominal)).mean()
        assert held == pytest.approx(nominal, abs=0.03)


def test_few_episodes_promise_little() -> None:
    assert drawn_levels(np.array([0.2, 0.4])) == (0.4, 0.4, 0.4)
    assert drawn_levels(np.linspace(0.0, 1.0, 1001)) == pytest.approx(NOMINAL, abs=0.011)
