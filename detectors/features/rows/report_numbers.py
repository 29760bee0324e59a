"""What rules ask of each report of a batch: by columns, once for all of them."""

from functools import lru_cache
from typing import Final

import numpy as np

from detectors.features.facts import AnyFacts, shared
from detectors.model.columns import F8, I8, Bool, Measurements
from detectors.model.hashing import U8, joined, place_numbers
from detectors.native.numbered import numbers, places
from detectors.register.index import area_key

#: Uploads may be late by so long (ms); what is later, or from the future, has a wrong clock.
_LATE_MS: Final = 2_400_000
_AHEAD_MS: Final = 60_000
#: Side of the tiles in which a cell's level is learned: parts of a degree of latitude (185 m).
_TILES_A_DEG: Final = 600


@shared
def late_ms(facts: AnyFacts) -> I8:
    """How long after its time each row arrived (ms)."""
    late: I8 = facts.batch.rx_ms - facts.batch.ts_ms
    return late


@shared
def are_timely(facts: AnyFacts) -> Bool:
    """Which rows were measured when they say, as far as their time of arrival tells: a phone with a
    wrong clock would say that what has just begun was there hours ago."""
    late = late_ms(facts)
    timely: Bool = (late <= _LATE_MS) & (late >= -_AHEAD_MS)
    return timely


@shared
def are_placed(facts: AnyFacts) -> Bool:
    """Which rows have a place."""
    placed: Bool = ~np.isnan(facts.batch.lat + facts.batch.lon)
    return placed


@shared
def are_drawn(facts: AnyFacts, one_in: int) -> Bool:
    """As `detectors.model.hashing.is_place_sampled`."""
    drawn: Bool = _place_numbers(facts) % np.uint64(one_in) == 0
    return drawn & are_placed(facts)


@shared
def _place_numbers(facts: AnyFacts) -> U8:
    ts_ms, lat, lon = facts.batch.ts_ms, facts.batch.lat, facts.batch.lon
    if places.OURS is not None:
        return places.OURS.numbers(ts_ms, lat, lon)
    return place_numbers(ts_ms, lat, lon)


@shared
def cell_numbers(facts: AnyFacts) -> I8:
    """One number for each row's cell, for comparing."""
    batch, found = facts.batch, _by_library(facts)
    if found is not None:
        return found[0]
    return joined(area_key(batch.rat, batch.mcc, batch.mnc, batch.area), batch.cell)


@shared
def level_tiles(facts: AnyFacts) -> I8:
    """As `tiles`, of each row's place."""
    found = _by_library(facts)
    if found is not None:
        return found[1]
    return tiles(facts.batch.lat, facts.batch.lon)


@shared
def _by_library(facts: AnyFacts) -> tuple[I8, I8] | None:
    """The numbers of cells and of tiles by our own library, where it has them."""
    batch = facts.batch
    if numbers.OURS is None or not isinstance(batch, Measurements):
        return None
    cells = batch.mcc, batch.mnc, batch.area, batch.cell
    if any(column.dtype.kind != "i" for column in cells):
        return None
    return numbers.OURS.of(numbers.Reports(batch.rat, *cells, batch.lat, batch.lon), _widths())


@lru_cache(maxsize=1)
def _widths() -> F8:
    """How wide the tiles of each band are."""
    return _width(np.arange(180 * _TILES_A_DEG + 1))


def tiles(lat: F8, lon: F8) -> I8:
    """The tile of each place, about square and everywhere of one size; -1 without a place.

    >>> here, there = tiles(np.array([39.9003, 39.9003]), np.array([116.4, 116.4002])).tolist()
    >>> here == there, tiles(np.array([np.nan]), np.array([0.0])).tolist()
    (True, [-1])
    """
    placed = np.isfinite(lat) & np.isfinite(lon)
    band = np.floor(np.where(placed, lat + 90.0, 0.0) * _TILES_A_DEG).astype(np.int64)
    east = np.where(placed, lon + 360.0, 0.0) * _TILES_A_DEG
    column = np.floor(east * _width(band)).astype(np.int64)
    return np.where(placed, band << 20 | column, -1)


def _width(band: I8) -> F8:
    """In parts of what it is at the equator. All of a band have the width of its middle."""
    return np.asarray(np.cos(np.radians((band + 0.5) / _TILES_A_DEG - 90.0)))
