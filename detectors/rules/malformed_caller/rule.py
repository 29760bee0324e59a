"""A caller shows a number that is none."""

from dataclasses import replace
from typing import ClassVar, Final

import numpy as np

from detectors.features.callers.callers import HORIZON_MS
from detectors.features.callers.calling import calling
from detectors.features.calls.about import about_number
from detectors.features.calls.numbers import listed, numbers_of
from detectors.features.calls.origin import (
    from_abroad,
    not_too_many,
    seldom,
    shows_number,
)
from detectors.features.facts import AnyFacts, Facts, shared
from detectors.features.rule import Rule, Screened, iterate
from detectors.model.codes import ONNET
from detectors.model.columns import I8, U1, Bool, Calls
from detectors.model.finding import Family
from detectors.model.parameters import Cap, Nats, Switch
from detectors.numbers.classes import UNALLOCATED
from detectors.numbers.international import AS_IT_IS, NOT_KNOWN, Form, Read
from detectors.numbers.malformed import CLASH, NO_RANGE, malformed, names_of
from detectors.numbers.ranges import MOST_DIGITS

#: Digits of an area code, at least, where there are any: short numbers stand behind them too.
_AREA_DIGITS: Final = 2
#: Wrong as exchanges make numbers wrong.
_OF_EXCHANGES: Final = ("not_digits", "clash")
_POWERS: Final = 10 ** np.arange(MOST_DIGITS + 1, dtype=np.int64)


class MalformedCaller(Rule[Calls, None, None], frozen=True, kw_only=True):
    """A calling number that no plan has: too short, too long, of zeros, of no country, or whose
    nature of address contradicts its digits.

    What it sees: the flags of docs/numbers.md, by where the call came in. From abroad each such
    call weighs, more with a number of home in a range that the country hasn't opened, whose owner
    couldn't be abroad if there were one; from another operator of the country little; from an own
    line nothing.

    Why a rogue station does it: none does. Call centres abroad change the number that they show,
    and machines that make numbers up make some that are none.

    Why an honest network may: exchanges of firms fill in extensions and numbers with an extension
    behind (`excuse_exchange`: what comes in from the operator's own lines); foreign exchanges put
    zeros before a number that is in order (`excuse_zeros`); ranges are opened before plans have
    them, and plans are out of date (`excuse_new_range`: a number of home that no range has, but is
    as long as others; the operator's own list and its switches go before the plan). Exchanges
    abroad fill in odd numbers too, and nobody publishes how often, so that it never weighs much;
    and a carrier that garbles numbers garbles those of all whom it passes on, so that others which
    come in so say nothing of a number of which nothing else is found.

    References: docs/numbers.md; ITU-T Q.763 3.10, E.164 6.2.1; white paper on telecom fraud of the
    CAICT (2018): calling numbers that no plan has are watched in a province; F45 to F47.

    >>> from detectors.rules.sample_town import TOWN
    >>> from detectors.rules.malformed_caller.samples import ODD
    >>> (finding,) = TOWN.findings(MalformedCaller(), TOWN.calls(ODD))
    >>> finding.values["reason"], finding.weight
    ('zeros', 1.8)
    """

    name: ClassVar[str] = "malformed_caller"
    version: ClassVar[int] = 2
    family: ClassVar[Family] = "number"
    of_carriers: ClassVar[bool] = True
    horizon_ms: ClassVar[int] = HORIZON_MS

    abroad_weight: Nats = 1.8
    home_abroad_weight: Nats = 2.5
    inland_weight: Nats = 0.4
    cap: Cap = 4.0
    excuse_exchange: Switch = True
    excuse_zeros: Switch = True
    excuse_new_range: Switch = True

    def concerns(self, facts: Facts[Calls]) -> bool:
        return bool((_flags(facts) != 0).any())

    def screen(self, state: None, facts: Facts[Calls]) -> Screened:
        """Findings of one batch; no state."""
        if not len(facts.batch):
            return Screened()
        batch, flags, abroad = facts.batch, _flags(facts), from_abroad(facts)
        odd = flags != 0
        if self.excuse_new_range:
            odd &= ~_may_be_new(facts, flags)
        if self.excuse_zeros:
            odd &= ~_zeros_before(facts)
        if self.excuse_exchange:
            odd &= batch.ingress != ONNET
        calls = calling(facts)
        made = calls.count("calls")
        weak = calls.counted & seldom(made)
        odd &= np.where(abroad, not_too_many(made), weak)
        weight = np.where(abroad, self.abroad_weight, self.inland_weight)
        weight[abroad & _claims_home(facts) & (flags & NO_RANGE > 0)] = self.home_abroad_weight
        findings = []
        for row, source in iterate(batch, np.flatnonzero(odd), facts.origin):
            reason = names_of(int(flags[row]))[0]
            findings.append(
                self.finding_in_row(
                    *(batch, row, source),
                    float(weight[row]),
                    of_calls=about_number(facts, row, self.name, _manner(reason)),
                    values={"reason": reason, "trunk": batch.trunk[row]},
                )
            )
        return Screened(findings)


def _manner(reason: str) -> str:
    """In which manner a number is wrong: machines that make up numbers make some too short, some of
    no country, and so on, so that all numbers which nobody can have are of one."""
    return reason if reason in _OF_EXCHANGES else "nobodys"


@shared
def _flags(facts: AnyFacts) -> I8:
    """What is malformed about each caller's number; 0 where the operator knows it."""
    read, abroad = _read(facts), from_abroad(facts)
    flags = malformed(facts.register.numbers.plan, read).astype(np.int64)
    kind = listed(facts).kind
    known = (kind > 0) & (kind != UNALLOCATED)
    known |= (facts.batch.number_class > 0) & (facts.batch.ingress != 0) & ~abroad
    flags[known] &= int(CLASH)
    flags[~shows_number(facts)] = 0
    return flags


@shared
def _read(facts: AnyFacts) -> Read:
    """Callers' numbers; at an international gateway those in international form whose form isn't
    known, unless they are numbers of home without its code."""
    read, book = numbers_of(facts), facts.register.numbers
    given = Form(read.prefix, read.digits, read.length)
    inner = given.after(book.home.home_code)
    nobodys = book.plan.kinds(inner.prefix, inner.digits, inner.length) == UNALLOCATED
    taken = from_abroad(facts) & (read.reading == NOT_KNOWN) & shows_number(facts) & nobodys
    return replace(read, reading=np.where(taken, AS_IT_IS, read.reading).astype(np.uint8))


def _may_be_new(facts: AnyFacts, flags: I8) -> Bool:
    """Which numbers of home lack nothing but a range: they are as long as others that begin with
    the same digit."""
    read, book = _read(facts), facts.register.numbers
    least = len(book.home.home_code)
    more = np.maximum(read.digits - (least + 1), 0)
    begins = np.where(read.digits > least, read.prefix // 10**more, -1)
    lengths = book.plan.lengths(begins, np.full(len(begins), least + 1))
    length = np.clip(read.length, 0, 62)
    whole = least + min(book.home.local_digits, default=0)
    whole += _AREA_DIGITS if book.home.trunk_prefix else 0
    usual = (length >= whole) & (lengths >> length & 1 > 0)
    new: Bool = (flags == int(NO_RANGE)) & usual & _claims_home(facts)
    return new


def _claims_home(facts: AnyFacts) -> Bool:
    """Which numbers begin with the home country's code."""
    read = _read(facts)
    form = Form(read.prefix, read.digits, read.length)
    home: Bool = form.begins_with(facts.register.numbers.home.home_code)
    return home


def _zeros_before(facts: AnyFacts) -> Bool:
    """Which numbers are in order once zeros in front of them are taken away."""
    read, plan = numbers_of(facts), facts.register.numbers.plan
    shown = np.clip(read.digits, 0, MOST_DIGITS)
    own = np.searchsorted(_POWERS, read.prefix, side="right")
    zeros = np.where(read.prefix > 0, shown - own, 0)
    kind: U1 = plan.kinds(read.prefix, shown - zeros, read.length - zeros)
    fine: Bool = (zeros > 0) & (kind != UNALLOCATED) & ~_begins_at_home(facts, read, zeros)
    return fine


def _begins_at_home(facts: AnyFacts, read: Read, zeros: I8) -> Bool:
    """Which numbers begin with the home country's code after their zeros."""
    code = facts.register.numbers.home.home_code
    left = np.maximum(read.digits - zeros - len(code), 0)
    home: Bool = read.prefix // 10**left == int(code)
    return home
