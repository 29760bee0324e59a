"""Pieces of some bytes in one piece of memory, by our own library."""

import ctypes
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.plain import library


class _Gathering(ctypes.Structure):
    """`Gathering` in `gather.rs`."""

    _fields_ = (
        *(("data", ctypes.c_void_p), ("length", ctypes.c_size_t), ("spans", ctypes.c_void_p)),
        *(("stride", ctypes.c_size_t), ("count", ctypes.c_size_t)),
        *(("pieces", ctypes.c_void_p), ("room", ctypes.c_size_t), ("ends", ctypes.c_void_p)),
    )


class Gathered(NamedTuple):
    """Pieces one after the other, a newline behind each, and where each ends."""

    memory: NDArray[np.uint8]
    ends: NDArray[np.int64]


def gathered(data: NDArray[np.uint8], spans: NDArray[np.int64]) -> Gathered | None:
    """The pieces of some bytes that lie in ``spans``, a row each with where it begins and ends;
    ``None`` where one lies nowhere (-1), or the library isn't there."""
    if library.OURS is None or (spans < 0).any():
        return None
    count, word = len(spans), spans.itemsize
    if spans.strides[1] != word or spans.strides[0] < 0:
        spans = np.ascontiguousarray(spans)
    size = int((spans[:, 1] - spans[:, 0]).sum()) + count
    found = Gathered(np.empty(size, dtype=np.uint8), np.empty(count, dtype=np.int64))
    call = _Gathering(
        *(data.ctypes.data, len(data), spans.ctypes.data, spans.strides[0] // word, count),
        *(found.memory.ctypes.data, size, found.ends.ctypes.data),
    )
    return None if library.OURS.pieces_gather(ctypes.byref(call)) else found
