"""Texts of campaigns: the number to call and the link in them, as rules ask for them."""

from typing import Final

from detectors.features.calls.given import given
from detectors.features.calls.links import links_of
from detectors.features.calls.numbers import classes, listed
from detectors.features.facts import AnyFacts, shared
from detectors.model.codes import text_of
from detectors.model.columns import Bool, Sms
from detectors.model.finding import OfCalls
from detectors.numbers.classes import NUMBER_CLASSES, class_code

#: Numbers of so many digits or fewer are those of authorities, banks and operators.
_SHORT: Final = 6


@shared
def has_foreign_number(facts: AnyFacts) -> Bool:
    """Rows with a number to call that is no authority's, bank's or operator's: no short one, and
    none that the operator's list trusts or protects."""
    batch: Sms = facts.batch
    has_number = given(batch.callback)
    if not has_number.any():
        return has_number
    known = listed(facts, "callback")
    short = (classes(facts, "callback") == class_code("short")) | (batch.callback_length <= _SHORT)
    foreign: Bool = has_number & ~short & ~known.trusted & ~known.protected
    return foreign


@shared
def has_domain(facts: AnyFacts) -> Bool:
    """Rows with the domain of a link."""
    return given(facts.batch.url_domain)


def about_text(facts: AnyFacts, row: int, domain: str | None) -> OfCalls:
    """What a finding about one row's text is about: the number that it asks to ring, if that may be
    a fraud's; ``domain`` is given where it is one's own and not a service's that many use."""
    batch: Sms = facts.batch
    if not has_foreign_number(facts)[row]:
        return OfCalls(role="callback", links=links_of(domain=domain, sender=batch.sender[row]))
    number = str(batch.callback[row])
    digits, length = int(batch.callback_digits[row]), batch.callback_length[row]
    return OfCalls(
        number=number,
        prefix=str(batch.callback_prefix[row]).zfill(digits) if digits else None,
        length=int(length) if length == length else None,
        number_class=text_of(int(classes(facts, "callback")[row]), NUMBER_CLASSES),
        role="callback",
        links=links_of(callback=number, domain=domain, sender=batch.sender[row]),
    )
