"""Which numbers of firms are rung by more and more people within an hour.

Who rings a number lies in all partitions, so each sends the numbers that its callers rang, once for
each caller who hadn't rung them within two hours, by half-minutes; no caller stands beside them. Of
each number it is counted how often it was rung in this hour of arrival time and the two before:
what was rung half as often an hour before is a habit. Plain data: rows sorted by number.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
import numpy as np
from pybase64 import b64decode, b64encode_as_string

from detectors.features.calls.both_ways import U4
from detectors.features.memory.two_hours import HOUR_MS

#: Numbers that are kept; of more those that are rung most stay, half as many. Chosen: 5 MB.
_MOST: Final = 1 << 19
#: Numbers of one observation: less than half of what a record between the stages may have.
_MOST_NUMBERS: Final = 32_768
_HOURS: Final = 3
_NUMBER: Final = np.dtype([("name", "<u4"), ("counts", "<u2", (_HOURS,))])
_FULL: Final = np.iinfo(np.uint16).max


class Rung(msgspec.Struct):
    """See the module's text; ``hour`` is that of the newest window."""

    hour: int = 0
    rows: bytes = b""

    def take(self, names: U4, ends_ms: int) -> None:
        """Takes in the numbers that were rung in a window, of all partitions."""
        rows = self._since((ends_ms - 1) // HOUR_MS)
        some, times = np.unique(names, return_counts=True)
        places = np.searchsorted(rows["name"], some)
        known = np.zeros(len(some), dtype=np.bool_)
        if len(rows):
            known = rows["name"][np.minimum(places, len(rows) - 1)] == some
        fresh = np.zeros(int((~known).sum()), dtype=_NUMBER)
        fresh["name"] = some[~known]
        rows = np.insert(rows, places[~known], fresh)
        at = np.searchsorted(rows["name"], some)
        rows["counts"][at, 0] = np.minimum(rows["counts"][at, 0] + times, _FULL)
        if len(rows) > _MOST:
            calls = rows["counts"].sum(axis=1, dtype=np.int64)
            rows = rows[np.sort(np.argsort(-calls, kind="stable")[: _MOST // 2])]
        self.rows = rows.tobytes()

    def storm(self, name: int, now_ms: int, usual: bool) -> int:
        """By how many people a number was rung in this hour or the one before; where ``usual``,
        only as far as that is twice as many as in the hour before that."""
        rows, behind = np.frombuffer(self.rows, dtype=_NUMBER), now_ms // HOUR_MS - self.hour
        at = int(np.searchsorted(rows["name"], name))
        if behind > 1 or at == len(rows) or rows["name"][at] != name:
            return 0
        now, before, then = rows["counts"][at].tolist()
        pairs = [(now, before)] if behind > 0 else [(now, before), (before, then)]
        return max((here for here, past in pairs if not usual or here >= 2 * past), default=0)

    def _since(self, hour: int) -> "np.ndarray[tuple[int], np.dtype[np.void]]":
        """Rows as they are in an hour, those that were rung in none of the last left out."""
        rows = np.frombuffer(self.rows, dtype=_NUMBER).copy()
        passed = min(hour - self.hour, _HOURS)
        if passed > 0:
            counts = np.zeros_like(rows["counts"])
            counts[:, passed:] = rows["counts"][:, : _HOURS - passed]
            rows["counts"], self.hour = counts, hour
            rows = rows[counts.any(axis=1)]
        return rows


def packed(parts: Iterable[U4]) -> Iterator[str]:
    """Numbers of a window as texts, in their order, for `unpacked`."""
    names = np.sort(np.concatenate(list(parts)))
    for begin in range(0, len(names), _MOST_NUMBERS):
        yield b64encode_as_string(names[begin : begin + _MOST_NUMBERS].tobytes())


def unpacked(text: str) -> U4:
    """What `packed` has packed.

    Raises ValueError for what it never gives.
    """
    return np.frombuffer(b64decode(text, validate=True), dtype="<u4")
