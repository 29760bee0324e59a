"""Orders of columns beside NumPy's own, which take longer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.features.rows import runs

_ANY = st.integers(-(1 << 63), (1 << 63) - 1)
_KEYS = st.one_of(_ANY, st.integers(-2, 2), st.sampled_from([1 << 32, -(1 << 63), (1 << 63) - 1]))


@pytest.mark.parametrize("distinct", [1, 3, 40, 1 << 31])
@pytest.mark.parametrize("count", [0, 1, 2, 500])
def test_orders_are_those_of_numpy(distinct: int, count: int) -> None:
    rng = np.random.default_rng(distinct + count)
    column = rng.integers(0, distinct, count)
    stable = np.argsort(column, kind="stable").tolist()
    assert runs.stable_order(column).tolist() == stable
    assert runs.stable_order_of_small(column).tolist() == stable


@given(st.lists(_KEYS, max_size=60))
def test_equal_values_come_together_and_are_numbered_as_they_appear(keys: list[int]) -> None:
    column = np.array(keys, dtype=np.int64)
    place: dict[int, int] = {}
    number = [place.setdefault(key, len(place)) for key in keys]
    found = runs.numbered(column)
    assert found.number.tolist() == number
    assert found.first.tolist() == [keys.index(key) for key in place]
    order, begins = runs.grouped(column)
    parts = [part.tolist() for part in np.split(order, begins)[1:]]
    assert all(part == sorted(part) for part in parts)
    each = [[row for row, key in enumerate(keys) if key == one] for one in place]
    assert sorted(parts) == sorted(each)


def test_values_of_which_several_are_mixed_to_the_same_are_not_mixed_up() -> None:
    # What differs in few bits only, the lowest of the mix.
    column = (np.arange(400) % 20).astype(np.uint64) * np.uint64(
        pow(0x9E3779B97F4A7C15, -1, 1 << 64)
    )
    assert runs.numbered(column).number.tolist() == (np.arange(400) % 20).tolist()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=60), st.integers(0, 4))
def test_the_newest_of_each_group_are_left(rows: list[tuple[int, int]], most: int) -> None:
    left: list[tuple[int, int]] = []
    kept = []
    for row in reversed(rows):
        is_new = row not in left and sum(group == row[0] for group, _ in left) < most
        left += [row] if is_new else []
        kept.append(is_new)
    groups, alike = (np.array([row[of] for row in rows], dtype=np.int64) for of in (0, 1))
    assert runs.newest(groups, alike.astype(np.uint64), most).tolist() == kept[::-1]


def test_equal_values_come_by_the_last_key_first() -> None:
    ordered, one, other = np.array([4, 4, 4, 9]), np.array([0, 3, 2, 1]), np.array([0, 2, 5, 5])
    order = runs.reordered(np.array([3, 2, 1, 0]), ordered, one, other)
    assert order.tolist() == [1, 3, 2, 0]
    alike = np.zeros(4, dtype=np.int64)
    assert runs.reordered(np.array([3, 2, 1, 0]), ordered, alike).tolist() == [1, 2, 3, 0]
