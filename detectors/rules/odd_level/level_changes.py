"""Which messages say something new of their cell's level: the screening half of `odd_level`.

A phone's report of its cell counts once in half an hour, and once in some minutes on the way, where
cells and places are new all the time. A level that has risen is passed on at once: a rogue station
has to be the stronger one.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from detectors.features.facts import Facts
from detectors.features.phones.last_reports import phone_rows, report_before
from detectors.features.phones.phones import LEVEL, LEVELS, Rows
from detectors.features.phones.short_times import ages_ms, short_times
from detectors.features.rows import named_neighbours
from detectors.features.rows.device_rows import device_rows
from detectors.features.rows.report_numbers import cell_numbers, level_tiles
from detectors.model.codes import NETWORK_POSITION
from detectors.model.columns import F8, I8, Bool, Measurements
from detectors.model.hashing import scattered
from detectors.native.screened import news as by_library
from detectors.native.screened.news import Limits, MaybeNews, Reports
from geo.earth.sphere import distance_m

#: A phone's unchanged report counts once in so long, ms.
COUNTS_FOR_MS: Final = 1_800_000
_ON_ITS_WAY_MS: Final = 900_000
_SLOT_BITS: Final = LEVELS.bit_length() - 1
#: No phone on the ground is faster.
_FASTEST_MPS: Final = 100.0
_STANDS_FOR_MS, _STANDS_MPS = 60_000, 1.0
#: No degree of a great circle is longer than that (m); computing is off by less.
_A_DEGREE_M, _OFF_M = 111_196.0, 1.0
_TIMES_MS: Final = (COUNTS_FOR_MS, _ON_ITS_WAY_MS, _STANDS_FOR_MS)


@dataclass(frozen=True, slots=True)
class News:
    """Rows of a batch that say something new. For all rows of it: the tile, and by how much the
    level on the cell has changed since the phone's last message (dB; NaN unless it stands)."""

    rows: I8
    tile: I8
    jump_db: F8


def news(facts: Facts[Measurements], news_db: float, excuse_jumping: bool) -> News:
    """What is new in a batch, which then is no longer; ``news_db`` is how much a level must have
    risen. What jumps (F28) is left out where that is excused."""
    batch, tile = facts.batch, level_tiles(facts)
    asked = None if by_library.OURS is None else _asked(facts, news_db)
    maybe = _maybe_new(facts, news_db) if asked is None else _maybe_by_library(facts, *asked)
    rows = maybe.rows
    if excuse_jumping and len(rows):
        known = np.flatnonzero(maybe.known[rows])
        jumped = known[_jumped(report_before(facts, rows[known]), batch, rows[known])]
        rows = np.delete(rows, jumped) if len(jumped) else rows
    if len(rows):
        if asked is None:
            rows = rows[_are_new(facts, rows, news_db) | maybe.loud[rows]]
        else:
            rows = _new_by_library(facts, maybe, rows, *asked)
    return News(rows, tile, maybe.jump_db)


def _asked(facts: Facts[Measurements], news_db: float) -> tuple[Reports, Limits]:
    """A batch as our own library takes it, and what is asked of it."""
    batch, phones = facts.batch, phone_rows(facts)
    when, how = (batch.rx_ms, batch.ts_ms), (batch.signal_dbm, batch.speed_mps)
    where = phones.device, phones.before, *when, cell_numbers(facts), level_tiles(facts)
    loudest_dbm = named_neighbours.loudest_dbm(batch)
    limits = Limits(*_TIMES_MS, _STANDS_MPS, news_db, NETWORK_POSITION)
    return Reports(*where, *how, loudest_dbm, batch.position_source), limits


def _maybe_by_library(facts: Facts[Measurements], reports: Reports, limits: Limits) -> MaybeNews:
    assert by_library.OURS is not None
    return by_library.OURS.maybe(reports, facts.phones.reports.all, limits)


def _new_by_library(
    facts: Facts[Measurements], maybe: MaybeNews, rows: I8, reports: Reports, limits: Limits
) -> I8:
    assert by_library.OURS is not None
    kept = facts.phones.levels.all, LEVELS
    return by_library.OURS.levels(reports, maybe, rows, kept, limits)


def _maybe_new(facts: Facts[Measurements], news_db: float) -> MaybeNews:
    """What may be new beside each phone's report before."""
    batch, tile, cell = facts.batch, level_tiles(facts), cell_numbers(facts)
    loudest_dbm = named_neighbours.loudest_dbm(batch)
    if loudest_dbm is None:
        loudest_dbm = np.full(len(batch), -np.inf)
    before = report_before(facts, np.arange(len(batch), dtype=np.int64))
    known = batch.rx_ms - before["rx_ms"] <= COUNTS_FOR_MS
    same = known & (before["cell"] == cell) & (before["tile"] == tile)
    risen_db = batch.signal_dbm - before["signal_dbm"]
    loud = loudest_dbm > batch.signal_dbm + news_db
    every_ms = np.where(same, COUNTS_FOR_MS, _ON_ITS_WAY_MS)
    aged = before["ts_ms"] // every_ms != batch.ts_ms // every_ms
    maybe = ~known | aged | (risen_db > news_db) | loud
    maybe &= (tile >= 0) & (batch.position_source != NETWORK_POSITION)
    stands = same & (np.abs(batch.ts_ms - before["ts_ms"]) <= _STANDS_FOR_MS)
    # Comparisons with NaN are false: it stands where no speed is given.
    stands &= ~(batch.speed_mps >= _STANDS_MPS)
    return MaybeNews(np.flatnonzero(maybe), known, loud, np.where(stands, risen_db, np.nan))


def _are_new(facts: Facts[Measurements], rows: I8, news_db: float) -> Bool:
    """Whether a phone's report of its cell there is another than its last one of this slot. Of a
    number of 64 bits 35 are compared: that of some thirty thousand million pairs two are taken for
    one costs no more than a report that isn't counted."""
    batch, kept = facts.batch, facts.phones.levels
    where = scattered(cell_numbers(facts)[rows], level_tiles(facts)[rows])
    reports = np.empty(len(rows), dtype=LEVEL)
    reports["where"] = where >> _SLOT_BITS
    reports["half_hour"] = batch.ts_ms[rows] // COUNTS_FOR_MS
    reports["rx_ms"], reports["signal_dbm"] = short_times(batch.rx_ms[rows]), batch.signal_dbm[rows]
    slots = device_rows(phone_rows(facts).device[rows] * LEVELS + (where & (LEVELS - 1)))
    last = kept.of(slots.device)
    again = np.flatnonzero(slots.before >= 0)
    last[again] = reports[slots.before[again]]
    kept.put(slots.device[slots.last], reports[slots.last])
    known = (last["where"] == reports["where"]) & (last["half_hour"] == reports["half_hour"])
    known &= ages_ms(batch.rx_ms[rows], last["rx_ms"]) <= COUNTS_FOR_MS
    changed = np.abs(reports["signal_dbm"] - last["signal_dbm"]) > news_db
    return np.asarray(~known | changed)


def _jumped(before: Rows, batch: Measurements, rows: I8) -> I8:
    """Which phones are farther from their last place than anything on the ground moves, by their
    places among some rows."""
    lat, lon = batch.lat[rows], batch.lon[rows]
    gap_s = np.abs(batch.ts_ms[rows] - before["ts_ms"]) / 1000
    ground_m = 500.0 + _FASTEST_MPS * gap_s
    # Hardly any may be: north and then east, as if along the equator, costs no sine.
    off_deg = np.abs(lat - before["lat"]) + np.abs(lon - before["lon"])
    maybe = np.flatnonzero(off_deg * _A_DEGREE_M + _OFF_M > ground_m)
    if not len(maybe):
        return maybe
    moved_m = distance_m(lat[maybe], lon[maybe], before["lat"][maybe], before["lon"][maybe])
    jumped: I8 = maybe[moved_m > ground_m[maybe]]
    return jumped
