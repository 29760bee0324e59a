"""How much likelier outcomes of calls are of a fraud's than of an honest caller's (nats).

Each is a share of trials, whose chance differs from caller to caller by a beta distribution, one of
honest callers who ring strangers and one of frauds; the trials of one caller are beta-binomial. The
distributions are wide, since no operator publishes them, and chosen: no world was fitted.
"""

from typing import Final

import numpy as np

from detectors.features.callers.shares import Beta, log_chance
from detectors.model.columns import F8, I8

#: Of answered calls, those that callees end. Either side ends half of what people say to one
#: another; of calls that nobody wanted the callee ends most.
_ENDS: Final = ((9.0, 9.0), (9.0, 3.0))
#: Of those that callees end, those within 20 s: of honest errands from few to most, of what nobody
#: wanted mostly.
_SHORT: Final = ((2.0, 3.0), (6.0, 3.0))
#: Of all calls, those that are answered: people who know the number answer 40 to 85 of 100,
#: strangers fewer. Honest sellers are answered as seldom, so that this comes to little.
_ANSWERS: Final = ((4.0, 3.5), (3.0, 5.0))
_MOST_OF_ANSWERS: Final = 0.5

_Pair = tuple[Beta, Beta]


def of_hanging_up(by_callee: I8, ended: I8) -> F8:
    """Of so many answered calls that callees ended, of all whose end is known.

    >>> of_hanging_up(np.array([4, 8, 4]), np.array([4, 8, 8])).round(1).tolist()
    [1.5, 2.7, -0.8]
    """
    return _nats(by_callee, ended, _ENDS)


def of_shortness(hung_up: I8, by_callee: I8) -> F8:
    """Of so many within 20 s, of those that callees ended."""
    return _nats(hung_up, by_callee, _SHORT)


def of_answers(answered: I8, calls: I8) -> F8:
    """Of so many answered calls of all; no more than half a nat for few."""
    return np.asarray(np.minimum(_nats(answered, calls, _ANSWERS), _MOST_OF_ANSWERS))


def _nats(successes: I8, trials: I8, of: _Pair) -> F8:
    honest, fraud = (log_chance(successes, trials, each) for each in of)
    return np.asarray(fraud - honest)
