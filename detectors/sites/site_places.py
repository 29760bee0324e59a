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
from detectors.sites.site_census import DEGREE, RANGE_UNIT_M, ROW, UNKNOWN_M, in_order
from geo.fix.site_place import SiteEvidence, SiteReports, site_evidence

#: Bounds of the state: sites, reports of one, cells, sites with verdicts.
_SITES, _ROWS, _CELLS, _GIVEN = 20_000, 64, 100_000, 2_000
#: A site is weighed anew when so many times as many reports of it have been seen.
_MORE: Final = 1.2
_METRES_A_DEGREE: Final = 111_195.0
#: Half of a cell's phones are within this share of its range.
_REACH_SHARE, _LEAST_REACH_M = 0.8, 300.0
#: Prior chances, before any report: that a site is registered elsewhere than it stands, that a
#: single cell is, and that a cell is cloned in this zone today.
_DISPLACED, _CELL_DISPLACED, _CLONED = 0.03, 0.003, 4e-4


class Site(msgspec.Struct, array_like=True):
    """Reports of one site's cells, rows of `ROW`: ``fresh`` are those of the newest ``window``,
    ``rows`` those before, in their order; ``seen`` counts all there were."""

    window: int = 0
    rows: bytes = b""
    fresh: bytes = b""
    seen: int = 0

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
        return (self.rows + fresh.tobytes())[-_ROWS * ROW.itemsize :]


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
    """Reports by site of one zone, each cell's site, and the verdicts last given."""

    sites: dict[int, Site] = {}
    site_of: dict[int, int] = {}
    given: dict[int, Given] = {}

    def observe(self, observation: Observation) -> None:
        """Takes the reports of one window and tile in."""
        rows = np.frombuffer(b64decode(str(observation.values["rows"])), dtype=ROW)
        key = rows["site_lat"].astype(np.int64) * (1 << 32) + rows["site_lon"]
        order = np.argsort(key, kind="stable")
        keys, starts = np.unique(key[order], return_index=True)
        parts = np.split(rows[order], starts[1:])
        for site_key, part in zip(keys.tolist(), parts, strict=True):
            site = self.sites.pop(site_key, None) or Site()
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
            given = Given(site.seen, _weighed(np.frombuffer(site.newest(), dtype=ROW)))
            keep(self.given, site_key, given, _GIVEN)
        return given.verdicts.get(cell, UNREPORTED)


def _weighed(rows: NDArray[Any]) -> dict[int, SiteVerdict]:
    """A verdict on each cell that the reports of one site name."""
    lat, lon = float(rows["site_lat"][0]) / DEGREE, float(rows["site_lon"][0]) / DEGREE
    east_m = _METRES_A_DEGREE * float(np.cos(np.radians(lat)))
    advance_m = np.where(rows["advance_m"] == UNKNOWN_M, np.nan, rows["advance_m"].astype(float))
    reports = SiteReports(
        (rows["lon"] / DEGREE - lon) * east_m,
        (rows["lat"] / DEGREE - lat) * _METRES_A_DEGREE,
        np.maximum(_REACH_SHARE * RANGE_UNIT_M * rows["range"].astype(float), _LEAST_REACH_M),
        advance_m,
        rows["accuracy_m"].astype(float) + rows["half_m"],
        rows["cell"].astype(np.int64),
        rows["phone"].astype(np.int64),
    )
    found = site_evidence(reports)
    return {cell: _verdict(found, cell, lat, lon, len(rows)) for cell in found.cloned}


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
