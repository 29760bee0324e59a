"""Wilson's interval of a share: by hand, against scipy, and what must hold of any."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import binomtest

from field.alerts.share_interval import wilson


@pytest.mark.parametrize(
    ("successes", "trials", "interval"),
    # By hand from Wilson's formula with z = 1.96.
    [(0, 10, (0.0, 0.2775)), (10, 10, (0.7225, 1.0)), (5, 10, (0.2366, 0.7634)), (0, 0, (0, 1))],
)
def test_wilson(successes: int, trials: int, interval: tuple[float, float]) -> None:
    assert wilson(successes, trials) == pytest.approx(interval, abs=1e-4)


@example(0, 125)
@given(st.integers(0, 500), st.integers(1, 500))
def test_the_interval_is_that_of_scipy_and_its_own_mirror(successes: int, more: int) -> None:
    trials = successes + more
    low, high = wilson(successes, trials)
    assert 0.0 <= low <= successes / trials <= high <= 1.0
    assert wilson(more, trials) == pytest.approx((1.0 - high, 1.0 - low))
    scipy_s = binomtest(successes, trials).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((scipy_s.low, scipy_s.high), abs=1e-6)


@pytest.mark.parametrize("trials", [5, 50, 5000])
def test_the_interval_holds_the_share_and_narrows(trials: int) -> None:
    low, high = wilson(trials * 4 // 5, trials)
    assert low < 0.8 < high
    assert high - low < 2.5 / trials**0.5
