"""Calls made at home, as a partition sends them to the zone of calls: by half-minutes, in columns.

Which terminals several numbers share shows only where all numbers come together, so every call from
a known terminal is sent, in some hundred bytes packed. Switches leave the terminal out of some
records: a number is taken to call from its last one for the horizon; and what it called before its
terminal was recorded is kept here until that is known, the newest `_MOST` such calls.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from detectors.features.callers.runs import ends_of_runs
from detectors.features.callers.table import Table
from detectors.features.calls.windows import Windows
from detectors.model.columns import I8, Bool
from detectors.model.hashing import U8
from detectors.rules.sim_box.rows import Rows, joined

#: Calls without a known terminal that are kept. Chosen: half an hour of a partition with two
#: hundred calls a second, of which a third are by numbers whose terminal isn't known.
_MOST: Final = 1 << 17
_MOST_PIECES: Final = 32
#: The terminal that a number was last recorded to call from, and when (s of arrival).
_NUMBER: Final = np.dtype([("key", "u8"), ("last_s", "u4"), ("terminal", "u8")])


@dataclass(frozen=True, slots=True, eq=False)
class _Called:
    """Where each of some rows, sorted by number and then in order, was called from: by the record
    itself or the one before it, the number's last (``terminal``, 0 for none), whether one before
    the record says the same (``is_known``), and the next row that has one (``next``, -1)."""

    order: I8
    terminal: U8
    is_known: Bool
    next: I8


class Sent:
    """Screening state of a partition."""

    def __init__(self) -> None:
        self.windows: Windows[Rows] = Windows()
        self._numbers = Table(_NUMBER)
        #: What was found to be of a terminal has no caller here any more.
        self._lacking: list[Rows] = []

    def take(self, rows: Rows, is_new: Bool, horizon_ms: int) -> None:
        """Takes some calls in, in order of arrival; ``is_new`` are first records of their calls.
        Those that have a terminal say so in their numbers."""
        if not len(rows):
            return
        self._look_back(rows, horizon_ms)
        called = self._called(rows, horizon_ms)
        order, numbers = called.order, rows.numbers
        has = numbers["terminal"][order] > 0
        # What lacks a terminal says nothing new as a further record, and no more does one of a
        # terminal that the number's calls were taken to come from.
        goes = (called.terminal > 0) & (is_new[order] | (has & ~called.is_known))
        terminals = numbers["terminal"].copy()
        terminals[order] = np.where(goes, called.terminal, 0)
        self._put(rows.at(terminals, numbers["rx"]), terminals > 0)
        waits = order[(called.terminal == 0) & is_new[order]]
        follows = np.full(len(numbers), -1)
        follows[order] = called.next
        later = waits[follows[waits] >= 0]
        self._put_later(rows.take(later), rows, follows[later], horizon_ms)
        left = np.sort(waits[follows[waits] < 0])
        if len(left):
            self._lacking.append(rows.take(left))
        if len(self._lacking) > _MOST_PIECES:
            self._tidy(int(rows.numbers["rx"].min()) - horizon_ms)

    def _called(self, rows: Rows, horizon_ms: int) -> _Called:
        numbers = rows.numbers
        came_s = numbers["rx"] // 1000
        keys, of = np.unique(numbers["caller"], return_inverse=True)
        place = self._numbers.places(keys, int(came_s.min()) - horizon_ms // 1000)
        kept = self._numbers.rows[place]
        order = np.argsort(of, kind="stable")
        group, own, s = of[order], numbers["terminal"][order], came_s[order]
        first, last = ends_of_runs(group)
        at = np.arange(len(order))
        begin = np.maximum.accumulate(np.where(first, at, 0))
        upto = np.maximum.accumulate(np.where(own > 0, at, -1))
        before = np.concatenate(([-1], upto[:-1]))
        before = np.where(before >= begin, before, -1)
        known = np.where(before >= 0, own[before], kept["terminal"][group])
        known_s = np.where(before >= 0, s[before], kept["last_s"][group].astype(np.int64))
        known = np.where(s - known_s <= horizon_ms // 1000, known, 0)
        ends = np.flatnonzero(last)
        end = ends[np.searchsorted(ends, at)]
        some = np.append(np.flatnonzero(own > 0), len(at))
        after = some[np.searchsorted(some, at)]
        newest = upto[ends]
        has = newest >= begin[ends]
        kept["terminal"][group[ends[has]]] = own[newest[has]]
        kept["last_s"][group[ends[has]]] = s[newest[has]]
        self._numbers.rows[place] = kept
        return _Called(
            order,
            np.where(own > 0, own, known).astype(np.uint64),
            (own > 0) & (own == known),
            np.where(after <= end, order[np.minimum(after, len(at) - 1)], -1),
        )

    def _look_back(self, rows: Rows, horizon_ms: int) -> None:
        """Sends what numbers called before, whose terminals these rows are the first to have."""
        if not self._lacking:
            return
        has = np.flatnonzero(rows.numbers["terminal"] > 0)
        keys, first = np.unique(rows.numbers["caller"][has], return_index=True)
        if not len(keys):
            return
        for kept in self._lacking:
            callers = kept.numbers["caller"]
            place = np.minimum(np.searchsorted(keys, callers), len(keys) - 1)
            found = np.flatnonzero(keys[place] == callers)
            if len(found):
                self._put_later(kept.take(found), rows, has[first[place[found]]], horizon_ms)
                callers[found] = 0

    def _put_later(self, kept: Rows, rows: Rows, by: I8, horizon_ms: int) -> None:
        """Sends rows that turn out to be of the terminals of others, when those came."""
        terminals, at = rows.numbers["terminal"][by], rows.numbers["rx"][by]
        self._put(kept.at(terminals, at), at - kept.numbers["rx"] <= horizon_ms)

    def _put(self, rows: Rows, which: Bool) -> None:
        """Puts rows into the windows of their ``at``."""
        rows = rows.take(np.flatnonzero(which))
        if not len(rows):
            return
        order, windows = self.windows.dealt_out(rows.numbers["at"])
        ordered = rows.take(order)
        for part, of_window in windows:
            part.append(Rows(ordered.numbers[of_window], ordered.texts[:, of_window]))

    def _tidy(self, since_ms: int) -> None:
        """Forgets what was found, what is older, and of too many the oldest."""
        kept = joined(self._lacking)
        left = np.flatnonzero((kept.numbers["caller"] > 0) & (kept.numbers["rx"] >= since_ms))
        self._lacking = [kept.take(left[-_MOST:])]
