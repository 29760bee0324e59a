"""Numbers by which reports are drawn, as `places.rs` mixes them."""

import ctypes
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.native import library
from detectors.native.library import NativeError
from detectors.native.orders import place


class Places:
    """What `detectors.model.hashing.place_numbers` does, in one pass."""

    def __init__(self, ours: ctypes.CDLL) -> None:
        pointer, self._step = ctypes.c_void_p, ours.numbered_places
        self._step.argtypes = pointer, pointer, pointer, ctypes.c_size_t, pointer
        self._step.restype = ctypes.c_int64

    def numbers(
        self, ts_ms: NDArray[np.int64], lat: NDArray[np.float64], lon: NDArray[np.float64]
    ) -> NDArray[np.uint64]:
        """A number of each report, by its time (ms) and place (degrees)."""
        numbers = np.empty(len(ts_ms), dtype=np.uint64)
        columns = [
            np.ascontiguousarray(ts_ms, dtype=np.int64),
            *(np.ascontiguousarray(each, dtype=np.float64) for each in (lat, lon)),
        ]
        if self._step(*map(place, columns), len(numbers), place(numbers)):
            raise NativeError("places that aren't there")
        return numbers


#: Of this process; ``None`` where the library isn't there.
OURS: Final = None if library.OURS is None else Places(library.OURS)
