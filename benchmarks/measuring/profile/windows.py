"""What a window of an hour or two would show of subscribers of whom only months are known.

The sample has no single calls, so they are drawn: so many calls in a row of each subscriber.

* *Whom it calls*: the counts of its contacts fall by a power of their rank, from the count of the
  most called one down to one call each, such that they add up to all calls. Calls are drawn
  independently, though people ring back and ring again within the hour: real windows of honest
  people hold more repeats than these, so that what is learned from repeats is less than there is.
* *How many callees*: as the memory of callers counts them, by a bitmap, with its error.
* *Length*: log-normal by the mean and the median of the subscriber's calls.

Terminals are left out: within hours hardly anybody changes them, and what SIMs and terminals show
is evidence of another kind, which other rules weigh.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring.profile.subscribers import Column, Subscribers
from detectors.features.callers.distinct import CALLEE_BITS, about_how_many
from detectors.rules.fraud_profile.shapes import growth

#: Halvings by which the power is found, and the steepest that is looked at.
_STEPS, _STEEPEST = 40, 6.0
_MOST_SIGMA = 2.0


def drawn(
    sample: Subscribers, calls_from: int, draws: int, rng: np.random.Generator
) -> tuple[dict[str, Column], NDArray[np.int64]]:
    """Features of ``draws`` windows of each subscriber with enough calls, of ``calls_from`` up to
    twice as many calls; and the row of the sample that each is of."""
    enough = np.flatnonzero(sample.columns["opposite_count"] >= calls_from)
    of = np.repeat(enough, draws)
    rows = np.array([_window(sample, row, calls_from, rng) for row in of.tolist()])
    rows = rows.reshape(-1, 3)
    return {"growth": growth(rows[:, 0], rows[:, 1]), "talk_s": rows[:, 2]}, of


def _window(
    sample: Subscribers, row: int, calls_from: int, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Calls, about how many callees, and the mean length of a call (s)."""
    of = {name: float(column[row]) for name, column in sample.columns.items()}
    every = of["opposite_count"]
    calls = int(min(every, calls_from * 2.0 ** rng.random()))
    counts = contact_counts(every, of["opposite_unique"], of["phone2opposite_max"])
    callees = len(np.unique(rng.choice(len(counts), calls, p=counts / counts.sum())))
    bits = np.array([len(np.unique(rng.integers(0, CALLEE_BITS, callees)))])
    median, mean = max(of["call_dur_median"], 1.0), max(of["call_dur_mean"], 1.0)
    sigma = min(_MOST_SIGMA, np.sqrt(2.0 * max(0.0, np.log(mean / median))))
    talk_s = np.exp(rng.normal(np.log(median), sigma, calls)).mean()
    return float(calls), float(about_how_many(bits)[0]), float(talk_s)


@cache  # Several windows are drawn of each subscriber.
def contact_counts(calls: float, contacts: float, most: float) -> Column:
    """How often each contact was called, the most called one first; not to be written to.

    >>> contact_counts(100, 20, 40).sum().round(), contact_counts(5, 5, 1).tolist()
    (np.float64(100.0), [1.0, 1.0, 1.0, 1.0, 1.0])
    """
    rank = np.arange(1.0, max(1.0, contacts) + 1.0)
    flattest, steepest = 0.0, _STEEPEST
    for _ in range(_STEPS):
        power = (flattest + steepest) / 2.0
        if np.maximum(1.0, most * rank**-power).sum() > calls:
            flattest = power
        else:
            steepest = power
    counts: Column = np.maximum(1.0, most * rank**-steepest)
    return counts
