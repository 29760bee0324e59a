"""Names numbered in order of appearance, as `names.rs` does it."""

import ctypes
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import I8
from detectors.native import library
from detectors.native.library import NativeError
from detectors.native.orders import place

Keys = NDArray[np.uint64]
_WORD_BYTES: Final = 8


class _Names(ctypes.Structure):
    """`Names` in `names.rs`."""

    _fields_ = (
        ("letters", ctypes.c_void_p),
        *((name, ctypes.c_size_t) for name in ("words", "rows", "begin")),
        *(("seed", ctypes.c_uint64), ("keys", ctypes.c_void_p), ("count", ctypes.c_size_t)),
        *(("slots", ctypes.c_void_p), ("slot_count", ctypes.c_size_t)),
        *(("fresh", ctypes.c_void_p), ("fresh_count", ctypes.c_size_t)),
        ("numbers", ctypes.c_void_p),
    )


class Names:
    """What `detectors.features.rows.device_rows.Numbers` does, a column at once."""

    def __init__(self, ours: ctypes.CDLL) -> None:
        self._step = ours.screened_names
        self._step.restype = ctypes.c_int64

    def number(
        self,
        letters: NDArray[Any],
        begin: int,
        seed: int,
        known: tuple[Keys, int, NDArray[np.int32]],
        numbers: I8,
    ) -> tuple[int, Keys]:
        """Puts in the ``numbers`` of names from one on, up to the first for which there is no slot:
        at which that is, or how many there are; and the keys of those that are new, which are in
        slots. ``known`` are keys by number, how many, and slots."""
        keys, count, slots = known
        fresh = np.empty(len(letters), dtype=np.uint64)
        words = letters.itemsize // _WORD_BYTES
        given = _Names(
            *(place(letters), words, len(letters), begin, seed, place(keys), count),
            *(place(slots), len(slots), place(fresh), 0, place(numbers)),
        )
        at = self._step(ctypes.byref(given))
        if at < 0:
            raise NativeError("a table of names that is none")
        return at, fresh[: given.fresh_count]


#: Of this process; ``None`` where the library isn't there.
OURS: Final = None if library.OURS is None else Names(library.OURS)
