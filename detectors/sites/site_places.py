"""Where sites are indeed, as far as a zone's reports show: the register as one hypothesis of six.

Reports of `detectors.sites.site_census` are kept by site (`detectors.sites.kept.kept_reports`), and
weighed when a finding about a cell of the site asks (`geo.fix.site_place`). What the priors say
before any report stands here: how often a row is wrong, and how seldom a cell is cloned.
"""

from functools import lru_cache
from math import inf, log
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.features.memory.lru import keep
from detectors.features.rows.placed_reports import ROW, Reports
from detectors.model.finding import Identity
from detectors.sites.carried import carried_nats
from detectors.sites.cell_number import cell_number
from detectors.sites.kept.columns import place_of
from detectors.sites.kept.kept_reports import KeptReports
from detectors.sites.mistyped import nats_of_slip
from detectors.sites.report_windows import DEGREE
from detectors.sites.site_census import RANGE_UNIT_M, UNKNOWN_M
from geo.earth.sphere import METRES_A_DEGREE
from geo.fix.site_place import SiteEvidence, site_evidence
from geo.fix.site_reports import SiteReports, Town

#: Sites of which verdicts are kept.
_GIVEN: Final = 2_000
#: Phones farther from a site and most of its reports say nothing of it (m); the side of squares by
#: which they are counted.
_ABOUT_M, _BESIDE_M, _SQUARE_M = 15_000.0, 5_000.0, 700.0
#: More squares than there are from south to north, so that one number tells which it is.
_SQUARES: Final = float(1 << 24)
#: A site is weighed anew when so many times as many reports of it have been seen.
_MORE: Final = 1.2
#: Half of a cell's phones are within this share of its range.
_REACH_SHARE, _LEAST_REACH_M = 0.8, 300.0
#: Prior chances, before any report: that a site is registered elsewhere than it stands, that a
#: single cell is, that a cell is cloned in this zone today, that a row's place is mistyped, that a
#: cell is received far beyond its range, or all of a site's are, and that a cell is on a vehicle.
_DISPLACED, _CELL_DISPLACED, _CLONED, _MISTYPED, _FAR = 0.03, 0.003, 4e-4, 2e-3, 5e-3
_TRAVELS: Final = 1e-3


class SiteVerdict(msgspec.Struct, frozen=True, array_like=True):
    """Whether a cell is cloned, or its register row wrong, or received from far: log-odds of the
    first over the others. ``far`` is the share of the last in these, ``travels`` that of a cell
    on a vehicle (`detectors.sites.carried`).

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
    far: float = 0.0
    travels: float = 0.0


class Given(msgspec.Struct, array_like=True):
    """Verdicts on the cells of a site, by cell, given when so many reports had been seen."""

    seen: int
    verdicts: dict[int, SiteVerdict]


#: Of a cell of which nothing was reported yet.
UNREPORTED: Final = SiteVerdict(log(_CLONED) - log(_DISPLACED + _CELL_DISPLACED))


class SitePlaces(msgspec.Struct):
    """Reports by site of one zone, and the verdicts last given, by site."""

    reports: KeptReports = msgspec.field(default_factory=KeptReports)
    given: dict[int, Given] = {}

    def observe(self, reports: Reports) -> None:
        """Takes reports of one window in."""
        self.reports.take(reports.window_ms, reports.placed)

    def verdict(self, claimed: Identity) -> SiteVerdict:
        """What is known of a cell's place."""
        cell = cell_number(claimed)
        return UNREPORTED if cell is None else self.verdict_on(cell)

    def verdict_on(self, cell: int) -> SiteVerdict:
        """As `verdict`, of a cell by its number."""
        site_key = self.reports.site_key(cell)
        if site_key is None:
            return UNREPORTED
        seen, given = self.reports.seen(site_key), self.given.get(site_key)
        more = _MORE if given is not None and cell in given.verdicts else 1.0
        if given is None or (seen > given.seen and seen >= more * given.seen):
            self.given.pop(site_key, None)
            about = self.reports.of(site_key), self.reports.newest(), self.reports.keys()
            given = Given(seen, _weighed(*(each.tobytes() for each in about)))
            keep(self.given, site_key, given, _GIVEN)
        return given.verdicts.get(cell, UNREPORTED)

    def places(self) -> list[tuple[float, float]]:
        """The registered places of all sites, degrees."""
        lat, lon = place_of(self.reports.keys())
        return list(zip((lat / DEGREE).tolist(), (lon / DEGREE).tolist(), strict=True))


# Zones that see the same phones ask the same, one after the other.
@lru_cache(maxsize=4)
def _weighed(own: bytes, newest: bytes, keys: bytes) -> dict[int, SiteVerdict]:
    """A verdict on each cell that one site's own reports name, beside the newest of all sites;
    ``keys`` are those of all sites. All as bytes of the arrays of `KeptReports`."""
    rows, everywhere = np.frombuffer(own, ROW), np.frombuffer(newest, ROW)
    placed = place_of(np.frombuffer(keys, np.int64))
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
    slips = {
        cell: nats_of_slip((lat, lon), _middle(rows[reports.cell == cell])) for cell in found.cloned
    }
    carried = {cell: _carried(reports, cell) for cell in found.cloned}
    about = lat, lon, len(rows)
    return {
        cell: _verdict(found, cell, *about, slips[cell], carried[cell]) for cell in found.cloned
    }


def _carried(reports: SiteReports, cell: int) -> float | None:
    own = np.flatnonzero(reports.cell == cell)
    return carried_nats(reports.x[own], reports.y[own], reports.device[own], reports.reach_m)


def _middle(rows: NDArray[Any]) -> tuple[float, float]:
    """The median of reports' places, degrees."""
    return float(np.median(rows["lat"])) / DEGREE, float(np.median(rows["lon"])) / DEGREE


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
    own_m = np.hypot(*_metres(own["lat"], own["lon"], lat, lon))
    near = np.hypot(x, y) < max(_ABOUT_M, float(np.quantile(own_m, 0.9)) + _BESIDE_M)
    # Where none is near, all count.
    near |= ~near.any()
    sites = _squares(*_metres(*placed, lat, lon))
    share = max(int(mine[near].sum()) if mine.any() else len(own), 1) / int(near.sum())
    return Town(*_squares(x[near], y[near]), *sites, share)


def _squares(x: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Places (m) counted by squares: their middles, and how many are in each."""
    east, north = np.rint(x / _SQUARE_M), np.rint(y / _SQUARE_M)
    _, first, count = np.unique(_SQUARES * east + north, return_index=True, return_counts=True)
    return east[first] * _SQUARE_M, north[first] * _SQUARE_M, count.astype(float)


def _metres(
    at_lat: NDArray[Any], at_lon: NDArray[Any], lat: float, lon: float
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Places in millionths of a degree as metres east and north of one in degrees."""
    east_m = METRES_A_DEGREE * float(np.cos(np.radians(lat)))
    return (at_lon / DEGREE - lon) * east_m, (at_lat / DEGREE - lat) * METRES_A_DEGREE


def _verdict(
    found: SiteEvidence,
    cell: int,
    lat: float,
    lon: float,
    reports: int,
    slip: float | None,
    carried: float | None,
) -> SiteVerdict:
    logs = np.array(
        [
            log(1.0 - _DISPLACED - _CELL_DISPLACED - _CLONED) + found.in_place,
            log(_DISPLACED) + found.displaced,
            log(_CELL_DISPLACED) + found.cell_displaced[cell],
            log(_CLONED) + found.cloned[cell],
        ]
    )
    if slip is not None:
        # That it is received there alone says as much of a mistyped row as of a clone.
        logs[2] = np.logaddexp(logs[2], log(_MISTYPED) + found.cloned[cell] + slip)
    # To be off by less than the reach is as likely, before any report, as by more.
    slightly = log(_DISPLACED) + found.slightly
    cell_slightly = log(_CELL_DISPLACED) + found.cell_slightly[cell]
    row_is_wrong = np.logaddexp.reduce([logs[1], logs[2], slightly, cell_slightly])
    from_far = log(_FAR) + found.reaching_far[cell]
    if len(found.cloned) > 1:
        from_far = float(np.logaddexp(from_far, log(_FAR) + found.all_reaching))
    honest = np.logaddexp(row_is_wrong, from_far)
    every = np.logaddexp(np.logaddexp.reduce(logs), from_far)
    travels = -inf
    if carried is not None:
        # Where it is at a time says as much of a cell on a vehicle as of a clone in a car.
        travels = log(_TRAVELS) + found.cloned[cell] + carried
        honest, every = np.logaddexp(honest, travels), np.logaddexp(every, travels)
    chances = np.exp(logs - every)
    at = found.site if logs[1] >= logs[2] else found.cell_at[cell]
    east_m = METRES_A_DEGREE * float(np.cos(np.radians(lat)))
    return SiteVerdict(
        float(logs[3] - honest),
        float(chances[1]),
        float(chances[2]),
        (lat + at.y / METRES_A_DEGREE, lon + at.x / east_m),
        at.sigma_m,
        at.off_m,
        reports,
        len(found.cloned),
        float(np.exp(from_far - honest)),
        float(np.exp(travels - honest)),
    )
