"""Levels of cells at places as a zone keeps them: rows of numbers, which are stored as they are.

There are up to `MOST` in each zone, and a report in six looks one up in each of its zones: as a
dictionary of objects that was a fifth of what a worker does. Our own library goes through many
levels at once (`detectors.features.levels.beside_few`); without it each is looked up alone.
"""

from collections.abc import Iterator, Sequence
from struct import Struct
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.model.codes import RATS
from detectors.native import library
from detectors.native.judged import JudgedLevels
from detectors.native.levels import Key, LevelHands

#: What a zone remembers: rows, and levels in each.
MOST: Final = 16_384
LEVELS: Final = 15
_FIRST_ROOM: Final = 64
#: One cell in one tile: when it was used last (counted in uses), and of each of ``count`` levels
#: (tenths of a decibel) a number of the phone that reported it, the oldest first.
ROW: Final = np.dtype(
    [
        *(("key", "<i8", 6), ("used", "<i8"), ("who", "<i8", LEVELS), ("levels", "<i2", LEVELS)),
        *(("count", "u1"), ("unused", "u1")),
    ]
)
_KEY, _USED, _PHONE, _LEVEL = Struct("<6q"), Struct("<q"), Struct("<q"), Struct("<h")
_WHO, _LEVELS = Struct(f"<{LEVELS}q"), Struct(f"<{LEVELS}h")
_AT: Final = {name: ROW.fields[name][1] for name in ROW.names or ()} if ROW.fields else {}
_USED_AT, _WHO_AT, _LEVELS_AT, _COUNT_AT = (
    _AT[name] for name in ("used", "who", "levels", "count")
)
_MOST_USES: Final = 1 << 62


class LevelTable(msgspec.Struct, dict=True):
    """``count`` rows (`ROW`) in use, with room for more."""

    rows: bytearray = msgspec.field(default_factory=bytearray)
    count: int = 0

    def __post_init__(self) -> None:
        # What was stored may be anybody's.
        room, rest = divmod(len(self.rows), ROW.itemsize)
        if rest or not 0 <= self.count <= room <= MOST:
            raise ValueError("no table of levels")
        used, rat = self.array["used"], self.array["key"][:, 0]
        if ((used < 0) | (used >= _MOST_USES) | (rat < 0) | (rat > len(RATS))).any():
            raise ValueError("rows of a use or a technology that there is not")
        if (self.array["count"] > LEVELS).any():
            raise ValueError("more levels than fit")

    @property
    def array(self) -> NDArray[Any]:
        """The rows in use; not to be kept while others are added."""
        return np.frombuffer(self.rows, ROW, self.count)

    def in_order(self) -> NDArray[Any]:
        """A copy of the rows, that unused for longest first."""
        rows: NDArray[Any] = self.array[np.argsort(self.array["used"], kind="stable")]
        return rows

    def find(self, key: Key) -> int | None:
        """The row of a key, if there is one."""
        row = self._hands.find(key)
        return None if row < 0 else row

    def use(self, key: Key) -> int:
        """The row of a key, as the one used last; where there was none a new one, for which that
        unused for longest is forgotten if there are too many."""
        hands = self._hands
        while (row := hands.use(key)) < 0:
            self._make_room()
        self.count = hands.count
        return row

    @property
    def has_library(self) -> bool:
        """Whether it can `judge`."""
        return isinstance(self._hands, LevelHands)

    def judge(self, levels: JudgedLevels) -> int:
        """Judges and learns levels one after the other, up to the first that is the caller's to
        judge: at which that is, or how many there are. The library does."""
        hands = self._hands
        assert isinstance(hands, LevelHands)
        at = hands.judge(levels)
        while levels.is_full:
            self._make_room()
            levels.begin = at
            at = hands.judge(levels)
        self.count = hands.count
        return at

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

    @property
    def _hands(self) -> "LevelHands | _Patient":
        hands: LevelHands | _Patient | None = self.__dict__.get("_found_by")
        if hands is None:
            clock = int(self.array["used"].max()) + 1 if self.count else 0
            given = library.OURS
            hands = LevelHands(given, MOST, ROW.itemsize, clock) if given else _Patient(clock)
            hands.lay_out(self.rows, self.count)
            self.__dict__["_found_by"] = hands
        return hands

    def _make_room(self) -> None:
        room = len(self.rows) // ROW.itemsize
        assert room < MOST
        count = self._hands.count
        self.rows = self.rows + bytearray(min(max(room, _FIRST_ROOM), MOST - room) * ROW.itemsize)
        self._hands.lay_out(self.rows, count)


class _Patient:
    """What finds without the library, as `detectors.native.levels.LevelHands` does."""

    def __init__(self, clock: int) -> None:
        self._clock, self._ordered_at = clock, 0
        self._in_turn: Iterator[int] = iter(())

    def lay_out(self, rows: bytearray, count: int) -> None:
        self._table, self._in_turn = LevelTable(rows, count), iter(())
        self._row_of: dict[Key, int] = {}
        for row, key in enumerate(self._table.array["key"].tolist()):
            self._row_of.setdefault(tuple(key), row)

    @property
    def count(self) -> int:
        return self._table.count

    def find(self, key: Key) -> int:
        return self._row_of.get(key, -1)

    def use(self, key: Key) -> int:
        row = self.find(key)
        if row < 0:
            row = self._fresh()
            if row < 0:
                return row
            self._table.rows[row * ROW.itemsize : (row + 1) * ROW.itemsize] = bytes(ROW.itemsize)
            _KEY.pack_into(self._table.rows, row * ROW.itemsize, *key)
            self._row_of[key] = row
        _USED.pack_into(self._table.rows, row * ROW.itemsize + _USED_AT, self._clock)
        self._clock += 1
        return row

    def _fresh(self) -> int:
        """A row that is free; that unused for longest, where there are as many as may be, or -1 for
        no room."""
        table = self._table
        if table.count < len(table.rows) // ROW.itemsize:
            table.count += 1
            return table.count - 1
        if table.count < MOST:
            return -1
        row = self._oldest()
        key = _KEY.unpack_from(table.rows, row * ROW.itemsize)
        if self._row_of.get(key) == row:
            del self._row_of[key]
        return row

    def _oldest(self) -> int:
        """The row unused for longest. What was used since all were put in order comes behind those
        that weren't."""
        for row in self._in_turn:
            (used,) = _USED.unpack_from(self._table.rows, row * ROW.itemsize + _USED_AT)
            if used < self._ordered_at:
                return row
        order = np.argsort(self._table.array["used"], kind="stable").tolist()
        self._in_turn, self._ordered_at = iter(order), self._clock
        return next(self._in_turn)
