"""Which rows of the register cells are, as `cells.rs` finds them."""

import ctypes
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import F8, I8, U1
from detectors.native import library
from detectors.native.library import NativeError
from detectors.native.orders import place

_COLUMNS: Final = ("mcc", "mnc", "area", "cell", "ts_ms")


class _Cells(ctypes.Structure):
    """`Cells` in `cells.rs`."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("rat", *_COLUMNS)),
        *(("rows", ctypes.c_size_t), ("areas", ctypes.c_void_p), ("area_count", ctypes.c_size_t)),
        *(("keys", ctypes.c_void_p), ("key_count", ctypes.c_size_t)),
        *(("from_ms", ctypes.c_void_p), ("from_step", ctypes.c_size_t)),
        *(("to_ms", ctypes.c_void_p), ("to_step", ctypes.c_size_t)),
        *(("asked", ctypes.c_void_p), ("found", ctypes.c_void_p)),
    )


class Cells:
    """What `detectors.register.register.Register.find` does."""

    def __init__(self, ours: ctypes.CDLL) -> None:
        self._step = ours.planned_cells
        self._step.restype = ctypes.c_int64

    def find(
        self,
        rat: U1,
        numbers: tuple[NDArray[Any], ...],
        listed: tuple[I8, I8],
        valid_ms: tuple[F8, F8],
        asked: NDArray[np.int32],
    ) -> I8:
        """The row of each cell, whose mcc, mnc, area, cell and time are ``numbers``. ``listed`` are
        the keys of areas and of cells, at least one, ``valid_ms`` from when and to when each cell
        is valid; ``asked`` are those which were asked for last."""
        columns = [np.ascontiguousarray(each, dtype=np.int64) for each in numbers]
        rat, found = np.ascontiguousarray(rat, dtype=np.uint8), np.empty(len(rat), dtype=np.int64)
        spans = []
        for column in valid_ms:
            # Of what no row has one number stands for all.
            steps = column.strides[0] // column.itemsize
            spans += [place(column), steps]
        sizes = [size for keys in listed for size in (place(keys), len(keys))]
        own = place(rat), *map(place, columns), len(rat)
        given = _Cells(*own, *sizes, *spans, place(asked), place(found))
        if self._step(ctypes.byref(given)):
            raise NativeError("cells of a register that is none")
        return found


#: Of this process; ``None`` where the library isn't there.
OURS: Final = None if library.OURS is None else Cells(library.OURS)
