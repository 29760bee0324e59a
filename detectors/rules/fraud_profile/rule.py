"""A caller's last hour or two look as those of real frauds do, more often than of honest people."""

from math import exp
from typing import ClassVar, Final

import numpy as np

from detectors.features.callers.callers import HORIZON_MS
from detectors.features.callers.calling import calling
from detectors.features.callers.strangers import is_on_round
from detectors.features.calls.about import about_caller
from detectors.features.calls.numbers import classes
from detectors.features.calls.origin import is_vouched
from detectors.features.facts import Facts
from detectors.features.rule import Rule, Screened, iterate, optional
from detectors.model.columns import I8, Bool, Calls
from detectors.model.finding import Family, Finding, Source
from detectors.model.parameters import Cap, Chance, Count, Nats, Switch
from detectors.numbers.classes import MOBILE, MVNO
from detectors.rules.fraud_profile.weighing import features_of, is_step, weighed

#: The sample is of mobile subscribers.
_PEOPLE: Final = (MOBILE, MVNO)


class FraudProfile(Rule[Calls, None, None], frozen=True, kw_only=True):
    """An additive model, trained on real subscribers, finds a caller likelier a fraud's.

    What it sees: of callers with at least `least_calls` calls in this hour of arrival time and the
    one before, how seldom they ring a number again (`growth`, the logarithm of calls per callee as
    a share of that of calls), and how long their answered calls take on the mean (`talk_s`). Each
    adds what its trained shape says (`shapes.csv`), by how many calls there are; the sum is the
    log-likelihood ratio that was counted of windows drawn from the sample
    (docs/fraud-profile.md), of which no more than `max_weight` is believed: the sample has another
    mix of people, and months instead of hours. From `least_nats` on there is a finding, at the
    first calls that are enough and each time they have doubled.

    Why a rogue station does it: none does; a caller does who works through a list of strangers, as
    those who defraud, whose frauds need ever new victims.

    Why an honest network may: firms, services and whom the operator's list trusts ring strangers
    all day (`excuse_firm`, F40: only numbers of mobile subscribers are looked at); couriers ring
    strangers too, but on a round (`excuse_moving`, F41: from at least four cells, into one region
    alone). Sellers who sit still are left, and cannot be told apart by this: so it never suffices
    alone. `chance` in a finding is how likely by this alone the number is a fraud's, where
    `base_rate` of callers are.

    References: docs/fraud-profile.md; docs/science.md, F40, F41.

    >>> from detectors.rules.sample_town import TOWN
    >>> rows = [{"at_s": 60.0 * n, "callee": f"c{n}"} for n in range(20)]
    >>> found = TOWN.findings(FraudProfile(), TOWN.calls(*rows, caller="d1"))
    >>> [(finding.values["calls"], finding.weight) for finding in found]
    [(10.0, 1.27), (20.0, 1.5)]
    """

    name: ClassVar[str] = "fraud_profile"
    version: ClassVar[int] = 1
    family: ClassVar[Family] = "pace"
    horizon_ms: ClassVar[int] = HORIZON_MS
    sums_up: ClassVar[bool] = True

    least_calls: Count = 10
    least_nats: Nats = 0.7
    max_weight: Nats = 1.5
    cap: Cap = 1.5
    base_rate: Chance = 1e-4
    excuse_firm: Switch = True
    excuse_moving: Switch = True

    def screen(self, state: None, facts: Facts[Calls]) -> Screened:
        """Findings at calls that bring their callers to a step."""
        known = calling(facts)
        rows = np.flatnonzero(known.counted & is_step(known.count("calls"), self.least_calls))
        rows = rows[~self.are_excused(facts, rows)]
        features = features_of(known, rows)
        nats, parts = weighed(known.count("calls")[rows], features)
        shown = {
            "calls": known.count("calls")[rows].astype(np.float64),
            "callees": known.callees[rows].round(),
            "talk_s": features["talk_s"].round(),
            "growth_nats": parts["growth"].round(2),
            "talk_nats": parts["talk_s"].round(2),
            "all_nats": nats.round(2),
        }
        found = np.flatnonzero(nats >= self.least_nats)
        sources = iterate(facts.batch, rows[found], facts.origin)
        return Screened(
            [
                self._finding(facts, row, source, {name: of[at] for name, of in shown.items()})
                for at, (row, source) in zip(found.tolist(), sources, strict=True)
            ]
        )

    def are_excused(self, facts: Facts[Calls], rows: I8) -> Bool:
        """Which rows' callers an innocent cause explains."""
        excused = np.zeros(len(rows), dtype=np.bool_)
        if self.excuse_firm and len(rows):
            excused |= ~np.isin(classes(facts)[rows], _PEOPLE) | is_vouched(facts)[rows]
        if self.excuse_moving and len(rows):
            excused |= is_on_round(facts)[rows]
        return excused

    def _finding(
        self, facts: Facts[Calls], row: int, source: Source, shown: dict[str, float]
    ) -> Finding:
        values = {name: optional(value) for name, value in shown.items()}
        nats = shown["all_nats"]
        odds = self.base_rate / (1.0 - self.base_rate) * exp(min(float(nats), self.max_weight))
        return self.finding_in_row(
            facts.batch,
            row,
            source,
            round(min(float(nats), self.max_weight), 2),
            of_calls=about_caller(facts, row, self.name, "pace"),
            values={**values, "chance": round(odds / (1.0 + odds), 6)},
        )
