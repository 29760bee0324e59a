"""Phones are sent to a cell that they reported, and that nobody has, or that isn't there."""

from typing import ClassVar

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from detectors.features.baselines import cluster_rule
from detectors.features.baselines.scan_statistic import TARGET, Found
from detectors.features.facts import Facts
from detectors.features.rows.registrations import cells_of, places_about, seen_on
from detectors.features.rule import Screened, iterate, optional
from detectors.model.codes import CORE, GSM, OUTCOMES, PROCEDURES, RAN, RATS, code_of, text_of
from detectors.model.columns import F8, I8, Bool, Signalling
from detectors.model.finding import Family, Finding, Identity, Observation, Place, Source
from detectors.model.hashing import is_sampled
from detectors.model.parameters import Cap, Count, Metres, Nats, OneIn, Switch, Weight
from detectors.register.register import Register
from detectors.rules.failed_handover.nearby_codes import ANY_CODE, nearby_codes
from detectors.rules.failed_handover.neighbour_reach import neighbour_reach
from detectors.rules.failed_handover.observed import Observed, relation_numbers
from detectors.rules.failed_handover.relations import (
    BEGAN,
    LISTED,
    RELATION,
    WORKS,
    FailureHabits,
    Failures,
)

_HANDOVER = code_of("handover", PROCEDURES)
_ACCEPT = code_of("accept", OUTCOMES)


class FailedHandover(
    cluster_rule.ClusterRule[Signalling, Observed, Failures], frozen=True, kw_only=True
):
    """Handovers that fail towards a target that no registered cell of the neighbourhood is.

    What it sees: base stations' messages (`source` `ran`) about handovers that were rejected or
    broken off, whose target's physical code no cell of that network has among the nearest
    `neighbour_sites` sites of the source, or whose target cell isn't registered at all. Apart from
    these, such towards a listed cell, of source cells that were seen to hand calls over, but never
    to it, and that didn't fail when the recording began
    (`detectors.rules.failed_handover.relations`); together they weigh up to `listed_cap`. Those
    towards one target are counted by place, against the failures that the place usually has
    (`detectors.features.baselines.scan_statistic`); those to nowhere that have only begun to fail,
    against what most targets have, and they weigh up to `began_cap`.

    Why a rogue station does it: phones in a call report the strongest cell; the base station takes
    the rogue for a neighbour and sends the call there, where no network prepares for it. Of a clone
    it sends it to the cell that is cloned, which the phone doesn't receive.

    Why an honest network may:

    * the register lacks a new site: handovers towards it also succeed, and one that does makes the
      target honest about there (`excuse_new_site`, F5);
    * a neighbour relation has gone stale, and calls are sent to a cell that was retuned or switched
      off, day in, day out: the habit of the place (`excuse_habit`, F5, F33);
    * a listed target is full, or has just gone off the air: then the very cells fail from which
      calls went there (`excuse_works`, F22);
    * some handovers always fail: many calls, many failures (`excuse_crowd`, F22); at an outage,
      everywhere (`excuse_restart`, F23); one phone that tries again and again
      (`excuse_repeats`, F12).

    Silent where the register has no codes of the cells about the source.

    References: docs/science.md, R8, C15, B11; 3GPP TR 33.809 solution 8; TS 36.300 22.3.2a.

    >>> from detectors.rules.sample_town import TOWN
    >>> sent = {"source": RAN, "procedure": _HANDOVER, "outcome": 3, "target_pci": 333}
    >>> found = TOWN.findings(FailedHandover(), TOWN.signalling(*[sent] * 3), pci=7)
    >>> [finding.claimed.pci for finding in found]
    [333, 333, 333]
    """

    name: ClassVar[str] = "failed_handover"
    version: ClassVar[int] = 6
    family: ClassVar[Family] = "radio"
    hidden: ClassVar[tuple[str, ...]] = (*cluster_rule.ClusterRule.hidden, RELATION, BEGAN)
    learned_type: ClassVar[type[Struct] | None] = FailureHabits

    weight: Weight = 1.5
    cap: Cap = 5.0
    listed_cap: Nats = 4.0
    began_cap: Nats = 6.5
    hold_s: cluster_rule.Hold = 20.0
    usual_share: cluster_rule.UsualShare = 0.002
    least_subscribers: cluster_rule.LeastSubscribers = 3
    one_in: OneIn = 64
    neighbour_sites: Count = 32
    within_m: Metres = 10_000.0
    excuse_new_site: Switch = True
    excuse_works: Switch = True

    def new_state(self) -> Observed:
        return Observed()

    def screen(self, state: Observed, facts: Facts[Signalling]) -> Screened:
        """Odd observations of failures to nowhere, honest ones of successes, a sample of the
        rest."""
        batch, register, origin = facts.batch, facts.register, facts.origin
        names = ~(np.isnan(batch.target_pci) & np.isnan(batch.target_cell))
        failed = (batch.outcome != _ACCEPT) & (batch.outcome != 0)
        # That a call arrived at a listed cell the core says as well.
        counts = (batch.source == RAN) | ((batch.source == CORE) & (batch.outcome == _ACCEPT))
        rows = np.flatnonzero((batch.procedure == _HANDOVER) & names & counts)
        if not len(rows):
            return Screened()
        plain = is_sampled(self.one_in, batch.ts_ms[rows], batch.cell[rows])
        plain &= batch.source[rows] == RAN
        strange = self._strange(batch, rows, register)
        code = _listed_codes(batch, rows, register)
        listed = ~strange & (code >= 0)
        works = np.flatnonzero(listed & (batch.outcome[rows] == _ACCEPT))
        listed &= failed[rows]
        relations = relation_numbers(batch, rows[works], code[works])
        listed[works[state.working(relations, batch.rx_ms[rows[works]])]] = True
        strange &= batch.source[rows] == RAN
        if not self.excuse_new_site:
            strange &= failed[rows]
        chosen = np.flatnonzero(strange | plain | listed)
        places = places_about(batch, rows[chosen], register)
        sources = iterate(batch, rows[chosen], origin)
        observations: list[Observation] = []
        for at, (row, source), place in zip(chosen.tolist(), sources, places, strict=True):
            if plain[at]:
                observations.append(self._plain(batch, row, source, place))
            if strange[at] or listed[at]:
                kind = "odd" if failed[row] else "honest" if strange[at] else WORKS
                of_listed = int(code[at]) if listed[at] else None
                observation = self._about(kind, batch, row, source, place, of_listed)
                if kind != "honest" or state.is_honest_anew(observation):
                    observations.append(observation)
        return Screened(observations=observations)

    def learned(self, state: Failures) -> FailureHabits:
        return state.learned()

    def take_up(self, state: Failures, learned: FailureHabits, now_ms: int) -> None:
        state.take_up(learned, now_ms, self._outlook())

    def _finding(self, found: Found) -> Finding:
        finding = super()._finding(found)
        if RELATION in found.observation.values:
            return replace(finding, cap=min(self.cap, self.listed_cap))
        if BEGAN in found.observation.values:
            return replace(finding, cap=max(self.cap, self.began_cap))
        return finding

    def _strange(self, batch: Signalling, rows: I8, register: Register) -> Bool:
        """Rows whose target is no registered cell: by its identity where given, else by its
        code."""
        target, mcc, mnc = batch.target_rat[rows], batch.mcc[rows], batch.mnc[rows]
        rat = np.where(target == 0, batch.rat[rows], target).astype(np.uint8)
        by_code = np.isnan(batch.target_cell[rows])
        cell = np.where(by_code, -1.0, batch.target_cell[rows]).astype(np.int64)
        strange = register.find_in_plmn(rat, mcc, mnc, cell, batch.ts_ms[rows]) < 0
        strange &= register.knows_plmn(rat, mcc, mnc)
        # In GSM a cell's number means nothing without its area, which handovers don't name.
        strange &= by_code | (rat != GSM)
        asked = np.flatnonzero(strange & by_code)
        if not len(asked):
            return strange
        lat, lon = _places(batch, rows[asked], register)
        code = batch.target_pci[rows[asked]].astype(np.int64)
        network = rat[asked], mcc[asked], mnc[asked]
        near_m = neighbour_reach(register).reach_m(
            *network, lat, lon, self.neighbour_sites, self.within_m
        )
        at, codes = batch.ts_ms[rows[asked]], nearby_codes(register)
        strange[asked] = ~codes.hold(*network, code, lat, lon, near_m, at)
        # Where the register has no codes at all, a missing one means nothing.
        any_code = np.full(len(asked), ANY_CODE)
        strange[asked] &= codes.hold(*network, any_code, lat, lon, near_m, at)
        return strange

    def _about(
        self,
        kind: str,
        batch: Signalling,
        at: int,
        source: Source,
        place: Place | None,
        listed: int | None,
    ) -> Observation:
        code, cell = optional(batch.target_pci[at]), optional(batch.target_cell[at])
        claimed = Identity(
            text_of(int(batch.target_rat[at] or batch.rat[at]), RATS),
            int(batch.mcc[at]),
            int(batch.mnc[at]),
            cell=None if cell is None else int(cell),
            pci=listed if code is None else int(code),
        )
        # The code, where given, since the identity may be read for some and not for others.
        target = f"{claimed.rat}-{claimed.cell if claimed.pci is None else claimed.pci}"
        values: cluster_rule.Values = {"seen_on": seen_on(batch, at), TARGET: target}
        if listed is not None:
            values[LISTED] = 1
            if kind != WORKS or self.excuse_works:
                values[RELATION] = f"{values['seen_on']}>{target}"
        return self.observation(
            kind, batch, at, source, claimed=claimed, place=place, values=values
        )


def _listed_codes(batch: Signalling, rows: I8, register: Register) -> I8:
    """The code of each target: as given, else that of the listed cell; -1 where neither is
    known."""
    code, target = batch.target_pci[rows], batch.target_rat[rows]
    cell = np.nan_to_num(batch.target_cell[rows], nan=-1.0).astype(np.int64)
    rat = np.where(target == 0, batch.rat[rows], target).astype(np.uint8)
    if len(register.rows):
        network = batch.mcc[rows], batch.mnc[rows]
        found = register.find_in_plmn(rat, *network, cell, batch.ts_ms[rows])
        asked = np.isnan(code) & (found >= 0) & (rat != GSM)
        code = np.where(asked, register.rows.pci[found], code)
    known: I8 = np.nan_to_num(code, nan=-1.0).astype(np.int64)
    return known


def _places(batch: Signalling, rows: I8, register: Register) -> tuple[F8, F8]:
    """Where each phone is: as given, else at its cell of the register, else NaN."""
    lat, lon, cells = batch.lat[rows], batch.lon[rows], register.rows
    row = cells_of(batch, rows, register)
    if len(cells):
        placed = np.isnan(lat) & (row >= 0)
        lat, lon = (
            np.where(placed, theirs[row], own)
            for theirs, own in ((cells.lat, lat), (cells.lon, lon))
        )
    return lat, lon
