"""Is a site where the register has it? Four answers, weighed by what ordinary reports say.

A phone served by a cell is near its mast: density falls off with distance, at first slowly, then as
its fourth power (a heavy tail, since terrain and power differ). A timing advance says how far it
is. A share of reports is wrong, wherever they are: positions beyond their accuracy, modems that
show a cell of before. Under each answer the place that isn't known is integrated out over a grid,
so that the logarithms are those of marginal likelihoods, and differences are Bayes factors (Kass
and Raftery 1995).

* in place: all cells of the site are at the registered place;
* displaced: all are at another, the same for all: the row of the site is wrong;
* cell displaced: only this cell is at another place, and nobody is served by it at the registered
  one: the row of the cell is wrong;
* cloned: this cell is at two places, the registered one and another within a day's drive.

A phone that reports often is one witness, not many: each counts as one at most, and all by half,
since phones of a crowd share its place.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from geo.earth.sphere import Floats

Ints = NDArray[np.int64]

#: Share of reports that say nothing of their cell's place, and the span over which they spread (m).
_WRONG_SHARE, _WRONG_SPAN_M = 0.05, 20_000.0
#: What a phone counts at most, and what all are tempered by.
_TEMPER: Final = 0.5
#: A timing advance is this much too long (reflections) or too short (clocks) in typical cases (m).
_LONG_M, _SHORT_M = 180.0, 90.0
_WRONG_ADVANCES: Final = 0.07
#: Half side and step of the grid about the reports (m).
_HALF_M, _STEP_M = 3_000.0, 200.0
#: Rows are wrong by these distances (m), log-uniformly.
_LEAST_OFF_M, _MOST_OFF_M = 100.0, 10_000.0
#: A clone may be this far from the middle of its reports' zone (m).
_CLONE_SPAN_M: Final = 15_000.0
#: Shares of the cell's reports that are of the true one, of equal prior probability.
_TRUE_SHARES: Final = (0.1, 0.3, 0.5, 0.7, 0.9)


@dataclass(frozen=True, slots=True, eq=False)
class SiteReports:
    """Reports of phones served by one site's cells, an entry each.

    ``x`` and ``y`` are metres east and north of the registered place, ``reach_m`` the distance
    within which half of the cell's phones are, ``advance_m`` the distance that a timing advance
    gives (NaN without one), ``accuracy_m`` the doubt of position and advance together; ``cell`` and
    ``device`` number those.
    """

    x: Floats
    y: Floats
    reach_m: Floats
    advance_m: Floats
    accuracy_m: Floats
    cell: Ints
    device: Ints

    def weights(self) -> Floats:
        """What each report counts: all of a phone together at most one, tempered."""
        _, of, count = np.unique(self.device, return_inverse=True, return_counts=True)
        return np.asarray(_TEMPER * np.minimum(count[of], 2) / count[of])


@dataclass(frozen=True, slots=True)
class Estimate:
    """A place in metres east and north of the registered one, and the standard deviation of that
    along one axis."""

    x: float
    y: float
    sigma_m: float

    @property
    def off_m(self) -> float:
        """Its distance from the registered place."""
        return float(np.hypot(self.x, self.y))


@dataclass(frozen=True, slots=True)
class SiteEvidence:
    """Logarithms of the marginal likelihoods; of the two about one cell, by cell.

    ``site`` is where the site is if it is displaced, ``cell_at`` where each cell is if it alone is.
    """

    in_place: float
    displaced: float
    cell_displaced: dict[int, float]
    cloned: dict[int, float]
    site: Estimate
    cell_at: dict[int, Estimate]


def site_evidence(reports: SiteReports) -> SiteEvidence:
    """What reports, one at least, say of their site and of each of its cells that they name.

    >>> n = 12
    >>> reach_m, unknown = np.full(n, 800.0), np.full(n, np.nan)
    >>> east = SiteReports(np.full(n, 2000.0), np.zeros(n), reach_m, unknown, np.full(n, 30.0),
    ...                    np.arange(n) % 3, np.arange(n))
    >>> found = site_evidence(east)
    >>> found.displaced > max(found.in_place, found.cell_displaced[0], found.cloned[0])
    True
    """
    weights = reports.weights()
    x, y = _grid(reports)
    home = _likelihood(reports, np.zeros(1), np.zeros(1))[0]
    away = _likelihood(reports, x, y)
    at_home, log_away = weights * np.log(home), np.log(away)
    displacement = _log_displacement(x, y)
    displaced = log_away @ weights + displacement
    uniform = np.log(_STEP_M**2 / (np.pi * _CLONE_SPAN_M**2))
    cell_displaced, cloned, cell_at = {}, {}, {}
    for cell in np.unique(reports.cell).tolist():
        own = np.flatnonzero(reports.cell == cell)
        others = float(at_home.sum() - at_home[own].sum())
        there = log_away[:, own] @ weights[own] + displacement
        cell_displaced[cell] = others + float(logsumexp(there))
        cell_at[cell] = _moments(x, y, there)
        both = [
            np.log(share * home[own] + (1.0 - share) * away[:, own]) @ weights[own]
            for share in _TRUE_SHARES
        ]
        cloned[cell] = others + float(logsumexp(both)) - np.log(len(both)) + float(uniform)
    return SiteEvidence(
        float(at_home.sum()),
        float(logsumexp(displaced)),
        cell_displaced,
        cloned,
        _moments(x, y, displaced),
        cell_at,
    )


def _likelihood(reports: SiteReports, x: Floats, y: Floats) -> Floats:
    """Of each report (column) from a site at each place (row), per square metre."""
    squared_m2 = (reports.x - x[:, None]) ** 2 + (reports.y - y[:, None]) ** 2
    reach_m2 = reports.reach_m**2
    density = reach_m2 / np.pi / (reach_m2 + squared_m2) ** 2
    timed = ~np.isnan(reports.advance_m)
    if timed.any():
        over_m = np.sqrt(squared_m2[:, timed]) - reports.advance_m[timed]
        doubt_m = reports.accuracy_m[timed]
        scale_m = np.where(over_m > 0.0, _SHORT_M, _LONG_M) + doubt_m
        stated = np.exp(-np.abs(over_m) / scale_m) / (_SHORT_M + _LONG_M + 2.0 * doubt_m)
        # Beside an advance that says nothing.
        density[:, timed] *= (1.0 - _WRONG_ADVANCES) * stated * _WRONG_SPAN_M + _WRONG_ADVANCES
    wrong = _WRONG_SHARE / (np.pi * _WRONG_SPAN_M**2)
    return np.asarray((1.0 - _WRONG_SHARE) * density + wrong)


def _grid(reports: SiteReports) -> tuple[Floats, Floats]:
    """Places about the reports that contradict the registered place; about all if none does."""
    far_m = np.hypot(reports.x, reports.y)
    away = far_m > 1.5 * reports.reach_m
    chosen = away if away.any() else ~away
    steps = np.arange(-_HALF_M, _HALF_M + 1.0, _STEP_M)
    x, y = np.meshgrid(np.median(reports.x[chosen]) + steps, np.median(reports.y[chosen]) + steps)
    return x.ravel(), y.ravel()


def _log_displacement(x: Floats, y: Floats) -> Floats:
    """Prior of a displacement, for a square of the grid."""
    off_m = np.hypot(x, y)
    possible = (off_m >= _LEAST_OFF_M) & (off_m <= _MOST_OFF_M)
    density = 1.0 / (2.0 * np.pi * np.maximum(off_m, 1.0) ** 2 * np.log(_MOST_OFF_M / _LEAST_OFF_M))
    return np.asarray(np.log(np.where(possible, density, 1e-16) * _STEP_M**2))


def _moments(x: Floats, y: Floats, log_mass: Floats) -> Estimate:
    """Mean and standard deviation along one axis of what is spread over the grid (m)."""
    mass = np.exp(log_mass - logsumexp(log_mass))
    x_m, y_m = float(mass @ x), float(mass @ y)
    spread = float(mass @ ((x - x_m) ** 2 + (y - y_m) ** 2)) / 2.0 + _STEP_M**2 / 12.0
    return Estimate(x_m, y_m, float(np.sqrt(spread)))
