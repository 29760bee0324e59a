"""Which cells the register doesn't have where it should: graded in columns, one row an identity."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from detectors.features.facts import AnyFacts, shared
from detectors.features.plan import code_plan
from detectors.features.plan.spatial_counts import cubes
from detectors.features.rows.sightings import Sightings, unlisted_of
from detectors.model.codes import (
    GSM,
    NETWORK_POSITION,
    NR,
    UMTS,
    is_reserved_area,
    is_unknown_cell_value,
)
from detectors.model.columns import F8, I8, U1, Bool, Measurements, Signalling, Sms
from detectors.register.index import area_key, plmn_key, positions
from detectors.register.register import Register
from geo.earth.sphere import distance_m

#: Grades by number: 0 for nothing to say.
GRADES: Final = (None, "unknown_cell", "wrong_area", "unknown_area")
UNKNOWN_CELL, WRONG_AREA, UNKNOWN_AREA = 1, 2, 3
#: So much (m) beyond the reach of an area's cells it is none of here, as for `unknown_old_area`.
_FAR_M: Final = 10_000.0
#: No area, where a field has 16 bits (TS 23.003 4.1).
_NO_AREA_OF_16_BITS: Final = (0xFFFE, 0xFFFF)


@dataclass(frozen=True, slots=True, eq=False)
class Strangers:
    """Sightings of cells that the register doesn't have, with where (degrees, NaN: not given) and
    when (ms), the ``grade`` of each, and whether no cell about there has its area, whoever has its
    number."""

    seen: Sightings
    lat: F8
    lon: F8
    ts_ms: I8
    grade: U1
    is_nowhere: Bool

    def __len__(self) -> int:
        return len(self.grade)

    def keep(self, kept: Bool) -> "Strangers":
        """Those for which ``kept`` is true."""
        rows = np.flatnonzero(kept)
        return Strangers(
            self.seen.take(rows),
            self.lat[rows],
            self.lon[rows],
            self.ts_ms[rows],
            self.grade[rows],
            self.is_nowhere[rows],
        )


@shared
def strangers(facts: AnyFacts, any_rat: bool = False) -> Strangers:
    """The sightings of a batch that say something, in the order of their messages. An area that
    the register has, but all of it far from the phone, is unknown here.

    The register must have cells near by (anywhere, where no place is given) of that network in that
    RAT; in whatever RAT with ``any_rat``.
    """
    batch, register, seen = facts.batch, facts.register, unlisted_of(facts)
    row = seen.row
    lat, lon, ts_ms = batch.lat[row], batch.lon[row], batch.ts_ms[row]
    if not len(seen):
        return Strangers(seen, lat, lon, ts_ms, np.zeros(0, np.uint8), np.zeros(0, np.bool_))
    mcc, mnc, area, cell = seen.mcc, seen.mnc, seen.area, seen.cell
    here = np.where(
        np.isnan(lat),
        register.knows_plmn(seen.rat, mcc, mnc),
        register.covers(np.zeros_like(seen.rat) if any_rat else seen.rat, mcc, mnc, lat, lon),
    )
    judged = here & ~is_reserved_area(seen.rat, area) & ~is_unknown_cell_value(seen.rat, cell)
    moved = register.find_in_plmn(seen.rat, mcc, mnc, cell, ts_ms) >= 0
    known = _knows_area(register, seen, ts_ms)
    at = np.flatnonzero(known & judged & _have_own_place(batch, row))
    known[at] = ~_are_far(register, seen.take(at), lat[at], lon[at])
    # Modems name no area on NR by the values of 16 bits as well: then the number alone says
    # something. An operator may have an area of that number.
    nameless = (seen.rat == NR) & np.isin(area, _NO_AREA_OF_16_BITS) & ~known
    grade = np.where(moved, WRONG_AREA, np.where(known | nameless, UNKNOWN_CELL, UNKNOWN_AREA))
    judged &= ~(nameless & moved)
    grade = np.where(judged, grade, 0).astype(np.uint8)
    return Strangers(seen, lat, lon, ts_ms, grade, ~(known | nameless)).keep(judged)


@shared
def placed_strangers(facts: AnyFacts, excuse_mixed: bool) -> Strangers:
    """Those with a place that no other network has there, and with ``excuse_mixed`` no modem mixed
    up, as `are_half_real` has it."""
    some = strangers(facts)
    if len(some):
        some = some.keep(~np.isnan(some.lat))
    if len(some):
        some = some.keep(~are_shared(some, facts.register))
    if excuse_mixed and len(some):
        some = some.keep(~are_half_real(some, facts.register))
    return some


def are_shared(some: Strangers, register: Register) -> Bool:
    """Which cells stand at the place under another network: shared sites (TS 23.251)."""
    shared, seen = code_plan.shared_sites(register), some.seen
    key = code_plan.site_key(seen.rat, seen.area, seen.cell)
    near: Bool = shared.count(key, cubes(some.lat, some.lon, shared.side_m)) > 0
    # A row of its own that isn't valid now is no other network's.
    return _but_for_own(near, seen, register)


def may_be_femtocells(some: Strangers, register: Register) -> Bool:
    """Which unknown cells of known areas are near registered indoor cells, or of femtocells' areas.

    Such cells come and go with the people who plug them in.
    """
    indoors, areas = code_plan.indoor_cells(register)
    seen = some.seen
    near = indoors.count(
        plmn_key(seen.rat, seen.mcc, seen.mnc), cubes(some.lat, some.lon, indoors.side_m)
    )
    of_area = positions(areas, area_key(seen.rat, seen.mcc, seen.mnc, seen.area)) >= 0
    may_be: Bool = (some.grade == UNKNOWN_CELL) & ((near > 0) | of_area)
    return may_be


def are_half_real(some: Strangers, register: Register) -> Bool:
    """Which identities are of a registered area and a registered cell number, but not together,
    and never were: a row that has ended is a cell's own. A modem mixes up cells that it was on one
    after the other, and so none of an area far away."""
    seen = some.seen
    number = code_plan.has_cell_number(
        register, seen.rat, seen.mcc, seen.mnc, seen.cell, some.ts_ms
    )
    half: Bool = number & register.knows_area(seen.rat, seen.mcc, seen.mnc, seen.area, some.ts_ms)
    half &= ~some.is_nowhere
    return _but_for_own(half, seen, register)


def _but_for_own(chosen: Bool, seen: Sightings, register: Register) -> Bool:
    """The chosen sightings but for those of cells that the register has or once had."""
    at = np.flatnonzero(chosen)
    if len(at):
        own = seen.take(at)
        chosen[at] = ~code_plan.was_ever_listed(
            register, own.rat, own.mcc, own.mnc, own.area, own.cell
        )
    return chosen


def _have_own_place(batch: Measurements | Sms | Signalling, row: I8) -> Bool:
    """Which rows have a place that doesn't come from the network."""
    placed: Bool = np.isfinite(batch.lat[row])
    if isinstance(batch, Measurements):
        placed &= batch.position_source[row] != NETWORK_POSITION
    return placed


def _are_far(register: Register, seen: Sightings, lat: F8, lon: F8) -> Bool:
    """Which sightings are of areas whose cells are all elsewhere, by the middle of these, so that
    rows in a wrong place say nothing; none where an area has no place."""
    near = np.zeros(len(seen), dtype=np.bool_)
    placed = np.zeros(len(seen), dtype=np.bool_)
    for rat in (seen.rat, _sibling(seen.rat)):
        *middle, reach_m = register.place_of_area(rat, seen.mcc, seen.mnc, seen.area)
        away_m = distance_m(lat, lon, *middle)
        near |= away_m <= reach_m + _FAR_M
        placed |= np.isfinite(away_m)
    return placed & ~near


def _sibling(rat: U1) -> U1:
    """GSM and UMTS share location areas (TS 23.003 4.1)."""
    sibling = np.where(rat == GSM, UMTS, np.where(rat == UMTS, GSM, rat))
    return sibling.astype(np.uint8)


def _knows_area(register: Register, seen: Sightings, ts_ms: I8) -> Bool:
    known = register.knows_area(seen.rat, seen.mcc, seen.mnc, seen.area, ts_ms)
    return known | register.knows_area(_sibling(seen.rat), seen.mcc, seen.mnc, seen.area, ts_ms)
