"""A known cell is received, or has a timing advance, where it can't be."""

from typing import ClassVar, Final

import numpy as np

from detectors.features.facts import Facts
from detectors.features.plan import site_distance
from detectors.features.rule import Rule, Screened, advance_of, identity_of, iterate, place_of
from detectors.model.columns import I8, Measurements
from detectors.model.finding import AlertKind, Family
from detectors.model.parameters import Amount, Cap, Metres, Nats, Seconds, Switch, Times, Weight
from detectors.rules.impossible_distance.device_motion import Samples, Way

_LEAST_REACH_M: Final = float(site_distance.REACH_M.min())
#: What is found, the first that holds; 0 for nothing.
_REASONS = ("none", "too_far", "timing_advance", "too_strong", "beyond_range")
_TIMING_ADVANCE, _BEYOND_RANGE = 2, 4


class ImpossibleDistance(Rule[Measurements, Samples, None], frozen=True, kw_only=True):
    """A registered cell whose site is farther from the phone than physics or its range allows.

    What it sees, each with all benefit of doubt given (the position's accuracy, the way driven
    since, the site's own uncertainty):

    * `too_far`: beyond what the RAT reaches, or thrice the cell's own range where that is more; or
      served more than `town_m` and `town_ranges` times the cell's range away;
    * `timing_advance`: the ring that the timing advance allows ends before the site. An echo only
      lengthens a timing advance, never shortens it. The ring's edge is taken half a step
      farther than rounding allows, and `ring_slack_m` more for errors of the two clockworks;
    * `too_strong`: several times its range away and still stronger than free space allows;
    * `beyond_range`: served several times beyond the range of a cell whose mast is known: weak.

    Why a rogue station does it: it borrows the identity of an honest cell of another quarter or
    town, so that registers and area checks find nothing wrong.

    Why an honest network may, each excused unless its parameter is turned off:

    * `excuse_stale` (F20): a modem that shows its last cell on and on. The very same cell and level
      as in the message before, or since this began, although the phone has moved; from then on
      until either changes. A level that is measured anew hardly stays the same on the way;
    * `excuse_outlier` (F28): a wrong position or clock. The phone's own place has jumped faster
      than anything on the ground, or much faster than the speed that it reports;
    * `excuse_repeater` (F7): a repeater or a long fibre carries a cell out of its range and adds
      delay. Beyond range, or strong there, with a timing advance no shorter than the way to the
      mast; a ring that ends before it, or a distance past all reach, is never a repeater's;
    * a temporary cell (F6, the register's `kind`) has no place of its own, always;
    * `excuse_high` (F19): from towers and hills far cells are received, not served on: weak then.

    That the row may be wrong is weighed where findings are fused, by all that is reported of the
    site (`detectors.sites.site_places`).

    A position from the network (`position_source` `network`) may rest on the very cell and is left
    out. Ducting over water (F32) shows in the incident, not in one message.

    References: docs/science.md, E8, B6, B7, R3, F6, F7, F19, F20, F28; TA steps: TS 45.010,
    TS 36.213 4.2.3.

    Weights are log-likelihood ratios of one device; `cap` bounds them where the register knows the
    mast, `estimate_cap` where it has learned the place from many samples (it may still be wrong, so
    that it takes evidence of another kind beside it), `weak_cap` elsewhere.

    >>> from detectors.rules.sample_town import TOWN
    >>> lat, lon = TOWN.at(85_000.0)
    >>> reports = TOWN.measurements({"lat": lat, "lon": lon, "signal_dbm": -90})
    >>> (finding,) = TOWN.findings(ImpossibleDistance(), reports)
    >>> finding.detector, finding.values["reason"], finding.weight
    ('impossible_distance', 'too_far', 1.6)
    """

    name: ClassVar[str] = "impossible_distance"
    version: ClassVar[int] = 5
    family: ClassVar[Family] = "radio"
    alert_kind: ClassVar[AlertKind | None] = "cloned_cell"
    of_sites: ClassVar[bool] = True
    horizon_ms: ClassVar[int] = 900_000

    weight: Weight = 1.6
    weak_weight: Nats = 0.7
    cap: Cap = 7.0
    estimate_cap: Nats = 6.0
    weak_cap: Nats = 4.0
    ring_slack_m: Metres = 300.0
    stale_s: Seconds = 30.0
    beyond_ranges: Times = 4.0
    beyond_m: Metres = 3000.0
    town_m: Metres = 10_000.0
    town_ranges: Times = 10.0
    trusted_samples: Amount = 10.0
    excuse_stale: Switch = True
    excuse_outlier: Switch = True
    excuse_repeater: Switch = True
    excuse_high: Switch = True

    def new_state(self) -> Samples:
        return Samples(self.horizon_ms)

    def screen(self, state: Samples, facts: Facts[Measurements]) -> Screened:
        """Findings of one batch; the state is what phones show again and again."""
        batch, origin = facts.batch, facts.origin
        asked = self.stale_s, self.trusted_samples, self._nowhere_odd_m
        far = site_distance.distances(facts, *asked)
        if not len(far.rows):
            return Screened()
        rows, reason = far.rows, self._reason(batch, far)
        away = np.flatnonzero(reason > 0)
        if not len(away):
            return Screened()
        way, kept = Way.of(facts, rows[away], self.horizon_ms), np.ones(len(away), dtype=np.bool_)
        if self.excuse_stale:
            kept &= ~state.stale(way, batch)
        if self.excuse_outlier:
            kept &= ~way.jumped(batch)
        away = away[kept]
        strong = far.trusted & (reason != _BEYOND_RANGE)
        if self.excuse_high:
            strong &= batch.serving[rows] | (reason == _TIMING_ADVANCE)
        findings = []
        for i, (row, source) in zip(away.tolist(), iterate(batch, rows[away], origin), strict=True):
            estimated = self.estimate_cap if far.crowd[i] else self.cap
            weight = self.weight if strong[i] else self.weak_weight
            finding = self.finding_in_row(
                batch,
                row,
                source,
                weight,
                cap=estimated if strong[i] else self.weak_cap,
                claimed=identity_of(batch, row),
                place=place_of(batch, row),
                signal_dbm=float(batch.signal_dbm[row]),
                values={
                    "reason": _REASONS[reason[i]],
                    "site_distance_m": round(far.site_m[i]),
                },
                **advance_of(batch, row),
            )
            findings.append(finding)
        return Screened(findings)

    @property
    def _nowhere_odd_m(self) -> float:
        """No nearer than this (m, all doubt given) does any reason hold."""
        return min(self.ring_slack_m, self.beyond_m, self.town_m, _LEAST_REACH_M)

    def _reason(self, batch: Measurements, far: site_distance.Distances) -> I8:
        """Place of the first reason that holds in `_REASONS`, 0 for none."""
        rows, least_m = far.rows, far.least_m
        rat, advance_m = batch.rat[rows], site_distance.ring_m(batch, rows)
        above = batch.signal_dbm[rows] > site_distance.free_space_dbm(rat, least_m)
        outside = least_m > self.beyond_ranges * far.range_m + self.beyond_m
        repeated = (advance_m >= least_m) & self.excuse_repeater
        reach_m = np.maximum(site_distance.REACH_M[rat], 3 * far.range_m)
        town_m = np.maximum(self.town_m, self.town_ranges * far.range_m)
        elsewhere = (least_m > town_m) & batch.serving[rows] & far.trusted & ~repeated
        held = (
            (least_m > reach_m) | elsewhere,
            least_m > advance_m + self.ring_slack_m,
            above & outside & ~repeated,
            outside & batch.serving[rows] & ~far.crowd & ~repeated,
        )
        first: I8 = np.select(held, np.arange(1, len(_REASONS)), 0).astype(np.int64)
        return first
