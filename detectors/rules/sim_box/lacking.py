"""Calls whose records lack the terminal, of late: some turn out to be of a terminal that is shared.

The newest `_MOST` of a partition, in columns, in order of arrival. They are kept in pieces as they
came, and put together when they are asked for, which is once for each number of a terminal that
several numbers share.
"""

from typing import Final

import numpy as np

from detectors.model.columns import I8, Calls, Text
from detectors.model.hashing import U8, text_numbers

#: Calls that are kept at least, and those of one number that are looked at, the newest. Chosen: a
#: quarter of an hour of a partition with a hundred calls a second, of which a third lacks it.
_MOST: Final = 1 << 15
_MOST_OF_ONE: Final = 16

#: Columns: numbers of callers, times of arrival (ms), references, callees.
_Piece = tuple[U8, I8, Text, Text]


class Lacking:
    """See the module's text."""

    def __init__(self) -> None:
        self._pieces: list[_Piece] = []
        self._kept = self._gone = 0

    def put(self, batch: Calls, rows: I8) -> I8:
        """Takes some rows in; of each of the batch's rows, how many calls came before it."""
        lacks = np.zeros(len(batch), dtype=np.int64)
        lacks[rows] = 1
        before: I8 = self._gone + self._kept + np.cumsum(lacks) - lacks
        if len(rows):
            who = text_numbers(batch.caller[rows])
            piece = who, batch.rx_ms[rows], batch.call_ref[rows], batch.callee[rows]
            self._pieces.append(piece)
            self._kept += len(rows)
        if self._kept > 2 * (_MOST + len(rows)):
            self._cut(_MOST + len(rows))
        return before

    def of(self, caller: str, before: int, since_ms: int) -> list[tuple[str, str]]:
        """References and callees of a number's calls since a time of arrival; ``before`` is how
        many calls came before that which asks."""
        if not self._pieces:
            return []
        who, rx_ms, refs, callees = self._together()
        number = text_numbers(np.array([caller], dtype=object))[0]
        end = before - self._gone
        begin = max(0, end - _MOST)
        found = begin + np.flatnonzero(who[begin:end] == number)
        found = found[rx_ms[found] >= since_ms][-_MOST_OF_ONE:]
        return list(zip(refs[found].tolist(), callees[found].tolist(), strict=True))

    def _together(self) -> _Piece:
        if len(self._pieces) > 1:
            who, rx_ms, refs, callees = map(np.concatenate, zip(*self._pieces, strict=True))
            self._pieces = [(who, rx_ms, refs, callees)]
        return self._pieces[0]

    def _cut(self, most: int) -> None:
        """Keeps the newest."""
        who, rx_ms, refs, callees = self._together()
        newest = slice(len(who) - most, None)
        kept = who[newest].copy(), rx_ms[newest].copy(), refs[newest].copy(), callees[newest].copy()
        self._pieces = [kept]
        self._gone += self._kept - most
        self._kept = most
