"""What the register plans near a place: channels, codes, networks, shared and indoor cells.

Indices over a register that only some rules ask for. Each is built when first asked for, and kept
for the newest register. They say where something is planned at all, so rows count whenever they are
valid: a cell of last month or of next week explains a report at least as well as a rogue
station does.
"""

from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.features.plan.spatial_counts import Ground
from detectors.model.codes import CELL_KINDS, GSM, code_of
from detectors.model.columns import F8, I8, U1, Bool
from detectors.register.index import area_key, cell_key, plmn_key, positions
from detectors.register.register import Register

#: Sides of the cubes, metres: within one side all is found, beyond three and a half nothing.
NEAR_M: Final = 8_000.0
#: From a height phones receive far: the radio horizon of a phone 25 m up lies some 20 km off.
FAR_M: Final = 20_000.0
#: How far foreign networks are received across a border.
BORDER_M: Final = 60_000.0
INDOOR_M: Final = 400.0

#: Channel numbers reach 3279165 (TS 38.104 5.4.2.1), codes 1007 (TS 38.211 7.4.2.1).
_ARFCN_BITS: Final = 22
_CODE_BITS: Final = 10
_INDOOR_KINDS: Final = np.array(
    [code_of("indoor", CELL_KINDS), code_of("femto", CELL_KINDS)], dtype=np.uint8
)


def code_key(rat: U1, arfcn: F8, pci: F8) -> I8:
    """RAT, channel and code in 35 bits; -1 where one isn't given or can't be."""
    given = (rat > 0) & (arfcn >= 0) & (arfcn < 1 << _ARFCN_BITS)
    given &= (pci >= 0) & (pci < 1 << _CODE_BITS)
    channel = rat.astype(np.int64) << _ARFCN_BITS | np.where(given, arfcn, 0.0).astype(np.int64)
    return np.where(given, channel << _CODE_BITS | np.where(given, pci, 0.0).astype(np.int64), -1)


def channel_key(rat: U1, mcc: I8, mnc: I8, arfcn: F8) -> I8:
    """RAT, PLMN and channel in 45 bits; -1 where one isn't given or can't be."""
    given = (arfcn >= 0) & (arfcn < 1 << _ARFCN_BITS)
    plmn = plmn_key(rat, mcc, mnc)
    channel = np.where(given, arfcn, 0.0).astype(np.int64)
    return np.where(given & (plmn >= 0), plmn << _ARFCN_BITS | channel, -1)


def site_key(rat: U1, area: I8, cell: I8) -> I8:
    """RAT, area and cell in 63 bits, whatever the PLMN; -1 where they don't fit."""
    nowhere = np.zeros(len(rat), dtype=np.int64)
    packed = area_key(rat, nowhere, nowhere, area)
    # The PLMN's twenty bits are zero: take them out.
    short = packed >> 44 << 24 | packed & (1 << 24) - 1
    return np.where(packed >= 0, cell_key(np.where(packed >= 0, short, -1), cell), -1)


@lru_cache(maxsize=2)
def codes(register: Register, side_m: float) -> Ground:
    """Where each channel and code is planned, by `code_key`."""
    rows = register.rows
    return _ground(code_key(rows.rat, rows.arfcn, rows.pci), rows.lat, rows.lon, side_m)


@lru_cache(maxsize=1)
def channels(register: Register) -> Ground:
    """Where each network uses each channel, by `channel_key`."""
    rows = register.rows
    keys = channel_key(rows.rat, rows.mcc, rows.mnc, rows.arfcn)
    return _ground(keys, rows.lat, rows.lon, NEAR_M)


@lru_cache(maxsize=1)
def cells(register: Register) -> tuple[Ground, Ground]:
    """Where each RAT of each network has cells, and where it has cells of known channel and code;
    both by `plmn_key`."""
    rows = register.rows
    keys = plmn_key(rows.rat, rows.mcc, rows.mnc)
    planned = np.where(code_key(rows.rat, rows.arfcn, rows.pci) >= 0, keys, -1)
    return (
        _ground(keys, rows.lat, rows.lon, NEAR_M),
        _ground(planned, rows.lat, rows.lon, NEAR_M),
    )


@lru_cache(maxsize=1)
def countries(register: Register) -> Ground:
    """Where each country's networks have cells, by MCC, in cubes of `BORDER_M`."""
    rows = register.rows
    return _ground(rows.mcc, rows.lat, rows.lon, BORDER_M)


@lru_cache(maxsize=1)
def populated(register: Register) -> Ground:
    """Where there are any cells at all, by 0, in cubes of `BORDER_M`."""
    rows = register.rows
    return _ground(np.zeros(len(rows), dtype=np.int64), rows.lat, rows.lon, BORDER_M)


@lru_cache(maxsize=1)
def shared_sites(register: Register) -> Ground:
    """Where each area and cell is registered under any network, by `site_key`."""
    rows = register.rows
    return _ground(site_key(rows.rat, rows.area, rows.cell), rows.lat, rows.lon, NEAR_M)


@lru_cache(maxsize=1)
def indoor_cells(register: Register) -> tuple[Ground, I8]:
    """Where networks have indoor cells and femtocells, by `plmn_key`; the areas of the latter."""
    rows = register.rows
    indoors = np.isin(rows.kind, _INDOOR_KINDS)
    keys = np.where(indoors, plmn_key(rows.rat, rows.mcc, rows.mnc), -1)
    areas = area_key(rows.rat, rows.mcc, rows.mnc, rows.area)[rows.kind == _INDOOR_KINDS[1]]
    return _ground(keys, rows.lat, rows.lon, INDOOR_M), np.unique(areas)


@lru_cache(maxsize=1)
def sizes(register: Register) -> tuple[I8, I8]:
    """Distinct `plmn_key` with RAT (ascending), and how many rows each has."""
    rows = register.rows
    keys, counted = np.unique(plmn_key(rows.rat, rows.mcc, rows.mnc), return_counts=True)
    return keys.astype(np.int64), counted.astype(np.int64)


def numbers_of(register: Register, rat: U1, mcc: I8, mnc: I8) -> I8:
    """How many rows each RAT of each network has anywhere."""
    keys, counted = sizes(register)
    at = positions(keys, plmn_key(rat, mcc, mnc))
    if not len(keys):
        return np.zeros(len(rat), dtype=np.int64)
    return np.where(at >= 0, counted[at], 0)


def has_cell_number(register: Register, rat: U1, mcc: I8, mnc: I8, cell: I8, ts_ms: I8) -> Bool:
    """Whether the network has that cell number under whatever area, in GSM too."""
    found: Bool = register.find_in_plmn(rat, mcc, mnc, cell, ts_ms) >= 0
    in_gsm = positions(_gsm_numbers(register), cell_key(plmn_key(rat, mcc, mnc), cell)) >= 0
    known: Bool = found | (rat == GSM) & in_gsm
    return known


def was_ever_listed(register: Register, rat: U1, mcc: I8, mnc: I8, area: I8, cell: I8) -> Bool:
    """Whether the register has that very cell, at whatever time."""
    areas, keys = _listed(register)
    number = positions(areas, area_key(rat, mcc, mnc, area))
    listed: Bool = positions(keys, cell_key(number, cell)) >= 0
    return listed


@lru_cache(maxsize=1)
def _listed(register: Register) -> tuple[I8, I8]:
    rows = register.rows
    areas, number = np.unique(
        area_key(rows.rat, rows.mcc, rows.mnc, rows.area), return_inverse=True
    )
    return areas.astype(np.int64), np.unique(cell_key(number.astype(np.int64), rows.cell))


@lru_cache(maxsize=1)
def _gsm_numbers(register: Register) -> I8:
    rows = register.rows
    gsm = np.flatnonzero(rows.rat == GSM)
    keys = cell_key(plmn_key(rows.rat[gsm], rows.mcc[gsm], rows.mnc[gsm]), rows.cell[gsm])
    return np.unique(keys)


def _ground(keys: NDArray[Any], lat: F8, lon: F8, side_m: float) -> Ground:
    kept = keys >= 0
    return Ground.build(keys[kept], lat[kept], lon[kept], side_m)
