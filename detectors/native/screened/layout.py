"""Whose rows a batch's are, as `layout.rs` lays it out."""

import ctypes
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import I8
from detectors.native import library
from detectors.native.library import NativeError
from detectors.native.orders import place


class _Layout(ctypes.Structure):
    """`Layout` in `layout.rs`."""

    _fields_ = (
        *(("device", ctypes.c_void_p), ("rows", ctypes.c_size_t)),
        *(("newest", ctypes.c_void_p), ("phones", ctypes.c_size_t)),
        *(("before", ctypes.c_void_p), ("last", ctypes.c_void_p)),
    )


class Layout:
    """What `detectors.features.rows.device_rows.device_rows` does, of phones that have numbers."""

    def __init__(self, ours: ctypes.CDLL) -> None:
        self._step = ours.screened_layout
        self._step.restype = ctypes.c_int64

    def rows(self, device: NDArray[Any], newest: NDArray[np.int32]) -> tuple[I8, I8]:
        """The row before each of the same phone, -1 for none, and the last row of each phone.
        ``newest`` is -1 for each number that there is, before and afterwards."""
        device = np.ascontiguousarray(device, dtype=np.int64)
        before, last = (np.empty(len(device), dtype=np.int64) for _ in range(2))
        given = _Layout(
            *(place(device), len(device), place(newest), len(newest), place(before), place(last)),
        )
        count = self._step(ctypes.byref(given))
        if count < 0:
            raise NativeError("rows of phones that there aren't")
        return before, last[:count].copy()


#: Of this process; ``None`` where the library isn't there.
OURS: Final = None if library.OURS is None else Layout(library.OURS)
