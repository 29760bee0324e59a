"""A caller rings many strangers within two hours."""

from typing import ClassVar, Final

import numpy as np

from detectors.features.callers.callers import HORIZON_MS
from detectors.features.callers.calling import calling
from detectors.features.callers.distinct import CALLEE_BITS
from detectors.features.callers.findings import findings_at
from detectors.features.callers.strangers import (
    callees,
    is_firm,
    is_nobodys_firm,
    is_on_round,
    of_endings,
    poses_as_firm,
    strangers,
)
from detectors.features.calls.origin import from_abroad, has_right, is_vouched
from detectors.features.facts import AnyFacts, Facts
from detectors.features.rule import Rule, Screened
from detectors.model.columns import F8, I8, Bool, Calls
from detectors.model.finding import AlertKind, Family
from detectors.model.parameters import Amount, Cap, Nats, Switch

#: Findings come when a caller has rung so many callees, by the bitmap: each of the first ones, that
#: bring what is to be decided early; then each a fifth more.
_FIRST_STEP, _EACH_UNTIL, _STEP = 8, 24, 1.2
#: By how calls end so much has to speak against a firm from abroad (nats), since lists lack up to a
#: third of them, but have a wrong trunk for one row in thirty. Chosen.
_HUNG_UP_ON: Final = 1.0


def _steps() -> Bool:
    steps = np.zeros(CALLEE_BITS + 1, dtype=np.bool_)
    steps[_FIRST_STEP:_EACH_UNTIL] = True
    at = float(_EACH_UNTIL)
    while at <= CALLEE_BITS:
        steps[int(at)] = True
        at *= _STEP
    return steps


_STEPS: Final = _steps()


class CallerRate(Rule[Calls, None, None], frozen=True, kw_only=True):
    """A number that rings more strangers in two hours than its like do.

    What it sees: about how many different callees a number rang in the hour of arrival time that
    goes on and in the one before (`detectors/features/callers/`), less those calls that went to
    somebody whom it had rung already. From `least_strangers` on that gives `least_weight`, and
    `doubling_weight` more each time they double. Who rings faster than by hand (`by_hand_an_hour`)
    weighs more from the first strangers on, by how unlikely so many in so short a time are of one
    who does (Poisson). A finding comes at each new callee up to the 24th, then when there are a
    fifth more than at the last one, so a caller who goes on for hours gives some thirty an hour or
    fewer.

    Why a rogue station does it: none does; call centres of frauds ring through lists of people who
    don't know them, 20 to 600 an hour, and each SIM of a box does its part of that.

    Why an honest network may, each with a parameter that turns the excuse off:

    * `excuse_rounds` (F41): couriers ring those to whom they come. They move, and their callees are
      of one region: they may ring `round_times` as many.
    * `excuse_firms` (F40): of lines of firms (with a place, of shared cost, short) it is the work
      to ring many: taxi dispatch, hospitals, call centres. They come to `firm_most_weight` at
      most, and those that the operator's list lets call on their trunk count from `firm_strangers`
      on. Who shows a number where it has no right to be (from abroad, or by another trunk than the
      list names) isn't taken for the firm that has it, unless it is spoken with as firms are, and
      comes to more by as much as it is hung up on (that the row is odd is counted already, by
      `number_rights`); from abroad only if it is hung up on, since lists lack many centres there,
      unless no firm can have the number there (short ones, services', those that never call).
    * `excuse_spoken_with` (F70): sellers, dispatchers and friends are spoken with: callees end half
      of the calls and fewer, and few within seconds. As much as that speaks against a fraud
      (`detectors.features.callers.strangers.of_endings`) is taken off.
    * `excuse_listed` (F40): numbers that the operator's list trusts or protects, unless they come
      from abroad, where anybody can show them.
    * `excuse_regulars` (F54): who rings the same people again (schools, alarms, network probes)
      has fewer strangers. Off: all callees count.

    Sellers who work from one place with a mobile number look the same here: so a finding of this
    rule alone accuses nobody.

    References: docs/science.md, F40, F41, F54; spread of callees is the best single measure of the
    Sichuan set (AUC 0.87); OpenSIPS `fraud_detection` counts calls a minute.

    >>> from detectors.rules.sample_town import TOWN
    >>> rows = ({"at_s": 60.0 * n, "answered": False} for n in range(12))
    >>> calls = TOWN.calls(*rows, caller="d0")
    >>> [round(finding.weight, 1) for finding in TOWN.findings(CallerRate(), calls)]
    [0.5, 0.7, 0.8]
    """

    name: ClassVar[str] = "caller_rate"
    version: ClassVar[int] = 4
    family: ClassVar[Family] = "pace"
    alert_kind: ClassVar[AlertKind | None] = "scam_caller"
    horizon_ms: ClassVar[int] = HORIZON_MS
    sums_up: ClassVar[bool] = True

    least_strangers: Amount = 10.0
    firm_strangers: Amount = 60.0
    round_times: Amount = 3.0
    least_weight: Nats = 0.5
    doubling_weight: Nats = 1.3
    by_hand_an_hour: Amount = 60.0
    hurry_looks: Nats = 2.0
    most_weight: Nats = 3.0
    firm_most_weight: Nats = 1.5
    cap: Cap = 4.0
    excuse_rounds: Switch = True
    excuse_firms: Switch = True
    excuse_listed: Switch = True
    excuse_regulars: Switch = True
    excuse_spoken_with: Switch = True

    def screen(self, state: None, facts: Facts[Calls]) -> Screened:
        """Findings of one batch; all that is remembered is that of all rules of calls."""
        known = calling(facts)
        due = known.counted & known.is_new_callee & _STEPS[known.callee_bits]
        rows = np.flatnonzero(due)
        if not len(rows):
            return Screened()
        weight = self._weights(facts, rows)
        return findings_at(self, facts, rows[weight > 0], weight[weight > 0], _values)

    def _weights(self, facts: Facts[Calls], rows: I8) -> F8:
        """The weight of each of some rows, 0 for no finding."""
        counted = (strangers if self.excuse_regulars else callees)(facts)[rows]
        usual = np.full(len(rows), self.least_strangers)
        most = np.full(len(rows), self.most_weight)
        hurries = np.ones(len(rows), dtype=np.bool_)
        if self.excuse_rounds:
            on_round = is_on_round(facts)[rows]
            usual = np.where(on_round, self.round_times * usual, usual)
            hurries &= ~on_round
        endings = of_endings(facts, rows)
        if self.excuse_firms:
            least = np.where(from_abroad(facts)[rows], _HUNG_UP_ON, 0.0)
            poses = (poses_as_firm(facts) & ~is_nobodys_firm(facts))[rows]
            firm = is_firm(facts)[rows] | (poses & (endings < least))
            usual = np.where(firm & has_right(facts)[rows], self.firm_strangers, usual)
            # At home one call that somebody ends soon says little: a row may be out of date.
            beyond = np.maximum(endings - (_HUNG_UP_ON - least), 0.0) * ~firm
            most = np.where(firm | poses, np.minimum(self.firm_most_weight + beyond, most), most)
            hurries &= ~firm
        times = counted / usual
        more = self.doubling_weight * np.log2(np.maximum(times, 1.0))
        more += np.where(hurries, self._hurry(counted, calling(facts).span_s[rows]), 0.0)
        weight = np.minimum(self.least_weight + more, most)
        weight[times < 1.0] = 0.0
        if self.excuse_spoken_with:
            weight += np.minimum(endings, 0.0)
        if self.excuse_listed:
            weight[is_vouched(facts)[rows]] = 0.0
        return np.asarray(weight)

    def _hurry(self, counted: F8, span_s: I8) -> F8:
        """What so many strangers in so long a time weigh beside one who dials by hand, at the pace
        that explains them best."""
        by_hand = self.by_hand_an_hour * np.maximum(span_s, 1) / 3600.0
        times = np.maximum(counted / by_hand, 1.0)
        nats = np.where(times > 1.0, counted * np.log(times) - counted + by_hand, 0.0)
        return np.asarray(np.maximum(nats - self.hurry_looks, 0.0))


def _values(facts: AnyFacts, row: int) -> dict[str, int]:
    known = calling(facts)
    return {
        "callees": round(float(callees(facts)[row])),
        "calls": int(known.count("calls")[row]),
        "span_min": int(known.span_s[row]) // 60 + 1,
    }
