"""What is known of callers as the features that shapes were trained on, and what these come to."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

import numpy as np

from detectors.features.callers.callers import Calling
from detectors.model.columns import F8, I8, Bool
from detectors.rules.fraud_profile.shapes import growth, shipped

#: With fewer answered calls their mean length says nothing.
_LEAST_ANSWERED: Final = 5
#: More than any number of calls.
_ENDLESS: Final = np.iinfo(np.int64).max


def is_step(calls: I8, least: int) -> Bool:
    """Whether so many calls are ``least``, or twice as many as at the step before.

    >>> calls = np.arange(50)
    >>> calls[is_step(calls, 10)].tolist()
    [10, 20, 40]
    """
    times, rest = np.divmod(calls, least)
    return np.asarray((rest == 0) & (times > 0) & (times & (times - 1) == 0))


def features_of(known: Calling, rows: I8) -> dict[str, F8]:
    """Features of some rows' callers, NaN where not known. Each has at least two calls."""
    calls, answered = (known.count(name)[rows].astype(np.float64) for name in ("calls", "answered"))
    talked_s = known.count("talked_s")[rows] / np.maximum(answered, 1.0)
    return {
        "growth": growth(calls, known.callees[rows]),
        "talk_s": np.where(answered >= _LEAST_ANSWERED, talked_s, np.nan),
    }


def weighed(calls: I8, features: Mapping[str, F8]) -> tuple[F8, dict[str, F8]]:
    """The log-likelihood ratio of fraud against honest (nats) by so many calls, and what of it each
    feature adds. Of callers with fewer calls than the first band nothing is known: nought."""
    bands = shipped()
    total, parts = np.zeros(len(calls)), {name: np.zeros(len(calls)) for name in features}
    for least, most in pairwise((*bands, _ENDLESS)):
        inside = np.flatnonzero((calls >= least) & (calls < most))
        some = {name: column[inside] for name, column in features.items()}
        added = bands[least].parts(some)
        for name, nats in added.items():
            parts[name][inside] = nats
        total[inside] = bands[least].base + np.sum(list(added.values()), axis=0)
    return total, parts
