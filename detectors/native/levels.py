"""Tables of levels as `levels.rs` works on them (`detectors.native.level_table`)."""

import ctypes
from struct import Struct
from typing import Final

import numpy as np

from detectors.native.judged import JudgedLevels
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


class LevelHands:
    """Works on a table's rows (of ``size`` bytes each, ``most`` of them), ``count`` of which are in
    use. They have to stay where they are until `lay_out` is given others."""

    def __init__(self, library: ctypes.CDLL, most: int, size: int, clock: int) -> None:
        self._index, self._find = library.levels_index, library.levels_find
        self._use, self._judge = library.levels_use, library.levels_judge
        for each in (self._index, self._find, self._use, self._judge):
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

    def judge(self, levels: JudgedLevels) -> int:
        """At which level it stopped, or how many there are."""
        return _sound(self._judge(self._at, *levels.given))


def _sound(found: int) -> int:
    if found < -2:
        raise NativeError("the table of levels is none")
    return found
