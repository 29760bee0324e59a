"""Orders of columns beside NumPy's own, which take longer: by our library, and without it."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.features.rows import runs
from detectors.native import orders

WAYS = pytest.mark.parametrize("is_native", [True, False], ids=["library", "numpy"])
_ANY = st.integers(-(1 << 63), (1 << 63) - 1)
_KEYS = st.one_of(_ANY, st.integers(-2, 2), st.sampled_from([1 << 32, -(1 << 63), (1 << 63) - 1]))


@contextmanager
def worked(is_native: bool) -> Iterator[None]:
    """With the library or without it."""
    if is_native and orders.OURS is None:
        pytest.skip("the library wasn't compiled")
    with pytest.MonkeyPatch.context() as patch:
        if not is_native:
            patch.setattr(orders, "OURS", None)
        yield


@WAYS
@pytest.mark.parametrize("least", [0, -5, -(1 << 63)])
@pytest.mark.parametrize("distinct", [1, 3, 40, 1 << 31, 1 << 62])
@pytest.mark.parametrize("count", [0, 1, 2, 500, 3000])
def test_orders_are_those_of_numpy(count: int, distinct: int, least: int, is_native: bool) -> None:
    column = np.random.default_rng(distinct + count).integers(0, distinct, count) + least
    columns = [column, column.view(np.uint64), np.repeat(column, 2)[::2]]
    columns += [column.astype(kind) for kind in (np.int16, np.uint32)]
    with worked(is_native):
        for each in columns:
            assert runs.stable_order(each).tolist() == np.argsort(each, kind="stable").tolist()


@WAYS
@given(keys=st.lists(_KEYS, max_size=60))
def test_equal_values_come_together_and_are_numbered_as_they_appear(
    keys: list[int], is_native: bool
) -> None:
    column = np.array(keys, dtype=np.int64)
    place: dict[int, int] = {}
    number = [place.setdefault(key, len(place)) for key in keys]
    with worked(is_native):
        found = runs.numbered(column)
        before, last = runs.before(column)
    earlier = [[row for row in range(at) if keys[row] == keys[at]] for at in range(len(keys))]
    assert before.tolist() == [max(rows, default=-1) for rows in earlier]
    assert sorted(last.tolist()) == sorted({key: row for row, key in enumerate(keys)}.values())
    assert found.number.tolist() == number
    assert found.first.tolist() == [keys.index(key) for key in place]
    order, begins = runs.grouped(column)
    parts = [part.tolist() for part in np.split(order, begins)[1:]]
    assert all(part == sorted(part) for part in parts)
    each = [[row for row, key in enumerate(keys) if key == one] for one in place]
    assert sorted(parts) == sorted(each)


@WAYS
def test_values_of_which_several_are_mixed_to_the_same_are_not_mixed_up(is_native: bool) -> None:
    # What differs in few bits only, the lowest of the mix.
    column = (np.arange(400) % 20).astype(np.uint64) * np.uint64(
        pow(0x9E3779B97F4A7C15, -1, 1 << 64)
    )
    with worked(is_native):
        assert runs.numbered(column).number.tolist() == (np.arange(400) % 20).tolist()


@WAYS
@given(
    rows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=60),
    most=st.integers(0, 4),
)
def test_the_newest_of_each_group_are_left(
    rows: list[tuple[int, int]], most: int, is_native: bool
) -> None:
    left: list[tuple[int, int]] = []
    kept = []
    for row in reversed(rows):
        is_new = row not in left and sum(group == row[0] for group, _ in left) < most
        left += [row] if is_new else []
        kept.append(is_new)
    groups, alike = (np.array([row[of] for row in rows], dtype=np.int64) for of in (0, 1))
    with worked(is_native):
        assert runs.newest(groups, alike.astype(np.uint64), most).tolist() == kept[::-1]


@pytest.mark.skipif(orders.OURS is None, reason="the library wasn't compiled")
@pytest.mark.parametrize("distinct", [1, 30, 5_000, 1 << 40])
def test_of_many_rows_the_same_comes_with_the_library_and_without(distinct: int) -> None:
    rng = np.random.default_rng(distinct)
    column, groups = rng.integers(-distinct, distinct, 20_000), rng.integers(-90, 90, 20_000)
    found = []
    for is_native in (True, False):
        with worked(is_native):
            numbered = [each.tolist() for each in runs.numbered(column)]
            alike = column.astype(np.uint64)
            found.append((numbered, runs.newest(groups, alike, 50).tolist()))
    assert found[0] == found[1]


def test_equal_values_come_by_the_last_key_first() -> None:
    ordered, one, other = np.array([4, 4, 4, 9]), np.array([0, 3, 2, 1]), np.array([0, 2, 5, 5])
    order = runs.reordered(np.array([3, 2, 1, 0]), ordered, one, other)
    assert order.tolist() == [1, 3, 2, 0]
    alike = np.zeros(4, dtype=np.int64)
    assert runs.reordered(np.array([3, 2, 1, 0]), ordered, alike).tolist() == [1, 2, 3, 0]
