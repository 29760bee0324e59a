"""Which messages say something new of their cell's level: the screening half of `odd_level`.

A phone's report of its cell counts once in half an hour, and once in some minutes on the way, where
cells and places are new all the time. A level that has risen is passed on at once: a rogue station
has to be the stronger one.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from detectors.features.memory.last_message import Before, Trail
from detectors.features.rows import named_neighbours
from detectors.model.codes import NETWORK_POSITION
from detectors.model.columns import F8, I8, Bool, Measurements
from detectors.model.hashing import joined, scattered
from detectors.register.index import area_key
from geo.earth.sphere import distance_m

#: A phone's unchanged report counts once in so long, ms.
COUNTS_FOR_MS: Final = 1_800_000
_ON_ITS_WAY_MS: Final = 900_000
#: Side of the tiles in which a cell's level is learned: parts of a degree of latitude (185 m).
_TILES_A_DEG: Final = 600
#: Cells at places that are remembered of a phone: a power of two.
_REPORTS: Final = 8
#: No phone on the ground is faster.
_FASTEST_MPS: Final = 100.0
_STANDS_FOR_S, _STANDS_MPS = 60.0, 1.0


@dataclass(frozen=True, slots=True)
class News:
    """Rows of a batch that say something new. For all rows of it: the tile, and by how much the
    level on the cell has changed since the phone's last message (dB; NaN unless it stands)."""

    rows: I8
    tile: I8
    jump_db: F8


class LevelReports:
    """Screening state: each phone's last message, and its last reports of some cells at places."""

    def __init__(self) -> None:
        places = dict.fromkeys(("lat", "lon", "level_dbm"), np.float64)
        self.last = Trail(COUNTS_FOR_MS, cell=np.int64, tile=np.int64, ts_ms=np.int64, **places)
        self.reports = Trail(COUNTS_FOR_MS, where=np.int64, ts_ms=np.int64, level_dbm=np.float64)

    def news(self, batch: Measurements, news_db: float, excuse_jumping: bool) -> News:
        """What is new in a batch, which then is no longer; ``news_db`` is how much a level must
        have risen. What jumps (F28) is left out where that is excused."""
        tile, cell = tiles(batch.lat, batch.lon), _cells(batch)
        before = self.last.step(
            batch.device,
            batch.rx_ms,
            cell=cell,
            tile=tile,
            ts_ms=batch.ts_ms,
            lat=batch.lat,
            lon=batch.lon,
            level_dbm=batch.signal_dbm,
        )
        stays = before.known & (before["cell"] == cell)
        same = stays & (before["tile"] == tile)
        risen_db = batch.signal_dbm - before["level_dbm"]
        loud = named_neighbours.loudest_dbm(batch) > batch.signal_dbm + news_db
        every_ms = np.where(same, COUNTS_FOR_MS, _ON_ITS_WAY_MS)
        aged = before["ts_ms"] // every_ms != batch.ts_ms // every_ms
        maybe = ~before.known | aged | (risen_db > news_db) | loud
        maybe &= (tile >= 0) & (batch.position_source != NETWORK_POSITION)
        rows = np.flatnonzero(maybe)
        if excuse_jumping:
            rows = rows[~_jumped(before, batch, rows)]
        where = scattered(cell[rows], tile[rows])
        rows = rows[self._is_new(batch, rows, where, news_db) | loud[rows]]
        gap_s = np.abs(batch.ts_ms - before["ts_ms"]) / 1000
        stands = same & (gap_s <= _STANDS_FOR_S)
        stands &= np.nan_to_num(batch.speed_mps, nan=0.0) < _STANDS_MPS
        return News(rows, tile, np.where(stands, risen_db, np.nan))

    def _is_new(self, batch: Measurements, rows: I8, where: I8, news_db: float) -> Bool:
        """Whether a phone's report of its cell there is another than its last one of this slot."""
        slots = (where & (_REPORTS - 1)).tolist()
        reports = np.empty(len(rows), dtype=object)
        reports[:] = [
            f"{slot}|{who}" for slot, who in zip(slots, batch.device[rows].tolist(), strict=True)
        ]
        ts_ms, level_dbm = batch.ts_ms[rows], batch.signal_dbm[rows]
        last = self.reports.step(
            reports, batch.rx_ms[rows], where=where, ts_ms=ts_ms, level_dbm=level_dbm
        )
        reported = last.known & (last["where"] == where)
        reported &= last["ts_ms"] // COUNTS_FOR_MS == ts_ms // COUNTS_FOR_MS
        return np.asarray(~reported | (np.abs(level_dbm - last["level_dbm"]) > news_db))


def tiles(lat: F8, lon: F8) -> I8:
    """The tile of each place, about square and everywhere of one size; -1 without a place.

    >>> here, there = tiles(np.array([39.9003, 39.9003]), np.array([116.4, 116.4002])).tolist()
    >>> here == there, tiles(np.array([np.nan]), np.array([0.0])).tolist()
    (True, [-1])
    """
    placed = np.isfinite(lat) & np.isfinite(lon)
    band = np.floor(np.where(placed, lat + 90.0, 0.0) * _TILES_A_DEG).astype(np.int64)
    # All of a band have the width of its middle.
    width = np.cos(np.radians((band + 0.5) / _TILES_A_DEG - 90.0))
    column = np.floor(np.where(placed, lon + 360.0, 0.0) * _TILES_A_DEG * width).astype(np.int64)
    return np.where(placed, band << 20 | column, -1)


def _jumped(before: Before, batch: Measurements, rows: I8) -> Bool:
    """Whether a phone is farther from its last place than anything on the ground moves."""
    lat, lon = before["lat"][rows], before["lon"][rows]
    moved_m = distance_m(batch.lat[rows], batch.lon[rows], lat, lon)
    gap_s = np.abs(batch.ts_ms[rows] - before["ts_ms"][rows]) / 1000
    return np.asarray(before.known[rows] & (moved_m > 500.0 + _FASTEST_MPS * gap_s))


def _cells(batch: Measurements) -> I8:
    """One number a cell."""
    return joined(area_key(batch.rat, batch.mcc, batch.mnc, batch.area), batch.cell)
