"""Arrival times in four bytes, for what is remembered of every phone: milliseconds modulo 2^32.

That is unambiguous for 49 days. No memory reaches back an hour, and phones are forgotten sooner;
what a phone keeps for months while it goes on reporting may be taken for recent in one hour of
1193.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

#: Later than now by less than this (ms) is what came out of order.
_AHEAD_MS: Final = 1 << 22
_TURN_MS: Final = 1 << 32


def short_times(rx_ms: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Times in four bytes."""
    return rx_ms.astype(np.uint32)


def ages_ms(now_ms: Any, times: NDArray[np.uint32]) -> NDArray[np.int64]:
    """How long before ``now_ms`` each of such times was.

    >>> kept = short_times(np.array([1_780_000_000_000, 1_780_000_005_000]))
    >>> ages_ms(1_780_000_004_000, kept).tolist()
    [4000, -1000]
    """
    ages: NDArray[np.int64] = (now_ms - times.astype(np.int64) + _AHEAD_MS) % _TURN_MS - _AHEAD_MS
    return ages
