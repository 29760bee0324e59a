"""What is remembered of the callers of one partition, for all rules of calls at once.

Of each caller it is counted, in the window of arrival time that goes on and in the one before, how
many calls it made, what became of them, and how many different callees, cells and regions there
were. Windows begin at whole hours, so that all of it is complete again once the last two hours have
been read. A call counts once, by its first record; later ones add the cell and the regions that the
first didn't know. All calls of a caller lie in one partition, so nothing depends on how many there
are. Who is rung back is not known here: those calls lie under the numbers of those who ring back.

Two who show the same number are two callers where calls tell them apart: those of lines of home
that come in from abroad are counted by themselves (`detectors.features.calls.origin`).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from detectors.features.callers.call_refs import CallRefs
from detectors.features.callers.distinct import (
    CALLEE_BITS,
    FEW_BITS,
    WORD_BITS,
    WORDS,
    about_how_many,
    first_of_each,
    put,
    set_bits,
)
from detectors.features.callers.marks import COUNTS, Marks, marks_of
from detectors.features.callers.table import Table
from detectors.features.phones.phones import Rows
from detectors.model.columns import F8, I8, Bool, Calls
from detectors.model.hashing import U8

#: Length of a window (ms), and how far back in arrival time two of them reach.
WINDOW_MS: Final = 3_600_000
HORIZON_MS: Final = 2 * WINDOW_MS
_WINDOW_S: Final = WINDOW_MS // 1000
_WINDOWS: Final = 2
#: 108 bytes: ``counts`` of `COUNTS` and ``bits`` of callees, cells and regions are of the window of
#: ``last_s`` and of the one before; ``first_s`` is when its first call in each came (s into it).
CALLER: Final = np.dtype(
    [
        *(("key", "u8"), ("last_s", "u4"), ("first_s", "u2", _WINDOWS)),
        *(("counts", "u2", (_WINDOWS, len(COUNTS))), ("bits", "u8", (_WINDOWS, WORDS))),
    ]
)
_MOST: Final = np.iinfo(np.uint16).max
_CELLS: Final = np.uint64((1 << FEW_BITS) - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Calling:
    """What is known of the caller of each row, up to and including it: zeros without a caller.

    ``counted`` are the first records of calls. ``counts`` has a row for each of `COUNTS`.
    ``callees`` is about how many there were (`about_how_many`), ``is_new_callee`` says whether the
    row's is one more by the bitmap, which then has ``callee_bits`` set; ``cells`` and ``regions``
    are at least so many, up to 32. ``span_s`` is since when its calls are counted (s). ``caller``
    and ``callee`` are the two as numbers (`detectors.model.hashing.text_numbers`), whoever shows a
    line of home from abroad as another than the line (`detectors.features.calls.both_ways`).
    """

    counted: Bool
    counts: I8
    callees: F8
    is_new_callee: Bool
    callee_bits: I8
    cells: I8
    regions: I8
    span_s: I8
    caller: U8
    callee: U8

    def count(self, name: str) -> I8:
        """One of `COUNTS`, by row."""
        column: I8 = self.counts[COUNTS.index(name)]
        return column


class Callers:
    """See the module's text."""

    def __init__(self) -> None:
        self._table = Table(CALLER)
        self._refs = CallRefs()
        self._now_s = 0

    def __len__(self) -> int:
        return len(self._table)

    def take(self, batch: Calls, absent: Bool | None = None) -> Calling:
        """Takes a batch in, in order of arrival, and says what is known at each of its rows.
        ``absent`` are those whose callers are others than who has the number at home."""
        marks = marks_of(batch, absent)
        calling = _nothing_known(marks)
        known = np.flatnonzero(marks.known)
        # What comes late counts as if it came with what is before it.
        now_s = np.maximum.accumulate(np.maximum(batch.rx_ms[known] // 1000, self._now_s))
        windows = now_s // _WINDOW_S
        begin = 0
        for end in (np.flatnonzero(np.diff(windows, append=-1)) + 1).tolist():
            rows, window = known[begin:end], int(windows[begin])
            calling.counted[rows] = self._refs.is_new(marks.call[rows], window)
            self._step(marks, rows, now_s[begin:end], window, calling)
            self._now_s, begin = int(now_s[end - 1]), end
        return calling

    def _step(self, marks: Marks, rows: I8, now_s: I8, window: int, calling: Calling) -> None:
        """Takes rows of one window in."""
        begins_s = window * _WINDOW_S
        keys, who = np.unique(marks.caller[rows], return_inverse=True)
        place = self._table.places(keys, begins_s - _WINDOW_S)
        kept = self._table.rows[place]
        _begin_window(kept, window)
        counted = calling.counted[rows]
        since_s = _since_s(kept, who[counted], now_s[counted] - begins_s)
        calling.span_s[rows] = np.maximum(now_s - begins_s - since_s[who], 0)
        _count(kept, who, marks.counts[:, rows] * counted, calling.counts, rows)
        known: U8 = kept["bits"][:, 0] | kept["bits"][:, 1]
        before = _by_kind(known)
        fresh = np.ascontiguousarray(kept["bits"][:, 0])
        of_callees, of_cells, of_regions = (
            _bits(who, marks.bits[kind][rows], known, fresh) for kind in range(len(before))
        )
        kept["bits"][:, 0] = fresh
        calling.is_new_callee[rows] = of_callees.is_new
        calling.callee_bits[rows] = so_far = before[0][who] + of_callees.so_far
        calling.callees[rows] = about_how_many(so_far)
        calling.cells[rows] = before[1][who] + of_cells.so_far
        calling.regions[rows] = before[2][who] + of_regions.so_far
        np.maximum.at(kept["last_s"], who, now_s.astype(np.uint32))
        self._table.rows[place] = kept


def _nothing_known(marks: Marks) -> Calling:
    rows = len(marks.known)
    counts = np.zeros((len(COUNTS), rows), dtype=np.int64)
    counted, is_new = (np.zeros(rows, dtype=np.bool_) for _ in range(2))
    bits, cells, regions, span_s = (np.zeros(rows, dtype=np.int64) for _ in range(4))
    both = marks.caller, marks.callee
    return Calling(counted, counts, np.zeros(rows), is_new, bits, cells, regions, span_s, *both)


def _begin_window(kept: Rows, window: int) -> None:
    """Moves what is of the window before into its place, and forgets what is older."""
    age = window - kept["last_s"].astype(np.int64) // _WINDOW_S
    for name in ("first_s", "counts", "bits"):
        part = kept[name]
        part[age == 1, 1] = part[age == 1, 0]
        part[age > 1, 1] = 0
        part[age > 0, 0] = 0


def _since_s(kept: Rows, who: I8, into_s: I8) -> I8:
    """When the first call came that is counted of each caller, seconds into the window, after rows
    that came ``into_s``; negative for the window before."""
    has_none, had_none_before = (kept["counts"][:, window, 0] == 0 for window in (0, 1))
    first_s = np.full(len(kept), _WINDOW_S)
    np.minimum.at(first_s, who, into_s)
    kept["first_s"][has_none, 0] = first_s[has_none]
    now, before = kept["first_s"].astype(np.int64).T
    return np.asarray(np.where(had_none_before, now, before - _WINDOW_S))


def _count(kept: Rows, who: I8, more: I8, counts: I8, rows: I8) -> None:
    """Adds what rows add to their callers' counts, and puts down what they come to at each."""
    order = np.argsort(who, kind="stable")
    of = who[order]
    sums = np.cumsum(more[:, order], axis=1)
    begins = np.flatnonzero(np.diff(of, prepend=-1))
    ends = np.append(begins[1:], len(of)) - 1
    start = sums[:, begins] - more[:, order[begins]]
    before = kept["counts"].sum(axis=1, dtype=np.int64).T
    counts[:, rows[order]] = sums + (before[:, of[begins]] - start)[:, of]
    total = kept["counts"][:, 0] + (sums[:, ends] - start).T
    kept["counts"][:, 0] = np.minimum(total, _MOST)


@dataclass(frozen=True, slots=True, eq=False)
class _Bits:
    """Which rows set a bit that wasn't set, and how many of their caller's did up to each."""

    is_new: Bool
    so_far: I8


def _bits(who: I8, bit: I8, known: U8, fresh: U8) -> _Bits:
    """Sets the bits of rows in ``fresh``; -1 is none."""
    some = np.flatnonzero(bit >= 0)
    is_new = np.zeros(len(who), dtype=np.bool_)
    is_new[some] = first_of_each(who[some], bit[some], known)
    put(fresh, who[some], bit[some])
    order = np.argsort(who, kind="stable")
    of, sums = who[order], np.cumsum(is_new[order])
    begins = np.flatnonzero(np.diff(of, prepend=-1))
    start: I8 = sums[begins] - is_new[order[begins]]
    so_far = np.empty(len(who), dtype=np.int64)
    so_far[order] = sums - start[of]
    return _Bits(is_new, so_far)


def _by_kind(words: U8) -> tuple[I8, I8, I8]:
    """How many bits of callees, cells and regions are set in each row of words."""
    callees, few = words[:, : CALLEE_BITS // WORD_BITS], words[:, -1:]
    return set_bits(callees), set_bits(few & _CELLS), set_bits(few >> np.uint64(FEW_BITS))
