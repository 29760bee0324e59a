"""A known cell is received, or has a timing advance, where it can't be."""

from typing import Any, ClassVar

import numpy as np

from detectors.features.memory.pending_findings import PromptRule
from detectors.features.plan import site_distance
from detectors.features.rule import Origin, Screened, identity_of, iterate, optional, place_of
from detectors.model.columns import I8, Measurements
from detectors.model.finding import AlertKind, Family, Finding, Observation
from detectors.model.parameters import Amount, Cap, Metres, Nats, Seconds, Switch, Times, Weight
from detectors.register.register import Register
from detectors.rules.impossible_distance.device_motion import Ways
from detectors.rules.impossible_distance.misplaced_cells import COUNTS_FOR_MS, Strays

Values = dict[str, str | int | float | None]

#: What is found, the first that holds; 0 for nothing.
_REASONS = ("none", "too_far", "timing_advance", "too_strong", "beyond_range")
_TIMING_ADVANCE, _BEYOND_RANGE = 2, 4
_ADVANCE = ("timing_advance", "ta_step_m")


class ImpossibleDistance(PromptRule[Measurements, Ways, Strays], frozen=True, kw_only=True):
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
    * `excuse_high` (F19): from towers and hills far cells are received, not served on: weak then;
    * `excuse_wrong_row`: a crowd estimate may be a town off. What contradicts one is judged by
      zone: it counts once two phones have lately received the cell at its registered place
      too, or once it is clear that it came on the air late: in the tiles (about a kilometre)
      where three phones now receive it, so many like reports came before its first that an honest
      cell would have been among them (on average `late_expected` times). So a wrong row that has
      been received for as long as the zone was watched stays silent; so does a clone of a crowd row
      that was on the air before the watch began, unless the true cell is received in the zone.

    A position from the network (`position_source` `network`) may rest on the very cell and is left
    out. Ducting over water (F32) shows in the incident, not in one message.

    References: docs/science.md, E8, B6, B7, R3, F7, F19, F20, F28; TA steps: TS 45.010, TS 36.213
    4.2.3.

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
    version: ClassVar[int] = 3
    family: ClassVar[Family] = "radio"
    alert_kind: ClassVar[AlertKind | None] = "cloned_cell"
    of_sites: ClassVar[bool] = True
    horizon_ms: ClassVar[int] = 900_000

    weight: Weight = 1.6
    weak_weight: Nats = 0.7
    cap: Cap = 9.0
    estimate_cap: Nats = 6.0
    weak_cap: Nats = 4.0
    ring_slack_m: Metres = 300.0
    stale_s: Seconds = 30.0
    beyond_ranges: Times = 4.0
    beyond_m: Metres = 3000.0
    town_m: Metres = 10_000.0
    town_ranges: Times = 10.0
    trusted_samples: Amount = 10.0
    late_expected: Amount = 4.0
    excuse_stale: Switch = True
    excuse_outlier: Switch = True
    excuse_repeater: Switch = True
    excuse_high: Switch = True
    excuse_wrong_row: Switch = True

    def new_state(self) -> Ways:
        return Ways(self.horizon_ms)

    def screen(
        self, state: Ways, batch: Measurements, register: Register, origin: Origin
    ) -> Screened:
        """Findings where the mast is known; observations where the register only has an
        estimate."""
        if not len(batch):
            return Screened()
        way = state.follow(batch)
        far = site_distance.distances(batch, register, self.stale_s, self.trusted_samples)
        rows, served = far.rows, batch.serving[far.rows]
        reason = self._reason(batch, far)
        odd = reason > 0
        judged_later = far.crowd & self.excuse_wrong_row
        home = np.flatnonzero(judged_later & ~odd & served)
        home = home[~way.again(rows[home], COUNTS_FOR_MS)]
        away = np.flatnonzero(odd)
        if self.excuse_stale:
            away = away[~state.stale(way, rows[away])]
        if self.excuse_outlier:
            away = away[~way.jumped(rows[away])]
        # What was explained away says nothing of the cell's home either.
        home = home[~way.jumped(rows[home])]
        strong = far.trusted & (reason != _BEYOND_RANGE)
        if self.excuse_high:
            strong &= served | (reason == _TIMING_ADVANCE)
        findings, observations = [], []
        let = np.sort(np.concatenate([home, away]))
        for i, (row, source) in zip(let.tolist(), iterate(batch, rows[let], origin), strict=True):
            values: Values = {
                "reason": _REASONS[reason[i]],
                "site_distance_m": round(far.site_m[i]),
            }
            strong_one = bool(strong[i])
            more: dict[str, Any] = {
                "claimed": identity_of(batch, row),
                "place": place_of(batch, row),
                "signal_dbm": float(batch.signal_dbm[row]),
            }
            advance = {name: optional(getattr(batch, name)[row]) for name in _ADVANCE}
            if judged_later[i]:
                values |= advance | {"strong": int(strong_one)}
                kind = "far" if odd[i] else "home"
                observations.append(
                    self.observation(kind, batch, row, source, values=values, **more)
                )
            else:
                weight, cap = self._weight(strong_one, self.cap)
                more |= {"cap": cap, "values": values, **advance}
                findings.append(self.finding_in_row(batch, row, source, weight, **more))
        return Screened(findings, observations)

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

    def _weight(self, strong: bool, strong_cap: float) -> tuple[float, float]:
        """Weight and cap of a finding."""
        return (self.weight, strong_cap) if strong else (self.weak_weight, self.weak_cap)

    def observe(self, state: Strays, observation: Observation) -> None:
        """Counts a report; one that is off the cell's place is judged, or held."""
        if observation.kind == "home":
            state.observe_home(observation)
            return
        for each in state.observe_away(observation, self.late_expected):
            state.due.append(self._judged(each, observation.rx_ts))

    def _judged(self, observation: Observation, rx_ms: int) -> Finding:
        given = observation.values
        weight, cap = self._weight(bool(given["strong"]), self.estimate_cap)
        more: dict[str, Any] = {name: given[name] for name in _ADVANCE}
        more["values"] = {name: given[name] for name in ("reason", "site_distance_m")}
        return self.finding_about(observation, weight, rx_ts=rx_ms, cap=cap, **more)
