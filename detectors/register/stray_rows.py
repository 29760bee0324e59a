"""Rows that lie where their base station can't be: far from most other rows of its number.

Sectors of one LTE or NR base station are fed by one baseband unit. A remote radio head may stand
some kilometres off, but no farther than light goes in the fibre within the time that the air
interface leaves for it (about 100 microseconds one way). A single row beyond that is in the wrong
town: it says nothing of where its cell is received, nor that what is received there is another's.
"""

from typing import Final

import numpy as np

from detectors.model.codes import STATION_BITS
from detectors.model.columns import F8, I8, Bool, RegisterRows
from detectors.register.index import plmn_key
from geo.earth.sphere import on_sphere

#: 100 microseconds of light in glass (m).
FARTHEST_HEAD_M: Final = 20_000.0
#: Of fewer rows of a base station nobody knows which is wrong.
_LEAST_ROWS: Final = 3


def stray_rows(rows: RegisterRows) -> Bool:
    """Which rows lie farther than a radio head may from where most of their base station's lie."""
    stray = np.zeros(len(rows.rat), dtype=bool)
    placed = np.isfinite(rows.lat) & np.isfinite(rows.lon)
    for rat, bits in STATION_BITS.items():
        cells = np.flatnonzero(placed & (rows.rat == rat))
        network = plmn_key(rows.rat[cells], rows.mcc[cells], rows.mnc[cells])
        number = rows.cell[cells].astype(np.int64) >> bits
        order = np.lexsort((number, network))
        begins = np.ones(len(order), dtype=bool)
        begins[1:] = (np.diff(network[order]) != 0) | (np.diff(number[order]) != 0)
        if len(cells):
            cells, station = cells[order], np.cumsum(begins) - 1
            stray[cells[_are_stray(on_sphere(rows.lat[cells], rows.lon[cells]), station)]] = True
    return stray


def _are_stray(points: F8, station: I8) -> Bool:
    """Which points (m, in space) lie too far from the median of those of their base station, by
    whose numbers from 0 on they are sorted."""
    count = np.bincount(station)
    begin = np.cumsum(count) - count
    low, high = (of.reduceat(points, begin, axis=0) for of in (np.minimum, np.maximum))
    wide = (np.linalg.norm(high - low, axis=1) > FARTHEST_HEAD_M) & (count >= _LEAST_ROWS)
    some = np.flatnonzero(wide[station])
    middle = np.column_stack([_medians(points[some, axis], station[some]) for axis in range(3)])
    stray = np.zeros(len(points), dtype=bool)
    stray[some] = np.linalg.norm(points[some] - middle, axis=1) > FARTHEST_HEAD_M
    too_many = 2 * np.bincount(station, stray, len(count)) >= count
    return np.asarray(stray & ~too_many[station])


def _medians(values: F8, group: I8) -> F8:
    """Of each value the median of its group, by which they are sorted."""
    if not len(values):
        return values
    _, begin, own, count = np.unique(group, True, True, True)
    ordered = values[np.lexsort((values, group))]
    middle = ordered[begin + (count - 1) // 2] + ordered[begin + count // 2]
    return np.asarray(0.5 * middle[own])
