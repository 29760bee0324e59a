"""Which callers of a batch of calls may be frauds that work on somebody, by number and way in."""

from dataclasses import fields
from typing import Final

import numpy as np

from detectors.features.calls.given import given
from detectors.features.calls.numbers import classes, numbers_of
from detectors.features.calls.origin import NOT_ABROAD, from_abroad, has_right
from detectors.features.facts import Facts
from detectors.model.codes import INTERCONNECT
from detectors.model.columns import U1, Bool, Calls
from detectors.numbers.classes import FIXED, IOT, MOBILE, MVNO, SERVICE, SHARED_COST, SHORT
from detectors.numbers.international import Form, Read
from detectors.numbers.malformed import NO_RANGE, malformed

#: Codes of columns, 0 for none. ``spoofed``: a number of home that can't be abroad comes in from
#: there. ``call_back`` is none of a caller's: the number in a text.
SUSPECTS: Final = ("spoofed", "malformed", "withheld", "foreign", "call_back")
SPOOFED, MALFORMED, WITHHELD, FOREIGN = range(1, 5)
#: Lines that stay where they are, and numbers that only receive.
_STAYS: Final = (FIXED, SHARED_COST, SHORT, SERVICE)
_MOVES: Final = (MOBILE, MVNO, IOT)


def suspects(facts: Facts[Calls], *, excuse_roamers: bool, excuse_listed: bool) -> U1:
    """What is odd about each caller."""
    batch, read = facts.batch, numbers_of(facts)
    kind, home = classes(facts), facts.register.numbers.home.home_code
    at_home = Form(read.prefix, read.digits, read.length).begins_with(home)
    abroad = from_abroad(facts)
    stays, moves = np.isin(kind, _STAYS), np.isin(kind, _MOVES)
    denied = np.isin(batch.roaming_check, NOT_ABROAD)
    spoofed = abroad & at_home & (stays | (moves & (denied | (not excuse_roamers))))
    odd = _malformed(facts, abroad | (batch.ingress == INTERCONNECT))
    withheld = abroad & ~given(batch.caller)
    foreign = abroad & ~at_home & (read.reading > 0)
    found = np.select([spoofed, odd, withheld, foreign], [SPOOFED, MALFORMED, WITHHELD, FOREIGN], 0)
    if excuse_listed:
        found[has_right(facts)] = 0
    return found.astype(np.uint8)


def _malformed(facts: Facts[Calls], asked: Bool) -> Bool:
    """Of the callers asked about, those whose number is none. One of a range that no plan has yet
    may be: it isn't among them."""
    rows, read, odd = np.flatnonzero(asked), numbers_of(facts), np.zeros_like(asked)
    some = Read(*(getattr(read, each.name)[rows] for each in fields(Read)))
    odd[rows] = (malformed(facts.register.numbers.plan, some) & ~NO_RANGE) != 0
    return odd
