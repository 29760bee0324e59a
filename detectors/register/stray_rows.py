"""Rows that lie where their base station can't be: far from most other rows of its number.

Sectors of one LTE or NR base station are fed by one baseband unit. A remote radio head may stand
some kilometres off, but no farther than light goes in the fibre within the time that the air
interface leaves for it (about 100 microseconds one way). A single row beyond that is in the wrong
town: it says nothing of where its cell is received, nor that what is received there is another's.
"""

from typing import Final

import numpy as np

from detectors.model.codes import STATION_BITS
from detectors.model.columns import I8, Bool, RegisterRows
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
        cells, network, number = cells[order], network[order], number[order]
        if len(cells):
            ends = np.flatnonzero((np.diff(network) != 0) | (np.diff(number) != 0)) + 1
            _mark(rows, stray, cells, np.append(0, ends), np.append(ends, len(cells)))
    return stray


def _mark(rows: RegisterRows, stray: Bool, cells: I8, begins: I8, ends: I8) -> None:
    """Marks the stray ones of each base station, whose rows are ``cells`` from begin to end."""
    points = on_sphere(rows.lat[cells], rows.lon[cells])
    low, high = (of.reduceat(points, begins, axis=0) for of in (np.minimum, np.maximum))
    wide = np.linalg.norm(high - low, axis=1) > FARTHEST_HEAD_M
    for begin, end in zip(begins[wide].tolist(), ends[wide].tolist(), strict=True):
        own = points[begin:end]
        far = np.linalg.norm(own - np.median(own, axis=0), axis=1) > FARTHEST_HEAD_M
        if end - begin >= _LEAST_ROWS and 2 * int(far.sum()) < end - begin:
            stray[cells[begin:end][far]] = True
