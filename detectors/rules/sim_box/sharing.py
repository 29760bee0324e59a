"""Which terminals several numbers of one partition call from, and whom they rang from there.

Of each terminal the number that called last is kept, in a table of columns; only of those few that
a second number calls from is more remembered. So a caller whose phone is its own costs a look-up.
Switches leave the terminal out of some records: a number whose terminal is shared is taken to call
from it until it calls from another, or the horizon is over.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from detectors.features.callers.runs import ends_of_runs, so_far
from detectors.features.callers.table import Table
from detectors.features.calls.given import given
from detectors.features.memory import lru
from detectors.model.columns import I8, Bool, Calls
from detectors.model.hashing import U8, text_numbers
from detectors.rules.sim_box.lacking import Lacking

#: What is remembered of a terminal; times of arrival in seconds.
_TERMINAL: Final = np.dtype([("key", "u8"), ("last_s", "u4"), ("caller", "u8"), ("shared", "?")])
#: Callees and calls of a shared terminal that are remembered, and its callers.
_MOST: Final = 512
#: After so many calls to people rung before, how many there are is sent again; each of them from
#: who rings more people than a probe does.
_REPEATS: Final = frozenset((2, 8, 32, 128))
_MORE_THAN_A_PROBE: Final = 24
#: Of numbers of terminals with so many, earlier calls that lack the terminal are asked for.
_LEAST_ASKED: Final = 4


class Taken(NamedTuple):
    """A call from a shared terminal, and earlier ones of its number that turn out to be from there:
    the row, how many went to somebody new, how many from the terminal to somebody rung before, the
    references and whom they rang, this call's first."""

    row: int
    terminal: str
    new: int
    repeats: int
    refs: tuple[str, ...]
    people: tuple[str, ...]


@dataclass
class Shared:
    """A terminal that several numbers call from: since when, numbers, and which of them were asked
    for what they called before; people rung, references of calls, and how many went to somebody who
    was rung from it before."""

    last_ms: int
    callers: dict[str, bool] = field(default_factory=dict)
    callees: dict[str, None] = field(default_factory=dict)
    refs: dict[str, None] = field(default_factory=dict)
    repeats: int = 0

    def take(self, caller: str, callee: str, ref: str) -> int | None:
        """Takes a call in; 1 for one to somebody new, 0 for one to somebody rung before that is to
        be sent on as well, ``None`` for all others and for further records of a call."""
        if ref in self.refs:
            return None
        lru.keep(self.refs, ref, None, _MOST)
        lru.keep(self.callers, caller, self.callers.get(caller, False), _MOST)
        is_new = callee not in self.callees
        lru.keep(self.callees, callee, None, _MOST)
        if is_new:
            return 1
        self.repeats += 1
        sent = self.repeats in _REPEATS or len(self.callees) > _MORE_THAN_A_PROBE
        return 0 if sent else None

    def is_to_ask(self, caller: str) -> bool:
        """Whether what a number called before is to be asked for: once, and of no family's."""
        if len(self.callers) < _LEAST_ASKED or self.callers.get(caller, True):
            return False
        self.callers[caller] = True
        return True


class Sharing:
    """See the module's text."""

    def __init__(self) -> None:
        self._table = Table(_TERMINAL)
        self.shared: dict[str, Shared] = {}
        #: Of numbers whose terminal is shared: which it is, and when it was last recorded (ms).
        self._last: dict[str, tuple[str, int]] = {}
        self._lacking = Lacking()

    def calls(self, batch: Calls, rows: I8, horizon_ms: int) -> Iterator[Taken]:
        """Which of some rows, in order of arrival, are calls from terminals that another number
        called from within the horizon, as far as they are to be sent on."""
        before = self._lacking.put(batch, rows[~given(batch.terminal[rows])])
        for row, terminal in self.placed(batch, rows, horizon_ms):
            rx, caller = int(batch.rx_ms[row]), str(batch.caller[row])
            shared = self._at(terminal, rx, horizon_ms)
            calls = [(str(batch.call_ref[row]), str(batch.callee[row]))]
            new = [shared.take(caller, callee, ref) for ref, callee in calls]
            if shared.is_to_ask(caller):
                earlier = self._lacking.of(caller, int(before[row]), rx - horizon_ms)
                calls += earlier
                new += [shared.take(caller, callee, ref) for ref, callee in earlier]
            sent = [call for call, is_new in zip(calls, new, strict=True) if is_new is not None]
            if sent:
                refs, people = zip(*sent, strict=True)
                count = sum(filter(None, new))
                yield Taken(row, terminal, count, shared.repeats, refs, people)

    def placed(self, batch: Calls, rows: I8, horizon_ms: int) -> Iterator[tuple[int, str]]:
        """Which of some rows, in order of arrival, are of terminals that another number called
        from within the horizon, and of which."""
        has_terminal = given(batch.terminal[rows])
        shared = set(self._shared(batch, rows[has_terminal], horizon_ms).tolist())
        fresh, last = set(batch.caller[list(shared)].tolist()), self._last
        if not len(rows) or not (fresh or last):
            return
        newest = int(batch.rx_ms[rows].max())
        lru.forget(last, lambda known: newest - known[1] > 2 * horizon_ms)
        callers = zip(rows.tolist(), batch.caller[rows].tolist(), strict=True)
        for row, caller in [each for each in callers if each[1] in last or each[1] in fresh]:
            terminal, rx = batch.terminal[row], int(batch.rx_ms[row])
            if row in shared:
                last.pop(caller, None)
                lru.keep(last, caller, (terminal, rx), lru.MOST_KEPT)
                yield row, terminal
            elif terminal:
                last.pop(caller, None)
            else:
                terminal, last_ms = last.get(caller, ("", 0))
                if terminal and rx - last_ms <= horizon_ms:
                    yield row, terminal

    def _shared(self, batch: Calls, rows: I8, horizon_ms: int) -> I8:
        """Which of some rows, in order of arrival, are of terminals that another number called
        from within the horizon."""
        if not len(rows):
            return rows
        terminal, who = text_numbers(batch.terminal[rows]), text_numbers(batch.caller[rows])
        came_s, horizon_s = batch.rx_ms[rows] // 1000, horizon_ms // 1000
        keys, of = np.unique(terminal, return_inverse=True)
        place = self._table.places(keys, int(came_s.min()) - horizon_s)
        kept = self._table.rows[place]
        order = np.argsort(of, kind="stable")
        group, who_in_order, s_in_order = of[order], who[order], came_s[order]
        first, last = ends_of_runs(group)
        before_s = np.where(first, kept["last_s"][group], np.roll(s_in_order, 1)).astype(np.int64)
        before: U8 = np.where(first, kept["caller"][group], np.roll(who_in_order, 1))
        is_fresh = s_in_order - before_s > horizon_s
        is_other = ~is_fresh & (before != 0) & (before != who_in_order)
        begins = first | is_fresh
        was_shared: Bool = first & ~is_fresh & kept["shared"][group]
        shared: Bool = so_far(begins, is_other | was_shared) > 0
        kept["caller"][group[last]] = who_in_order[last]
        kept["shared"][group[last]] = shared[last]
        np.maximum.at(kept["last_s"], group, s_in_order.astype(np.uint32))
        self._table.rows[place] = kept
        return np.sort(rows[order[shared]])

    def _at(self, terminal: str, rx_ms: int, horizon_ms: int) -> Shared:
        """What is remembered of a shared terminal; what is older than the horizon is forgotten."""
        known = self.shared.pop(terminal, None)
        if known is None or rx_ms - known.last_ms > horizon_ms:
            known = Shared(rx_ms)
        known.last_ms = max(known.last_ms, rx_ms)
        lru.keep(self.shared, terminal, known, lru.MOST_KEPT)
        lru.forget(self.shared, lambda shared: rx_ms - shared.last_ms > horizon_ms)
        return known
