"""Phones' last reports put in, as `last.rs` does it."""

import ctypes
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import F8, I8, U1
from detectors.native import library
from detectors.native.library import NativeError
from detectors.native.orders import place


class Reports(NamedTuple):
    """Reports of serving cells in columns: the phone, times (ms), numbers of the cell (``key``) and
    of the tile, place, level, speed, and the cell."""

    device: I8
    rx_ms: I8
    ts_ms: I8
    key: I8
    tile: I8
    lat: F8
    lon: F8
    signal_dbm: F8
    speed_mps: F8
    accuracy_m: F8
    area: I8
    cell: I8
    arfcn: F8
    pci: F8
    mcc: I8
    mnc: I8
    rat: U1


class _Last(ctypes.Structure):
    """`Last` in `last.rs`."""

    _fields_ = (
        *(("chosen", ctypes.c_void_p), ("chosen_count", ctypes.c_size_t)),
        *((name, ctypes.c_void_p) for name in Reports._fields),
        *(("rows", ctypes.c_size_t), ("reports", ctypes.c_void_p)),
        *(("served", ctypes.c_void_p), ("phones", ctypes.c_size_t)),
    )


class Last:
    """What `detectors.features.phones.last_reports.remember` does where all cells serve."""

    def __init__(self, ours: ctypes.CDLL) -> None:
        self._step = ours.screened_last
        self._step.restype = ctypes.c_int64

    def put(self, rows: I8, given: Reports, reports: NDArray[Any], served: NDArray[Any]) -> None:
        """Puts the last rows of phones in, of both kinds of which as many are kept
        (`detectors.features.phones.phones`)."""
        columns: list[NDArray[Any]] = [np.ascontiguousarray(each) for each in given]
        phones, rows = min(len(reports), len(served)), np.ascontiguousarray(rows, dtype=np.int64)
        asked = _Last(
            *(place(rows), len(rows), *map(place, columns), len(given.device)),
            *(place(reports), place(served), phones),
        )
        if self._step(ctypes.byref(asked)):
            raise NativeError("reports of phones that there aren't")


#: Of this process; ``None`` where the library isn't there.
OURS: Final = None if library.OURS is None else Last(library.OURS)
