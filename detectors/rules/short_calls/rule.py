"""Those whom a caller rings end the calls soon."""

from typing import ClassVar

import numpy as np

from detectors.features.callers.callers import HORIZON_MS
from detectors.features.callers.calling import calling
from detectors.features.callers.findings import findings_at
from detectors.features.callers.shares import of_answers
from detectors.features.callers.strangers import (
    callees,
    is_firm,
    of_endings,
    strangers,
)
from detectors.features.calls.origin import has_right, is_vouched
from detectors.features.facts import AnyFacts, Facts
from detectors.features.rule import Rule, Screened
from detectors.model.columns import F8, I8, Calls
from detectors.model.finding import AlertKind, Family
from detectors.model.parameters import Amount, Cap, Nats, Share, Switch


class ShortCalls(Rule[Calls, None, None], frozen=True, kw_only=True):
    """Strangers take a caller's calls and end them within seconds, and many don't take them.

    What it sees, of callers with `least_strangers` strangers and `least_ended` answered calls in
    two hours: who ended the answered calls, how many of those that callees ended took less than
    20 s, and how many calls were answered. Each share is held against what it is of honest callers
    and of frauds, both as beta distributions (`detectors/features/callers/shares.py`), so that
    few calls weigh little. Being answered often speaks against a fraud; being answered seldom is
    what ringing strangers means, and that `caller_rate` weighs. `looks` nats are taken off, since a
    caller is judged again at each call. While that leaves `least_weight`, each call of the caller
    gives a finding. In an alert it weighs up to 1.5 nats more where hardly anybody rings the number
    (docs/calls.md, "How evidence is weighed").

    Why a rogue station does it: none does; those who are rung by frauds mostly know within seconds
    that they don't want the call, and end it.

    Why an honest network may, each with a parameter that turns the excuse off:

    * `excuse_alarms` (F54): lines of alarms and lifts ring the same few for seconds; they have no
      strangers. Off: calls count in the place of strangers.
    * `excuse_errands` (F41): couriers who come to the door, and lines of firms such as taxi
      dispatch, say in a sentence what there is to say: that calls are short then says nothing.
      Numbers of shared cost (400) have no place from which anybody would come. Who shows a firm's
      number where it has no right to be isn't excused as the firm is.
    * `excuse_diallers` (F55): predictive diallers ring more people than speakers are free, end some
      calls after a ring and have nobody to speak in others, which people end. Of a firm's line of
      whose calls more than `dialler_rings` are ended within a ring, `dialler_nats` are taken off.
    * `excuse_listed` (F40): numbers that the operator's list trusts or protects, but from abroad.

    A firm that calls by the very trunk which its row of the operator's list names hides nothing:
    that people hang up on it says that its calls are unwanted, as those of robots that ask for
    opinions are (F72). It comes to `listed_most_weight` at most, so that somebody has to complain,
    or fall victim, before it is more.

    People hang up on honest sellers too; how many do isn't published, so `most_weight` is small.

    References: docs/science.md, F40, F41, F54, F55, F72; too short calls are one of the measures of
    Hubei Unicom (docs/coverage.md, row 13); the median duration says nothing in the Sichuan set
    (AUC 0.54), hence who ended the calls.

    >>> from detectors.rules.sample_town import TOWN
    >>> soon = {"released_by": 2, "duration_ms": 7000.0, "caller": "d0"}
    >>> calls = TOWN.calls(*({"at_s": 60.0 * n} for n in range(12)), **soon)
    >>> findings = TOWN.findings(ShortCalls(), calls)
    >>> findings[-1].values["hung_up"], findings[-1].values["ended"]
    (12, 12)
    """

    name: ClassVar[str] = "short_calls"
    version: ClassVar[int] = 6
    family: ClassVar[Family] = "outcome"
    alert_kind: ClassVar[AlertKind | None] = "scam_caller"
    weighs_unrung: ClassVar[bool] = True
    horizon_ms: ClassVar[int] = HORIZON_MS
    sums_up: ClassVar[bool] = True

    least_strangers: Amount = 6.0
    least_ended: Amount = 4.0
    looks: Nats = 1.25
    least_weight: Nats = 0.5
    most_weight: Nats = 3.0
    listed_most_weight: Nats = 1.0
    cap: Cap = 4.0
    dialler_rings: Share = 0.04
    dialler_nats: Nats = 2.0
    excuse_alarms: Switch = True
    excuse_errands: Switch = True
    excuse_diallers: Switch = True
    excuse_listed: Switch = True

    def screen(self, state: None, facts: Facts[Calls]) -> Screened:
        """Findings of one batch; all that is remembered is that of all rules of calls."""
        known = calling(facts)
        many = strangers(facts) if self.excuse_alarms else known.count("calls")
        due = known.counted & (many >= self.least_strangers)
        rows = np.flatnonzero(due & (known.count("ended") >= self.least_ended))
        if self.excuse_listed and len(rows):
            rows = rows[~is_vouched(facts)[rows]]
        if not len(rows):
            return Screened()
        weight = self._weights(facts, rows)
        weighs = weight >= self.least_weight
        return findings_at(self, facts, rows[weighs], weight[weighs], _values)

    def _weights(self, facts: Facts[Calls], rows: I8) -> F8:
        """The weight of each of some rows."""
        known = calling(facts)
        calls, answered, rings = (known.count(n)[rows] for n in ("calls", "answered", "rings"))
        weight = of_endings(facts, rows, errands=self.excuse_errands) + of_answers(answered, calls)
        if self.excuse_diallers:
            dials = is_firm(facts)[rows] & (rings > self.dialler_rings * calls)
            weight = weight - np.where(dials, self.dialler_nats, 0.0)
        in_its_place = is_firm(facts)[rows] & has_right(facts)[rows]
        most = np.where(in_its_place, self.listed_most_weight, self.most_weight)
        return np.asarray(np.minimum(weight - self.looks, most))


def _values(facts: AnyFacts, row: int) -> dict[str, int]:
    known = calling(facts)
    values = {name: int(known.count(name)[row]) for name in ("hung_up", "ended", "calls")}
    return {**values, "callees": round(float(callees(facts)[row]))}
