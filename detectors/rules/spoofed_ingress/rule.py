"""A call comes in where its caller's number can't be."""

from typing import ClassVar, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.features.callers.callers import HORIZON_MS
from detectors.features.callers.calling import calling
from detectors.features.callers.strangers import are_spoken_with
from detectors.features.calls.about import about_number
from detectors.features.calls.given import given
from detectors.features.calls.numbers import classes, listed
from detectors.features.calls.origin import (
    diverted,
    from_abroad,
    has_right,
    not_too_many,
    of_home,
    seldom,
)
from detectors.features.facts import AnyFacts, Facts
from detectors.features.rule import Rule, Screened, iterate
from detectors.model.codes import ROAMING_CHECKS, code_of, text_of
from detectors.model.columns import I8, Bool, Calls
from detectors.model.finding import AlertKind, Family
from detectors.model.parameters import Cap, Count, Nats, Switch
from detectors.numbers.classes import (
    FIXED,
    NUMBER_CLASSES,
    OF_CARDS,
    SERVICE,
    SHARED_COST,
    SHORT,
)
from detectors.rules.spoofed_ingress.answers import AWAY, HERE, NOBODY, Answers

#: In which ways a call is odd, by code.
WAYS: Final = (
    "",
    *("silent_number", "protected_number", "short_number", "fixed_number", "shared_cost"),
    *("not_abroad", "nobodys", "unasked"),
)
SILENT, PROTECTED, SHORTS, FIXEDS, SHARED, NOT_ABROAD, NOBODYS, UNASKED = range(1, 9)
#: Of these, lines with an owner, who can't be where the call comes from.
_OF_LINES: Final = (SILENT, PROTECTED, SHORTS, FIXEDS, SHARED)
#: Of these, what a centre abroad may have a right to though the list lacks its row.
_OF_FIRMS: Final = (SHORTS, FIXEDS, SHARED)
#: A class of numbers each of which the plan gives to an institution: none is a caller's abroad.
_SHORT: Final = text_of(SHORT, NUMBER_CLASSES)
_NOWHERE: Final = code_of("unallocated", ROAMING_CHECKS)
_HERE: Final = (code_of("home", ROAMING_CHECKS), code_of("detached", ROAMING_CHECKS))
#: In results of a verification (TS 24.229 7.2A.20): `TN-Validation-Failed`.
_FAILED: Final = "Failed"
_AWAY: Final = code_of("abroad", ROAMING_CHECKS)


class SpoofedIngress(Rule[Calls, Answers, None], frozen=True, kw_only=True):
    """A number of home that comes in from abroad, or a number that never calls.

    What it sees, by `reason`:

    * `short_number`, `shared_cost`, `fixed_number`: a number of home that no phone abroad can have
      comes in at an international gateway: police, banks, services; one that only receives calls
      (400); a line;
    * `not_abroad`, `nobodys`: a mobile one, of which the home register says that it is at home or
      switched off, or that nobody has it; `unasked`: it wasn't asked, which is weak, and less weak
      where a verification of the number has failed;
    * `silent_number`: the operator's list says that it never calls (`do_not_originate`);
      `protected_number`: nobody may pose as it, and it comes in where it has no right to.

    Where the operator's list has such a number by itself, or the home register has its subscriber
    at home (`not_abroad`), it has an owner, who is there while the call isn't: the number's role is
    `impersonated` from the first call on. So has each short number, whether the list has it or not:
    the plan gives them to institutions one by one. A mobile one of which nobody asked may be shown
    by anybody: alerts name it so too, and not as a caller; and so they name a line, a 400 or a
    service number, which may have an owner at home or be that of a registered centre whose row is
    missing, until somebody falls victim to it.

    Why a rogue station does it: none does. Call centres abroad show numbers that are answered and
    trusted.

    Why an honest network may: subscribers abroad ring home, and calls to them are diverted home
    with the number of whoever called them (`excuse_diverted`, by the redirecting number);
    registered centres abroad have lines of home (`excuse_registered`: trusted numbers, and those
    whose row names the very trunk); a home register is late or wrong about a few roamers in a
    hundred (`excuse_wrong_answer`: where it had the same caller abroad within two hours; one such
    answer weighs less than two); verifications of honest numbers fail too (`excuse_lone_failure`:
    a failed one alone is none). A centre that no row names looks like a fraud; of one that is
    spoken with as honest callers are (`spoken_with_calls`, `spoken_with_nats`) nothing is concluded
    from others that come in as it does (F70).

    References: docs/numbers.md; ECC Report 338 and ECC/REC(23)03 (numbers of home from abroad);
    Finnish Regulation 28 (fixed lines blocked from abroad since 2022, mobile ones since 2023, by
    asking whether they roam); TS 24.229 7.2A.20 (`verstat`); F42, F43, F44, F53, F70.

    >>> from detectors.rules.sample_town import TOWN
    >>> from detectors.rules.spoofed_ingress.samples import LINE
    >>> (finding,) = TOWN.findings(SpoofedIngress(), TOWN.calls(LINE))
    >>> finding.values["reason"], finding.weight
    ('fixed_number', 2.5)
    """

    name: ClassVar[str] = "spoofed_ingress"
    version: ClassVar[int] = 5
    family: ClassVar[Family] = "number"
    alert_kind: ClassVar[AlertKind | None] = "scam_campaign"
    rung_anyway: ClassVar[bool] = True
    horizon_ms: ClassVar[int] = HORIZON_MS

    silent_number_weight: Nats = 3.0
    protected_number_weight: Nats = 2.0
    short_number_weight: Nats = 3.0
    shared_cost_weight: Nats = 3.0
    fixed_number_weight: Nats = 2.5
    not_abroad_weight: Nats = 1.5
    again_weight: Nats = 1.0
    nobodys_weight: Nats = 2.5
    unasked_weight: Nats = 0.4
    failed_weight: Nats = 0.5
    spoken_with_calls: Count = 16
    spoken_with_nats: Nats = 1.5
    cap: Cap = 5.0
    excuse_diverted: Switch = True
    excuse_registered: Switch = True
    excuse_wrong_answer: Switch = True
    excuse_lone_failure: Switch = True

    def concerns(self, facts: Facts[Calls]) -> bool:
        if from_abroad(facts).any() or not self.excuse_lone_failure:
            return True
        found = listed(facts)
        return bool((found.do_not_originate | found.protected).any())

    def screen(self, state: Answers, facts: Facts[Calls]) -> Screened:
        """Findings of one batch; ``state`` are the home register's answers of late."""
        if not len(facts.batch):
            return Screened()
        batch, ways = facts.batch, self._ways(facts)
        calls = calling(facts)
        made = calls.count("calls")
        times = self._asked(state, facts, ways, calls.counted)
        weak = (ways == UNASKED) & ~(calls.counted & seldom(made))
        ways[weak | ~not_too_many(made)] = 0
        odd, findings = np.flatnonzero(ways), []
        owned = listed(facts).single
        spoken_with = are_spoken_with(facts, odd, self.spoken_with_calls, self.spoken_with_nats)
        unasked = (ways[odd] == UNASKED) & from_abroad(facts)[odd]
        for at, (row, source) in enumerate(iterate(batch, odd, facts.origin)):
            reason = WAYS[ways[row]]
            weight = getattr(self, f"{reason}_weight")
            weight += self.again_weight * (times.get(row, 1) > 1)
            weight += self.failed_weight * _has_failed(batch.verstat[row])
            kind = text_of(int(classes(facts)[row]), NUMBER_CLASSES)
            values = {"reason": reason, "number_class": kind, "trunk": batch.trunk[row]}
            of_calls = about_number(facts, row, self.name, reason)
            has_owner = owned[row] or kind == _SHORT
            if ways[row] == NOT_ABROAD or (has_owner and ways[row] in _OF_LINES):
                of_calls = msgspec.structs.replace(of_calls, role="impersonated")
            elif ways[row] in _OF_FIRMS or unasked[at]:
                of_calls = msgspec.structs.replace(of_calls, only_shown=True)
            if spoken_with[at]:
                of_calls = msgspec.structs.replace(of_calls, spoken_with=True)
            findings.append(
                self.finding_in_row(
                    *(batch, row, source),
                    min(weight, self.cap),
                    of_calls=of_calls,
                    values=values,
                )
            )
        return Screened(findings)

    def _ways(self, facts: AnyFacts) -> NDArray[np.int64]:
        """A code of `WAYS` for each call; 0 where nothing is odd."""
        batch, kind, found = facts.batch, classes(facts), listed(facts)
        has_number, abroad = given(batch.caller), from_abroad(facts)
        claimed = has_number & abroad & of_home(facts)
        if self.excuse_diverted:
            claimed &= ~diverted(facts)
        right = has_right(facts)
        if self.excuse_registered:
            claimed &= ~right
        mobile = claimed & np.isin(kind, OF_CARDS)
        answer = batch.roaming_check
        cases = (
            (has_number & found.do_not_originate, SILENT),
            (has_number & self._off_its_trunk(facts) & ~claimed, PROTECTED),
            (claimed & np.isin(kind, (SHORT, SERVICE)), SHORTS),
            (claimed & (kind == FIXED), FIXEDS),
            (claimed & (kind == SHARED_COST), SHARED),
            (mobile & np.isin(answer, _HERE), NOT_ABROAD),
            (mobile & (answer == _NOWHERE), NOBODYS),
            (mobile & (answer != _AWAY), UNASKED),
            (has_number & self._failed_alone(facts), UNASKED),
        )
        return np.select([case for case, _ in cases], [code for _, code in cases], 0)

    def _off_its_trunk(self, facts: AnyFacts) -> Bool:
        """Which callers are protected, and call on another trunk than those that they have."""
        found, book, batch = listed(facts), facts.register.numbers, facts.batch
        off: Bool = found.protected & ~book.may_use(found.row, batch.trunk) & (batch.ingress != 0)
        return off

    def _failed_alone(self, facts: AnyFacts) -> Bool:
        """Which callers' numbers were verified and failed, where that alone is to count."""
        batch = facts.batch
        if self.excuse_lone_failure:
            return np.zeros(len(batch), dtype=np.bool_)
        return np.array([_has_failed(text) for text in batch.verstat.tolist()], dtype=np.bool_)

    def _asked(self, state: Answers, facts: AnyFacts, ways: I8, counted: Bool) -> dict[int, int]:
        """How often the home register didn't have the caller of each row abroad, of which ``ways``
        are changed: nothing is odd about one that it had abroad; and one that it had at home, or
        that is nobody's, is odd also where it isn't asked again. Only mobile numbers from abroad
        are looked at: few."""
        batch, times = facts.batch, dict[int, int]()
        roams = from_abroad(facts) & given(batch.caller) & (batch.roaming_check == _AWAY)
        odd = np.isin(ways, (NOT_ABROAD, NOBODYS, UNASKED)) & from_abroad(facts)
        for row in np.flatnonzero(roams | odd).tolist():
            who, at = batch.caller[row], int(batch.rx_ms[row])
            if ways[row] == UNASKED:
                here, away, nobody = state.of(who, at)
                if (here or nobody) and not away:
                    ways[row] = NOT_ABROAD if here else NOBODYS
            else:
                answer = AWAY if roams[row] else NOBODY if ways[row] == NOBODYS else HERE
                here, away, nobody = state.take(who, at, answer, bool(counted[row]))
            times[row] = here + nobody
            if away and self.excuse_wrong_answer and ways[row] != NOBODYS:
                ways[row] = 0
        return times


def _has_failed(verstat: str | None) -> bool:
    """Whether a caller's number was verified, and failed."""
    return verstat is not None and _FAILED in verstat
