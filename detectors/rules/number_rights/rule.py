"""A number is shown on a trunk that has no right to it."""

from typing import ClassVar, Final

import msgspec
import numpy as np

from detectors.features.callers.calling import calling
from detectors.features.callers.strangers import are_spoken_with
from detectors.features.calls.about import about_number
from detectors.features.calls.given import given
from detectors.features.calls.numbers import listed
from detectors.features.calls.origin import from_abroad, seldom
from detectors.features.facts import AnyFacts, Facts
from detectors.features.memory.two_hours import TWO_HOURS_MS
from detectors.features.rule import Rule, Screened, iterate
from detectors.model.codes import INGRESSES, ONNET, text_of
from detectors.model.columns import Bool, Calls
from detectors.model.finding import AlertKind, Family
from detectors.model.parameters import Cap, Count, Nats, Switch
from detectors.rules.number_rights.own_trunks import OwnTrunks

#: So many calls of a number within two hours give a finding each.
_EACH_UNTIL: Final = 32


class NumberRights(Rule[Calls, OwnTrunks, None], frozen=True, kw_only=True):
    """A number that came by another trunk than those which its row of the operator's list names.

    What it sees: calls whose caller's row (`number.register`) has `rights`, and their trunk is none
    of them: by a line of the operator's own (`onnet`) or of another one (`interconnect`). What
    comes in from abroad, and protected numbers, are for `spoofed_ingress`.

    Why a rogue station does it: none does. Who rents a line shows somebody else's number on it.

    Why an honest network may: the list is late or out of date about a line that has moved, a few
    rows in a hundred, which bounds what it weighs (F48); a firm's line fails and its calls go by
    another (`excuse_failover`: the number used a trunk of its own within two hours, and since its
    first call by the other no more); the owner is known and vouched for (`excuse_trusted`). Of a
    line that is spoken with as honest ones are (`spoken_with_calls`, `spoken_with_nats`) nothing is
    concluded from others on the same trunk: a firm has moved, or several have (F70).

    References: white paper on telecom fraud of the CAICT (2018): callers on leased voice lines are
    held to their numbers, 31,000 lines were closed; F48, F49, F51, F70.

    >>> from detectors.rules.number_rights.samples import ELSEWHERE, register
    >>> from detectors.rules.sample_town import TOWN
    >>> calls = TOWN.calls(ELSEWHERE)
    >>> (finding,) = TOWN.findings(NumberRights(), calls, register=register(TOWN))
    >>> finding.values["trunk"], finding.weight
    ('pbx-9', 2.3)
    """

    name: ClassVar[str] = "number_rights"
    version: ClassVar[int] = 2
    family: ClassVar[Family] = "number"
    alert_kind: ClassVar[AlertKind | None] = "scam_caller"
    of_rows: ClassVar[bool] = True
    horizon_ms: ClassVar[int] = TWO_HOURS_MS

    onnet_weight: Nats = 2.3
    interconnect_weight: Nats = 2.3
    cap: Cap = 3.0
    spoken_with_calls: Count = 16
    spoken_with_nats: Nats = 1.5
    excuse_failover: Switch = True
    excuse_trusted: Switch = True

    def concerns(self, facts: Facts[Calls]) -> bool:
        return bool(_has_own_trunks(facts).any())

    def screen(self, state: OwnTrunks, facts: Facts[Calls]) -> Screened:
        """Findings of one batch; ``state`` is who used a trunk of their own of late."""
        batch, found = facts.batch, listed(facts)
        if not len(batch):
            return Screened()
        known = _has_own_trunks(facts)
        own = facts.register.numbers.may_use(found.row, batch.trunk)
        moved = state.take(batch.caller, batch.rx_ms, own, np.flatnonzero(known))
        odd = known & ~own & ~from_abroad(facts) & ~found.protected & ~found.do_not_originate
        # A line that rings all day by a trunk that the list lacks must not fill the calls' zone.
        odd &= seldom(calling(facts).count("calls"), until=_EACH_UNTIL)
        if self.excuse_trusted:
            odd &= ~found.trusted
        rows, findings = np.flatnonzero(odd), []
        spoken_with = are_spoken_with(facts, rows, self.spoken_with_calls, self.spoken_with_nats)
        for at, (row, source) in enumerate(iterate(batch, rows, facts.origin)):
            if self.excuse_failover and row in moved:
                continue
            is_own = batch.ingress[row] == ONNET
            way = text_of(int(batch.ingress[row]), INGRESSES) or "unknown"
            of_calls = about_number(facts, row, self.name, way)
            if spoken_with[at]:
                of_calls = msgspec.structs.replace(of_calls, spoken_with=True)
            findings.append(
                self.finding_in_row(
                    *(batch, row, source),
                    self.onnet_weight if is_own else self.interconnect_weight,
                    of_calls=of_calls,
                    values={"trunk": batch.trunk[row], "way": way},
                )
            )
        return Screened(findings)


def _has_own_trunks(facts: AnyFacts) -> Bool:
    """Which calls have a caller whose row names trunks, and came by a trunk that is known."""
    batch = facts.batch
    named = facts.register.numbers.names_trunks(listed(facts).row)
    return named & given(batch.caller) & given(batch.trunk)
