"""Who rang whom, as it is sent: 64 bits of each pair of numbers, and when the call arrived."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from pybase64 import b64decode, b64encode_as_string

from detectors.model.hashing import U8

_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
#: Calls of one observation: less than half of what a record between the stages may have.
_MOST: Final = 8_192


def pair_of(ringer: U8, rung: U8) -> U8:
    """Pairs of numbers (`detectors.model.hashing.text_numbers`), which ring the one and the other.

    >>> one, other = np.array([3], dtype=np.uint64), np.array([5], dtype=np.uint64)
    >>> bool(pair_of(one, other) == pair_of(other, one))
    False
    """
    mixed: U8 = (ringer * _MIX) ^ rung
    return mixed


def packed(parts: Iterable[U8]) -> Iterator[str]:
    """Calls of a window as texts, in one order, for `unpacked`; each is a pair and a time (ms)."""
    calls = np.concatenate(list(parts)) if parts else np.empty((0, 2), dtype=np.uint64)
    calls = calls[np.lexsort((calls[:, 1], calls[:, 0]))]
    for begin in range(0, len(calls), _MOST):
        yield b64encode_as_string(calls[begin : begin + _MOST].astype("<u8").tobytes())


def unpacked(text: str) -> list[tuple[int, int]]:
    """What `packed` has packed: a pair, and when its call arrived (ms).

    Raises ValueError for what it never gives.

    >>> unpacked(*packed([np.array([[7, 9]], dtype=np.uint64)]))
    [(7, 9)]
    """
    raw = b64decode(text, validate=True)
    if len(raw) % 16:
        raise ValueError("pairs and times of eight bytes each")
    return [(int(pair), int(rx)) for pair, rx in np.frombuffer(raw, dtype="<u8").reshape(-1, 2)]
