"""By how much phones' levels were off the usual ones lately, as a zone keeps it of those that were
last; and the numbers by which it knows them."""

from collections.abc import Sequence
from struct import Struct
from typing import ClassVar, Final

import numpy as np

from detectors.native.judged.table import Layout, Table

#: What a zone remembers: phones, and deviations of each.
MOST: Final = 2_048
DEVIATIONS: Final = 9
#: They come one by one for as long as a zone is watched, and the table is short.
_STEP: Final = 128
#: One phone, by its number: when it was used last (counted in uses), and ``count`` deviations
#: (tenths of a decibel), the oldest first.
ROW: Final = np.dtype(
    [
        *(("key", "<i8", (1,)), ("used", "<i8"), ("deviations", "<i4", DEVIATIONS)),
        *(("count", "u1"), ("unused", "u1", 3)),
    ]
)
_LAYOUT: Final = Layout("phones", ROW)
_DEVIATIONS: Final = Struct(f"<{DEVIATIONS}i")
_DEVIATIONS_AT, _COUNT_AT = map(_LAYOUT.place_of, ("deviations", "count"))
#: What no deviation lies beyond (tenths of a decibel).
_MOST_TENTHS: Final = 1 << 24


class PhoneTable(Table, dict=True):
    """Rows as `ROW`."""

    layout: ClassVar[Layout] = _LAYOUT

    def __post_init__(self) -> None:
        super().__post_init__()
        deviations = self.array["deviations"]
        if ((deviations > _MOST_TENTHS) | (deviations < -_MOST_TENTHS)).any():
            raise ValueError("deviations that no phone has")
        if (self.array["count"] > DEVIATIONS).any():
            raise ValueError("more deviations than fit")

    @classmethod
    def most(cls) -> int:
        return MOST

    @classmethod
    def more(cls, room: int) -> int:
        return _STEP

    def of(self, phone: int) -> tuple[int, ...]:
        """A phone's deviations; it isn't used thereby."""
        row = self.find((phone,))
        if row is None:
            return ()
        begin = row * self.layout.size
        count = self.rows[begin + _COUNT_AT]
        return _DEVIATIONS.unpack_from(self.rows, begin + _DEVIATIONS_AT)[:count]

    def put(self, phone: int, deviations: Sequence[int]) -> None:
        """Puts deviations in place of all that a phone had, the last where there are more; it is
        used thereby. Raises OverflowError for what is no deviation."""
        known = deviations[-DEVIATIONS:]
        if known and not -_MOST_TENTHS <= min(known) <= max(known) <= _MOST_TENTHS:
            raise OverflowError("no deviation")
        begin = self.use((phone,)) * self.layout.size
        more = [0] * (DEVIATIONS - len(known))
        _DEVIATIONS.pack_into(self.rows, begin + _DEVIATIONS_AT, *known, *more)
        self.rows[begin + _COUNT_AT] = len(known)
