"""Rows that are alike are found the same with the library, without it, and by plain Python."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.native import library
from detectors.native.groups import newest, numbered

_ANY = st.integers(-(1 << 63), (1 << 63) - 1)
_KEYS = st.one_of(_ANY, st.integers(-2, 2), st.sampled_from([1 << 32, -(1 << 63), (1 << 63) - 1]))
needs_library = pytest.mark.skipif(library.OURS is None, reason="the library wasn't compiled")
BOTH = pytest.mark.parametrize("ours", [pytest.param(True, marks=needs_library), False])


@pytest.fixture(autouse=True)
def chosen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the library or without it, where a test says which."""
    if "ours" in request.fixturenames and not request.getfixturevalue("ours"):
        monkeypatch.setattr(library, "OURS", None)


def with_and_without(step: Any) -> list[Any]:
    found = [step()]
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(library, "OURS", None)
        found.append(step())
    return found


@given(st.lists(_KEYS, max_size=60))
def test_keys_are_numbered_as_they_appear(keys: list[int]) -> None:
    place: dict[int, int] = {}
    number = [place.setdefault(key, len(place)) for key in keys]
    for found in with_and_without(lambda: numbered(np.array(keys, dtype=np.int64))):
        assert found.number.tolist() == number
        assert found.first.tolist() == [keys.index(key) for key in place]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=60), st.integers(0, 4))
@settings(max_examples=200)
def test_the_newest_of_each_group_are_left(rows: list[tuple[int, int]], most: int) -> None:
    left: list[tuple[int, int]] = []
    kept = []
    for row in reversed(rows):
        is_new = row not in left and sum(group == row[0] for group, _ in left) < most
        left += [row] if is_new else []
        kept.append(is_new)
    groups, alike = (np.array([row[of] for row in rows], dtype=np.int64) for of in (0, 1))
    for found in with_and_without(lambda: newest(groups, alike.astype(np.uint64), 4, most)):
        assert found.tolist() == kept[::-1]


@BOTH
def test_many_keys_that_want_one_place_are_not_mixed_up(ours: bool) -> None:
    keys = np.arange(200_000, dtype=np.int64) << 40
    number, first = numbered(np.concatenate([keys, keys[::-1]]))
    assert (first == np.arange(200_000)).all()
    assert (number[200_000:] == np.arange(200_000)[::-1]).all()
    kept = newest(number, np.zeros(400_000, dtype=np.uint64), 200_000, 3)
    assert not kept[:200_000].any()
    assert kept[200_000:].all()


@BOTH
def test_columns_that_lie_otherwise_are_read_alike(ours: bool) -> None:
    rows = np.zeros(6, dtype=[("more", "u1"), ("cell", "<i8")])
    rows["cell"] = [5, 4, 5, 3, 4, 5]
    assert numbered(rows["cell"]).number.tolist() == [0, 1, 0, 2, 1, 0]
    assert numbered(rows["cell"][::-2]).number.tolist() == [0, 1, 2]
    assert newest(rows["cell"][::-1], rows["cell"][::-1].astype(np.uint64), 6, 1).sum() == 3


@BOTH
@pytest.mark.parametrize("groups", [[0, 4], [-1, 0], [1 << 40, 0]])
def test_groups_that_there_are_not_are_refused(ours: bool, groups: list[int]) -> None:
    with pytest.raises(ValueError, match="a group that there is not"):
        newest(np.array(groups), np.zeros(2, dtype=np.uint64), 4, 1)


@BOTH
def test_columns_of_different_lengths_are_refused(ours: bool) -> None:
    with pytest.raises(ValueError, match="different lengths"):
        newest(np.zeros(2, dtype=np.int64), np.zeros(3, dtype=np.uint64), 1, 1)


@pytest.mark.parametrize("keys", [[0.5], [True], np.zeros(2, dtype=np.uint32)])
def test_only_whole_numbers_of_64_bits_are_keys(keys: Any) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        numbered(np.array(keys))
