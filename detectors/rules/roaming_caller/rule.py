"""A subscriber stays in one place and rings strangers of regions that it has nothing to do with."""

from typing import ClassVar

import numpy as np

from detectors.features.callers.callers import HORIZON_MS
from detectors.features.callers.calling import calling
from detectors.features.callers.findings import findings_at
from detectors.features.callers.strangers import (
    callees,
    is_persons,
    may_be_away,
    of_endings,
    stays,
    strangers,
)
from detectors.features.calls.origin import is_vouched
from detectors.features.facts import AnyFacts, Facts
from detectors.features.rule import Rule, Screened
from detectors.model.columns import F8, I8, Bool, Calls
from detectors.model.finding import AlertKind, Family
from detectors.model.parameters import Amount, Cap, Count, Nats, Switch
from detectors.rules.roaming_caller.regions import of_far_calls, of_no_calls_home


class RoamingCaller(Rule[Calls, None, None], frozen=True, kw_only=True):
    """A subscriber's line that is in one place, and whose callees are far from it and its home.

    What it sees, of numbers of mobile subscribers and of cards for things, served by two cells at
    most within two hours, as far as cells are known:

    * `far`: a line at home with `least_strangers` strangers, who are neither of its home region nor
      of where it is: their share against what it is of honest callers and of frauds;
    * `away`: a line that is in another region than its home, with `least_away` strangers, none or
      few of them of its home region.

    Both by beta distributions (`detectors/rules/roaming_caller/regions.py`); `looks` nats are taken
    off, since a caller is judged again at each call. In an alert it weighs up to 1.5 nats more
    where hardly anybody rings the number, unless `short_calls` does already (docs/calls.md, "How
    evidence is weighed"): boxes ring out only.

    Why a rogue station does it: none does. Call centres of frauds and boxes with SIMs stand in one
    place, with SIMs bought elsewhere or numbers of anywhere, and ring lists of people of a region
    that is worth it: "other places, roaming" is one of the measures of Hubei Unicom.

    Why an honest network may, each with a parameter that turns the excuse off:

    * `excuse_migrants` (F57): workers far from home ring those among whom they live, and those at
      home; many callees in several regions are no wonder. They are judged by calls home alone, and
      come to `away_most` at most; so are lines of which nobody says where they are. Off: all are
      judged as lines at home.
    * `excuse_scattered` (F57): who has family and friends all over the country rings several
      regions, each a few times: of callees of `many_regions` or more, with fewer than as many far
      calls to each, `scattered_nats` are taken off. Lists of frauds are of one to three regions.
    * `excuse_moving` (F41): who moves about is a traveller, driver or courier.
    * `excuse_firms` (F40): a firm's line rings customers anywhere.
    * `excuse_spoken_with` (F70): recruiters, organisers and friends ring people who live far away,
      and are spoken with. As much as that speaks against a fraud
      (`detectors.features.callers.strangers.of_endings`) is taken off `far`.
    * `excuse_listed` (F40): numbers that the operator's list trusts or protects, but from abroad.

    Where the regions of home and callees aren't known nothing is found. Sellers who work from one
    place for far customers with a mobile number of their own look the same.

    References: docs/science.md, F40, F41, F57; Murynets et al., INFOCOM 2014 (boxes are static and
    ring out only); docs/coverage.md, row 13.

    >>> from detectors.rules.sample_town import TOWN
    >>> home = {"caller": "d0", "visited_region": "21", "released_by": None}
    >>> calls = TOWN.calls(*({"callee_region": "28"} for _ in range(12)), **home)
    >>> findings = TOWN.findings(RoamingCaller(), calls)
    >>> findings[-1].values["reason"], findings[-1].values["far"], findings[-1].weight
    ('far', 12, 2.0)
    """

    name: ClassVar[str] = "roaming_caller"
    version: ClassVar[int] = 6
    family: ClassVar[Family] = "equipment"
    alert_kind: ClassVar[AlertKind | None] = "scam_caller"
    weighs_unrung: ClassVar[bool] = True
    horizon_ms: ClassVar[int] = HORIZON_MS
    sums_up: ClassVar[bool] = True

    least_strangers: Amount = 12.0
    least_away: Amount = 6.0
    looks: Nats = 0.5
    least_weight: Nats = 0.5
    most_weight: Nats = 2.0
    away_most: Nats = 0.9
    many_regions: Count = 4
    scattered_nats: Nats = 2.0
    cap: Cap = 4.0
    excuse_migrants: Switch = True
    excuse_scattered: Switch = True
    excuse_moving: Switch = True
    excuse_firms: Switch = True
    excuse_spoken_with: Switch = True
    excuse_listed: Switch = True

    def screen(self, state: None, facts: Facts[Calls]) -> Screened:
        """Findings of one batch; all that is remembered is that of all rules of calls."""
        known = calling(facts)
        many = strangers(facts) >= min(self.least_strangers, self.least_away)
        rows = np.flatnonzero(known.counted & many & (known.count("between") > 0))
        for excused, does in (
            (is_vouched, self.excuse_listed),
            (_moves, self.excuse_moving),
            (_is_no_persons, self.excuse_firms),
        ):
            if does and len(rows):
                rows = rows[~excused(facts)[rows]]
        if not len(rows):
            return Screened()
        weight = self._weights(facts, rows)
        weighs = weight >= self.least_weight
        return findings_at(self, facts, rows[weighs], weight[weighs], self._values)

    def _weights(self, facts: Facts[Calls], rows: I8) -> F8:
        """The weight of each of some rows; a line that is away gives findings at its new callees
        alone, since there are many such lines."""
        known = calling(facts)
        between, far, to_home = (known.count(name)[rows] for name in ("between", "far", "to_home"))
        many = strangers(facts)[rows]
        of_far = np.minimum(of_far_calls(far, between) - self.looks, self.most_weight)
        if self.excuse_scattered:
            regions = known.regions[rows]
            scattered = (regions >= self.many_regions) & (far < regions * self.many_regions)
            of_far -= np.where(scattered, self.scattered_nats, 0.0)
        of_away = np.minimum(of_no_calls_home(to_home, between) - self.looks, self.away_most)
        if self.excuse_spoken_with:
            of_far += np.minimum(of_endings(facts, rows), 0.0)
        of_far[many < self.least_strangers] = 0.0
        of_away[(many < self.least_away) | ~known.is_new_callee[rows]] = 0.0
        return np.asarray(
            np.where(may_be_away(facts)[rows] & self.excuse_migrants, of_away, of_far)
        )

    def _values(self, facts: AnyFacts, row: int) -> dict[str, str | int]:
        known = calling(facts)
        counts = {name: int(known.count(name)[row]) for name in ("far", "to_home", "calls")}
        return {
            "reason": "away" if self.excuse_migrants and may_be_away(facts)[row] else "far",
            "callees": round(float(callees(facts)[row])),
            **counts,
        }


def _moves(facts: Facts[Calls]) -> Bool:
    return np.asarray(~stays(facts))


def _is_no_persons(facts: Facts[Calls]) -> Bool:
    return np.asarray(~is_persons(facts))
