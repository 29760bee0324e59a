"""Timing advance: rings, and the likelihood against a slow sum written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from geo.radio import timing_advance


def test_step_is_the_reports_own_else_the_technologys() -> None:
    assert timing_advance.step_m("gsm") == 553.46
    assert timing_advance.step_m("lte", None) == timing_advance.step_m("nr", np.nan) == 78.07
    assert timing_advance.step_m("nr", 39.04) == 39.04
    assert timing_advance.step_m("lte", -1.0) == 78.07
    assert timing_advance.step_m("umts") is None


@given(st.integers(0, 63), st.sampled_from([553.46, 78.07, 299.79]))
def test_ring_holds_straight_and_reflected_paths(advance: int, step: float) -> None:
    inner, outer = timing_advance.ring_m(advance, step)
    assert 0.0 <= float(inner) < float(outer) == pytest.approx((advance + 0.5) * step)
    assert float(inner) <= max(0.0, (advance - 0.5) * step)


def test_ring_of_nothing_is_nothing() -> None:
    assert np.isnan(timing_advance.ring_m([np.nan, 1.0], [78.07, np.nan])).all()


def test_likelihood_equals_the_sum_written_out() -> None:
    step, spread = 553.46, 70.0  # 65 m, and a place known to 26 m
    distance = np.array([[100.0, 400.0], [700.0, 500.0], [1200.0, 900.0]])
    advance = np.array([0.0, 1.0, 2.0])
    sigma = np.full(3, np.sqrt(spread**2 - timing_advance.SPREAD_M**2))
    found = timing_advance.log_likelihood(distance, advance, np.full(3, step), sigma, np.ones(3))
    for place in range(2):
        expected = written_out(distance[:, place], advance, step, spread)
        # The table's bins are 2.5 m wide.
        assert found[place] == pytest.approx(expected, abs=0.05)


def written_out(distance: np.ndarray, advance: np.ndarray, step: float, spread: float) -> float:
    """The likelihood at one place, by loops over offsets and rows."""
    nodes = np.linspace(-2.0, 2.0, timing_advance.OFFSET_NODES) * timing_advance.OFFSET_SD_M
    prior = norm.pdf(nodes, scale=timing_advance.OFFSET_SD_M)
    total = 0.0
    for node, share in zip(nodes, prior / prior.sum(), strict=True):
        product = share
        for metres, steps in zip(distance, advance, strict=True):
            delay = norm(metres + node + timing_advance.NLOS_MEAN_M, spread)
            inside = delay.cdf((steps + 0.5) * step)
            inside -= delay.cdf((steps - 0.5) * step) if steps > 0 else 0.0
            floor = timing_advance.OUTLIERS * step / timing_advance.OUTLIER_SPAN_M
            product *= (1.0 - timing_advance.OUTLIERS) * inside + floor
        total += product
    return float(np.log(total))


def test_a_common_offset_costs_less_than_scattered_errors() -> None:
    advance = np.array([10.0, 20.0, 30.0, 40.0])
    steps, sure, one = np.full(4, 78.07), np.zeros(4), np.ones(4)
    true = advance * 78.07 - timing_advance.NLOS_MEAN_M
    common = timing_advance.log_likelihood((true + 200.0)[:, None], advance, steps, sure, one)
    scattered = (true + np.array([200.0, -200.0, 200.0, -200.0]))[:, None]
    assert common[0] > timing_advance.log_likelihood(scattered, advance, steps, sure, one)[0] + 3.0


def test_a_mismatch_beyond_the_table_is_an_outlier_and_no_error() -> None:
    found = timing_advance.log_likelihood(
        np.array([[1e6]]), np.array([1.0]), np.array([78.07]), np.zeros(1), np.ones(1)
    )
    floor = np.log(timing_advance.OUTLIERS * 78.07 / timing_advance.OUTLIER_SPAN_M)
    assert found[0] == pytest.approx(floor, abs=1e-6)
