"""What several rules ask about the callers of a batch: how many strangers each rang, whether it is
a firm's line, or somebody on a round."""

from typing import Final

import numpy as np

from detectors.features.callers.calling import calling
from detectors.features.callers.shares import of_hanging_up, of_shortness
from detectors.features.calls.given import given
from detectors.features.calls.numbers import classes, listed
from detectors.features.calls.origin import from_abroad, without_right
from detectors.features.facts import AnyFacts, shared
from detectors.model.codes import ONNET
from detectors.model.columns import F8, I8, Bool
from detectors.numbers.classes import FIXED, OF_CARDS, SERVICE, SHARED_COST, SHORT

#: Somebody on a round calls from so many cells, of two hours.
_CELLS_OF_A_ROUND: Final = 4
#: Those who stay in one place are served by two cells at most.
_CELLS_OF_A_PLACE: Final = 2


@shared
def callees(facts: AnyFacts) -> F8:
    """About how many callees each row's caller rang in its last two windows; never more than calls
    that it made."""
    known = calling(facts)
    return np.asarray(np.minimum(known.callees, known.count("calls")))


@shared
def strangers(facts: AnyFacts) -> F8:
    """About how many of them were strangers: who is rung again isn't one."""
    once = callees(facts)
    again = calling(facts).count("calls") - once
    return np.asarray(np.maximum(once - again, 0.0))


@shared
def is_persons(facts: AnyFacts) -> Bool:
    """Which callers have numbers of mobile subscribers or of cards for things."""
    persons: Bool = np.isin(classes(facts), OF_CARDS)
    return persons


@shared
def is_firm(facts: AnyFacts) -> Bool:
    """Which callers have numbers as firms have them: with a place, of shared cost, short; or one
    that is no subscriber's, on a trunk of the operator's own, as exchanges of firms show them."""
    return np.asarray(_is_like_a_firm(facts) & ~without_right(facts))


@shared
def poses_as_firm(facts: AnyFacts) -> Bool:
    """Which callers show such a number without a right to it."""
    return np.asarray(_is_like_a_firm(facts) & without_right(facts))


@shared
def is_nobodys_firm(facts: AnyFacts) -> Bool:
    """Which of those can't be the firm whose number it is: from abroad, a short number or one of a
    service, which no network abroad can have (ITU-T E.164 6.2: they are no international numbers),
    or one that the operator's list says never calls."""
    no_number_abroad = np.isin(classes(facts), (SERVICE, SHORT)) | listed(facts).do_not_originate
    return np.asarray(poses_as_firm(facts) & from_abroad(facts) & no_number_abroad)


@shared
def is_on_round(facts: AnyFacts) -> Bool:
    """Which callers call from several cells, and into one region alone."""
    known = calling(facts)
    return np.asarray((known.cells >= _CELLS_OF_A_ROUND) & (known.regions <= 1))


@shared
def runs_errands(facts: AnyFacts) -> Bool:
    """Which callers are awaited, and say in a sentence what there is to say: who is on a round, and
    firms but for those with a number of shared cost, which has no place and at which nobody is
    near."""
    firm = is_firm(facts) & (classes(facts) != SHARED_COST)
    return np.asarray(firm | is_on_round(facts))


@shared
def stays(facts: AnyFacts) -> Bool:
    """Which callers weren't seen to move."""
    return np.asarray(calling(facts).cells <= _CELLS_OF_A_PLACE)


@shared
def may_be_away(facts: AnyFacts) -> Bool:
    """Which callers are in another region than their home, or may be, since nobody says where they
    are."""
    home, here = facts.batch.home_region, facts.batch.visited_region
    return np.asarray(given(home) & ~(home == here))


def of_endings(facts: AnyFacts, rows: I8, *, errands: bool = True) -> F8:
    """How much likelier it is of a fraud than of an honest caller who ends the calls of some rows'
    callers, and how soon (nats). Where ``errands``, calls are no shorter than they have to be of
    who says in a sentence what there is to say (`runs_errands`)."""
    known = calling(facts)
    ended, by_callee, hung_up = (known.count(n)[rows] for n in ("ended", "by_callee", "hung_up"))
    shortness = of_shortness(hung_up, by_callee)
    if errands:
        errand = runs_errands(facts)[rows]
        shortness = np.where(errand, np.minimum(shortness, 0.0), shortness)
    return np.asarray(of_hanging_up(by_callee, ended) + shortness)


def are_spoken_with(facts: AnyFacts, rows: I8, least_calls: int, least_nats: float) -> Bool:
    """Which rows' callers have made so many calls, and are so much likelier honest than a fraud by
    how these ended (`of_endings`)."""
    enough = calling(facts).count("calls")[rows] >= least_calls
    return np.asarray(enough & (of_endings(facts, rows) <= -least_nats))


@shared
def _is_like_a_firm(facts: AnyFacts) -> Bool:
    batch, kind = facts.batch, classes(facts)
    firm: Bool = np.isin(kind, (FIXED, SHARED_COST, SHORT, SERVICE))
    exchange = ~is_persons(facts) & (batch.ingress == ONNET) & given(batch.trunk)
    return np.asarray(firm | exchange)
