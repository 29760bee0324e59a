"""Tables as `tables.rs` works on them (`detectors.native.judged.table`)."""

import ctypes
from struct import Struct
from typing import Final

import numpy as np

from detectors.native.library import NativeError

Key = tuple[int, ...]
#: Slots for each row: with more they are found at once.
_SLOTS_A_ROW: Final = 2
_SEEDED: Final = "tables"


class _Table(ctypes.Structure):
    """`Table` in `tables.rs`."""

    _fields_ = (
        *(("rows", ctypes.c_void_p), ("capacity", ctypes.c_size_t), ("count", ctypes.c_size_t)),
        *(("most", ctypes.c_size_t), ("slots", ctypes.c_void_p), ("slot_count", ctypes.c_size_t)),
        *(("queue", ctypes.c_void_p), ("queued", ctypes.c_size_t), ("next", ctypes.c_size_t)),
        *(("queued_at", ctypes.c_int64), ("clock", ctypes.c_int64), ("seed", ctypes.c_uint64)),
    )


class Hands:
    """Works on a table's rows (of ``size`` bytes each, ``most`` of them), ``count`` of which are in
    use, by steps of that name. They have to stay where they are until `lay_out` is given others."""

    def __init__(
        self, library: ctypes.CDLL, name: str, key: Struct, most: int, size: int, clock: int
    ) -> None:
        self._index, self._find, self._use = (
            library[f"{name}_{step}"] for step in ("index", "find", "use")
        )
        for each in (self._index, self._find, self._use):
            each.restype = ctypes.c_int64
        self._key, self._size = key, size
        self._queue = np.zeros(most, dtype=np.int32)
        # No sender knows it, or keys could be chosen that all want the same slot.
        seed = hash(_SEEDED) % (1 << 64)
        self._table = _Table(
            most=most, queue=self._queue.ctypes.data, clock=clock, seed=seed, queued_at=0
        )
        #: Where the library finds it.
        self.given = ctypes.byref(self._table)

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
        sound(self._index(self.given))

    @property
    def count(self) -> int:
        """How many rows are in use."""
        count: int = self._table.count
        return count

    def find(self, key: Key) -> int:
        """The row of a key, -1 for none."""
        return sound(self._find(self.given, self._key.pack(*key)))

    def use(self, key: Key) -> int:
        """The row of a key, a new one where there was none; negative where there is no room."""
        return sound(self._use(self.given, self._key.pack(*key)))


def sound(found: int) -> int:
    """What a step came to. Raises NativeError where it couldn't be done."""
    if found < -2:
        raise NativeError("the table is none")
    return found
