"""Which channels and codes are planned about phones, as `codes.rs` finds it."""

import ctypes
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import F8, I8, U1
from detectors.native import library
from detectors.native.library import NativeError
from detectors.native.orders import place


class Received(NamedTuple):
    """Cells that phones receive: the row of the register, the code of the RAT, channel and code,
    and the row of the batch."""

    found: I8
    rat: U1
    arfcn: F8
    pci: F8
    row: I8


class Planned(NamedTuple):
    """As `detectors.features.plan.spatial_counts.Ground` has it."""

    keys: I8
    packed: I8
    axis_bits: int
    answers: NDArray[np.uint64]


class _Codes(ctypes.Structure):
    """`Codes` in `codes.rs`."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in Received._fields),
        *(("entries", ctypes.c_size_t), ("cube", ctypes.c_void_p), ("rows", ctypes.c_size_t)),
        *(("keys", ctypes.c_void_p), ("key_count", ctypes.c_size_t)),
        *(("packed", ctypes.c_void_p), ("packed_count", ctypes.c_size_t)),
        *(("axis_bits", ctypes.c_uint32), ("answers", ctypes.c_void_p), ("odd", ctypes.c_void_p)),
    )


class Codes:
    """What `detectors.rules.unplanned_code.unplanned` asks first."""

    def __init__(self, ours: ctypes.CDLL) -> None:
        self._step = ours.planned_codes
        self._step.restype = ctypes.c_int64

    def of_no_plan(self, received: Received, cube: I8, planned: Planned) -> I8:
        """The entries of no listed cell that have a code which none about their phone, in the cube
        of its row, is planned with."""
        columns: list[NDArray[Any]] = [np.ascontiguousarray(each) for each in received]
        odd, count = np.empty(len(received.row), dtype=np.int64), len(received.row)
        given = _Codes(
            *(*map(place, columns), count, place(cube), len(cube)),
            *(place(planned.keys), len(planned.keys), place(planned.packed), len(planned.packed)),
            *(planned.axis_bits, place(planned.answers), place(odd)),
        )
        found = self._step(ctypes.byref(given))
        if found < 0:
            raise NativeError("codes of rows that there aren't")
        return odd[:found].copy()


#: Of this process; ``None`` where the library isn't there.
OURS: Final = None if library.OURS is None else Codes(library.OURS)
