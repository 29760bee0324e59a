"""Counts of trials that are alike: the beta-binomial distribution."""

from collections.abc import Iterable
from math import exp, lgamma


def chance_of_any(counts: Iterable[int], trials: int, a: float, b: float) -> float:
    """The chance that of some ``trials`` one of such ``counts`` succeed, where their common chance
    is drawn from a beta distribution of parameters ``a`` and ``b``.

    >>> round(chance_of_any([2], 2, 1.0, 1.0), 4), chance_of_any(range(3), 2, 3.0, 4.0)
    (0.3333, 1.0)
    """
    orders, of_both, whole = lgamma(trials + 1), lgamma(trials + a + b), lgamma(a + b)
    of_a, of_b = lgamma(a), lgamma(b)
    chances = [
        exp(
            orders
            - lgamma(k + 1)
            - lgamma(trials - k + 1)
            + lgamma(k + a)
            + lgamma(trials - k + b)
            - of_both
            + whole
            - of_a
            - of_b
        )
        for k in counts
    ]
    return min(1.0, sum(chances))
