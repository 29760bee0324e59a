"""The sorted arrays behind the register: packed keys, spans of time, and the ground it covers.

Numbers of an identity are packed side by side into one ``int64``, so that a lookup is one binary
search: rat 3 bits, mcc and mnc 10 each, area 24, cell 36 (TS 23.003: the widest of all RATs). A
number that doesn't fit makes the key -1, which stands in no index.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import F8, I8, U1, Bool
from geo.earth.sphere import EARTH_RADIUS_M

CELL_BITS: Final = 36
_AREA_BITS: Final = 24
_PLMN_BITS: Final = 10
_RATS: Final = 4

#: Side of a cube of the coverage grid, metres; neighbouring cubes count as covered.
_SIDE_M: Final = 5000.0
_GRID_BITS: Final = 12
_GRID_MIDDLE: Final = 2048

Numbers = NDArray[Any]


def plmn_key(rat: U1, mcc: Numbers, mnc: Numbers) -> I8:
    """RAT (0 for any) and PLMN in 23 bits; -1 where they don't fit. NaN doesn't."""
    mcc, mnc = _whole(mcc), _whole(mnc)
    fits = (rat <= _RATS) & _fits(mcc, _PLMN_BITS) & _fits(mnc, _PLMN_BITS)
    key = (rat.astype(np.int64) << _PLMN_BITS | mcc) << _PLMN_BITS | mnc
    return np.where(fits, key, -1)


def area_key(rat: U1, mcc: Numbers, mnc: Numbers, area: Numbers) -> I8:
    """RAT, PLMN and area in 47 bits; -1 where they don't fit or the RAT is 0."""
    area = _whole(area)
    plmn = plmn_key(rat, mcc, mnc)
    fits = (plmn >= 0) & (rat > 0) & _fits(area, _AREA_BITS)
    return np.where(fits, plmn << _AREA_BITS | area, -1)


def of_network(areas: I8, number: int) -> tuple[int, int]:
    """Where among sorted keys of areas those of the same RAT and PLMN as one begin and end.

    >>> of_network(np.array([1, 5, (1 << 24) + 3, (1 << 24) + 4]), 2)
    (2, 4)
    """
    network = int(areas[number]) >> _AREA_BITS
    first, end = np.searchsorted(areas, (network << _AREA_BITS, (network + 1) << _AREA_BITS))
    return int(first), int(end)


def cell_key(prefix: I8, cell: Numbers) -> I8:
    """``prefix`` (of at most 27 bits, or -1) and the cell; -1 where either doesn't fit."""
    cell = _whole(cell)
    return np.where((prefix >= 0) & _fits(cell, CELL_BITS), prefix << CELL_BITS | cell, -1)


def positions(keys: I8, wanted: I8) -> I8:
    """Where each wanted key stands among the sorted distinct ``keys``; -1 where it doesn't.

    >>> positions(np.array([3, 7]), np.array([7, 4])).tolist()
    [1, -1]
    """
    if not len(keys):
        return np.full(len(wanted), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, at, -1)


@dataclass(frozen=True, slots=True, eq=False)
class AreaSpans:
    """When each area has at least one valid cell.

    One entry for each area and distinct start of validity, sorted by both; ``until_ms`` is the
    latest end among the entries of that area up to this one. An area is alive at a time if the last
    entry that starts by then ends later.
    """

    starts_ms: F8
    keys: I8
    until_ms: F8

    @classmethod
    def build(cls, area: I8, start_ms: F8, end_ms: F8) -> "AreaSpans":
        """From each row's area number (ascending) and its span; infinities where unbounded."""
        starts, start_rank = _ranked(start_ms)
        ends, end_rank = _ranked(end_ms)
        key = area * (len(starts) + 1) + start_rank + 1
        order = np.argsort(key, kind="stable")
        # Larger area numbers beat all ends of smaller ones, so that the maximum starts anew.
        reached = np.maximum.accumulate(area[order] * len(ends) + end_rank[order])
        key = key[order]
        last = np.append(key[1:] != key[:-1], True)[: len(key)]
        return cls(starts, key[last], ends[reached[last] % max(len(ends), 1)])

    def alive(self, area: I8, ts_ms: I8, grace_ms: int) -> Bool:
        """Which areas (numbers, -1 for none) are alive, or were within the last ``grace_ms``."""
        if not len(self.keys):
            return np.zeros(len(area), dtype=np.bool_)
        width = len(self.starts_ms) + 1
        wanted = area * width + np.searchsorted(self.starts_ms, ts_ms, side="right")
        at = np.searchsorted(self.keys, wanted, side="right") - 1
        known: Bool = (area >= 0) & (at >= 0) & (self.keys[at] // width == area)
        return known & (self.until_ms[at] + grace_ms > ts_ms)


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """Where each PLMN has registered cells: cubes of 5 km about the globe that hold one.

    Cubes in space instead of degrees: no pole, no date line and no scale of longitude.
    """

    keys: I8

    @classmethod
    def build(cls, rat: U1, mcc: I8, mnc: I8, lat: F8, lon: F8) -> "Coverage":
        """From the rows; those without a place are left out."""
        placed = np.isfinite(lat) & np.isfinite(lon)
        cube = _cube(lat[placed], lon[placed])
        rats = (rat[placed], np.zeros(len(cube), dtype=np.uint8))
        keys = [cell_key(plmn_key(r, mcc[placed], mnc[placed]), cube) for r in rats]
        return cls(np.unique(np.concatenate([np.unique(one) for one in keys])))

    def holds(self, rat: U1, mcc: Numbers, mnc: Numbers, lat: F8, lon: F8) -> Bool:
        """Whether a cell stands in the same or a neighbouring cube; False without a place."""
        inside = np.zeros(len(lat), dtype=np.bool_)
        plmn = plmn_key(rat, mcc, mnc)
        asked = np.flatnonzero(np.isfinite(lat) & np.isfinite(lon) & (plmn >= 0))
        if not len(asked) or not len(self.keys):
            return inside
        cube, back = np.unique(
            cell_key(plmn[asked], _cube(lat[asked], lon[asked])), return_inverse=True
        )
        near = np.zeros(len(cube), dtype=np.bool_)
        for x in (-1, 0, 1):
            for y in (-1, 0, 1):
                column = cube + (x << 2 * _GRID_BITS) + (y << _GRID_BITS)
                at = np.searchsorted(self.keys, column - 1)
                found = self.keys[np.minimum(at, len(self.keys) - 1)]
                near |= np.abs(found - column) <= 1
        inside[asked] = near[back]
        return inside


def _whole(numbers: Numbers) -> I8:
    """As integers; what is not a finite number becomes -1."""
    if numbers.dtype.kind == "f":
        numbers = np.where(np.abs(numbers) < 2.0**53, numbers, -1.0)
    return numbers.astype(np.int64, copy=False)


def _fits(numbers: I8, bits: int) -> Bool:
    return (numbers >= 0) & (numbers < 1 << bits)


def _ranked(values: F8) -> tuple[F8, I8]:
    distinct, rank = np.unique(values, return_inverse=True)
    return distinct, rank.astype(np.int64, copy=False)


def _cube(lat: F8, lon: F8) -> I8:
    """The cube of a place: three indices of 12 bits, that of the axis through the poles last."""
    lat_rad, lon_rad = np.radians(lat), np.radians(lon)
    scale = EARTH_RADIUS_M / _SIDE_M
    axes = (
        np.cos(lat_rad) * np.cos(lon_rad),
        np.cos(lat_rad) * np.sin(lon_rad),
        np.sin(lat_rad),
    )
    x, y, z = (np.floor(axis * scale).astype(np.int64) + _GRID_MIDDLE for axis in axes)
    return (x << _GRID_BITS | y) << _GRID_BITS | z
