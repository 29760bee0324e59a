"""Where the masts of listed cells are: all cells of one together, though a crowd has put each of
them elsewhere.

An operator's rows have the mast's place. Those of a crowd have the middle of where each cell was
received, some hundred metres off to its sector's side, so that no two cells of a mast share a
place. They are put to one row of their base station, the operator's if there is one, else that of
the lowest number; and to an operator's mast near by. So a site's place changes with that row alone.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from detectors.model.codes import STATION_BITS
from detectors.model.columns import F8, I8, Bool, RegisterRows
from detectors.register.index import plmn_key
from detectors.register.register import TEMPORARY, Register
from geo.earth.sphere import on_sphere

#: Two sectors' rows lie within so much of a cell's range of each other, at least and at most so far
#: (m): a remote radio head stands farther off, and a wrong row.
_OF_STATION, _RANGE_M, _LEAST_M, _MOST_M = 0.8, 1_000.0, 400.0, 1_500.0
#: An operator's mast of the same network within so much (m) is a crowd's, too: the next is farther.
_OF_MAST_M: Final = 250.0
#: No row is farther from its mast (m).
FARTHEST_M: Final = _MOST_M + _OF_MAST_M
#: Of one base station's number so many groups of rows are looked at; others stay where they are.
_MOST_GROUPS: Final = 4
#: Puts networks apart where places are compared (m).
_APART_M: Final = 1e8


@lru_cache(maxsize=2)
def mast_places(register: Register) -> tuple[F8, F8]:
    """Latitude and longitude of each row's mast, degrees, NaN where it has no place; remembered for
    the present register, and one that it takes turns with."""
    rows = register.rows
    lat, lon = np.array(rows.lat), np.array(rows.lon)
    # What ends, or goes where it is needed, is nobody's mast.
    stands = np.isfinite(lat) & np.isfinite(lon) & np.isnan(rows.valid_to_ms)
    stands &= rows.kind != TEMPORARY
    is_crowd = np.nan_to_num(rows.changeable, nan=1.0) > 0.0
    if (stands & is_crowd).any():
        for rat in STATION_BITS:
            _to_stations(rows, lat, lon, is_crowd, np.flatnonzero(stands & (rows.rat == rat)), rat)
        _to_masts(rows, lat, lon, *(np.flatnonzero(stands & of) for of in (is_crowd, ~is_crowd)))
    return lat, lon


def _to_stations(rows: RegisterRows, lat: F8, lon: F8, is_crowd: Bool, cells: I8, rat: int) -> None:
    """Puts a crowd's rows to the first row of their base station that is near, the operator's
    first; those that aren't near it to the next."""
    network = plmn_key(rows.rat[cells], rows.mcc[cells], rows.mnc[cells])
    number = rows.cell[cells].astype(np.int64) >> STATION_BITS[rat]
    order = np.lexsort((rows.cell[cells], is_crowd[cells], number, network))
    cells, network, number = cells[order], network[order], number[order]
    points = on_sphere(lat[cells], lon[cells])
    range_m = np.nan_to_num(rows.range_m[cells], nan=_RANGE_M)
    within_m = np.clip(_OF_STATION * range_m, _LEAST_M, _MOST_M)
    left = np.arange(len(cells))
    for _ in range(_MOST_GROUPS):
        if not len(left):
            return
        begins = np.append(True, (np.diff(network[left]) != 0) | (np.diff(number[left]) != 0))
        first = left[np.flatnonzero(begins)[np.cumsum(begins) - 1]]
        near = np.linalg.norm(points[left] - points[first], axis=1) <= within_m[left]
        moved = near & is_crowd[cells[left]]
        lat[cells[left[moved]]] = lat[cells[first[moved]]]
        lon[cells[left[moved]]] = lon[cells[first[moved]]]
        left = left[~near]


def _to_masts(rows: RegisterRows, lat: F8, lon: F8, crowd: I8, listed: I8) -> None:
    """Puts a crowd's rows to the nearest mast of an operator's rows, where one is near."""
    if not len(listed) or not len(crowd):
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
