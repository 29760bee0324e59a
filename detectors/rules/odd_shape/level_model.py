"""What level a cell should have at a place: a log-distance law and the antenna's pattern.

An *excess* is a level with that loss added back: what the cell would have 100 m before its antenna.
Phone, pocket and walls take the same off all cells of one message, so that excesses of one
message can be compared where levels can't be explained.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from detectors.features.facts import Facts
from detectors.features.rows.sightings import neighbours_of, serving_of
from detectors.model.columns import F8, I8, Measurements
from detectors.register.register import Register
from detectors.rules.odd_shape.nearest_code import nearest_of_code
from geo.earth.sphere import bearing_deg, distance_m

#: Of towns, that is a path-loss exponent of 3.5 (COST 231-Hata at 30 m: 3.52); nearer than so much
#: nothing is won any more.
LOSS_A_DECADE_DB: Final = 35.0
NEAREST_M: Final = 50.0
#: Sector antenna, TR 36.942 table 4.2: half-power width, and the most it takes off behind.
_BEAM_DEG, _BEHIND_DB = 65.0, 20.0
#: What an antenna of unknown direction takes off a neighbour on the average of all directions.
_UNKNOWN_DIRECTION_DB: Final = 5.0
#: A code is used again some kilometres on: farther away than this it is another cell's.
_RESOLVED_M: Final = 6_000.0


def loss_db(away_m: F8) -> F8:
    """Loss beyond that at 100 m.

    >>> loss_db(np.array([100.0, 1000.0])).tolist()
    [0.0, 35.0]
    """
    return np.asarray(LOSS_A_DECADE_DB * np.log10(np.maximum(away_m, NEAREST_M) / 100.0))


def pattern_db(register: Register, cell: I8, lat: F8, lon: F8, unknown_db: float) -> F8:
    """What each cell's antenna takes off towards a place; ``unknown_db`` without a direction."""
    rows = register.rows
    towards_deg = bearing_deg(rows.lat[cell], rows.lon[cell], lat, lon)
    off_deg = (towards_deg - rows.azimuth_deg[cell] + 180.0) % 360.0 - 180.0
    lost_db = np.minimum(12.0 * (off_deg / _BEAM_DEG) ** 2, _BEHIND_DB)
    return np.where(np.isnan(lost_db), unknown_db, lost_db)


@dataclass(frozen=True, slots=True, eq=False)
class CellsAround:
    """Of some messages the median excess of the neighbours, their median distance, and how many."""

    excess_db: F8
    away_m: F8
    count: I8

    def take(self, messages: I8) -> "CellsAround":
        """Those of some of the messages."""
        return CellsAround(self.excess_db[messages], self.away_m[messages], self.count[messages])


def around(facts: Facts[Measurements], rows: I8, least: int) -> CellsAround:
    """The neighbours of some messages (``rows``) that the register knows, of the serving RAT, where
    any message has ``least`` of them.

    Those without an identity are taken for the nearest cell of their channel and code.
    """
    batch, register, neighbours = facts.batch, facts.register, facts.batch.neighbours
    place = np.full(len(batch), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    entries = np.flatnonzero(place[neighbours.row] >= 0)
    comparable = neighbours.rat[entries] == batch.rat[neighbours.row[entries]]
    entries = entries[comparable & ~np.isnan(neighbours.signal_dbm[entries])]
    row = neighbours.row[entries]
    if not _have_enough(place[row], least):
        return _nothing_around(rows)
    cell = neighbours_of(facts).found[entries]
    bare = np.flatnonzero(cell < 0)
    cell[bare] = nearest_of_code(register, batch, row[bare], entries[bare])
    known = (cell >= 0) & (cell != serving_of(facts).found[row])
    entries, row, cell = entries[known], row[known], cell[known]
    if not _have_enough(place[row], least):
        return _nothing_around(rows)
    lat, lon = batch.lat[row], batch.lon[row]
    away_m = distance_m(lat, lon, *register.masts(cell))
    excess_db = neighbours.signal_dbm[entries] + loss_db(away_m)
    excess_db += pattern_db(register, cell, lat, lon, _UNKNOWN_DIRECTION_DB)
    kept = ~np.isnan(excess_db) & (away_m <= _RESOLVED_M)
    at = place[row[kept]]
    count = np.bincount(at, minlength=len(rows)).astype(np.int64)
    return CellsAround(medians(at, excess_db[kept], count), medians(at, away_m[kept], count), count)


def _have_enough(group: I8, least: int) -> bool:
    """Whether any group has so many."""
    return len(group) >= least and (not least or int(np.bincount(group).max()) >= least)


def _nothing_around(rows: I8) -> CellsAround:
    unknown = np.full(len(rows), np.nan)
    return CellsAround(unknown, unknown, np.zeros(len(rows), dtype=np.int64))


def medians(group: I8, values: F8, count: I8) -> F8:
    """Median of each group's values, of which it has ``count``; NaN for a group without any.

    >>> medians(np.array([0, 2, 0]), np.array([1.0, 7.0, 2.0]), np.array([2, 0, 1])).tolist()
    [1.5, nan, 7.0]
    """
    order = np.lexsort((values, group))
    padded = np.append(values[order], np.nan)
    first = np.cumsum(count) - count
    low, high = first + np.maximum(count - 1, 0) // 2, first + count // 2
    middle = (padded[np.minimum(low, len(values))] + padded[np.minimum(high, len(values))]) / 2
    return np.where(count > 0, middle, np.nan)
