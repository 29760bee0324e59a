"""Tables of what zones remember: rows of numbers, which are stored as they are.

As a dictionary of objects that was a fifth of what a worker does. Our own library goes through many
at once (`detectors.native.judged.asked`); without it each is looked up alone.
"""

from collections.abc import Iterator
from struct import Struct
from typing import Any, ClassVar, Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.native import library
from detectors.native.judged.hands import Hands, Key

_FIRST_ROOM: Final = 64
_USED: Final = Struct("<q")
_MOST_USES: Final = 1 << 62


class Layout(NamedTuple):
    """Of a kind of tables the steps in the library, by what their names begin with, and its rows:
    ``key``, one or several numbers, ``used``, when each was used last (counted in uses), then what
    is kept."""

    name: str
    row: np.dtype[Any]

    @property
    def size(self) -> int:
        """Of a row, bytes."""
        return self.row.itemsize

    @property
    def key(self) -> Struct:
        """Packs a key."""
        return Struct(f"<{self.place_of('used') // 8}q")

    def place_of(self, name: str) -> int:
        """Where a field begins in a row."""
        assert self.row.fields is not None
        place: int = self.row.fields[name][1]
        return place


class Table(msgspec.Struct, dict=True):
    """``count`` rows in use, with room for more. Beyond `most` that unused for longest is
    forgotten."""

    layout: ClassVar[Layout]

    rows: bytearray = msgspec.field(default_factory=bytearray)
    count: int = 0

    def __post_init__(self) -> None:
        # What was stored may be anybody's.
        room, rest = divmod(len(self.rows), self.layout.size)
        if rest or not 0 <= self.count <= room <= self.most():
            raise ValueError("no table")
        used = self.array["used"]
        if ((used < 0) | (used >= _MOST_USES)).any():
            raise ValueError("rows of a use that there is not")

    @classmethod
    def most(cls) -> int:
        """How many rows there may be."""
        raise NotImplementedError

    @classmethod
    def more(cls, room: int) -> int:
        """For how many more rows there is made room at once, where it is for so many."""
        return max(room, _FIRST_ROOM)

    @property
    def array(self) -> NDArray[Any]:
        """The rows in use; not to be kept while others are added."""
        return np.frombuffer(self.rows, self.layout.row, self.count)

    def in_order(self) -> NDArray[Any]:
        """A copy of the rows, that unused for longest first."""
        rows: NDArray[Any] = self.array[np.argsort(self.array["used"], kind="stable")]
        return rows

    def find(self, key: Key) -> int | None:
        """The row of a key, if there is one."""
        row = self.hands.find(key)
        return None if row < 0 else row

    def use(self, key: Key) -> int:
        """The row of a key, as the one used last; where there was none a new one, for which that
        unused for longest is forgotten if there are too many."""
        hands = self.hands
        while (row := hands.use(key)) < 0:
            self.make_room()
        self.count = hands.count
        return row

    @property
    def hands(self) -> "Hands | _Patient":
        """What finds rows."""
        hands: Hands | _Patient | None = self.__dict__.get("_found_by")
        if hands is None:
            clock = int(self.array["used"].max()) + 1 if self.count else 0
            given, layout, most = library.OURS, self.layout, self.most()
            if given is None:
                hands = _Patient(type(self), most, clock)
            else:
                hands = Hands(given, layout.name, layout.key, most, layout.size, clock)
            hands.lay_out(self.rows, self.count)
            self.__dict__["_found_by"] = hands
        return hands

    def make_room(self) -> None:
        """For more rows, of which there are not as many as may be."""
        size, most = self.layout.size, self.most()
        room = len(self.rows) // size
        assert room < most
        count = self.hands.count
        self.rows = self.rows + bytearray(min(self.more(room), most - room) * size)
        self.hands.lay_out(self.rows, count)


class _Patient:
    """What finds without the library, as `detectors.native.judged.hands.Hands` does."""

    def __init__(self, kind: type[Table], most: int, clock: int) -> None:
        self._kind, self._most, self._size = kind, most, kind.layout.size
        self._key, self._used_at = kind.layout.key, kind.layout.place_of("used")
        self._clock, self._ordered_at = clock, 0
        self._in_turn: Iterator[int] = iter(())

    def lay_out(self, rows: bytearray, count: int) -> None:
        self._table, self._in_turn = self._kind(rows, count), iter(())
        self._row_of: dict[Key, int] = {}
        for row, key in enumerate(self._table.array["key"].tolist()):
            self._row_of.setdefault(tuple(key), row)

    @property
    def count(self) -> int:
        return self._table.count

    def find(self, key: Key) -> int:
        return self._row_of.get(key, -1)

    def use(self, key: Key) -> int:
        row, size = self.find(key), self._size
        if row < 0:
            row = self._fresh()
            if row < 0:
                return row
            self._table.rows[row * size : (row + 1) * size] = bytes(size)
            self._key.pack_into(self._table.rows, row * size, *key)
            self._row_of[key] = row
        _USED.pack_into(self._table.rows, row * size + self._used_at, self._clock)
        self._clock += 1
        return row

    def _fresh(self) -> int:
        """A row that is free; that unused for longest, where there are as many as may be, or -1 for
        no room."""
        table = self._table
        if table.count < len(table.rows) // self._size:
            table.count += 1
            return table.count - 1
        if table.count < self._most:
            return -1
        row = self._oldest()
        key = self._key.unpack_from(table.rows, row * self._size)
        if self._row_of.get(key) == row:
            del self._row_of[key]
        return row

    def _oldest(self) -> int:
        """The row unused for longest. What was used since all were put in order comes behind those
        that weren't."""
        for row in self._in_turn:
            (used,) = _USED.unpack_from(self._table.rows, row * self._size + self._used_at)
            if used < self._ordered_at:
                return row
        order = np.argsort(self._table.array["used"], kind="stable").tolist()
        self._in_turn, self._ordered_at = iter(order), self._clock
        return next(self._in_turn)
