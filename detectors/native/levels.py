"""Tables of levels as `levels.rs` works on them (`detectors.native.level_table`)."""

import ctypes
from struct import Struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.native.library import NativeError

Key = tuple[int, int, int, int, int, int]
_KEY: Final = Struct("<6q")
#: Slots for each row: with more they are found at once.
_SLOTS_A_ROW: Final = 2
_SEEDED: Final = "levels"


class _Table(ctypes.Structure):
    """`Table` in `levels.rs`."""

    _fields_ = (
        *(("rows", ctypes.c_void_p), ("capacity", ctypes.c_size_t), ("count", ctypes.c_size_t)),
        *(("most", ctypes.c_size_t), ("slots", ctypes.c_void_p), ("slot_count", ctypes.c_size_t)),
        *(("queue", ctypes.c_void_p), ("queued", ctypes.c_size_t), ("next", ctypes.c_size_t)),
        *(("queued_at", ctypes.c_int64), ("clock", ctypes.c_int64), ("seed", ctypes.c_uint64)),
    )


class _Levels(ctypes.Structure):
    """`Levels` in `levels.rs`."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("keys", "phones", "tenths", "stops")),
        *(("rows", ctypes.c_size_t), ("chosen", ctypes.c_void_p)),
        *(("chosen_count", ctypes.c_size_t), ("begin", ctypes.c_size_t), ("few", ctypes.c_size_t)),
        ("full", ctypes.c_uint8),
    )


class LevelColumns:
    """Levels that are learned, in columns, a row each: keys, numbers of phones, levels (tenths of a
    decibel), and whether each is to be judged in any case. ``chosen`` of them are learned."""

    def __init__(
        self,
        keys: NDArray[np.int64],
        phones: NDArray[np.int64],
        tenths: NDArray[np.int16],
        stops: NDArray[np.uint8],
        chosen: NDArray[np.int64],
    ) -> None:
        self.keys = np.ascontiguousarray(keys, np.int64)
        self.phones = np.ascontiguousarray(phones, np.int64)
        self.tenths = np.ascontiguousarray(tenths, np.int16)
        self.stops = np.ascontiguousarray(stops, np.uint8)
        self.chosen = np.ascontiguousarray(chosen, np.int64)
        if self.keys.shape != (len(phones), 6) or not len(phones) == len(tenths) == len(stops):
            raise ValueError("columns of different lengths")
        self._given: _Levels | None = None
        self._is_own = False

    def make_own(self) -> None:
        """From now on ``tenths`` and ``stops`` are nobody else's, so that they may be changed."""
        if not self._is_own:
            self.tenths, self.stops = self.tenths.copy(), self.stops.copy()
            self._is_own, self._given = True, None

    @property
    def given(self) -> _Levels:
        """As the library gets them: asked for again from each level on that is judged."""
        if self._given is None:
            names = ("keys", "phones", "tenths", "stops", "chosen")
            pointers: Any = {name: getattr(self, name).ctypes.data for name in names}
            counts = {"rows": len(self.phones), "chosen_count": len(self.chosen)}
            self._given = _Levels(**pointers, **counts)
        return self._given


class LevelHands:
    """Works on a table's rows (of ``size`` bytes each, ``most`` of them), ``count`` of which are in
    use. They have to stay where they are until `lay_out` is given others."""

    def __init__(self, library: ctypes.CDLL, most: int, size: int, clock: int) -> None:
        self._index, self._find = library.levels_index, library.levels_find
        self._use, self._learn = library.levels_use, library.levels_learn
        for each in (self._index, self._find, self._use, self._learn):
            each.restype = ctypes.c_int64
        self._size = size
        self._queue = np.zeros(most, dtype=np.int32)
        # No sender knows it, or keys could be chosen that all want the same slot.
        seed = hash(_SEEDED) % (1 << 64)
        self._table = _Table(
            most=most, queue=self._queue.ctypes.data, clock=clock, seed=seed, queued_at=0
        )
        self._at = ctypes.byref(self._table)

    def lay_out(self, rows: bytearray, count: int) -> None:
        """Takes up rows, of which so many are in use."""
        self._rows = np.frombuffer(rows, dtype=np.uint8)
        capacity = len(rows) // self._size
        slots = 1 << (_SLOTS_A_ROW * capacity + 1).bit_length()
        self._slots = np.empty(slots, dtype=np.int32)
        table = self._table
        table.rows, table.capacity, table.count = self._rows.ctypes.data, capacity, count
        table.slots, table.slot_count = self._slots.ctypes.data, slots
        # What was in order then may be otherwise.
        table.queued = table.next = 0
        _sound(self._index(self._at))

    @property
    def count(self) -> int:
        """How many rows are in use."""
        count: int = self._table.count
        return count

    def find(self, key: Key) -> int:
        """The row of a key, -1 for none."""
        return _sound(self._find(self._at, _KEY.pack(*key)))

    def use(self, key: Key) -> int:
        """The row of a key, a new one where there was none; negative where there is no room."""
        return _sound(self._use(self._at, _KEY.pack(*key)))

    def learn(self, columns: LevelColumns, begin: int, few: int) -> tuple[int, bool]:
        """At which level it stopped, or how many there are, and whether it did for lack of room."""
        given = columns.given
        given.begin, given.few = begin, few
        at = _sound(self._learn(self._at, ctypes.byref(given)))
        return at, bool(given.full)


def _sound(found: int) -> int:
    if found < -2:
        raise NativeError("the table of levels is none")
    return found
