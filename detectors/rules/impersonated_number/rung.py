"""Which numbers are rung by more and more people within an hour, in one partition.

Of each number it is counted how often somebody else than the last caller rang it, in the hour that
goes on and in the one before. Counts are passed on when they double, so that a busy number costs
little; what was rung as often an hour ago is a habit.
"""

from typing import Final

import numpy as np

from detectors.features.callers.runs import ends_of_runs, so_far
from detectors.features.callers.table import Table
from detectors.model.columns import I8, Calls
from detectors.model.hashing import U8, text_numbers

_HOUR_S: Final = 3600
_NUMBER: Final = np.dtype(
    [("key", "u8"), ("last_s", "u4"), ("caller", "u8"), ("count", "u2"), ("before", "u2")]
)
_MOST: Final = np.iinfo(np.uint16).max


class Rung:
    """See the module's text."""

    def __init__(self) -> None:
        self._table = Table(_NUMBER)
        self._now_s = 0

    def take(self, batch: Calls, rows: I8, usual: bool) -> tuple[I8, I8]:
        """Takes some rows in, in order of arrival; those at which a number's count doubles, and the
        counts; where ``usual``, only of numbers that weren't rung as often the hour before."""
        if not len(rows):
            return rows, rows
        now_s = np.maximum.accumulate(np.maximum(batch.rx_ms[rows] // 1000, self._now_s))
        self._now_s = int(now_s[-1])
        hours = now_s // _HOUR_S
        ends = np.flatnonzero(np.diff(hours, append=-1)) + 1
        found, begin = [], 0
        for end in ends.tolist():
            found.append(self._step(batch, rows[begin:end], int(hours[begin]), usual))
            begin = end
        chosen, counts = (np.concatenate(each) for each in zip(*found, strict=True))
        return chosen, counts

    def _step(self, batch: Calls, rows: I8, hour: int, usual: bool) -> tuple[I8, I8]:
        """Rows of one hour."""
        keys, of = np.unique(text_numbers(batch.callee[rows]), return_inverse=True)
        place = self._table.places(keys, (hour - 1) * _HOUR_S)
        kept = self._table.rows[place]
        age = hour - kept["last_s"].astype(np.int64) // _HOUR_S
        kept["before"] = np.where(age == 0, kept["before"], np.where(age == 1, kept["count"], 0))
        kept["count"][age > 0] = 0
        kept["last_s"] = hour * _HOUR_S
        order = np.argsort(of, kind="stable")
        group, who = of[order], text_numbers(batch.caller[rows[order]])
        first, last = ends_of_runs(group)
        before: U8 = np.where(first, kept["caller"][group], np.roll(who, 1))
        is_other = (before != who) | first & (kept["count"][group] == 0)
        count = so_far(first, is_other) + kept["count"][group].astype(np.int64)
        doubles = is_other & (count >= 2) & (count & (count - 1) == 0)
        if usual:
            doubles &= count >= 2 * kept["before"][group].astype(np.int64)
        kept["count"][group[last]] = np.minimum(count[last], _MOST)
        kept["caller"][group[last]] = who[last]
        self._table.rows[place] = kept
        chosen = np.flatnonzero(doubles)
        chosen = chosen[np.argsort(order[chosen])]
        return rows[order[chosen]], count[chosen]
