"""A number does what numbers of its class don't do."""

from typing import ClassVar, Final

import numpy as np

from detectors.features.callers.calling import calling
from detectors.features.calls.about import about_number, about_turn
from detectors.features.calls.given import given
from detectors.features.calls.numbers import classes, listed
from detectors.features.calls.origin import (
    from_abroad,
    has_right,
    not_too_many,
    seldom,
)
from detectors.features.facts import AnyFacts, Facts
from detectors.features.memory.two_hours import TWO_HOURS_MS
from detectors.features.rule import Rule, Screened, iterate
from detectors.model.columns import I8, Bool, Calls
from detectors.model.finding import Family
from detectors.model.parameters import Cap, Count, Nats, Share, Switch
from detectors.numbers.classes import IOT, MVNO, SERVICE, SHARED_COST
from detectors.rules.class_misuse.rung import Rung

#: In which ways a call is odd, by code.
WAYS: Final = ("", "thing_rings_many", "thing_rings_some", "shared_cost", "service", "virtual")
MANY, SOME, SHARED, SERVICES, VIRTUAL = range(1, 6)
#: So many times as many numbers make a thing that rings some one that rings many.
_MANY: Final = 2
#: So many calls of a number that only receives calls give a finding each: numbers that take turns
#: are tied within their first calls.
_EACH_UNTIL: Final = 32


class ClassMisuse(Rule[Calls, Rung, None], frozen=True, kw_only=True):
    """A number of a class that doesn't call as this one does: never evidence by itself.

    What it sees, by `reason`, within two hours of arrival time:

    * `thing_rings_some`, `thing_rings_many`: a card for things (lifts, alarms, tills) that rings
      more than `thing_callees` different numbers, or twice as many;
    * `shared_cost`, `service`: a number that only receives calls (400, 800, senders of texts) makes
      one; weak. Numbers that took turns on one trunk, one beginning when the other had stopped, are
      one campaign (docs/design.md);
    * `virtual`: a subscriber of an operator without a network who makes more than
      `virtual_calls` calls, hardly any of them to its own region; weak.

    Why a rogue station does it: none does. Cards for things and of virtual operators are cheap and
    were sold without names; 400 numbers look like a firm's.

    Why an honest network may: a lift or an alarm rings several numbers in turn until one answers
    (`excuse_chain`: so few that they are no more than `thing_callees`); firms show their 400 or 800
    number though it can't call (`excuse_registered`: those of the operator's list that stand there
    by themselves or may use the trunk); couriers and agents have numbers of virtual operators
    (`excuse_district`: most of their calls go to their own region). Of couriers on 170 and 171 more
    than 30 in 100 calls are refused for the class alone (white paper of the CAICT, 2018), so that
    no class weighs anything without what it does.

    References: docs/numbers.md; white paper on telecom fraud of the CAICT (2018): complaints by
    class, and 764,000 numbers of 400 whose rights were gone through; EN 81-28 (lifts' alarms); F41,
    F50, F51.

    >>> from detectors.rules.class_misuse.samples import thing
    >>> from detectors.rules.sample_town import TOWN
    >>> findings = TOWN.findings(ClassMisuse(), TOWN.calls(*thing(callees=9)))
    >>> findings[0].values["reason"], findings[0].weight
    ('thing_rings_some', 1.2)
    """

    name: ClassVar[str] = "class_misuse"
    version: ClassVar[int] = 3
    family: ClassVar[Family] = "number"
    horizon_ms: ClassVar[int] = TWO_HOURS_MS

    thing_rings_some_weight: Nats = 1.2
    thing_rings_many_weight: Nats = 2.0
    shared_cost_weight: Nats = 0.5
    service_weight: Nats = 0.7
    virtual_weight: Nats = 0.4
    cap: Cap = 3.0
    thing_callees: Count = 6
    virtual_calls: Count = 40
    district_share: Share = 0.5
    excuse_chain: Switch = True
    excuse_registered: Switch = True
    excuse_district: Switch = True

    def concerns(self, facts: Facts[Calls]) -> bool:
        return bool(np.isin(classes(facts), (IOT, MVNO, SERVICE, SHARED_COST)).any())

    def screen(self, state: Rung, facts: Facts[Calls]) -> Screened:
        """Findings of one batch; ``state`` is what things have rung of late."""
        batch = facts.batch
        if not len(batch):
            return Screened()
        rung = self._rung(state, facts)
        ways, calls = self._ways(facts, rung), calling(facts)
        made = calls.count("calls")
        strong = (ways == MANY) | (ways == SOME)
        weak = calls.counted & seldom(made, until=_EACH_UNTIL)
        ways[~np.where(strong, not_too_many(made), weak)] = 0
        findings = []
        for row, source in iterate(batch, np.flatnonzero(ways), facts.origin):
            reason = WAYS[ways[row]]
            count = rung[row] if strong[row] else made[row]
            # Firms whose rows are missing are odd in the same way as frauds.
            of_calls = (about_number if strong[row] else about_turn)(facts, row, self.name, reason)
            findings.append(
                self.finding_in_row(
                    *(batch, row, source),
                    getattr(self, f"{reason}_weight"),
                    of_calls=of_calls,
                    values={"reason": reason, "rung": int(count)},
                )
            )
        return Screened(findings)

    def _rung(self, state: Rung, facts: AnyFacts) -> I8:
        """How many different numbers the thing behind each call has rung; 0 for what is none."""
        batch = facts.batch
        things = np.flatnonzero(_here(facts) & (classes(facts) == IOT))
        rung = np.zeros(len(batch), dtype=np.int64)
        rung[things] = state.take(batch, things)
        return rung

    def _ways(self, facts: AnyFacts, rung: I8) -> I8:
        """A code of `WAYS` for each call; what comes in from abroad is for `spoofed_ingress`."""
        kind, calls, here = classes(facts), calling(facts), _here(facts)
        firm = here & ~self._registered(facts)
        virtual = here & (kind == MVNO) & (calls.count("calls") > self.virtual_calls)
        if self.excuse_district:
            virtual &= calls.count("to_home") < self.district_share * calls.count("between")
        cases = (
            (rung > _MANY * self.thing_callees, MANY),
            (rung > (self.thing_callees if self.excuse_chain else 1), SOME),
            (firm & (kind == SHARED_COST), SHARED),
            (firm & (kind == SERVICE), SERVICES),
            (virtual, VIRTUAL),
        )
        return np.select([case for case, _ in cases], [code for _, code in cases], 0)

    def _registered(self, facts: AnyFacts) -> Bool:
        """Whose number the operator has as one by itself, or lets call by this trunk."""
        known: Bool = listed(facts).single | has_right(facts)
        return known & self.excuse_registered


def _here(facts: AnyFacts) -> Bool:
    """Which calls have a caller, and came from this country."""
    return given(facts.batch.caller) & ~from_abroad(facts)
