"""Values in pieces of memory are what a list of them is."""

import pickle
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.plain import library
from streams.plain.gathered import gathered
from streams.wire.values import Values, bytes_of, chained

VALUES = st.lists(st.binary(max_size=3), max_size=5)
PLACE = st.one_of(st.none(), st.integers(-9, 9))

pytestmark = pytest.mark.skipif(library.OURS is None, reason="the library wasn't compiled")


def in_one(values: Sequence[bytes]) -> Values:
    """Values out of the middle of some bytes, with something between them."""
    lengths = np.array(list(map(len, values)), dtype=np.int64)
    begins = np.cumsum(np.append(2, lengths + 3))[: len(values)]
    data = b"<<" + b"".join(value + b">>>" for value in values)
    found = gathered(np.frombuffer(data, np.uint8), np.stack([begins, begins + lengths], axis=1))
    assert found is not None
    return Values.of(*found)


@given(st.lists(VALUES, max_size=4), PLACE, PLACE, st.sampled_from([None, 1, 2, -1]))
def test_they_are_what_a_list_is(
    pieces: list[list[bytes]], begin: int | None, end: int | None, step: int | None
) -> None:
    values = chained(map(in_one, pieces))
    expected = [value for piece in pieces for value in piece]
    for found, like in (
        (values, expected),
        (values[begin:end:step], expected[begin:end:step]),
        (values[1:][begin:end], expected[1:][begin:end]),
    ):
        assert len(found) == len(like)
        assert list(found) == like
        assert [found[place] for place in range(-len(like), len(like))] == like * 2
        assert bytes_of(found) == sum(map(len, like))
        assert [value in found for value in (b"", b"a", b"\n", b"\n\n")] == [
            value in like for value in (b"", b"a", b"\n", b"\n\n")
        ]
        assert found == like
        assert pickle.loads(pickle.dumps(found)) == like
        if isinstance(found, Values):
            assert found.joined() == b"\n".join(like)
            assert found.lengths().tolist() == list(map(len, like))


def test_what_is_beside_them_is_none_of_them() -> None:
    values = in_one([b"one", b"two"])[1:]
    for place in (1, -2):
        with pytest.raises(IndexError):
            values[place]
    assert 7 not in values
    assert values != 7


def test_a_missing_one_makes_a_list_of_them() -> None:
    assert chained([in_one([b"one"]), [None, b"two"], []]) == [b"one", None, b"two"]
    assert bytes_of([None, b"two"]) == 3
    spans = np.array([[0, 1], [-1, -1]])
    assert gathered(np.zeros(1, np.uint8), spans) is None


@pytest.mark.parametrize("order", ["C", "F"])
def test_pieces_may_be_given_in_any_order(order: Any) -> None:
    data = np.frombuffer(b"abc", np.uint8)
    spans = np.array([[0, 1], [1, 3], [0, 0]], order=order)
    for some, expected in ((spans, b"a\nbc\n\n"), (spans[::-1], b"\nbc\na\n")):
        found = gathered(data, some)
        assert found is not None
        assert found.memory.tobytes() == expected


def test_pieces_that_lie_beyond_the_end_are_refused() -> None:
    assert gathered(np.zeros(4, np.uint8), np.array([[0, 1], [2, 5]])) is None
    assert gathered(np.zeros(4, np.uint8), np.array([[3, 2]])) is None
