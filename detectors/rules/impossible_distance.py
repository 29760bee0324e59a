"""A known cell is heard, or answers with a timing advance, where it can't be."""

from typing import Any, ClassVar

import numpy as np

from detectors.columns import F8, Batch, Measurements
from detectors.finding import Family, Finding
from detectors.register import Register
from detectors.rule import Origin, Rule, Screened, identity_of, iterate, optional, place_of
from detectors.vocabulary import NETWORK_POSITION, RATS
from detectors.words import metres_text
from geo.sphere import distance_m
from geo.timing import TA_STEP_M

#: Farthest that a cell is served at all, by RAT code. GSM: 63 steps of timing advance (TS 45.010
#: 5.6); the others well beyond what deployed cells reach, so that hills and water don't matter.
_REACH_M = np.array([np.inf, 35_000.0, 30_000.0, 30_000.0, 20_000.0])
_TA_STEP_M = np.array([np.nan, *(TA_STEP_M.get(rat, np.nan) for rat in RATS)])
#: Level at 100 m of the strongest deployed cells in free space, by RAT code (GSM and UMTS near
#: 58 dBm EIRP; LTE and NR levels are those of one resource element, some 28 dB less).
_FREE_SPACE_100M_DBM = np.array([np.inf, -20.0, -25.0, -40.0, -40.0])


class ImpossibleDistance(Rule, frozen=True, kw_only=True):
    """A registered cell whose site is farther from the phone than physics or its range allows.

    What it sees, each with all benefit of doubt given (the position's accuracy, the way driven
    since, the site's own uncertainty):

    * `too_far`: beyond what the RAT reaches, or thrice the cell's own range where that is more;
    * `timing_advance`: the ring that the timing advance allows ends well before the site. An echo
      only lengthens a timing advance, never shortens it;
    * `too_strong`: several times its range away and still stronger than free space allows;
    * `beyond_range`: served several times beyond the range of a cell whose mast is known: weak.

    Why a rogue station does it: it borrows the identity of an honest cell of another quarter or
    town, so that registers and area checks find nothing wrong.

    Why an honest network may: a wrong place in the register (crowd estimates most of all), a moved
    site, ducting over water, a phone that repeats a stale cell or a stale position. A position that
    comes from the network (`position_source` `network`) may rest on the very cell and is left out.

    References: detection notes E8, B6, B7, F20, F28, F32; TA steps: TS 45.010, TS 36.213 4.2.3.

    Weights are log-likelihood ratios of one device; `cap` bounds them where the register knows the
    mast or has learned the place from many samples, `weak_cap` elsewhere.

    >>> from detectors.columns import RegisterRows
    >>> cell = {"rat": [1], "mcc": [460], "mnc": [0], "area": [4200], "cell": [11]}
    >>> mast = RegisterRows.of(ts_ms=[0], lat=[39.9], lon=[116.4], changeable=[0], **cell)
    >>> heard = Measurements.of(ts_ms=[0], lat=[39.9], lon=[117.4], signal_dbm=[-90], **cell)
    >>> register, origin = Register.from_rows(mast), Origin("cell.measurements", 0)
    >>> (finding,) = ImpossibleDistance().screen(None, heard, register, origin).findings
    >>> finding.detector, finding.values["reason"], finding.weight
    ('impossible_distance', 'too_far', 1.6)
    """

    name: ClassVar[str] = "impossible_distance"
    version: ClassVar[int] = 1
    family: ClassVar[Family] = "radio"
    reads: ClassVar[tuple[type[Batch], ...]] = (Measurements,)

    weight: float = 1.6
    weak_weight: float = 0.7
    cap: float = 9.0
    weak_cap: float = 4.0
    ring_slack_m: float = 1000.0
    stale_s: float = 30.0
    beyond_ranges: float = 4.0
    beyond_m: float = 3000.0
    trusted_samples: float = 10.0

    @classmethod
    def tells(cls, who: str, claimed: str, values: dict[str, str | int | float | None]) -> str:
        reason = str(values.get("reason", "")).replace("_", " ")
        distance = metres_text(float(values.get("site_distance_m") or 0.0))
        return f"{who} saw {claimed} {distance} from its registered site ({reason})"

    def screen(self, state: Any, batch: Batch, register: Register, origin: Origin) -> Screened:
        """Findings of one batch; no state."""
        assert isinstance(batch, Measurements)
        placed = ~np.isnan(batch.lat) & (batch.position_source != NETWORK_POSITION)
        found = np.full(len(batch), -1, dtype=np.int64)
        at = register.find(batch.rat, batch.mcc, batch.mnc, batch.area, batch.cell, batch.ts_ms)
        found[placed] = at[placed]
        rows = np.flatnonzero(found >= 0)
        if not len(rows):
            return Screened()
        site = register.rows.take(found[rows])
        some = batch.take(rows)
        far_m = distance_m(some.lat, some.lon, site.lat, site.lon)
        range_m = np.nan_to_num(site.range_m, nan=1000.0)
        crowd = np.nan_to_num(site.changeable, nan=1.0) > 0
        samples = np.nan_to_num(site.samples, nan=1.0)
        trusted = ~crowd | (samples >= self.trusted_samples)
        site_m = np.where(crowd, range_m + np.where(trusted, 0.0, 3000.0), 100.0)
        phone_m = 2 * np.nan_to_num(some.accuracy_m, nan=100.0)
        phone_m += self.stale_s * np.nan_to_num(some.speed_mps, nan=0.0)
        least_m = far_m - site_m - phone_m

        step_m = np.where(some.ta_step_m > 0, some.ta_step_m, _TA_STEP_M[some.rat])
        ring_m = (some.timing_advance + 1) * step_m
        above = some.signal_dbm > _free_space_dbm(some.rat, least_m)
        outside = least_m > self.beyond_ranges * range_m + self.beyond_m
        reasons = (
            ("too_far", least_m > np.maximum(_REACH_M[some.rat], 3 * range_m)),
            ("timing_advance", least_m > ring_m + self.ring_slack_m),
            ("too_strong", above & outside),
            ("beyond_range", outside & some.serving & ~crowd),
        )
        findings: list[Finding] = []
        done = np.zeros(len(rows), dtype=np.bool_)
        for reason, holds in reasons:
            for i, source in iterate(some, np.flatnonzero(holds & ~done), origin):
                strong = bool(trusted[i]) and reason != "beyond_range"
                findings.append(
                    Finding(
                        detector=self.name,
                        version=self.version,
                        family=self.family,
                        ts=int(some.ts_ms[i]),
                        rx_ts=int(some.rx_ms[i]),
                        weight=self.weight if strong else self.weak_weight,
                        cap=self.cap if strong else self.weak_cap,
                        space="device",
                        who=some.device[i],
                        claimed=identity_of(some, i),
                        place=place_of(some, i),
                        signal_dbm=float(some.signal_dbm[i]),
                        timing_advance=optional(some.timing_advance[i]),
                        ta_step_m=optional(some.ta_step_m[i]),
                        values={"reason": reason, "site_distance_m": round(float(far_m[i]))},
                        source=source,
                    )
                )
            done |= holds
        return Screened(findings)


def _free_space_dbm(rat: Any, distance: F8) -> F8:
    """The strongest level that a cell at ``distance`` (m) may have (Friis: 20 dB a decade)."""
    level_dbm: F8 = _FREE_SPACE_100M_DBM[rat]
    return level_dbm - 20.0 * np.log10(np.maximum(distance, 100.0) / 100.0)
