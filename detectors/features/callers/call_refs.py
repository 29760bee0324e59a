"""Which records are of a call that was recorded before, at another point or twice.

A table of fixed size keeps in each slot the call that came to it last. So a call is forgotten once
another takes its slot: of records a tenth of the table apart one in ten is taken for a new call,
which is then one to the same callee. What was two windows before is as if it weren't there, so that
after reading back two windows the table says the same as without a restart.
"""

from typing import Final

import numpy as np

from detectors.model.columns import Bool
from detectors.model.hashing import U8

_SLOT_BITS: Final = 20
#: Of a call's number the rest; the low bits of an entry are its window's.
_WINDOW_BITS: Final = 16
_WINDOWS: Final = np.uint64((1 << _WINDOW_BITS) - 1)


class CallRefs:
    """See the module's text; there is no table before the first call.

    >>> refs = CallRefs()
    >>> refs.is_new(np.array([7, (9 << 50) + 9, 7], dtype=np.uint64), 1).tolist()
    [True, True, False]
    >>> [refs.is_new(np.array([7], dtype=np.uint64), window).tolist() for window in (2, 4)]
    [[False], [True]]
    """

    def __init__(self) -> None:
        self._last: U8 = np.zeros(0, dtype=np.uint64)

    def is_new(self, calls: U8, window: int) -> Bool:
        """Which of some rows, in order, are the first records of their calls; all come to be known.

        ``calls`` are the calls' numbers, mixed well, ``window`` is that of their arrival.
        """
        if not len(self._last):
            self._last = np.zeros(1 << _SLOT_BITS, dtype=np.uint64)
        slot = (calls >> np.uint64(64 - _SLOT_BITS)).astype(np.int64)
        entry = calls << np.uint64(_WINDOW_BITS) | np.uint64(window) & _WINDOWS
        order = np.argsort(slot, kind="stable")
        slot, entry = slot[order], entry[order]
        begins = np.ones(len(slot), dtype=np.bool_)
        begins[1:] = slot[1:] != slot[:-1]
        before = np.empty_like(entry)
        before[1:] = entry[:-1]
        before[begins] = self._last[slot[begins]]
        same = before >> np.uint64(_WINDOW_BITS) == entry >> np.uint64(_WINDOW_BITS)
        age = (entry - before) & _WINDOWS
        is_new = np.empty(len(calls), dtype=np.bool_)
        is_new[order] = ~(same & (age <= 1))
        ends = np.roll(begins, -1) if len(begins) else begins
        self._last[slot[ends]] = entry[ends]
        return is_new
