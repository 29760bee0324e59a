"""How late phones' last uploads were, as `uploads.rs` keeps it."""

import ctypes
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import I8, Bool
from detectors.native import library
from detectors.native.library import NativeError
from detectors.native.orders import place


class _Uploads(ctypes.Structure):
    """`Uploads` in `uploads.rs`."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("rx_short", "kept_late_ms", "taken")),
        ("phones", ctypes.c_size_t),
        *((name, ctypes.c_void_p) for name in ("device", "before", "rx_ms", "late_ms", "usual")),
        *(("rows", ctypes.c_size_t), ("asked", ctypes.c_void_p)),
        *(("asked_count", ctypes.c_size_t), ("horizon_ms", ctypes.c_int64)),
        ("habits", ctypes.c_void_p),
    )


class Uploads:
    """What `detectors.features.phones.upload_habits.UploadHabits` does, a batch at once."""

    def __init__(self, ours: ctypes.CDLL) -> None:
        self._step = ours.screened_uploads
        self._step.restype = ctypes.c_int64

    def step(
        self,
        kept: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
        layout: tuple[I8, I8],
        arrived: tuple[I8, I8],
        usual: Bool,
        asked: I8,
        horizon_ms: int,
    ) -> NDArray[np.uint8]:
        """The habits that are asked for, by their codes; then what is ``kept`` (arrival times,
        lateness, how many) has taken in what is usual. ``layout`` is of each row the phone and the
        row before, ``arrived`` when and how late."""
        columns = [np.ascontiguousarray(each, dtype=np.int64) for each in (*layout, *arrived)]
        usual, asked = np.ascontiguousarray(usual), np.ascontiguousarray(asked, dtype=np.int64)
        habits = np.empty(len(asked), dtype=np.uint8)
        given = _Uploads(
            *(*map(place, kept), len(kept[2]), *map(place, columns), place(usual), len(usual)),
            *(place(asked), len(asked), horizon_ms, place(habits)),
        )
        if self._step(ctypes.byref(given)):
            raise NativeError("rows of phones that there aren't")
        return habits


#: Of this process; ``None`` where the library isn't there.
OURS: Final = None if library.OURS is None else Uploads(library.OURS)
