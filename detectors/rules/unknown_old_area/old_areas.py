"""Old areas that phones name and the register doesn't have here, and which are honest anyway.

What `detectors.rules.unknown_old_area.rule` asks of the register for the rows of a batch. Columns
are of one length; an area is given together with its network.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from detectors.features.rows.registrations import CELL, cells_of, knows_area, networks
from detectors.model.codes import GSM, LTE, NR, UMTS, is_reserved_area
from detectors.model.columns import F8, I8, U1, Bool, Signalling
from detectors.register.register import Register
from geo.earth.sphere import distance_m

_RAT_CODES: Final = (GSM, UMTS, LTE, NR)
#: Reaches of a cell between it and the next one: its own, and that of the other.
_REACHES: Final = 2.0
#: A cell is taken to reach no farther (m): a range is where it was ever received. Chosen.
_FARTHEST_M: Final = 6000.0


@dataclass(frozen=True, slots=True)
class OldAreas:
    """How areas are looked up: retired ones count for ``grace_ms``, those that are more than
    ``far_m`` farther than they and the area or the cell here reach don't; ``shared``: as well under
    other networks of the very cell; ``roaming``: those of another network aren't judged, unless one
    of ``groups`` (PLMNs such as "460-0") makes the two one."""

    grace_ms: int
    far_m: float
    shared: bool
    roaming: bool
    groups: tuple[tuple[str, ...], ...]

    def unknown(
        self, register: Register, batch: Signalling, rat: U1, mcc: I8, mnc: I8, area: Any
    ) -> Bool:
        """Which areas are given, can be judged, and are not in the register, or far from the area
        in which the phone named them."""
        number = np.nan_to_num(area, nan=0.0).astype(np.int64)
        ours = register.knows_plmn(np.zeros(len(rat), dtype=np.uint8), mcc, mnc)
        unknown: Bool = ~np.isnan(area) & ours & ~is_reserved_area(rat, number)
        asked = np.flatnonzero(unknown)
        if len(asked):
            named = rat[asked], mcc[asked], mnc[asked], number[asked]
            unknown[asked] = ~self._knows(register, batch.take(asked), *named)
        return unknown

    def _knows(
        self, register: Register, batch: Signalling, rat: U1, mcc: I8, mnc: I8, area: I8
    ) -> Bool:
        """Which areas the register has, not all too far from the area that a phone was in; many
        networks give location areas the numbers of tracking areas, and a register may lack GSM."""
        known = knows_area(register, rat, mcc, mnc, area, batch.ts_ms, self.grace_ms)
        as_tracking = np.where(_has_location_areas(rat), LTE, rat).astype(np.uint8)
        known |= register.knows_area(as_tracking, mcc, mnc, area, batch.ts_ms, self.grace_ms)
        # Who comes down from LTE names the location area that it gave them (TS 23.272, 5.2).
        comes_down = (rat == LTE) & _has_location_areas(batch.rat)
        as_location = np.where(comes_down, GSM, rat).astype(np.uint8)
        known |= knows_area(register, as_location, mcc, mnc, area, batch.ts_ms, self.grace_ms)
        rows = np.flatnonzero(known)
        if len(rows):
            named = rat[rows], mcc[rows], mnc[rows], area[rows]
            known[rows] = ~self._is_far(register, batch.take(rows), comes_down[rows], *named)
        return known

    def _is_far(
        self,
        register: Register,
        batch: Signalling,
        comes_down: Bool,
        rat: U1,
        mcc: I8,
        mnc: I8,
        area: I8,
    ) -> Bool:
        """Which areas are far from that of the cell that some rows are on, in each technology that
        may be meant and has them.

        The middles of areas are compared, so that single rows with a wrong place say nothing.
        """
        here = np.stack(register.place_of_area(*(getattr(batch, name) for name in CELL[:4])))
        far, near = np.zeros(len(rat), dtype=np.bool_), np.zeros(len(rat), dtype=np.bool_)
        for each in _RAT_CODES:
            meant = (rat == each) | (rat == 0)
            meant |= comes_down if each in (GSM, UMTS) else False
            # A tracking area of that number excuses a location area, and accuses none.
            other = _has_location_areas(rat) & (each == LTE)
            at = np.flatnonzero(meant | other)
            if not len(at):
                continue
            as_each = np.full(len(at), each, dtype=np.uint8)
            lat, lon, reach_m = register.place_of_area(as_each, mcc[at], mnc[at], area[at])
            # Where either is unknown the distance is NaN, which is greater than nothing.
            between_m = distance_m(lat, lon, here[0, at], here[1, at])
            beyond = between_m > reach_m + here[2, at] + self.far_m
            # But a village or a hill is far from the middle of its own area.
            off = np.flatnonzero(beyond)
            beyond[off] = ~self._is_near(
                register, batch.take(at[off]), lat[off], lon[off], reach_m[off]
            )
            far[at] |= beyond & ~other[at]
            near[at] |= ~beyond & ~np.isnan(lat)
        return far & ~near

    def _is_near(
        self, register: Register, batch: Signalling, lat: F8, lon: F8, reach_m: F8
    ) -> Bool:
        """Which areas, of such middles (degrees) and reaches, aren't `far_m` farther than where the
        next cells to those of some rows may stand; none where a cell has no place. A row with a
        wrong place excuses what comes back on that cell alone."""
        rows, found = register.rows, cells_of(batch, np.arange(len(batch)), register)
        cell = np.maximum(found, 0)
        apart_m = distance_m(lat, lon, rows.lat[cell], rows.lon[cell])
        range_m = np.minimum(np.nan_to_num(rows.range_m[cell]), _FARTHEST_M)
        near: Bool = apart_m <= reach_m + self.far_m + _REACHES * range_m
        return near & (found >= 0)

    def excused(
        self, register: Register, batch: Signalling, rat: U1, mcc: I8, mnc: I8, area: I8
    ) -> Bool:
        """Which unknown areas of some rows are another network's. Few rows come here, so every
        network of the register may be asked."""
        excused = np.zeros(len(batch), dtype=np.bool_)
        for other_mcc, other_mnc in networks(register):
            one_mcc, one_mnc = np.full_like(mcc, other_mcc), np.full_like(mnc, other_mnc)
            same = register.find(batch.rat, one_mcc, one_mnc, batch.area, batch.cell, batch.ts_ms)
            related = (same >= 0) & self.shared
            related |= self._equivalent(mcc, mnc, other_mcc, other_mnc)
            if related.any():
                excused |= related & self._knows(register, batch, rat, one_mcc, one_mnc, area)
        if self.roaming:
            for at in np.flatnonzero((mcc != batch.mcc) | (mnc != batch.mnc)).tolist():
                here = int(batch.mcc[at]), int(batch.mnc[at])
                excused[at] |= not self._equivalent(mcc[at : at + 1], mnc[at : at + 1], *here)[0]
        return excused

    def _equivalent(self, mcc: I8, mnc: I8, other_mcc: int, other_mnc: int) -> Bool:
        """Whether each network is in one of the groups with another."""
        same = np.zeros(len(mcc), dtype=np.bool_)
        for group in self.groups:
            if f"{other_mcc}-{other_mnc}" in group:
                plmns = zip(mcc.tolist(), mnc.tolist(), strict=True)
                same |= np.array([f"{m}-{n}" in group for m, n in plmns], dtype=np.bool_)
        return same


def _has_location_areas(rat: U1) -> Bool:
    return np.asarray((rat == GSM) | (rat == UMTS))
