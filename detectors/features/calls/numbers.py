"""The numbers of a batch of calls: what they are by the plan and the operator's list."""

from typing import Final, Literal

import numpy as np

from detectors.features.facts import AnyFacts, shared
from detectors.model.codes import text_of
from detectors.model.columns import U1, Calls
from detectors.model.finding import OfCalls, Role
from detectors.numbers.book import Listed
from detectors.numbers.classes import NUMBER_CLASSES, OF_CARDS, UNALLOCATED
from detectors.numbers.decoded import read_decoded
from detectors.numbers.international import Read

Field = Literal["caller", "callee", "redirecting", "presented", "asserted", "callback"]
_NOT_GIVEN: Final = np.nan
#: By code, which classes are of cards; all others are of lines and services.
_ARE_OF_CARDS: Final = np.isin(np.arange(len(NUMBER_CLASSES) + 1), OF_CARDS)


@shared
def numbers_of(facts: AnyFacts, which: Field = "caller") -> Read:
    """The numbers of one field in international form, as far as it can be known."""
    batch, book = facts.batch, facts.register.numbers
    nothing = np.full(len(batch), _NOT_GIVEN)
    stated = which == "caller"
    nai, npi = (batch.caller_nai, batch.caller_npi) if stated else (nothing, nothing)
    prefix, digits, length = (
        getattr(batch, f"{which}_{part}") for part in ("prefix", "digits", "length")
    )
    return read_decoded(book.plan, book.home, prefix, digits, length, nai, npi)


@shared
def listed(facts: AnyFacts, which: Field = "caller") -> Listed:
    """What the operator's list says of the numbers of one field, when each call was set up."""
    read = numbers_of(facts, which)
    number = getattr(facts.batch, which)
    book = facts.register.numbers
    return book.look_up(number, read.prefix, read.digits, read.length, facts.batch.ts_ms)


@shared
def classes(facts: AnyFacts, which: Field = "caller") -> U1:
    """The class of each number: a code of `detectors.numbers.classes.NUMBER_CLASSES`, 0 where it
    can't be known. The operator's list goes before the plan, save where it makes a subscriber's
    number of a line's or the other way round: leading digits decide that, so such a row is wrong.
    """
    read, book = numbers_of(facts, which), facts.register.numbers
    of_plan = book.plan.kinds(read.prefix, read.digits, read.length)
    found: U1 = np.where(read.reading > 0, of_plan, 0).astype(np.uint8)
    own = listed(facts, which).kind
    rows = np.flatnonzero(own)
    by_plan, by_list = found[rows], own[rows]
    unknown = (by_plan == 0) | (by_plan == UNALLOCATED)
    holds = unknown | (_ARE_OF_CARDS[by_plan] == _ARE_OF_CARDS[by_list])
    found[rows[holds]] = by_list[holds]
    return found


def about(facts: AnyFacts, row: int, which: Field = "caller", role: Role = "caller") -> OfCalls:
    """What a finding about one row's call is about: one of its numbers, and the call."""
    batch: Calls = facts.batch
    digits = int(getattr(batch, f"{which}_digits")[row])
    length = getattr(batch, f"{which}_length")[row]
    kind, own = int(classes(facts, which)[row]), listed(facts, which)
    return OfCalls(
        number=getattr(batch, which)[row],
        prefix=str(getattr(batch, f"{which}_prefix")[row]).zfill(digits) if digits else None,
        length=int(length) if length == length else None,
        number_class=text_of(kind, NUMBER_CLASSES),
        role=role,
        calls=(batch.call_ref[row],),
        people=(batch.callee[row],) if batch.callee[row] and which == "caller" else (),
        spared=bool(own.protected[row] or own.trusted[row]),
    )
