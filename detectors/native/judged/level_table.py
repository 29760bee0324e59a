"""Levels of cells at places as a zone keeps them: up to `MOST` in each zone, and a report in six
looks one up in each of its zones."""

from collections.abc import Sequence
from struct import Struct
from typing import ClassVar, Final

import numpy as np

from detectors.model.codes import RATS
from detectors.native.judged.table import Layout, Table

#: What a zone remembers: rows, and levels in each.
MOST: Final = 16_384
LEVELS: Final = 15
#: One cell in one tile: when it was used last (counted in uses), and of each of ``count`` levels
#: (tenths of a decibel) a number of the phone that reported it, the oldest first.
ROW: Final = np.dtype(
    [
        *(("key", "<i8", 6), ("used", "<i8"), ("who", "<i8", LEVELS), ("levels", "<i2", LEVELS)),
        *(("count", "u1"), ("unused", "u1")),
    ]
)
_LAYOUT: Final = Layout("levels", ROW)
_PHONE, _LEVEL = Struct("<q"), Struct("<h")
_WHO, _LEVELS = Struct(f"<{LEVELS}q"), Struct(f"<{LEVELS}h")
_WHO_AT, _LEVELS_AT, _COUNT_AT = map(_LAYOUT.place_of, ("who", "levels", "count"))


class LevelTable(Table, dict=True):
    """Rows as `ROW`."""

    layout: ClassVar[Layout] = _LAYOUT

    def __post_init__(self) -> None:
        super().__post_init__()
        rat = self.array["key"][:, 0]
        if ((rat < 0) | (rat > len(RATS))).any():
            raise ValueError("rows of a technology that there is not")
        if (self.array["count"] > LEVELS).any():
            raise ValueError("more levels than fit")

    @classmethod
    def most(cls) -> int:
        return MOST

    def put(self, row: int, phone: int, level: int) -> None:
        """Takes in one phone's level in place of its older one; the oldest goes beyond the most.
        Raises OverflowError for what is no level."""
        if not -(1 << 15) <= level < 1 << 15:
            raise OverflowError("no level")
        self.put_packed(row, _PHONE.pack(phone), _LEVEL.pack(level))

    def put_packed(self, row: int, phone: bytes, level: bytes) -> None:
        """As `put`, of what is packed as a row has it."""
        rows, begin = self.rows, row * ROW.itemsize
        count, who, levels = rows[begin + _COUNT_AT], begin + _WHO_AT, begin + _LEVELS_AT
        at = rows.find(phone, who, who + 8 * count)
        # Parts of two numbers may look like a third.
        while at >= 0 and (at - who) % 8:
            at = rows.find(phone, at + 1, who + 8 * count)
        if at >= 0 or count == LEVELS:
            gone, count = max(at - who, 0) // 8, count - 1
            end = who + 8 * count
            rows[who + 8 * gone : end] = rows[who + 8 * (gone + 1) : end + 8]
            end = levels + 2 * count
            rows[levels + 2 * gone : end] = rows[levels + 2 * (gone + 1) : end + 2]
        rows[who + 8 * count : who + 8 * (count + 1)] = phone
        rows[levels + 2 * count : levels + 2 * (count + 1)] = level
        rows[begin + _COUNT_AT] = count + 1

    def fill(self, row: int, who: Sequence[int], levels: Sequence[int]) -> None:
        """Puts levels in place of all that a row had."""
        begin, more = row * ROW.itemsize, [0] * (LEVELS - len(who))
        _WHO.pack_into(self.rows, begin + _WHO_AT, *who, *more)
        _LEVELS.pack_into(self.rows, begin + _LEVELS_AT, *levels, *more)
        self.rows[begin + _COUNT_AT] = len(who)

    def size(self, row: int) -> int:
        """How many levels a row has."""
        return self.rows[row * ROW.itemsize + _COUNT_AT]

    def who(self, row: int) -> tuple[int, ...]:
        """Whose a row's levels are."""
        return _WHO.unpack_from(self.rows, row * ROW.itemsize + _WHO_AT)[: self.size(row)]

    def levels(self, row: int, size: int | None = None) -> tuple[int, ...]:
        """The levels of a row (tenths of a decibel), of which there are so many."""
        count = self.size(row) if size is None else size
        return _LEVELS.unpack_from(self.rows, row * ROW.itemsize + _LEVELS_AT)[:count]
