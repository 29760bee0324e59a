"""Numbers of cells and tiles, as `numbers.rs` finds them."""

import ctypes
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import F8, I8, U1
from detectors.native import library
from detectors.native.orders import place


class Reports(NamedTuple):
    """Reports in columns: the cell, and where the phone was."""

    rat: U1
    mcc: I8
    mnc: I8
    area: I8
    cell: I8
    lat: F8
    lon: F8


class _Numbers(ctypes.Structure):
    """`Numbers` in `numbers.rs`."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in Reports._fields),
        *(("rows", ctypes.c_size_t), ("widths", ctypes.c_void_p), ("bands", ctypes.c_size_t)),
        *((name, ctypes.c_void_p) for name in ("cells", "tiles")),
    )


class ReportNumbers:
    """What `detectors.features.rows.report_numbers` asks of each report."""

    def __init__(self, ours: ctypes.CDLL) -> None:
        self._step = ours.numbered_reports
        self._step.restype = ctypes.c_int64

    def of(self, reports: Reports, widths: F8) -> tuple[I8, I8] | None:
        """The numbers of cells and of tiles, whose ``widths`` are by band of latitude; ``None``
        where a place is beyond these."""
        columns: list[NDArray[Any]] = [np.ascontiguousarray(each) for each in reports]
        count = len(reports.rat)
        cells, tiles = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
        given = _Numbers(
            *(*map(place, columns), count, place(widths), len(widths), place(cells), place(tiles))
        )
        return (cells, tiles) if self._step(ctypes.byref(given)) == 0 else None


#: Of this process; ``None`` where the library isn't there.
OURS: Final = None if library.OURS is None else ReportNumbers(library.OURS)
