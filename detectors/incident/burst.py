"""Are so many in so short a time a transmitter's victims, or strays that come by anyway?

In every city phones come back from areas that the network doesn't have: off trains, from other
countries, with SIM cards of before. Of one such area a few come by in an hour, at the busiest some
dozens. Victims come in a burst: a transmitter takes whom it reaches. So what counts is the rate:
the Bayes factor of a count in the newest minutes between a transmitter's rates and strays', both
unknown and log-uniform (a Poisson count with its rate integrated out).

Several lengths of time are looked at, since nobody knows how long a transmitter is on the air; what
that gains by chance is taken off.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import log
from typing import Final

import numpy as np
from scipy.special import gammainc, gammaln

#: Subscribers an hour that come by from one unknown area, and that a transmitter gives back.
STRAYS_AN_HOUR: Final = (0.3, 40.0)
VICTIMS_AN_HOUR: Final = (20.0, 3000.0)
_WINDOWS_MS: Final = (60_000, 240_000, 900_000, 2_700_000)
_HOUR_MS: Final = 3_600_000


def burst_nats(times_ms: Sequence[int], now_ms: int) -> float:
    """Log Bayes factor of a transmitter over strays, of distinct subscribers' times up to now.

    >>> minute = 60_000
    >>> round(burst_nats([0, 10_000, 20_000, 30_000, 40_000, 50_000], 50_000), 1)
    8.2
    >>> burst_nats([n * 5 * minute for n in range(6)], 25 * minute) < 0
    True
    """
    counts = (sum(now_ms - span_ms < at <= now_ms for at in times_ms) for span_ms in _WINDOWS_MS)
    factors = [_factor(n, ms) for n, ms in zip(counts, _WINDOWS_MS, strict=True)]
    return max(factors) - log(len(_WINDOWS_MS))


@lru_cache(maxsize=4096)
def _factor(count: int, span_ms: int) -> float:
    hours = span_ms / _HOUR_MS
    strays, victims = (
        _log_marginal(count, low * hours, high * hours)
        for low, high in (STRAYS_AN_HOUR, VICTIMS_AN_HOUR)
    )
    return victims - strays


def _log_marginal(count: int, low: float, high: float) -> float:
    """Log probability of a Poisson count whose mean is log-uniform between two bounds."""
    if count:
        # The integral of a Poisson term over the logarithm of its mean is an incomplete gamma.
        mass = (gammainc(count, high) - gammainc(count, low)) / count
        if mass > 0.0:
            return float(np.log(mass) - np.log(np.log(high / low)))
        return float(count * np.log(high) - high - gammaln(count + 1))
    means = np.geomspace(low, high, 64)
    return float(np.log(np.exp(-means).mean()))
