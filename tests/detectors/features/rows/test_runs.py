"""Orders of columns beside NumPy's own, which take longer."""

import numpy as np
import pytest

from detectors.features.rows import runs


@pytest.mark.parametrize("distinct", [1, 3, 40, 1 << 31])
@pytest.mark.parametrize("count", [0, 1, 2, 500])
def test_orders_are_those_of_numpy(distinct: int, count: int) -> None:
    rng = np.random.default_rng(distinct + count)
    column = rng.integers(0, distinct, count)
    stable = np.argsort(column, kind="stable").tolist()
    assert runs.stable_order(column).tolist() == stable
    assert runs.stable_order_of_small(column).tolist() == stable


@pytest.mark.parametrize("distinct", [1, 3, 40, 1 << 31])
def test_the_last_of_each_is_the_first_from_the_end(distinct: int) -> None:
    column = np.random.default_rng(distinct).integers(0, distinct, 300)
    _, from_end = np.unique(column[::-1], return_index=True)
    assert runs.last_of_each(column).tolist() == sorted(299 - from_end)


def test_equal_values_come_by_the_last_key_first() -> None:
    ordered, one, other = np.array([4, 4, 4, 9]), np.array([0, 3, 2, 1]), np.array([0, 2, 5, 5])
    order = runs.reordered(np.array([3, 2, 1, 0]), ordered, one, other)
    assert order.tolist() == [1, 3, 2, 0]
    alike = np.zeros(4, dtype=np.int64)
    assert runs.reordered(np.array([3, 2, 1, 0]), ordered, alike).tolist() == [1, 2, 3, 0]
