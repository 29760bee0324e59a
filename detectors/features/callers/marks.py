"""What one record of a call adds to what is remembered of its caller."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from detectors.features.callers.distinct import CALLEE_BITS, FEW_BITS
from detectors.features.calls.both_ways import of_absent
from detectors.features.calls.given import given
from detectors.model.codes import RELEASED_BY, code_of
from detectors.model.columns import F8, I8, Bool, Calls
from detectors.model.hashing import U8, name_keys, slots_of, text_numbers

#: Of calls: all; ``answered``; ``ended`` of the answered, of which it is known who ended them and
#: how long they took, ``by_callee`` those that the callee ended, ``short`` those shorter than
#: `SHORT_CALL_MS`, ``hung_up`` both; ``rings`` that the caller ended unanswered within
#: `SHORT_RING_MS`; ``between`` regions that are known, ``to_home`` into the caller's home region,
#: ``far`` into one that is neither that nor where the caller is; and ``talked_s``, how long all of
#: the answered took (s).
COUNTS: Final = (
    *("calls", "answered", "ended", "by_callee", "short", "hung_up", "rings"),
    *("between", "to_home", "far", "talked_s"),
)
#: Who didn't want the call ends it within so long (ms); ours.
SHORT_CALL_MS: Final = 20_000
#: Nobody answers within so long (ms): the network's ringing tone comes every four to five seconds.
SHORT_RING_MS: Final = 4_000
_CALLER: Final = code_of("caller", RELEASED_BY)
_CALLEE: Final = code_of("callee", RELEASED_BY)


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """By row: the ``caller``, the ``callee`` and the ``call`` as numbers, whether there is a caller
    (``known``), a row of ``counts`` for each of `COUNTS`, and the ``bits`` of callee, cell and
    region, -1 for none."""

    known: Bool
    caller: U8
    callee: U8
    call: U8
    counts: I8
    bits: tuple[I8, I8, I8]


def marks_of(batch: Calls, absent: Bool | None = None) -> Marks:
    """What each row adds; ``absent`` as in `detectors.features.callers.callers.Callers.take`."""
    known = given(batch.caller)
    caller = text_numbers(batch.caller)
    call = (name_keys(batch.call_ref) ^ caller) * np.uint64(0x9E3779B97F4A7C15)
    if absent is not None and absent.any():
        caller = np.where(absent, of_absent(caller), caller)
    callee = text_numbers(batch.callee)
    bits = (callee >> np.uint64(64 - 7)).astype(np.int64), _cells(batch), _regions(batch)
    return Marks(known, caller, callee, call, _counts(batch), bits)


def is_short_ring(batch: Calls) -> Bool:
    """Which calls their callers ended within `SHORT_RING_MS` of ringing, unanswered."""
    rang = ~batch.answered & (batch.ring_ms > 0) & (batch.ring_ms < SHORT_RING_MS)
    return np.asarray(rang & (batch.released_by == _CALLER))


def _counts(batch: Calls) -> I8:
    answered = batch.answered
    ended = answered & ((batch.released_by == _CALLER) | (batch.released_by == _CALLEE))
    ended &= ~np.isnan(batch.duration_ms)
    by_callee = ended & (batch.released_by == _CALLEE)
    short = ended & (batch.duration_ms < SHORT_CALL_MS)
    home, here, there = batch.home_region, batch.visited_region, batch.callee_region
    between = given(home) & given(there)
    to_home = between & (home == there)
    far = between & ~to_home & ~(here == there)
    every = np.ones(len(batch), dtype=np.bool_)
    rows = (every, answered, ended, by_callee, short, by_callee & short, is_short_ring(batch))
    talked_s = np.where(answered, _whole(batch.duration_ms / 1000.0), 0)
    return np.array((*rows, between, to_home, far, talked_s), dtype=np.int64)


def _cells(batch: Calls) -> I8:
    """The bit of the cell that served the caller."""
    known = ~np.isnan(batch.cell)
    area, cell = (_whole(column) for column in (batch.area, batch.cell))
    bit = CALLEE_BITS + slots_of(area, cell, FEW_BITS.bit_length() - 1)
    return np.where(known, bit, -1)


def _regions(batch: Calls) -> I8:
    """The bit of the callee's region."""
    there = (text_numbers(batch.callee_region) >> np.uint64(64 - 5)).astype(np.int64)
    return np.where(given(batch.callee_region), CALLEE_BITS + FEW_BITS + there, -1)


def _whole(column: F8) -> I8:
    return np.where(np.isnan(column), 0.0, column).astype(np.int64)
