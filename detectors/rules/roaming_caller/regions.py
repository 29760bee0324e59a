"""How much likelier it is of a fraud's line than of an honest one that callees are of such regions
(nats): shares of calls whose regions are known, as beta-binomial counts. The distributions are
chosen, wide, and fitted to no world."""

from typing import Final

import numpy as np
from scipy.special import betaln

from detectors.features.callers.shares import log_chance
from detectors.model.columns import F8, I8

#: Of calls of a line that is at home, those into far regions. Who works by telephone from home
#: mostly works there, one in ten anywhere; frauds ring where there is something to be had.
_FAR_OF_LOCALS, _FAR_OF_FRAUDS = (1.0, 6.0), (3.0, 1.0)
_ANYWHERE: Final = 0.1
#: Of calls of a line that is away, those home: of workers a third, or none.
_HOME_OF_WORKERS, _HOME_OF_FRAUDS = (1.0, 2.0), (1.0, 12.0)


def of_far_calls(far: I8, calls: I8) -> F8:
    """Of so many calls into far regions.

    >>> of_far_calls(np.array([8, 5, 1]), np.array([8, 10, 10])).round(1).tolist()
    [3.2, 0.7, -3.1]
    """
    evenly = -np.log1p(calls) - _choices(far, calls)
    local = np.log1p(-_ANYWHERE) + log_chance(far, calls, _FAR_OF_LOCALS)
    honest = np.logaddexp(local, np.log(_ANYWHERE) + evenly)
    return np.asarray(log_chance(far, calls, _FAR_OF_FRAUDS) - honest)


def of_no_calls_home(to_home: I8, calls: I8) -> F8:
    """Of so many calls home of a line that is away.

    >>> of_no_calls_home(np.array([0, 2]), np.array([8, 8])).round(1).tolist()
    [1.1, -0.5]
    """
    fraud, worker = (log_chance(to_home, calls, of) for of in (_HOME_OF_FRAUDS, _HOME_OF_WORKERS))
    return np.asarray(fraud - worker)


def _choices(successes: I8, trials: I8) -> F8:
    """Logarithm of how many orders there are."""
    return np.asarray(-betaln(successes + 1.0, trials - successes + 1.0) - np.log1p(trials))
