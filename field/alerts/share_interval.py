"""How well a share is known from a few trials: of alerts that were real, of truths in a region."""

from math import sqrt
from typing import Final

#: The normal distribution's two-sided 95 % point.
Z_95: Final = 1.959964


def wilson(successes: float, trials: float) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson's score, 1927); (0, 1) where nothing was tried.

    Successes of weighted samples need not be whole, which `scipy.stats.binomtest` would not take.

    >>> low, high = wilson(8, 10)
    >>> round(low, 3), round(high, 3)
    (0.49, 0.943)
    """
    if trials <= 0:
        return 0.0, 1.0
    share, z = successes / trials, Z_95
    spread = z * sqrt(share * (1.0 - share) / trials + z * z / (4.0 * trials * trials))
    centre, scale = share + z * z / (2.0 * trials), 1.0 + z * z / trials
    # The interval holds the share; rounding alone could push an end a hair past it.
    low, high = (centre - spread) / scale, (centre + spread) / scale
    return min(share, max(0.0, low)), max(share, min(1.0, high))
