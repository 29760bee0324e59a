"""Where calls come in, what that says of their callers' numbers, and how often that is found."""

from typing import Final

import numpy as np

from detectors.features.calls.given import given
from detectors.features.calls.numbers import classes, listed, numbers_of
from detectors.features.facts import AnyFacts, shared
from detectors.model.codes import INTERNATIONAL, ROAMING_CHECKS, code_of
from detectors.model.columns import I8, Bool
from detectors.numbers.classes import FIXED, MOBILE, MVNO, SERVICE, SHARED_COST, SHORT
from detectors.numbers.international import Form

_ABROAD: Final = code_of("abroad", ROAMING_CHECKS)
#: Answers of the home register that say that a number isn't abroad.
NOT_ABROAD: Final = [code_of(text, ROAMING_CHECKS) for text in ("home", "detached", "unallocated")]
#: Classes of lines, which stay where they are.
_LINES: Final = (FIXED, SHARED_COST, SHORT, SERVICE)
#: Until a caller has made so many calls in two hours each gives findings; then one in so many does.
_EACH_UNTIL: Final = 256
_THEN_ONE_IN: Final = 4


@shared
def shows_number(facts: AnyFacts) -> Bool:
    """Which calls have a caller's number of which anything is known."""
    known: Bool = facts.batch.caller_digits > 0
    return known


@shared
def of_home(facts: AnyFacts) -> Bool:
    """Which callers have a number of the home country."""
    read = numbers_of(facts)
    form = Form(read.prefix, read.digits, read.length)
    home: Bool = (read.reading > 0) & form.begins_with(facts.register.numbers.home.home_code)
    return home


@shared
def from_abroad(facts: AnyFacts) -> Bool:
    """Which calls came in at an international gateway."""
    abroad: Bool = facts.batch.ingress == INTERNATIONAL
    return abroad


@shared
def of_absent_lines(facts: AnyFacts) -> Bool:
    """Which calls came in from abroad under the number of a line of home, which isn't there:
    whoever makes them is somebody else than who calls by the line at home. Also those of centres
    abroad that have a right to it, and diverted ones: these aren't made at home either."""
    abroad = from_abroad(facts)
    if not abroad.any():
        return abroad
    lines: Bool = abroad & of_home(facts) & np.isin(classes(facts), _LINES)
    return lines


@shared
def diverted(facts: AnyFacts) -> Bool:
    """Which calls a subscriber's phone has diverted: the caller's number is then that of whoever
    called the subscriber. A number that isn't a mobile one diverts no call from abroad."""
    by_mobile = np.isin(classes(facts, "redirecting"), (0, MOBILE, MVNO))
    return given(facts.batch.redirecting) & by_mobile


@shared
def has_right(facts: AnyFacts) -> Bool:
    """Which callers the operator's list trusts, or lets call on the very trunk that they use."""
    found, book = listed(facts), facts.register.numbers
    may: Bool = book.names_trunks(found.row) & book.may_use(found.row, facts.batch.trunk)
    return found.trusted | (may & given(facts.batch.trunk))


@shared
def is_vouched(facts: AnyFacts) -> Bool:
    """Which callers the operator's list trusts or protects; from abroad anybody may show these."""
    found = listed(facts)
    vouched: Bool = (found.trusted | found.protected) & ~from_abroad(facts)
    return vouched


@shared
def has_reason(facts: AnyFacts) -> Bool:
    """Which callers the home network has abroad, or whose calls were diverted: roamers."""
    roams: Bool = (facts.batch.roaming_check == _ABROAD) | diverted(facts)
    return roams


@shared
def without_right(facts: AnyFacts) -> Bool:
    """Which callers show a number that has no right to be there: one of home that comes in from
    abroad, or one whose row of the operator's list names other trunks."""
    abroad, book = from_abroad(facts), facts.register.numbers
    claimed = abroad & of_home(facts) & ~has_reason(facts)
    off = ~abroad & book.names_trunks(listed(facts).row) & given(facts.batch.trunk)
    without: Bool = given(facts.batch.caller) & (claimed | off) & ~has_right(facts)
    return without


def not_too_many(calls: I8) -> Bool:
    """Which calls give a finding, by how many their caller has made in two hours: all but of one
    who goes on for long."""
    few: Bool = (calls <= _EACH_UNTIL) | (calls % _THEN_ONE_IN == 0)
    return few


def seldom(calls: I8, until: int = 1) -> Bool:
    """The same of what weighs no more for being repeated: each until there were so many, then
    those with which they have doubled.

    >>> np.flatnonzero(seldom(np.arange(70), until=4)).tolist()
    [0, 1, 2, 3, 4, 8, 16, 32, 64]
    """
    some: Bool = (calls <= until) | (calls & (calls - 1) == 0)
    return some
