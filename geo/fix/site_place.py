"""Is a site where the register has it? Six answers, weighed by what ordinary reports say.

A phone served by a cell is near its mast: what a mast gives falls off with distance, at first
slowly, then as its fourth power (a heavy tail, since terrain and power differ), and the chance to
be served is its share of what all masts give there. But phones are where people are: a mast at the
edge of a town has all of its phones on one side. So likelihoods are relative to where phones are at
all. How many phones a mast serves tells less, since masts differ, but one that is far from all of
them serves hardly any. A timing advance says how far a phone is. A share of reports is wrong, and
then of anywhere where phones are: positions beyond their accuracy, modems that show a cell of
before. Under each answer the place that isn't known is integrated out over a grid, so that the
logarithms are those of marginal likelihoods, and differences are Bayes factors (Kass and Raftery
1995).

* in place: all cells of the site are at the registered place;
* displaced: all are at another, the same for all: the row of the site is wrong;
* cell displaced: only this cell is at another place, and nobody is served by it at the registered
  one: the row of the cell is wrong;
* cloned: this cell is at two places, the registered one and another within a day's drive;
* reaching far: it is at the registered place, and a share of its phones are anywhere, as far off as
  their timing advances say: a mast on a hill is received across a town, over water, in high
  windows; or all cells of the site are.

A phone that reports often is one witness, not many, and so is a crowd at one place: what shadows
the near masts there shadows them for all. Each phone counts as one at most, all within a square of
a few hundred metres as one, and the whole by half.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from geo.earth.sphere import Floats
from geo.fix.displacement import (
    FAR_SHARE,
    LONE_FAR_SHARE,
    MOST_OFF_M,
    SPAN_M,
    log_displacement,
    log_slight_displacement,
)
from geo.fix.serving_share import given_at
from geo.fix.site_reports import SiteReports, Town

#: Share of reports that say nothing of their cell's place.
_WRONG_SHARE: Final = 0.05
#: Places whose distances from all squares of a town are in memory together: they fit a cache.
_AT_ONCE: Final = 128
#: A timing advance is this much too long (reflections) or too short (clocks) in typical cases (m).
_LONG_M, _SHORT_M = 180.0, 90.0
_WRONG_ADVANCES, _WRONG_ADVANCESSPAN_M = 0.07, 20_000.0
#: Half side and step of the grid about the reports (m).
_HALF_M, _STEP_M = 3_000.0, 200.0
#: How much masts differ in the number of phones that they serve beyond what their place explains:
#: standard deviation of its natural logarithm.
_BUSINESS_SD: Final = 1.5
#: Shares of the cell's reports that are of the true one, of equal prior probability.
_TRUE_SHARES: Final = (0.1, 0.3, 0.5, 0.7, 0.9)
#: A mast on a hill reaches so many times as far as its row says; beyond such a distance (m) hardly
#: any does, since the earth is round and the protocol's timing ends (35 km in GSM).
_WIDER, _HORIZON_M = (3.0, 6.0, 12.0), 20_000.0
#: Share of a town's phones that a mast beyond the horizon reaches.
_NOT_SEEN: Final = 1e-12


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

    ``slightly`` and ``cell_slightly`` are as ``displaced`` and ``cell_displaced``, by less than the
    site's reach: nobody is received where that can't be then, but rings of timing advances don't
    meet the registered place. ``site`` is where the site is if it is displaced, ``cell_at`` where
    each cell is if it alone is; ``all_reaching`` is that all of the site's reach far.
    """

    in_place: float
    displaced: float
    cell_displaced: dict[int, float]
    slightly: float
    cell_slightly: dict[int, float]
    cloned: dict[int, float]
    reaching_far: dict[int, float]
    all_reaching: float
    site: Estimate
    cell_at: dict[int, Estimate]


def site_evidence(reports: SiteReports, town: Town) -> SiteEvidence:
    """What reports, one at least, say of their site and of each of its cells that they name.

    In the town are phones, one at least, and sites, the one in question at least.

    >>> n = 24
    >>> unknown, accuracy_m = np.full(n, np.nan), np.full(n, 30.0)
    >>> cells, devices = np.arange(n) % 3, np.arange(n)
    >>> east_m, north_m = 2000.0 + 400.0 * (devices % 4), 100.0 * (devices - 12.0)
    >>> east = SiteReports(east_m, north_m, unknown, accuracy_m, cells, devices, 600.0)
    >>> x, y = (axis.ravel() for axis in np.meshgrid(*[np.arange(-5e3, 5e3, 500.0)] * 2))
    >>> town = Town(x, y, np.ones(400), x[::3], y[::3], np.ones(134), 0.01)
    >>> found = site_evidence(east, town)
    >>> found.displaced > max(found.in_place, found.cell_displaced[0], found.cloned[0])
    True
    """
    weights = reports.weights(np.arange(len(reports.x)))
    x, y = _grid(reports)
    usual = _usual_share(town, np.append(x, 0.0), np.append(y, 0.0), reports.reach_m)
    here = _given(town, reports.x, reports.y, reports.reach_m)
    home_m2 = _squared_m2(reports.x, reports.y, np.zeros(1), np.zeros(1))
    home = _likelihood(reports, here, home_m2, usual[-1:])[0]
    away = _likelihood(reports, here, _squared_m2(reports.x, reports.y, x, y), usual[:-1])
    from_afar = _from_afar(reports, town, here, home_m2)
    log_home, log_away = np.log(home), np.log(away)
    busy = _log_business(town.share, usual)
    far = np.unique(reports.cell[np.hypot(reports.x, reports.y) > MOST_OFF_M])
    far_share = FAR_SHARE if len(far) > 1 else LONE_FAR_SHARE
    square = 2.0 * np.log(_STEP_M)
    busier = busy[:-1] - busy[-1] + square
    displacement = log_displacement(x, y, reports.reach_m, far_share) + busier
    slight = log_slight_displacement(x, y, reports.reach_m) + busier
    in_place = float(log_home @ weights)
    from_places = log_away @ weights
    displaced, slightly = from_places + displacement, _log_sum(from_places + slight)
    # A clone's phones are its own, and those far off are beyond what a place explains: the site
    # itself may serve as few as it should from there. But none reaches beyond the horizon.
    fewer = -min(float(busy[-1]) + 0.5, 0.0)
    seen = _above_horizon(town.x**2 + town.y**2) @ town.phones / town.phones.sum()
    reaching = fewer + float(np.log(max(seen, _NOT_SEEN)))
    cloning = square - np.log(np.pi * SPAN_M**2) + fewer
    all_reaching = _mixed(home, from_afar, weights) + reaching
    cell_displaced, cell_slightly, cloned, reaching_far, cell_at = {}, {}, {}, {}, {}
    for cell in np.unique(reports.cell).tolist():
        # Other cells are in place under these answers, so that only the cell's own reports tell.
        own = np.flatnonzero(reports.cell == cell)
        weights, its_away = reports.weights(own), away[:, own]
        others = in_place - float(log_home[own] @ weights)
        from_places = log_away[:, own] @ weights
        there = from_places + displacement
        cell_slightly[cell] = others + _log_sum(from_places + slight)
        cell_displaced[cell] = others + _log_sum(there)
        cell_at[cell] = _moments(x, y, there)
        both = [
            _log_of(share * home[own] + (1.0 - share) * its_away) @ weights
            for share in _TRUE_SHARES
        ]
        cloned[cell] = others + _log_sum(np.array(both)) - np.log(len(both)) + float(cloning)
        reaching_far[cell] = others + _mixed(home[own], from_afar[:, own], weights) + reaching
    return SiteEvidence(
        in_place,
        _log_sum(displaced),
        cell_displaced,
        slightly,
        cell_slightly,
        cloned,
        reaching_far,
        all_reaching,
        _moments(x, y, displaced),
        cell_at,
    )


def _likelihood(reports: SiteReports, given: Floats, squared_m2: Floats, usual: Floats) -> Floats:
    """Of each report (column) from a site at each place (row) so far from it, relative to a phone
    of anywhere."""
    ratio = given_at(squared_m2, reports.reach_m) / given / usual[:, None]
    _time(ratio, reports, squared_m2)
    return np.asarray((1.0 - _WRONG_SHARE) * ratio + _WRONG_SHARE)


def _from_afar(reports: SiteReports, town: Town, given: Floats, squared_m2: Floats) -> Floats:
    """Of each report (column) from a site so far away that is received beyond its range: anywhere
    alike, or by one of some wider reaches (rows)."""
    ratios = [np.ones_like(squared_m2)]
    for times in _WIDER:
        reach_m = times * reports.reach_m
        usual = _usual_share(town, np.zeros(1), np.zeros(1), reach_m, reports.reach_m)
        ratios.append(given_at(squared_m2, reach_m) / given / usual)
    within = _above_horizon(squared_m2)
    for ratio in ratios:
        ratio *= within
        _time(ratio, reports, squared_m2)
    return np.asarray((1.0 - _WRONG_SHARE) * np.concatenate(ratios) + _WRONG_SHARE)


def _mixed(home: Floats, afar: Floats, weights: Floats) -> float:
    """Log-likelihood of reports of which an unknown share is from near, the others from afar by one
    of some ways (rows)."""
    reached = [_log_of(share * home + (1.0 - share) * afar) @ weights for share in _TRUE_SHARES]
    return _log_sum(np.ravel(reached)) - float(np.log(np.size(reached)))


def _above_horizon(squared_m2: Floats) -> Floats:
    """The chance that a mast on a hill is seen from so far away: hardly less at half the horizon,
    hardly any at twice."""
    return np.asarray(np.exp(-((squared_m2 / _HORIZON_M**2) ** 2)))


def _time(ratio: Floats, reports: SiteReports, squared_m2: Floats) -> None:
    """Multiplies likelihoods of reports (columns) by those of their timing advances at such
    distances, relative to advances that say nothing."""
    timed = ~np.isnan(reports.advance_m)
    if not timed.any():
        return
    over_m = np.sqrt(squared_m2[:, timed]) - reports.advance_m[timed]
    doubt_m = reports.accuracy_m[timed]
    scale_m = np.where(over_m > 0.0, _SHORT_M, _LONG_M) + doubt_m
    stated = np.exp(-np.abs(over_m) / scale_m) / (_SHORT_M + _LONG_M + 2.0 * doubt_m)
    stated *= (1.0 - _WRONG_ADVANCES) * _WRONG_ADVANCESSPAN_M
    ratio[:, timed] *= stated + _WRONG_ADVANCES


def _squared_m2(x: Floats, y: Floats, site_x: Floats, site_y: Floats) -> Floats:
    squared, north = x - site_x[:, None], y - site_y[:, None]
    squared *= squared
    north *= north
    squared += north
    return squared


def _given(town: Town, x: Floats, y: Floats, reach_m: float) -> Floats:
    """What all the sites of a town together give at places."""
    squared_m2 = _squared_m2(town.site_x, town.site_y, x, y)
    return np.asarray(given_at(squared_m2, reach_m) @ town.sites)


def _usual_share(
    town: Town, x: Floats, y: Floats, reach_m: float, others_m: float | None = None
) -> Floats:
    """The share of a town's phones that a site at each place serves, beside others of the same
    reach (m) or another one."""
    weight = town.phones / town.phones.sum() / _given(town, town.x, town.y, others_m or reach_m)
    parts = (slice(at, at + _AT_ONCE) for at in range(0, len(x), _AT_ONCE))
    shares = [
        given_at(_squared_m2(town.x, town.y, x[part], y[part]), reach_m) @ weight for part in parts
    ]
    return np.concatenate(shares)


def _log_business(share: float, usual: Floats) -> Floats:
    """Of a site that serves such a share of all phones where ``usual`` is to be expected."""
    return np.asarray(-0.5 * (np.log(share / usual) / _BUSINESS_SD) ** 2)


def _grid(reports: SiteReports) -> tuple[Floats, Floats]:
    """Places about the reports far from the registered place, and about all where that is
    elsewhere: a few may be far off for reasons of their own."""
    away = np.hypot(reports.x, reports.y) > 1.5 * reports.reach_m
    middles = [
        np.array([np.median(reports.x[chosen]), np.median(reports.y[chosen])])
        for chosen in (away, np.ones_like(away))
        if chosen.any()
    ]
    if len(middles) > 1 and np.hypot(*(middles[0] - middles[1])) < _HALF_M / 2.0:
        middles.pop()
    steps = np.arange(-_HALF_M, _HALF_M + 1.0, _STEP_M)
    grids = [np.meshgrid(x + steps, y + steps) for x, y in middles]
    return np.ravel([x for x, _ in grids]), np.ravel([y for _, y in grids])


def _log_of(values: Floats) -> Floats:
    """Logarithms in the place of the values themselves."""
    return np.asarray(np.log(values, out=values))


def _log_sum(logs: Floats) -> float:
    """Logarithm of the sum of what these are logarithms of, none of them infinite."""
    top = float(logs.max())
    return top + float(np.log(np.exp(logs - top).sum()))


def _moments(x: Floats, y: Floats, log_mass: Floats) -> Estimate:
    """Mean and standard deviation along one axis of what is spread over the grid (m)."""
    mass = np.exp(log_mass - _log_sum(log_mass))
    x_m, y_m = float(mass @ x), float(mass @ y)
    spread = float(mass @ ((x - x_m) ** 2 + (y - y_m) ** 2)) / 2.0 + _STEP_M**2 / 12.0
    return Estimate(x_m, y_m, float(np.sqrt(spread)))
