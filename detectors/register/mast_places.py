"""Where the masts of listed cells are: all cells of one together, though a crowd has put each of
them elsewhere.

An operator's rows have the mast's place. Those of a crowd have the middle of where each cell was
received, some hundred metres off to its sector's side, so that no two cells of a mast share a
place. They are put together by the number of their base station, and to an operator's row near by.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from detectors.model.codes import LTE, NR
from detectors.model.columns import F8, I8, RegisterRows
from detectors.register.index import plmn_key
from detectors.register.register import Register
from geo.earth.sphere import on_sphere

#: Bits of a cell identity that tell the cells of one base station apart, at least: in LTE all but
#: 20 of 28 (TS 36.300 8.2), in NR all but 22 to 32 of 36 (TS 38.413 9.3.1.6).
_CELL_BITS: Final = {LTE: 8, NR: 4}
#: A crowd's row is of its base station's mast within so much of the middle of all its cells (m),
#: and of an operator's mast of the same network within so much of that (m): the next is farther.
_OF_STATION_M: Final = 2_000.0
_OF_MAST_M: Final = 250.0
#: Puts networks apart where places are compared (m).
_APART_M: Final = 1e8


@lru_cache(maxsize=2)
def mast_places(register: Register) -> tuple[F8, F8]:
    """Latitude and longitude of each row's mast, degrees, NaN where it has no place; remembered for
    the present register, and one that it takes turns with."""
    rows = register.rows
    lat, lon = np.array(rows.lat), np.array(rows.lon)
    placed = np.isfinite(lat) & np.isfinite(lon)
    crowd = np.flatnonzero((rows.changeable == 1.0) & placed)
    if len(crowd):
        _to_stations(rows, lat, lon, crowd, np.flatnonzero(placed))
        _to_masts(rows, lat, lon, crowd, np.flatnonzero(placed & (rows.changeable != 1.0)))
    return lat, lon


def _to_stations(rows: RegisterRows, lat: F8, lon: F8, crowd: I8, placed: I8) -> None:
    """Puts rows of a crowd to the middle of their base stations' cells."""
    for rat, bits in _CELL_BITS.items():
        cells = placed[rows.rat[placed] == rat]
        network = plmn_key(rows.rat[cells], rows.mcc[cells], rows.mnc[cells])
        station = _numbered(network, rows.cell[cells].astype(np.int64) >> bits)
        middle_lat, middle_lon = (
            _medians(station, column[cells])[station] for column in (lat, lon)
        )
        here = on_sphere(lat[cells], lon[cells])
        near = np.linalg.norm(here - on_sphere(middle_lat, middle_lon), axis=1) <= _OF_STATION_M
        near &= rows.changeable[cells] == 1.0
        lat[cells[near]], lon[cells[near]] = middle_lat[near], middle_lon[near]


def _to_masts(rows: RegisterRows, lat: F8, lon: F8, crowd: I8, listed: I8) -> None:
    """Puts rows of a crowd to the nearest mast of an operator's rows, where one is near."""
    if not len(listed):
        return
    ours, theirs = (
        np.column_stack(
            [
                on_sphere(lat[some], lon[some]),
                _APART_M * plmn_key(np.zeros_like(rows.rat[some]), rows.mcc[some], rows.mnc[some]),
            ]
        )
        for some in (crowd, listed)
    )
    found = cKDTree(theirs).query(ours, distance_upper_bound=_OF_MAST_M)
    far_m, nearest = (np.asarray(column) for column in found)
    near = np.isfinite(far_m)
    mast = listed[nearest[near]]
    lat[crowd[near]], lon[crowd[near]] = lat[mast], lon[mast]


def _numbered(one: I8, other: I8) -> I8:
    """A number for each pair, in their order."""
    order = np.lexsort((other, one))
    differs = (one[order][1:] != one[order][:-1]) | (other[order][1:] != other[order][:-1])
    number = np.zeros(len(one), dtype=np.int64)
    number[order] = np.append(0, np.cumsum(differs))[: len(one)]
    return number


def _medians(group: I8, values: F8) -> F8:
    """The lower median of each group's values."""
    order = np.lexsort((values, group))
    first = np.searchsorted(group[order], np.arange(group.max(initial=-1) + 1))
    size = np.diff(np.append(first, len(group)))
    medians: F8 = values[order[first + (size - 1) // 2]]
    return medians
