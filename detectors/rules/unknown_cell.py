"""A phone is on, or hears, a cell that the register doesn't have where it has all others."""

from typing import Any, ClassVar

import numpy as np

from detectors.columns import F8, I8, U1, Batch, Bool, Measurements, Signalling, Sms
from detectors.finding import Family, Finding, Identity, Place, Source
from detectors.register import Register
from detectors.rule import Origin, Rule, Screened, identity_of, optional, place_of
from detectors.vocabulary import (
    DEVICE,
    NETWORK_POSITION,
    RATS,
    SMS_DEVICE,
    is_reserved_area,
    is_unknown_cell_value,
    word_of,
)


class UnknownCell(Rule, frozen=True, kw_only=True):
    """A cell identity that is not in the register, or stands there under another area.

    What it sees: the cell that a phone reports on, names in its neighbour list, received an SMS on
    or shows on its diagnostic port. Three grades: no cell of that area is registered
    (`unknown_area`), the cell is registered under another area (`wrong_area`; not in GSM, where a
    cell identity is unique only within its location area), the area is known but not the cell.

    Why a rogue station does it: it needs an identity, and a made-up one, with an area of its own,
    makes phones register with it.

    Why an honest network may: the register is incomplete (crowd registers hold half of the cells),
    late, or national; a new or temporary site; a phone that updates area and cell one after the
    other. So this evidence never suffices alone, however many phones bring it.

    Silent where the register can't know: a PLMN without any registered cell within some kilometres
    of the phone (anywhere, where the phone's place isn't told), the reserved areas, and the
    all-ones cell that means "not known".

    References: detection notes A1, C10, R2, F2, F3, F5; AIMSICD, Crocodile Hunter and CellGuard
    check the same against crowd registers.

    The weights are log-likelihood ratios of one device for each grade, the caps what many devices
    may reach together.

    >>> from detectors.columns import RegisterRows
    >>> town = {"rat": [3], "mcc": [460], "mnc": [0], "lat": [39.9], "lon": [116.4]}
    >>> listed = RegisterRows.of(ts_ms=[0], area=[4100], cell=[1001], **town)
    >>> heard = Measurements.of(ts_ms=[0], area=[61001], cell=[7], **town)
    >>> register, origin = Register.from_rows(listed), Origin("cell.measurements", 0)
    >>> (finding,) = UnknownCell().screen(None, heard, register, origin).findings
    >>> finding.detector, finding.values["grade"]
    ('unknown_cell', 'unknown_area')
    """

    name: ClassVar[str] = "unknown_cell"
    version: ClassVar[int] = 1
    family: ClassVar[Family] = "identity"
    reads: ClassVar[tuple[type[Batch], ...]] = (Measurements, Sms, Signalling)

    unknown_area_weight: float = 1.5
    wrong_area_weight: float = 0.8
    unknown_cell_weight: float = 0.8
    cap: float = 4.5
    weak_cap: float = 3.0

    @classmethod
    def tells(cls, who: str, claimed: str, values: dict[str, str | int | float | None]) -> str:
        grade = str(values.get("grade", "unknown_cell")).replace("_", " ")
        return f"{who} saw {claimed}, which the register does not have ({grade})"

    def screen(self, state: Any, batch: Batch, register: Register, origin: Origin) -> Screened:
        """Findings of one batch; no state."""
        rows, cells = _cells(batch)
        if not len(rows):
            return Screened()
        grade = _grade(register, *cells)
        findings = []
        for at in np.flatnonzero(grade).tolist():
            row = int(rows[at])
            source = Source(
                origin.topic, origin.partition, int(batch.offset[row]), int(batch.index[row])
            )
            findings.append(self._finding(batch, row, _GRADES[grade[at] - 1], source))
        if isinstance(batch, Measurements):
            findings += self._heard(batch, register, origin)
        return Screened(findings)

    def _heard(self, batch: Measurements, register: Register, origin: Origin) -> list[Finding]:
        near = batch.neighbours
        told = (near.rat > 0) & ~np.isnan(near.mcc + near.mnc + near.area + near.cell)
        if not told.any():
            return []
        entries = np.flatnonzero(told)
        row = near.row[entries]
        grade = _grade(
            register,
            near.rat[entries],
            near.mcc[entries].astype(np.int64),
            near.mnc[entries].astype(np.int64),
            near.area[entries].astype(np.int64),
            near.cell[entries].astype(np.int64),
            batch.lat[row],
            batch.lon[row],
            batch.ts_ms[row],
        )
        findings = []
        for at in np.flatnonzero(grade).tolist():
            entry, here = int(entries[at]), int(row[at])
            source = Source(
                origin.topic, origin.partition, int(batch.offset[here]), int(batch.index[here])
            )
            heard = Identity(
                word_of(int(near.rat[entry]), RATS),
                *(
                    None if np.isnan(column[entry]) else int(column[entry])
                    for column in (
                        near.mcc,
                        near.mnc,
                        near.area,
                        near.cell,
                        near.arfcn,
                        near.pci,
                    )
                ),
            )
            findings.append(
                self._finding(
                    batch,
                    here,
                    _GRADES[grade[at] - 1],
                    source,
                    heard=heard,
                    level_dbm=optional(near.signal_dbm[entry]),
                )
            )
        return findings

    def _finding(
        self,
        batch: Any,
        row: int,
        grade: str,
        source: Source,
        heard: Identity | None = None,
        level_dbm: float | None = None,
    ) -> Finding:
        measured = isinstance(batch, Measurements) and heard is None
        place = place_of(batch, row)
        if isinstance(batch, Measurements) and batch.position_source[row] == NETWORK_POSITION:
            place = place and Place(place.lat, place.lon, reach_m=place.accuracy_m or 2000.0)
        return Finding(
            detector=self.name,
            version=self.version,
            family=self.family,
            ts=int(batch.ts_ms[row]),
            rx_ts=int(batch.rx_ms[row]),
            weight=getattr(self, f"{grade}_weight"),
            cap=self.cap if grade == "unknown_area" else self.weak_cap,
            space="subscriber" if isinstance(batch, Signalling) else "device",
            who=batch.subscriber[row] if isinstance(batch, Signalling) else batch.device[row],
            claimed=heard or identity_of(batch, row),
            place=place,
            signal_dbm=optional(batch.signal_dbm[row]) if measured else level_dbm,
            timing_advance=optional(batch.timing_advance[row]) if measured else None,
            ta_step_m=optional(batch.ta_step_m[row]) if measured else None,
            values={"grade": grade, "heard_only": int(heard is not None)},
            source=source,
        )


_GRADES = ("unknown_cell", "wrong_area", "unknown_area")


def _cells(batch: Batch) -> tuple[I8, tuple[U1, I8, I8, I8, I8, F8, F8, I8]]:
    """Rows with a full cell identity of a phone's own sight, and their identity, place and time."""
    if isinstance(batch, Measurements):
        rows = np.arange(len(batch), dtype=np.int64)
    elif isinstance(batch, Sms):
        told = (batch.source == SMS_DEVICE) & (batch.rat > 0)
        told &= ~np.isnan(batch.mcc + batch.mnc + batch.area + batch.cell)
        rows = np.flatnonzero(told)
    else:
        assert isinstance(batch, Signalling)
        rows = np.flatnonzero(batch.source == DEVICE)
    some: Any = batch.take(rows) if len(rows) != len(batch) else batch
    mcc, mnc, area, cell = (
        getattr(some, name).astype(np.int64, copy=False) for name in ("mcc", "mnc", "area", "cell")
    )
    return rows, (some.rat, mcc, mnc, area, cell, some.lat, some.lon, some.ts_ms)


def _grade(
    register: Register,
    rat: U1,
    mcc: I8,
    mnc: I8,
    area: I8,
    cell: I8,
    lat: F8,
    lon: F8,
    ts_ms: I8,
) -> U1:
    """0 for nothing to say, else 1 + the place in `_GRADES`, for each row."""
    grade = np.zeros(len(rat), dtype=np.uint8)
    missing = np.flatnonzero(register.find(rat, mcc, mnc, area, cell, ts_ms) < 0)
    if not len(missing):
        return grade
    rat, lat, lon, ts_ms = rat[missing], lat[missing], lon[missing], ts_ms[missing]
    mcc, mnc, area, cell = mcc[missing], mnc[missing], area[missing], cell[missing]
    here = np.where(
        np.isnan(lat),
        register.knows_plmn(rat, mcc, mnc),
        register.covers(np.zeros_like(rat), mcc, mnc, lat, lon),
    )
    judged: Bool = here & ~is_reserved_area(rat, area) & ~is_unknown_cell_value(rat, cell)
    moved = register.find_in_plmn(rat, mcc, mnc, cell, ts_ms) >= 0
    found = np.where(moved, 2, np.where(register.knows_area(rat, mcc, mnc, area, ts_ms), 1, 3))
    grade[missing] = np.where(judged, found, 0)
    return grade
