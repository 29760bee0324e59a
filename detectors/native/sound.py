"""Whether rows of reports hold sound numbers, as `sound.rs` looks."""

import ctypes
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import F8
from detectors.native import library
from detectors.native.library import NativeError
from detectors.native.orders import place


class _Rows(ctypes.Structure):
    """`Rows` in `sound.rs`."""

    _fields_ = (
        *(("rows", ctypes.c_void_p), ("count", ctypes.c_size_t), ("size", ctypes.c_size_t)),
        *(("whole", ctypes.c_size_t), ("real", ctypes.c_size_t), ("most", ctypes.c_int64)),
        *(("bounds", ctypes.c_void_p), ("bounded", ctypes.c_size_t)),
        *(("code_at", ctypes.c_size_t), ("most_code", ctypes.c_uint8)),
    )


class Sound:
    """What `detectors.features.rows.travelling.are_sound` asks."""

    def __init__(self, ours: ctypes.CDLL) -> None:
        self._step = ours.rows_sound
        self._step.restype = ctypes.c_int64

    def are_sound(
        self, numbers: NDArray[Any], counts: tuple[int, int], most: int, bounds: F8, code: int
    ) -> bool:
        """Whether of some rows, each of so many whole numbers and others, then codes, all whole
        ones are at most so large, the first others within bounds, none infinite, and ``rat`` is a
        code up to that one."""
        numbers, fields = np.ascontiguousarray(numbers), numbers.dtype.fields
        assert fields is not None
        given = _Rows(
            *(place(numbers.view(np.uint8)), len(numbers), numbers.itemsize, *counts, most),
            *(place(bounds), len(bounds), fields["rat"][1], code),
        )
        found = self._step(ctypes.byref(given))
        if found < 0:
            raise NativeError("rows of other numbers")
        return bool(found)


#: Of this process; ``None`` where the library isn't there.
OURS: Final = None if library.OURS is None else Sound(library.OURS)
