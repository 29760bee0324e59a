"""Cells that the register lists since just now: they are being switched on."""

from functools import lru_cache
from typing import Final

import numpy as np

from detectors.model.columns import I8, Bool
from detectors.register.register import Register

_HOUR_MS: Final = 3_600_000
#: No larger share of a register's cells is switched on at about one time: that is when it was
#: written.
_MOST_AT_ONCE: Final = 0.1


def are_just_listed(ts_ms: I8, cell: I8, register: Register, within_h: float) -> Bool:
    """Of reports (event times, ms) of cells (rows of the register), which are of one that is valid
    since no longer, or from then on, within so many hours."""
    since_ms = register.rows.valid_from_ms[cell]
    # Comparisons with NaN are false.
    near: Bool = np.abs(ts_ms - since_ms) <= within_h * _HOUR_MS
    return near & _are_few(register, within_h)[cell] if near.any() else near


@lru_cache(maxsize=2)
def _are_few(register: Register, within_h: float) -> Bool:
    """Of each row, whether not too many others are valid since about the same time; remembered for
    the present register, and one that it takes turns with."""
    since_ms = register.rows.valid_from_ms
    ordered = np.sort(since_ms[np.isfinite(since_ms)])
    within_ms = within_h * _HOUR_MS
    last = np.searchsorted(ordered, since_ms + within_ms, side="right")
    first = np.searchsorted(ordered, since_ms - within_ms, side="left")
    are_few: Bool = last - first <= _MOST_AT_ONCE * len(since_ms)
    return are_few
