"""Columns of whole numbers put in order and in groups by our own library (`orders.rs`), in a
fraction of the time that NumPy takes, to which every other row is a guess of the processor."""

import ctypes
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.native import library
from detectors.native.library import NativeError

Places = NDArray[np.intp]
_SEEDED: Final = "orders"
_SIGN: Final = 1 << 63
_NOTHING: Final[Any] = ctypes.c_char * 0


class Orders:
    """What `detectors.features.rows.runs` does, by the same names."""

    def __init__(self, ours: ctypes.CDLL) -> None:
        pointer, number, count = ctypes.c_void_p, ctypes.c_uint64, ctypes.c_size_t
        self._order, self._numbered = ours.columns_order, ours.columns_numbered
        self._before, self._newest = ours.columns_before, ours.columns_newest
        self._order.argtypes = pointer, count, number, pointer
        self._numbered.argtypes = pointer, count, number, pointer, pointer
        self._before.argtypes = pointer, count, number, pointer, pointer
        self._newest.argtypes = pointer, pointer, count, count, number, pointer
        for each in (self._order, self._numbered, self._before, self._newest):
            each.restype = ctypes.c_int64
        # No sender knows it, or numbers could be chosen that all want the same slot.
        self._seed = hash(_SEEDED) % (1 << 64)

    def stable_order(self, column: NDArray[Any]) -> Places:
        """The places of the values in order, equal ones as they lie."""
        numbers, places = _numbers(column), np.empty(len(column), dtype=np.intp)
        flipped = _SIGN if column.dtype.kind == "i" else 0
        _sound(self._order(place(numbers), len(numbers), flipped, place(places)))
        return places

    def numbered(self, column: NDArray[Any]) -> tuple[Places, Places]:
        """The number of each value, in order of appearance, and where each was first."""
        return self._of_each(self._numbered, column)

    def before(self, column: NDArray[Any]) -> tuple[Places, Places]:
        """The place before each value of an equal one, -1 for none, and the last place of each
        value, in any order."""
        return self._of_each(self._before, column)

    def _of_each(self, step: Any, column: NDArray[Any]) -> tuple[Places, Places]:
        """Of each row, and of each value."""
        numbers = _numbers(column)
        of_rows, of_values = (np.empty(len(column), dtype=np.intp) for _ in range(2))
        given = place(numbers), len(numbers), self._seed, place(of_rows), place(of_values)
        return of_rows, of_values[: _sound(step(*given))].copy()

    def newest(
        self, groups: NDArray[Any], alike: NDArray[np.uint64], most: int
    ) -> NDArray[np.bool_]:
        """Which rows are among the ``most`` last of their group; of those that are alike, of
        whatever group, the last counts."""
        groups, alike = _numbers(groups), _numbers(alike)
        kept = np.empty(len(groups), dtype=np.bool_)
        given = place(groups), place(alike), len(alike), most, self._seed, place(kept)
        _sound(self._newest(*given))
        return kept


def _numbers(column: NDArray[Any]) -> NDArray[np.uint64]:
    """As numbers of 64 bits that lie together."""
    wide = np.int64 if column.dtype.kind == "i" else np.uint64
    numbers: NDArray[Any] = np.ascontiguousarray(column, dtype=wide)
    return numbers.view(np.uint64)


def place(column: NDArray[Any]) -> int:
    """Where a column lies. NumPy's own ways to say it take several times as long, a microsecond and
    more: some dozens of columns are asked about for each batch."""
    if column.flags.carray:
        return ctypes.addressof(_NOTHING.from_buffer(column))
    at: int = column.__array_interface__["data"][0]
    return at


def _sound(found: int) -> int:
    if found < 0:
        raise NativeError("columns of more rows than there may be")
    return found


#: Of this process; ``None`` where the library isn't there.
OURS: Final = None if library.OURS is None else Orders(library.OURS)
