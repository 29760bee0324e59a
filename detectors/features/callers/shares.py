"""Shares of callers' calls, held against shares that differ from caller to caller.

How much likelier outcomes of calls are of a fraud's than of an honest caller's (nats): each is a
share of trials, whose chance differs from caller to caller by a beta distribution, one of honest
callers who ring strangers and one of frauds; the trials of one caller are beta-binomial. The
distributions are wide, since no operator publishes them, and chosen: no world was fitted.
"""

from math import log, log1p
from typing import Final, TypeAlias

import numpy as np
from scipy.special import betaln

from detectors.model.columns import F8, I8

#: A beta distribution of shares: its two shapes.
Beta: TypeAlias = tuple[float, float]

_Pair: TypeAlias = tuple[Beta, Beta]

#: Of answered calls, those that callees end. Either side ends half of what people say to one
#: another; of calls that nobody wanted the callee ends most.
_ENDS: Final = ((9.0, 9.0), (9.0, 3.0))
#: Of those that callees end, those within 20 s: of honest errands from few to most, of what nobody
#: wanted mostly.
_SHORT: Final = ((2.0, 3.0), (6.0, 3.0))
#: Of all calls, those that are answered: people who know the number answer 40 to 85 of 100,
#: strangers fewer. That strangers are rung is what rules of pace count already, and honest sellers
#: are answered as seldom: so few answers speak for nothing, and many against a fraud.
_ANSWERS: Final = ((4.0, 3.5), (3.0, 5.0))
#: People who ring a number, for each call that it makes: of frauds those few whom they called who
#: ring back; of honest callers who ring strangers their customers too, of some next to none.
_RUNG: Final = (0.05, 0.35)
#: Calls that a number of a fraud makes until another takes its turn: 8.4 (docs/drawn-calls.md),
#: some many more (Lomax distribution). What else is weighed is chosen for the first twenty calls.
_CALLS_OF_A_NUMBER, _FIRST_CALLS = 8.4, 20


def log_chance(successes: I8, trials: I8, of: Beta) -> F8:
    """Logarithm of the chance of so many successes of trials, in a certain order, whose share is
    drawn from a distribution (beta-binomial).

    >>> np.exp(log_chance(np.array([1, 2]), np.array([1, 2]), (1.0, 1.0))).round(3).tolist()
    [0.5, 0.333]
    """
    a, b = of
    return np.asarray(betaln(a + successes, b + trials - successes) - betaln(a, b))


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
    """Of so many answered calls of all; nothing for few."""
    return np.asarray(np.minimum(_nats(answered, calls, _ANSWERS), 0.0))


def of_being_rung(people: int, calls: int) -> float:
    """Of so many people who ring a number that makes so many calls meanwhile.

    >>> [round(of_being_rung(people, 20), 1) for people in (0, 1, 3, 6)]
    [1.4, 0.8, -0.3, -2.0]
    """
    fraud, honest = (_log_chance_of_rings(people, calls, mean) for mean in _RUNG)
    return fraud - honest


def of_lasting(calls: int) -> float:
    """Of a number's having made so many calls and going on: numbers of frauds are used up.

    >>> [round(of_lasting(calls), 1) for calls in (20, 50, 100, 300)]
    [0.0, -0.7, -1.3, -2.4]
    """
    left = 1.0 + _FIRST_CALLS / _CALLS_OF_A_NUMBER
    return min(0.0, log(left) - log1p(calls / _CALLS_OF_A_NUMBER))


def _log_chance_of_rings(people: int, calls: int, mean: float) -> float:
    """Of rings whose rate, for each call, differs exponentially from number to number."""
    rings = calls * mean
    return people * log(rings / (1.0 + rings)) - log1p(rings) if calls else 0.0


def _nats(successes: I8, trials: I8, of: _Pair) -> F8:
    honest, fraud = (log_chance(successes, trials, each) for each in of)
    return np.asarray(fraud - honest)
