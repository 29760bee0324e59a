"""Reports of several observations taken together are those of each, one after the other."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors.features.rows.placed_reports import ROW, SERVED, Sent, served_of, together

_ROWS = st.integers(0, 20)


def sent(counts: tuple[int, int, int], seed: int) -> Sent:
    """So many rows with a good place, bytes of bits, and others, drawn."""
    placed, marks, rough = counts
    chance = np.random.default_rng(seed)
    sizes = placed * ROW.itemsize, marks, rough * SERVED.itemsize
    return Sent(30_000, *(chance.bytes(size) for size in sizes))


def at_once(one: Sent) -> bytes:
    """The rows of an observation that were sent at once, taken apart by itself."""
    rows = np.frombuffer(one.placed, dtype=ROW)
    bits = np.unpackbits(np.frombuffer(one.at_once, dtype=np.uint8))[: len(rows)] > 0
    return bytes(served_of(rows[: len(bits)].compress(bits)).tobytes() + one.rough)


@given(st.lists(st.tuples(_ROWS, st.integers(0, 4), _ROWS), min_size=1, max_size=6))
def test_several_are_each_after_the_other(counts: list[tuple[int, int, int]]) -> None:
    every = [sent(each, seed) for seed, each in enumerate(counts)]
    found = together(every)
    assert found.window_ms == 30_000
    assert found.placed == b"".join(each.placed for each in every)
    assert found.at_once == b"".join(map(at_once, every))
