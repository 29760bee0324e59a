"""What findings about calls are about, with the links of their calls."""

import msgspec

from detectors.features.calls.links import Parts, cell_of, links_of, manner_of, range_of
from detectors.features.calls.numbers import about
from detectors.features.facts import AnyFacts
from detectors.features.rule import identity_of
from detectors.model.columns import Calls
from detectors.model.finding import OfCalls


def about_caller(facts: AnyFacts, row: int, rule: str = "", what: str = "") -> OfCalls:
    """What a finding about what a row's caller does is about, linked by the way of the call and by
    the caller's equipment. ``rule`` and ``what`` say in which way the call is odd; only where
    honest callers who share a trunk and a region aren't odd in the same way."""
    own, batch = about(facts, row), facts.batch
    trunk, region = batch.trunk[row], batch.callee_region[row]
    links = links_of(
        trunk=trunk,
        region=region,
        prefix=range_of(own),
        terminal=batch.terminal[row],
        cell=cell_of(identity_of(batch, row)),
        manner=manner_of(rule, what, trunk, region) if rule else None,
    )
    return msgspec.structs.replace(own, links=links)


def about_number(facts: AnyFacts, row: int, rule: str, what: str) -> OfCalls:
    """The same of what a row's caller shows as its number, whoever it is: linked by the way of the
    call alone, and by the manner where its trunk is known."""
    batch = facts.batch
    manner = manner_of(rule, what, batch.trunk[row], batch.callee_region[row])
    return _with_links(facts, row, {"manner": manner})


def about_turn(facts: AnyFacts, row: int, rule: str, what: str) -> OfCalls:
    """The same where honest numbers are odd in this way too: only one that gave way to another is
    tied to it."""
    trunk, region = facts.batch.trunk[row], facts.batch.callee_region[row]
    return _with_links(facts, row, {"turn": manner_of(rule, what, trunk, region)})


def parts_of(batch: Calls, row: int, own: OfCalls) -> Parts:
    """What every call may be linked by: its trunk, its callee's region, its caller's range."""
    return {
        "trunk": batch.trunk[row],
        "prefix": range_of(own),
        "region": batch.callee_region[row],
    }


def _with_links(facts: AnyFacts, row: int, more: Parts) -> OfCalls:
    """What a row's caller is, with what every call may be linked by, and ``more``."""
    own = about(facts, row)
    parts = parts_of(facts.batch, row, own)
    parts.update(more)
    return msgspec.structs.replace(own, links=links_of(**parts))
