"""Numbers of phones by their names, many at once."""

import ctypes
from typing import Final

import numpy as np

from detectors.model.columns import I8
from detectors.model.hashing import numbers_of
from detectors.native import library
from detectors.native.orders import place


class Numbers:
    """What `detectors.model.hashing.number_of` does."""

    def __init__(self, ours: ctypes.CDLL) -> None:
        self._step = ours.phones_numbers
        pointer, size = ctypes.c_void_p, ctypes.c_size_t
        self._step.argtypes = ctypes.c_char_p, size, pointer, size
        self._step.restype = ctypes.c_int64

    def of(self, names: list[str]) -> I8 | None:
        """The number of each name; ``None`` where one has several lines."""
        letters = "\n".join(names).encode()
        numbers = np.empty(len(names), dtype=np.int64)
        found = self._step(letters, len(letters), place(numbers), len(numbers))
        return numbers if found == len(names) else None


def phone_numbers(names: list[str]) -> I8:
    """The number of each name.

    >>> phone_numbers(["a", "b", "a"]).tolist()
    [3904355907, 1908338681, 3904355907]
    """
    found = None if OURS is None or not names else OURS.of(names)
    return np.array(numbers_of(names), dtype=np.int64) if found is None else found


#: Of this process; ``None`` where the library isn't there.
OURS: Final = None if library.OURS is None else Numbers(library.OURS)
