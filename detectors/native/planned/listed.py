"""What the register says of listed cells that phones receive, as `listed.rs` lays it out."""

import ctypes
from operator import is_not
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import F8, I8, Bool
from detectors.native import library
from detectors.native.library import NativeError
from detectors.native.orders import place


class Received(NamedTuple):
    """Rows of a batch and of a register, channel and code, of cells that phones receive."""

    row: I8
    found: I8
    arfcn: F8
    pci: F8


class Cells(NamedTuple):
    """Those of a register: which go, and what is known of each."""

    goes: Bool
    lat: F8
    lon: F8
    range_m: F8
    samples: F8
    changeable: F8
    arfcn: F8
    pci: F8


class Taken(NamedTuple):
    """What is taken for a range (m), samples and ``changeable`` that aren't given, how long a
    degree is at most, and by how much computing is off (m)."""

    range_m: float
    samples: float
    changeable: float
    a_degree_m: float
    off_m: float


class Answers(NamedTuple):
    """Of each: how far the mast is at most, range (m) and samples; whether the place is an
    estimate, channel and code are others than planned, and both as planned."""

    at_most_m: F8
    range_m: F8
    samples: F8
    estimated: Bool
    other_channel: Bool
    other_code: Bool
    as_planned: Bool


_NUMBERS: Final = 3
_ANSWERS: Final = len(Answers._fields) - _NUMBERS


class _Column(ctypes.Structure):
    """`Column` in `listed.rs`."""

    _fields_ = (("first", ctypes.c_void_p), ("step", ctypes.c_size_t))


class _Listed(ctypes.Structure):
    """`Listed` in `listed.rs`."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in Received._fields),
        *(("entries", ctypes.c_size_t), ("lat", ctypes.c_void_p), ("lon", ctypes.c_void_p)),
        *(("rows", ctypes.c_size_t), ("goes", ctypes.c_void_p), ("cells", ctypes.c_size_t)),
        *((f"cell_{name}", _Column) for name in Cells._fields[1:]),
        *((f"taken_{name}", ctypes.c_double) for name in Taken._fields),
        *(("numbers", ctypes.c_void_p), ("answers", ctypes.c_void_p)),
    )


class Listed:
    """What `detectors.features.plan.listed_cells` asks of a register."""

    def __init__(self, ours: ctypes.CDLL) -> None:
        self._step = ours.planned_listed
        self._step.restype = ctypes.c_int64
        self._last: tuple[Cells | None, tuple[Any, ...]] = None, ()

    def answers(
        self, received: Received, phones: tuple[F8, F8], cells: Cells, taken: Taken
    ) -> Answers:
        """Of cells received by phones at some latitudes and longitudes, by row of the batch."""
        columns: list[NDArray[Any]] = [np.ascontiguousarray(each) for each in received]
        places = [np.ascontiguousarray(each) for each in phones]
        count = len(received.row)
        numbers = np.empty((_NUMBERS, count))
        answers = np.empty((_ANSWERS, count), dtype=np.bool_)
        given = _Listed(
            *(*map(place, columns), count, *map(place, places), len(places[0])),
            *(*self._of_register(cells), *taken, place(numbers), place(answers)),
        )
        if self._step(ctypes.byref(given)):
            raise NativeError("cells that the register hasn't")
        return Answers(*numbers, *answers)

    def _of_register(self, cells: Cells) -> tuple[Any, ...]:
        """Where the columns of a register lie: mostly it is the one that was asked last."""
        last, places = self._last
        if last is None or any(map(is_not, last, cells)):
            goes, *known = cells
            steps = [_Column(place(one), one.strides[0] // one.itemsize) for one in known]
            places = place(goes), len(goes), *steps
            self._last = cells, places
        return places


#: Of this process; ``None`` where the library isn't there.
OURS: Final = None if library.OURS is None else Listed(library.OURS)
