"""Where sites are indeed, as far as a zone's reports show: the register as one hypothesis of four.

Reports of `detectors.sites.site_census` are kept by site, the newest of each, and weighed when a
finding about a cell of the site asks (`geo.fix.site_place`). What the priors say before any report
stands here: how often a row is wrong, and how seldom a cell is cloned.
"""

from base64 import b64decode
from math import log
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.features.memory.lru import keep
from detectors.model.finding import Identity, Observation
from detectors.sites.cell_number import cell_number
from detectors.sites.report_windows import DEGREE
from detectors.sites.site_census import RANGE_UNIT_M, ROW, UNKNOWN_M, in_order
from geo.fix.site_place import SiteEvidence, SiteReports, Town, site_evidence

#: Bounds of the state: sites, reports of one, reports of all, cells, sites with verdicts.
_SITES, _ROWS, _ALL_ROWS, _CELLS, _GIVEN = 20_000, 64, 4_096, 100_000, 2_000
#: Phones farther from a site say nothing of it (m); the side of squares by which they are counted.
_ABOUT_M, _SQUARE_M = 15_000.0, 700.0
#: Side of the squares in which a phone is reported once (millionths of a degree, some 300 m).
_SQUARE: Final = 3_000
#: A site is weighed anew when so many times as many reports of it have been seen.
_MORE: Final = 1.2
_METRES_A_DEGREE: Final = 111_195.0
#: Half of a cell's phones are within this share of its range.
_REACH_SHARE, _LEAST_REACH_M = 0.8, 300.0
#: Prior chances, before any report: that a site is registered elsewhere than it stands, that a
#: single cell is, and that a cell is cloned in this zone today.
_DISPLACED, _CELL_DISPLACED, _CLONED = 0.03, 0.003, 4e-4


class Reported(msgspec.Struct, array_like=True):
    """The newest reports of one site's cells, or of all, at ``most`` so many rows of `ROW`, one for
    each phone and cell in a square: ``fresh`` are those of the newest ``window``, ``rows`` those
    before, in their order; ``seen`` counts all there were."""

    window: int = 0
    rows: bytes = b""
    fresh: bytes = b""
    seen: int = 0
    most: int = _ROWS

    def take(self, window: int, rows: NDArray[Any]) -> None:
        """Adds some of a window. What came before the newest window is known by then, whatever the
        order in which it came: so it is put in order of content, and the oldest is forgotten."""
        if window > self.window:
            self.rows, self.fresh, self.window = self.newest(), b"", window
        self.fresh += rows.tobytes()
        self.seen += len(rows)

    def newest(self) -> bytes:
        """All that is kept."""
        fresh = in_order(np.frombuffer(self.fresh, dtype=ROW))
        return _distinct(np.concatenate([np.frombuffer(self.rows, dtype=ROW), fresh]))[
            -self.most :
        ].tobytes()


class SiteVerdict(msgspec.Struct, frozen=True, array_like=True):
    """Whether a cell is cloned or its register row wrong: log-odds of the first over the second.

    ``displaced`` and ``cell_displaced`` are the probabilities that the row of the whole site, or of
    this cell alone, is wrong. ``learned`` is the place where it then is (degrees), ``sigma_m`` the
    standard deviation of that along one axis, ``off_m`` how far from the registered one;
    ``reports`` and ``cells`` are what it rests on.
    """

    log_odds: float
    displaced: float = _DISPLACED
    cell_displaced: float = _CELL_DISPLACED
    learned: tuple[float, float] | None = None
    sigma_m: float = 0.0
    off_m: float = 0.0
    reports: int = 0
    cells: int = 0


class Given(msgspec.Struct, array_like=True):
    """Verdicts on the cells of a site, by cell, given when so many reports had been seen."""

    seen: int
    verdicts: dict[int, SiteVerdict]


#: Of a cell of which nothing was reported yet.
UNREPORTED: Final = SiteVerdict(log(_CLONED) - log(_DISPLACED + _CELL_DISPLACED))


class SitePlaces(msgspec.Struct):
    """Reports by site of one zone, and of all its sites, each cell's site, and the verdicts last
    given."""

    sites: dict[int, Reported] = {}
    everywhere: Reported = msgspec.field(default_factory=lambda: Reported(most=_ALL_ROWS))
    site_of: dict[int, int] = {}
    given: dict[int, Given] = {}

    def observe(self, observation: Observation) -> None:
        """Takes the reports of one window and tile in."""
        rows = np.frombuffer(b64decode(str(observation.values["rows"])), dtype=ROW)
        self.everywhere.take(observation.ts, rows)
        key = rows["site_lat"].astype(np.int64) * (1 << 32) + rows["site_lon"]
        order = np.argsort(key, kind="stable")
        keys, starts = np.unique(key[order], return_index=True)
        parts = np.split(rows[order], starts[1:])
        for site_key, part in zip(keys.tolist(), parts, strict=True):
            site = self.sites.pop(site_key, None) or Reported()
            site.take(observation.ts, part)
            keep(self.sites, site_key, site, _SITES)
            for cell in np.unique(part["cell"]).tolist():
                keep(self.site_of, cell, site_key, _CELLS)

    def verdict(self, claimed: Identity) -> SiteVerdict:
        """What is known of a cell's place."""
        cell = cell_number(claimed)
        return UNREPORTED if cell is None else self.verdict_on(cell)

    def verdict_on(self, cell: int) -> SiteVerdict:
        """As `verdict`, of a cell by its number."""
        site_key = self.site_of.get(cell)
        site = None if site_key is None else self.sites.get(site_key)
        if site is None or site_key is None:
            return UNREPORTED
        given = self.given.get(site_key)
        more = _MORE if given is not None and cell in given.verdicts else 1.0
        if given is None or (site.seen > given.seen and site.seen >= more * given.seen):
            self.given.pop(site_key, None)
            given = Given(site.seen, _weighed(_rows(site), _rows(self.everywhere), self._placed()))
            keep(self.given, site_key, given, _GIVEN)
        return given.verdicts.get(cell, UNREPORTED)

    def places(self) -> list[tuple[float, float]]:
        """The registered places of all sites, degrees."""
        lat, lon = self._placed()
        return list(zip((lat / DEGREE).tolist(), (lon / DEGREE).tolist(), strict=True))

    def _placed(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The registered places of all sites, millionths of a degree, out of their keys."""
        keys = np.fromiter(self.sites, np.int64, len(self.sites))
        lon = (keys + (1 << 31)) % (1 << 32) - (1 << 31)
        return (keys - lon) >> 32, lon


def _distinct(rows: NDArray[Any]) -> NDArray[Any]:
    """Of each phone and cell in a square the last row, in their order."""
    whose = (rows["phone"].astype(np.uint64) << np.uint64(32)) + rows["cell"]
    square = (rows["lat"] // _SQUARE) * np.int64(1 << 20) + rows["lon"] // _SQUARE
    # Any two that are alike here by chance are two in 2**64.
    whose = whose * np.uint64(0x9E3779B97F4A7C15) + square.astype(np.uint64)
    _, last = np.unique(whose[::-1], return_index=True)
    kept: NDArray[Any] = rows[np.sort(len(rows) - 1 - last)]
    return kept


def _rows(reported: Reported) -> NDArray[Any]:
    return np.frombuffer(reported.newest(), dtype=ROW)


def _weighed(
    rows: NDArray[Any],
    everywhere: NDArray[Any],
    placed: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> dict[int, SiteVerdict]:
    """A verdict on each cell that the reports of one site name."""
    lat, lon = float(rows["site_lat"][0]) / DEGREE, float(rows["site_lon"][0]) / DEGREE
    x, y = _metres(rows["lat"], rows["lon"], lat, lon)
    advance_m = np.where(rows["advance_m"] == UNKNOWN_M, np.nan, rows["advance_m"].astype(float))
    reach_m = _REACH_SHARE * RANGE_UNIT_M * float(np.median(rows["range"]))
    reports = SiteReports(
        x,
        y,
        advance_m,
        rows["accuracy_m"].astype(float) + rows["half_m"],
        rows["cell"].astype(np.int64),
        rows["phone"].astype(np.int64),
        max(reach_m, _LEAST_REACH_M),
    )
    found = site_evidence(reports, _town(rows, everywhere, placed, lat, lon))
    return {cell: _verdict(found, cell, lat, lon, len(rows)) for cell in found.cloned}


def _town(
    own: NDArray[Any],
    everywhere: NDArray[Any],
    placed: tuple[NDArray[np.int64], NDArray[np.int64]],
    lat: float,
    lon: float,
) -> Town:
    """Reports and sites about a place, counted by squares. The site's own reports count where they
    are no longer among the newest of all."""
    mine = (everywhere["site_lat"] == own["site_lat"][0]) & (
        everywhere["site_lon"] == own["site_lon"][0]
    )
    rows = everywhere if mine.any() else np.concatenate([everywhere, own])
    x, y = _metres(rows["lat"], rows["lon"], lat, lon)
    near = np.hypot(x, y) < _ABOUT_M
    # Where none is near, all count.
    near |= ~near.any()
    sites = _squares(*_metres(*placed, lat, lon))
    share = max(int(mine[near].sum()) if mine.any() else len(own), 1) / int(near.sum())
    return Town(*_squares(x[near], y[near]), *sites, share)


def _squares(x: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Places (m) counted by squares: their middles, and how many are in each."""
    squares, count = np.unique(
        np.rint(np.column_stack([x, y]) / _SQUARE_M), axis=0, return_counts=True
    )
    return squares[:, 0] * _SQUARE_M, squares[:, 1] * _SQUARE_M, count.astype(float)


def _metres(
    at_lat: NDArray[Any], at_lon: NDArray[Any], lat: float, lon: float
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Places in millionths of a degree as metres east and north of one in degrees."""
    east_m = _METRES_A_DEGREE * float(np.cos(np.radians(lat)))
    return (at_lon / DEGREE - lon) * east_m, (at_lat / DEGREE - lat) * _METRES_A_DEGREE


def _verdict(found: SiteEvidence, cell: int, lat: float, lon: float, reports: int) -> SiteVerdict:
    logs = np.array(
        [
            log(1.0 - _DISPLACED - _CELL_DISPLACED - _CLONED) + found.in_place,
            log(_DISPLACED) + found.displaced,
            log(_CELL_DISPLACED) + found.cell_displaced[cell],
            log(_CLONED) + found.cloned[cell],
        ]
    )
    chances = np.exp(logs - np.logaddexp.reduce(logs))
    at = found.site if logs[1] >= logs[2] else found.cell_at[cell]
    east_m = _METRES_A_DEGREE * float(np.cos(np.radians(lat)))
    return SiteVerdict(
        float(logs[3] - np.logaddexp(logs[1], logs[2])),
        float(chances[1]),
        float(chances[2]),
        (lat + at.y / _METRES_A_DEGREE, lon + at.x / east_m),
        at.sigma_m,
        at.off_m,
        reports,
        len(found.cloned),
    )
