"""Shares of callers' calls, held against shares that differ from caller to caller."""

from typing import TypeAlias

import numpy as np
from scipy.special import betaln

from detectors.model.columns import F8, I8

#: A beta distribution of shares: its two shapes.
Beta: TypeAlias = tuple[float, float]


def log_chance(successes: I8, trials: I8, of: Beta) -> F8:
    """Logarithm of the chance of so many successes of trials, in a certain order, whose share is
    drawn from a distribution (beta-binomial).

    >>> np.exp(log_chance(np.array([1, 2]), np.array([1, 2]), (1.0, 1.0))).round(3).tolist()
    [0.5, 0.333]
    """
    a, b = of
    return np.asarray(betaln(a + successes, b + trials - successes) - betaln(a, b))
