"""Which phones may be far from the site of the cell that serves them, as `far.rs` finds it."""

import ctypes
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import F8, I8, U1, Bool
from detectors.native import library
from detectors.native.library import NativeError
from detectors.native.orders import place


class Sightings(NamedTuple):
    """Sightings of listed cells: the row of the batch, whether it stood in a neighbour list, and
    what `detectors.native.planned.listed` answers of it."""

    row: I8
    neighbour: Bool
    at_most_m: F8
    range_m: F8
    samples: F8
    estimated: Bool


class Phones(NamedTuple):
    """Phones of a batch, by row."""

    lat: F8
    position_source: U1
    accuracy_m: F8
    speed_mps: F8
    signal_dbm: F8
    rat: U1


class Doubts(NamedTuple):
    """The code of a position by the network, the accuracy of one without any, and what a mast may
    be off (m)."""

    network: int
    accuracy_m: float
    mast_m: float


class Beyond(ctypes.Structure):
    """How far estimates of few samples may be off more (m), how old a position may be (s), how many
    samples are enough, and beyond which distance it is far (m)."""

    _fields_ = tuple(
        (name, ctypes.c_double) for name in ("guess_m", "stale_s", "trusted_samples", "beyond_m")
    )


class _Served(ctypes.Structure):
    """`Served` in `far.rs`."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in Sightings._fields),
        *(("entries", ctypes.c_size_t),),
        *((f"phone_{name}", ctypes.c_void_p) for name in Phones._fields),
        *(("rows", ctypes.c_size_t), ("network", ctypes.c_uint8)),
        *(("accuracy_m", ctypes.c_double), ("mast_m", ctypes.c_double)),
        ("chosen", ctypes.c_void_p),
    )


class Far:
    """Both ask of the sightings of listed cells that serve, by phones with a place of their own."""

    def __init__(self, ours: ctypes.CDLL) -> None:
        pointer, number = ctypes.c_void_p, ctypes.c_double
        self._far, self._strong = ours.planned_far, ours.planned_strong
        self._far.argtypes = pointer, pointer
        self._strong.argtypes = pointer, number, number, pointer, ctypes.c_size_t
        for each in (self._far, self._strong):
            each.restype = ctypes.c_int64

    def beyond(self, seen: Sightings, phones: Phones, doubts: Doubts, asked: Beyond) -> I8:
        """Which may be far."""
        return self._chosen(self._far, seen, phones, doubts, ctypes.byref(asked))

    def strong(
        self,
        seen: Sightings,
        phones: Phones,
        doubts: Doubts,
        loss: tuple[float, float],
        least_dbm: F8,
    ) -> I8:
        """Which may be stronger, with the ``loss`` on the way added back (dB a decade beyond 100 m,
        from so many metres on), than the least of their technology."""
        given = *loss, place(least_dbm), len(least_dbm)
        return self._chosen(self._strong, seen, phones, doubts, *given)

    def _chosen(
        self, step: Any, seen: Sightings, phones: Phones, doubts: Doubts, *asked: Any
    ) -> I8:
        columns: list[NDArray[Any]] = [np.ascontiguousarray(each) for each in (*seen, *phones)]
        of_seen, of_phones = columns[: len(seen)], columns[len(seen) :]
        chosen = np.empty(len(seen.row), dtype=np.int64)
        given = _Served(
            *(*map(place, of_seen), len(chosen), *map(place, of_phones), len(phones.lat)),
            *(*doubts, place(chosen)),
        )
        found = step(ctypes.byref(given), *asked)
        if found < 0:
            raise NativeError("sightings in rows that there aren't")
        return chosen[:found].copy()


#: Of this process; ``None`` where the library isn't there.
OURS: Final = None if library.OURS is None else Far(library.OURS)
