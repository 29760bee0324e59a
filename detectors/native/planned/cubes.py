"""The cubes about the globe that phones are in, as `cubes.rs` finds them."""

import ctypes
from typing import Final

import numpy as np

from detectors.model.columns import F8, I8
from detectors.native import library
from detectors.native.library import NativeError
from detectors.native.orders import place

_UNSURE: Final = -2


class Cubes:
    """What `detectors.features.plan.spatial_counts.cubes` does, of most places."""

    def __init__(self, ours: ctypes.CDLL) -> None:
        pointer, number = ctypes.c_void_p, ctypes.c_double
        self._step = ours.planned_cubes
        self._step.argtypes = pointer, pointer, ctypes.c_size_t, number, ctypes.c_uint32, pointer
        self._step.restype = ctypes.c_int64

    def of(self, lat: F8, lon: F8, scale: float, bits: int) -> tuple[I8, I8]:
        """The cube of each place (degrees; -1 without one), of which ``scale`` are a radius of the
        globe, with so many bits an axis; and the rows of which it isn't sure: at a side, or far
        from the others."""
        lat, lon = (np.ascontiguousarray(each, dtype=np.float64) for each in (lat, lon))
        found = np.empty(len(lat), dtype=np.int64)
        unsure = self._step(place(lat), place(lon), len(lat), scale, bits, place(found))
        if unsure < 0:
            raise NativeError("cubes that are too small")
        return found, np.flatnonzero(found == _UNSURE if unsure else found[:0])


#: Of this process; ``None`` where the library isn't there.
OURS: Final = None if library.OURS is None else Cubes(library.OURS)
