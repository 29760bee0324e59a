"""Phones that come back to the network: which messages say so, from where, and to what place.

What the rules share that look at location, routing and tracking area updates, attaches and
registrations. Location areas of GSM and UMTS are one kind of number, tracking areas of LTE another,
those of NR a third (TS 23.003 4.1, 19.4.2.3): each is a *domain*.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import numpy as np

from detectors.features.plan.place_in_register import place_in_register
from detectors.features.rule import place_of
from detectors.model.codes import GSM, PROCEDURES, RAN, RATS, UMTS, code_of, text_of
from detectors.model.columns import I8, U1, Bool, Signalling
from detectors.model.finding import Identity, Place
from detectors.register.index import Numbers
from detectors.register.register import Register, key_text, parse_key

RETURNS: Final = np.array(
    [
        code_of(name, PROCEDURES)
        for name in (
            "registration",
            "location_update",
            "routing_area_update",
            "tracking_area_update",
            "attach",
        )
    ],
    dtype=np.uint8,
)
#: Domain of each RAT code: 0 not given, 1 location areas, 2 and 3 tracking areas of LTE and NR.
DOMAINS: Final = np.array([0, 1, 1, 2, 3], dtype=np.uint8)
DOMAIN_COUNT: Final = 3
#: The columns of a full cell identity.
CELL: Final = ("rat", "mcc", "mnc", "area", "cell")

#: Procedures that show that the core dealt with a phone: none that isn't the phone's doing, or is a
#: part of another, which may be written before it.
SPEAKS: Final = ~np.isin(
    np.arange(256),
    [
        code_of(name, PROCEDURES)
        for name in ("paging", "identity_request", "authentication_request", "security_mode")
    ],
)

_IS_RETURN: Final = np.isin(np.arange(256), RETURNS)
_AREA_BITS, _MNC_BITS = 24, 10


def comes_back(batch: Signalling) -> Bool:
    """Rows in which a phone registers, as the core or the phone reports (base stations don't)."""
    coming: Bool = _IS_RETURN[batch.procedure] & (batch.source != RAN)
    return coming


def old_plmn(batch: Signalling) -> tuple[I8, I8]:
    """The network of the old area: as given, else the present one."""
    mcc = np.where(np.isnan(batch.old_mcc), batch.mcc, batch.old_mcc).astype(np.int64)
    mnc = np.where(np.isnan(batch.old_mnc), batch.mnc, batch.old_mnc).astype(np.int64)
    return mcc, mnc


def area_number(mcc: Numbers, mnc: Numbers, area: Numbers) -> I8:
    """PLMN and area in one number, for comparing; the RAT is not in it."""
    packed = mcc.astype(np.int64) << _MNC_BITS | mnc.astype(np.int64)
    return packed << _AREA_BITS | area.astype(np.int64)


def knows_area(
    register: Register, rat: U1, mcc: I8, mnc: I8, area: I8, ts_ms: I8, grace_ms: int = 0
) -> Bool:
    """As `Register.knows_area`, an area of GSM serving for UMTS and the other way round."""
    sibling = np.where(rat == GSM, UMTS, np.where(rat == UMTS, GSM, rat)).astype(np.uint8)
    known = register.knows_area(rat, mcc, mnc, area, ts_ms, grace_ms)
    return known | register.knows_area(sibling, mcc, mnc, area, ts_ms, grace_ms)


@lru_cache(maxsize=1)
def networks(register: Register) -> tuple[tuple[int, int], ...]:
    """The PLMNs of a register, ascending; remembered for the present one."""
    packed = np.unique(register.rows.mcc << _MNC_BITS | register.rows.mnc)
    return tuple((int(n) >> _MNC_BITS, int(n) & (1 << _MNC_BITS) - 1) for n in packed)


def cells_of(batch: Signalling, rows: I8, register: Register) -> I8:
    """Row of the register of each row's cell, -1 where it isn't listed."""
    rat, mcc, mnc, area, cell = (getattr(batch, name)[rows] for name in CELL)
    return register.find(rat, mcc, mnc, area, cell, batch.ts_ms[rows])


def place_of_cell(register: Register, cell: Mapping[str, Any], at: int, ts_ms: int) -> Place | None:
    """About where the cell in row ``at`` of the columns `CELL` is."""
    rat, mcc, mnc, area, number = (cell[name][at : at + 1] for name in CELL)
    return place_in_register(register, rat, mcc, mnc, area, number, np.array([ts_ms]))


def places_about(batch: Signalling, rows: I8, register: Register) -> list[Place | None]:
    """The phones' own places in some rows, else those of their cells or areas in the register."""
    places = [place_of(batch, row) for row in rows.tolist()]
    without = np.array([at for at, place in enumerate(places) if place is None], dtype=np.int64)
    if not len(without):
        return places
    cell = cells_of(batch, rows[without], register)
    of_area = (getattr(batch, name)[rows[without]] for name in CELL[:4])
    about = np.stack(register.place_of_area(*of_area))
    about[:, cell >= 0] = register.about(cell[cell >= 0])
    for at, (lat, lon, reach_m) in zip(without.tolist(), about.T.tolist(), strict=True):
        places[at] = None if lat != lat else Place(lat, lon, reach_m=reach_m)
    return places


def sites_of(batch: Signalling, rows: I8, register: Register) -> list[str | None]:
    """The site of each row's cell, named by where the register has it (to ten metres or so);
    ``None`` where it has none."""
    cells, sites = register.rows, list[str | None]()
    for cell in cells_of(batch, rows, register).tolist():
        is_placed = cell >= 0 and cells.lat[cell] == cells.lat[cell]
        sites.append(f"{cells.lat[cell]:.4f},{cells.lon[cell]:.4f}" if is_placed else None)
    return sites


def seen_on(batch: Any, row: int) -> str:
    """The register key of the cell that a row ran on."""
    return key_text(*(int(getattr(batch, name)[row]) for name in CELL))


def seen_identity(text: object) -> Identity | None:
    """The identity behind a register key that an observation carries."""
    parts = parse_key(str(text))
    return None if parts is None else Identity(text_of(parts[0], RATS), *parts[1:])
