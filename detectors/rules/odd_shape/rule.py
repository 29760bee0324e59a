"""A phone's cell comes in far stronger than those around it say that it can."""

from typing import ClassVar, Final

import numpy as np

from detectors.features.facts import Facts
from detectors.features.plan.listed_cells import listed_in_register
from detectors.features.plan.site_distance import (
    accuracy_m,
    mast_m,
    ring_m,
    served,
    served_of_listed,
)
from detectors.features.rows.sightings import listed_of
from detectors.features.rule import Rule, Screened, advance_of, identity_of, iterate, place_of
from detectors.model.columns import F8, I8, Measurements
from detectors.model.finding import AlertKind, Family, Finding, Observation
from detectors.model.parameters import Cap, Count, Decibels, Metres, Nats, Seconds, Switch, Weight
from detectors.native.planned import far
from detectors.rules.odd_shape.level_model import (
    LOSS_A_DECADE_DB,
    NEAREST_M,
    around,
    loss_db,
    pattern_db,
)
from detectors.rules.odd_shape.ta_plausibility import Carried

#: Typical level 100 m before a macro antenna, dBm by RAT code: 57 dBm EIRP less COST 231's loss
#: (GSM carrier), one code of UMTS, one resource element of LTE and NR. It only chooses which
#: messages are looked at closely; the comparison with the neighbours doesn't need it.
_TYPICAL_100M_DBM: Final = np.array([np.inf, -50.0, -60.0, -70.0, -72.0])
_LOOK_FROM_DBM: Final = _TYPICAL_100M_DBM + 3.0
#: More than computing is off by.
_ROUNDING_DB: Final = 1e-6


class OddShape(Rule[Measurements, None, Carried], frozen=True, kw_only=True):
    """The serving cell is too strong beside its neighbours for where the register has its site.

    What it sees: each cell's level against what a log-distance law with the antenna's pattern
    expects of it at the phone's place. What phone, pocket or wall take off is common to all cells
    that the phone receives, so the serving cell's excess is taken over the median excess of at
    least `least_neighbours` neighbours, known by identity or as the nearest registered cell of the
    same network on that channel and code. An excess of `excess_db` or more, to the site's own
    benefit of position errors, is found.

    Why a rogue station does it: a clone of a cell of the next quarter (FlashCatch style, with its
    channel and code) passes every check of identity and is too near for checks of distance. But it
    is strong where its model is weak, amid the neighbours of another place.

    Why an honest network may: shadowing of some 8 dB a site, and a phone chooses the cell that
    shadowing favours; a back lobe counts up to 20 dB where the register has no azimuth,
    so unknown directions are read in the serving cell's favour. Excused unless turned off:

    * `excuse_repeater` (F7, F32): repeaters, long fibres and water carry a cell far with all its
      strength, and its timing advance with it. No shorter than the way to the mast, it shows that
      the cell is what it claims to be; a clone close by has a short one. What two phones so report
      of a cell holds for all within `carried_m` of it that report none, unless as many report a
      short one there. So all is judged by zone, after `wait_s`;
    * `excuse_high` (F19): in towers and on hills all cells are far and strong. So the neighbours'
      median distance must be below half of the serving cell's;
    * `excuse_estimate`: a crowd estimate may be some streets or kilometres off, for all phones
      alike and for ever: such rows weigh `weak_weight` and never more than `weak_cap`, and say
      nothing of sites more than `estimate_reach_m` away.

    Temporary cells (F6, the register's `kind`) have no place of their own, and are left out.

    The cap stays below what an alert needs, since at a lookout many phones share one odd way.

    References: docs/science.md, B6, B8, R4; Ericsson's detection of false base stations from
    measurement reports (arXiv 2207.10999); pattern: TR 36.942 table 4.2.

    Weights are log-likelihood ratios of one device: the first `weight` from `excess_db` on,
    `strong_weight` from `strong_db` on.

    >>> from detectors.rules.sample_town import TOWN
    >>> from detectors.rules.odd_shape.samples import row, town
    >>> clone = TOWN.measurements(row(TOWN, far_m=3000.0, signal_dbm=-80.0))
    >>> (finding,) = TOWN.findings(OddShape(), clone, register=town(TOWN))
    >>> finding.values["excess_db"], finding.values["site_distance_m"]
    (37, 3000)
    """

    name: ClassVar[str] = "odd_shape"
    version: ClassVar[int] = 3
    family: ClassVar[Family] = "radio"
    alert_kind: ClassVar[AlertKind | None] = "cloned_cell"
    of_sites: ClassVar[bool] = True

    excess_db: Decibels = 20.0
    strong_db: Decibels = 28.0
    least_neighbours: Count = 2
    weight: Weight = 1.0
    strong_weight: Nats = 1.8
    weak_weight: Nats = 0.5
    cap: Cap = 5.0
    weak_cap: Nats = 2.0
    estimate_reach_m: Metres = 10_000.0
    carried_m: Metres = 700.0
    wait_s: Seconds = 15.0
    excuse_repeater: Switch = True
    excuse_high: Switch = True
    excuse_estimate: Switch = True

    def screen(self, state: None, facts: Facts[Measurements]) -> Screened:
        """Observations of what is odd; no state."""
        batch, register, origin = facts.batch, facts.register, facts.origin
        entries = _comparable(facts)
        if not len(entries):
            return Screened()
        listed, far_m = listed_of(facts), mast_m(facts, entries)
        # Looked at closely: what no typical cell would be, phone and walls aside.
        least_m, own_db = _own_db(facts, entries, far_m)
        near = np.flatnonzero(own_db > _looked_at_dbm(facts, entries))
        if not len(near):
            return Screened()
        others = around(facts, listed.row[entries[near]], self.least_neighbours)
        enough = np.flatnonzero(others.count >= self.least_neighbours)
        if not len(enough):
            return Screened()
        others, near = others.take(enough), near[enough]
        entries, far_m, least_m, own_db = entries[near], far_m[near], least_m[near], own_db[near]
        rows, site = listed.row[entries], listed.found[entries]
        estimated = listed_in_register(facts).estimated[entries]
        own_db = own_db + pattern_db(register, site, batch.lat[rows], batch.lon[rows], 0.0)
        excess_db = own_db - others.excess_db
        odd = excess_db >= self.excess_db
        if self.excuse_high:
            odd &= others.away_m < least_m / 2
        if self.excuse_estimate:
            odd &= ~estimated | (far_m <= self.estimate_reach_m)
        carried = ring_m(batch, rows) >= least_m
        observations = []
        chosen = np.flatnonzero(odd)
        sources = iterate(batch, rows[chosen], origin)
        for at, (row, source) in zip(chosen.tolist(), sources, strict=True):
            values = {
                "excess_db": round(float(excess_db[at])),
                "neighbours": int(others.count[at]),
                "neighbours_distance_m": round(float(others.away_m[at])),
                "site_distance_m": round(float(far_m[at])),
                "estimated": int(estimated[at]),
            }
            more = {"signal_dbm": float(batch.signal_dbm[row]), "values": values}
            more |= advance_of(batch, row)
            more |= {"claimed": identity_of(batch, row), "place": place_of(batch, row)}
            kind = "carried" if carried[at] else "odd"
            observations.append(self.observation(kind, batch, row, source, **more))
        return Screened(observations=observations)

    def observe(self, state: Carried, observation: Observation) -> None:
        """Notes what timing advances say of the cell there, and lets the message wait its turn."""
        if observation.timing_advance is not None:
            state.observe(observation, observation.kind == "carried")
        if observation.kind == "odd" or not self.excuse_repeater:
            state.waiting.append(observation)

    def next_due_ms(self, state: Carried) -> int | None:
        return state.waiting[0].rx_ts + self._wait_ms if state.waiting else None

    def evaluate(self, state: Carried, until_ms: int) -> list[Finding]:
        taken = state.take(until_ms - self._wait_ms)
        return [
            self._finding(observation)
            for observation in taken
            if not self._is_excused(state, observation)
        ]

    @property
    def _wait_ms(self) -> int:
        return int(self.wait_s * 1000)

    def _is_excused(self, state: Carried, observation: Observation) -> bool:
        """Whether the timing advances of others there speak for the cell; its own would have."""
        silent = observation.timing_advance is None
        return self.excuse_repeater and silent and state.is_carried(observation, self.carried_m)

    def _finding(self, observation: Observation) -> Finding:
        values = dict(observation.values)
        weak = bool(values.pop("estimated")) and self.excuse_estimate
        strong = float(values["excess_db"] or 0) >= self.strong_db
        weight = self.strong_weight if strong else self.weight
        return self.finding_about(
            observation,
            self.weak_weight if weak else weight,
            rx_ts=observation.rx_ts + self._wait_ms,
            cap=self.weak_cap if weak else self.cap,
            values=values,
        )


def _comparable(facts: Facts[Measurements]) -> I8:
    """Which sightings of listed cells are of serving ones, by phones with a place of their own and
    with neighbours, and could be strong by how far away their masts are at most."""
    batch = facts.batch
    if far.OURS is not None:
        loss = LOSS_A_DECADE_DB, NEAREST_M
        entries = far.OURS.strong(*served(facts), loss, _LOOK_FROM_DBM - _ROUNDING_DB)
    else:
        entries = served_of_listed(facts)
        _, most_db = _own_db(facts, entries, listed_in_register(facts).at_most_m[entries])
        entries = entries[most_db > _looked_at_dbm(facts, entries) - _ROUNDING_DB]
    if not len(entries):
        return entries
    has_neighbours = np.zeros(len(batch), dtype=np.bool_)
    has_neighbours[batch.neighbours.row] = True
    rows = listed_of(facts).row[entries]
    comparable: I8 = entries[has_neighbours[rows] & batch.serving[rows]]
    return comparable


def _own_db(facts: Facts[Measurements], entries: I8, far_m: F8) -> tuple[F8, F8]:
    """How far phones of some sightings of listed cells that are so far from the masts are at least
    (m), and the excess of each to the site's own benefit."""
    rows, known = listed_of(facts).row[entries], listed_in_register(facts)
    least_m = far_m - np.where(known.estimated[entries], known.range_m[entries], 100.0)
    least_m -= 2 * accuracy_m(facts)[rows]
    return least_m, facts.batch.signal_dbm[rows] + loss_db(least_m)


def _looked_at_dbm(facts: Facts[Measurements], entries: I8) -> F8:
    """From what excess on each is looked at closely."""
    least_dbm: F8 = _LOOK_FROM_DBM[facts.batch.rat[listed_of(facts).row[entries]]]
    return least_dbm
