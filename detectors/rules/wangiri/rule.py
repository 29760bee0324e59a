"""A number rings once and gives up, so that it is rung back."""

from typing import ClassVar, Final

import numpy as np

from detectors.features.callers.callers import HORIZON_MS
from detectors.features.callers.calling import calling
from detectors.features.callers.findings import findings_at
from detectors.features.callers.marks import is_short_ring
from detectors.features.callers.shares import log_chance
from detectors.features.callers.strangers import callees, strangers
from detectors.features.calls.about import about_caller
from detectors.features.calls.numbers import about, classes, numbers_of
from detectors.features.calls.origin import from_abroad, is_vouched, of_home
from detectors.features.facts import AnyFacts, Facts, shared
from detectors.features.rule import Rule, Screened
from detectors.model.columns import F8, I8, Bool, Calls
from detectors.model.finding import AlertKind, Family, OfCalls
from detectors.model.parameters import Amount, Cap, Nats, Share, Switch
from detectors.numbers.classes import SERVICE

#: Of a caller's calls, those that it ends unanswered within four seconds, as beta distributions: of
#: honest callers one in twenty-five, of those who want to be rung back nearly all.
_HONEST, _FRAUD = (0.5, 12.0), (12.0, 0.7)
#: A country's code has so many digits at most (ITU-T E.164 6.2).
_DIGITS_OF_A_COUNTRY: Final = 3


class Wangiri(Rule[Calls, None, None], frozen=True, kw_only=True):
    """Calls that their caller ends after a ring, from abroad or of dear numbers, or to many.

    What it sees: unanswered calls that the caller ends within 4 s of ringing, less than one cadence
    of the ringing tone (ITU-T E.180), by:

    * `abroad`: numbers from abroad or of services. Numbers rotate at one to six calls each, so a
      single such call gives a finding; beyond that it weighs how many of the number's calls were
      such ones;
    * `many`: numbers of home with `least_callees` strangers or more, whose calls are nearly all
      such ones (`least_share`).

    Numbers of one campaign come in on the same trunks, out of the same ranges: each finding carries
    these as links. Such calls of one country on one trunk to one region are of one campaign; those
    of other countries that come in beside them aren't.

    Why a rogue station does it: none does; who rings back a dear number pays, and a part of that
    goes to who rang.

    Why an honest network may, each with a parameter that turns the excuse off:

    * `excuse_on_purpose` (F56): people ring once so as to be rung back, by agreement: at home, and
      only a few, whom they know. Off: numbers of home count as those from abroad.
    * `excuse_acquainted` (F56): who rings somebody from abroad again knows them. Off: repeats
      count.
    * `excuse_listed` (F40): numbers that the operator's list trusts or protects, but from abroad.

    Misdialled calls are ended as soon; hence the small weight of a single one (`single_nats` are
    taken off). Predictive diallers (F55) reach people in other calls, so that their share of such
    rings is small.

    References: docs/science.md, F40, F55, F56; Wangiri in Future Internet 18(1):15; ITU-T E.180.

    >>> from detectors.rules.sample_town import TOWN
    >>> once = {"answered": False, "ring_ms": 1500.0, "released_by": 1, "ingress": 1}
    >>> from_abroad = {"caller_prefix": 2243210, "caller_length": 11.0, **once}
    >>> calls = TOWN.calls({}, {"caller": "d9", **from_abroad})
    >>> [(f.who, f.values["reason"]) for f in TOWN.findings(Wangiri(), calls)]
    [('d9', 'abroad')]
    """

    name: ClassVar[str] = "wangiri"
    version: ClassVar[int] = 2
    family: ClassVar[Family] = "outcome"
    alert_kind: ClassVar[AlertKind | None] = "wangiri"
    rung_anyway: ClassVar[bool] = True
    horizon_ms: ClassVar[int] = HORIZON_MS

    single_nats: Nats = 1.6
    most_weight: Nats = 3.0
    cap: Cap = 4.5
    least_callees: Amount = 8.0
    least_share: Share = 0.8
    many_weight: Nats = 1.0
    excuse_on_purpose: Switch = True
    excuse_acquainted: Switch = True
    excuse_listed: Switch = True

    def screen(self, state: None, facts: Facts[Calls]) -> Screened:
        """Findings of one batch; all that is remembered is that of all rules of calls."""
        rings = is_short_ring(facts.batch)
        rows = np.flatnonzero(rings & calling(facts).counted) if rings.any() else np.zeros(0, int)
        if self.excuse_listed and len(rows):
            rows = rows[~is_vouched(facts)[rows]]
        if not len(rows):
            return Screened()
        abroad = is_from_abroad(facts)[rows] | (not self.excuse_on_purpose)
        weight = np.where(abroad, self._of_abroad(facts, rows), self._of_many(facts, rows))
        weighs = weight > 0
        return findings_at(self, facts, rows[weighs], weight[weighs], self._values, self._of_calls)

    def _of_abroad(self, facts: Facts[Calls], rows: I8) -> F8:
        """By how many of a number's calls were such rings."""
        known = calling(facts)
        rings, calls = known.count("rings")[rows], known.count("calls")[rows]
        fraud, honest = (log_chance(rings, calls, of) for of in (_FRAUD, _HONEST))
        weight = np.minimum(fraud - honest - self.single_nats, self.most_weight)
        if self.excuse_acquainted:
            # About how many there are is counted in parts of one.
            weight = np.where(strangers(facts)[rows] >= 0.5, weight, 0.0)
        return np.asarray(weight)

    def _of_many(self, facts: Facts[Calls], rows: I8) -> F8:
        """By how many strangers a number of home rang so, if it did little else."""
        known = calling(facts)
        rings, calls = known.count("rings")[rows], known.count("calls")[rows]
        times = strangers(facts)[rows] / self.least_callees
        weight = np.minimum(self.many_weight + np.log2(np.maximum(times, 1.0)), self.most_weight)
        does = (times >= 1.0) & (rings >= self.least_share * calls)
        return np.asarray(np.where(does, weight, 0.0))

    def _reason(self, facts: AnyFacts, row: int) -> str:
        is_abroad = is_from_abroad(facts)[row] or not self.excuse_on_purpose
        return "abroad" if is_abroad else "many"

    def _values(self, facts: AnyFacts, row: int) -> dict[str, str | float]:
        known = calling(facts)
        return {
            "reason": self._reason(facts, row),
            "ring_s": round(float(facts.batch.ring_ms[row]) / 1000.0, 1),
            "rings": int(known.count("rings")[row]),
            "calls": int(known.count("calls")[row]),
            "callees": round(float(callees(facts)[row])),
        }

    def _of_calls(self, facts: AnyFacts, row: int) -> OfCalls:
        """Linked by the country as well: from all of them some give up after a ring."""
        country = (about(facts, row).prefix or "")[:_DIGITS_OF_A_COUNTRY]
        return about_caller(facts, row, self.name, f"{self._reason(facts, row)} {country}")


@shared
def is_from_abroad(facts: AnyFacts) -> Bool:
    """Which calls came in from abroad, or show a number of another country or of a service."""
    foreign = (numbers_of(facts).reading > 0) & ~of_home(facts)
    return np.asarray(from_abroad(facts) | foreign | (classes(facts) == SERVICE))
