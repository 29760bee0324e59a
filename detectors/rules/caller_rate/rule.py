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
    is_on_round,
    strangers,
)
from detectors.features.calls.origin import has_right, is_vouched
from detectors.features.facts import AnyFacts, Facts
from detectors.features.rule import Rule, Screened
from detectors.model.columns import F8, I8, Bool, Calls
from detectors.model.finding import AlertKind, Family
from detectors.model.parameters import Amount, Cap, Nats, Switch

#: Findings come when a caller has rung so many callees, by the bitmap: each a fifth more.
_FIRST_STEP, _STEP = 8, 1.2


def _steps() -> Bool:
    steps = np.zeros(CALLEE_BITS + 1, dtype=np.bool_)
    at = float(_FIRST_STEP)
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
    `doubling_weight` more each time they double. A finding comes when there are a fifth more
    callees than at the last one, so a caller who goes on for hours gives some fifteen an hour
    or fewer.

    Why a rogue station does it: none does; call centres of frauds ring through lists of people who
    don't know them, 20 to 600 an hour, and each SIM of a box does its part of that.

    Why an honest network may, each with a parameter that turns the excuse off:

    * `excuse_rounds` (F41): couriers ring those to whom they come. They move, and their callees are
      of one region: they may ring `round_times` as many.
    * `excuse_firms` (F40): of lines of firms (with a place, of shared cost, short) it is the work
      to ring many: taxi dispatch, hospitals, call centres. They come to `firm_most_weight` at
      most, and those that the operator's list lets call on their trunk count from `firm_strangers`
      on.
    * `excuse_listed` (F40): numbers that the operator's list trusts or protects, unless they come
      from abroad, where anybody can show them.
    * `excuse_regulars` (F54): who rings the same people again (schools, alarms, network probes)
      has fewer strangers. Off: all callees count.

    Sellers who work from one place with a mobile number look the same here: so a finding of this
    rule alone accuses nobody.

    References: docs/science.md, F40, F41, F54; spread of callees is the best single measure of the
    Sichuan set (AUC 0.87); OpenSIPS `fraud_detection` counts calls a minute.

    >>> from detectors.rules.sample_town import TOWN
    >>> calls = TOWN.calls(*({"at_s": 60.0 * n} for n in range(12)), caller="d0")
    >>> [round(finding.weight, 1) for finding in TOWN.findings(CallerRate(), calls)]
    [0.7]
    """

    name: ClassVar[str] = "caller_rate"
    version: ClassVar[int] = 1
    family: ClassVar[Family] = "pace"
    alert_kind: ClassVar[AlertKind | None] = "scam_caller"
    horizon_ms: ClassVar[int] = HORIZON_MS

    least_strangers: Amount = 10.0
    firm_strangers: Amount = 60.0
    round_times: Amount = 3.0
    least_weight: Nats = 0.5
    doubling_weight: Nats = 1.3
    most_weight: Nats = 3.0
    firm_most_weight: Nats = 1.5
    cap: Cap = 4.0
    excuse_rounds: Switch = True
    excuse_firms: Switch = True
    excuse_listed: Switch = True
    excuse_regulars: Switch = True

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
        if self.excuse_rounds:
            usual = np.where(is_on_round(facts)[rows], self.round_times * usual, usual)
        if self.excuse_firms:
            firm = is_firm(facts)[rows]
            usual = np.where(firm & has_right(facts)[rows], self.firm_strangers, usual)
            most = np.where(firm, self.firm_most_weight, most)
        times = counted / usual
        more = self.doubling_weight * np.log2(np.maximum(times, 1.0))
        weight = np.minimum(self.least_weight + more, most)
        weight[times < 1.0] = 0.0
        if self.excuse_listed:
            weight[is_vouched(facts)[rows]] = 0.0
        return np.asarray(weight)


def _values(facts: AnyFacts, row: int) -> dict[str, int]:
    known = calling(facts)
    return {
        "callees": round(float(callees(facts)[row])),
        "calls": int(known.count("calls")[row]),
        "span_min": int(known.span_s[row]) // 60 + 1,
    }
