"""Maximum-posterior fits of one or two standing transmitters to a set of levels.

A phone camps on the stronger of two, so the level it reports is the greater of two Gaussians, whose
density is f1 F2 + f2 F1. Exponent and noise are shared, since both stand in the same streets; some
rows fit neither (false positions). The likelihood has several maxima, so optimisation starts from a
scan of all pairs of places on a coarse grid.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import log, log10, pi, sqrt

import numpy as np
from scipy.optimize import fmin_l_bfgs_b
from scipy.special import ndtr

from geo.earth.sphere import Floats
from geo.radio.pathloss import REFERENCE_M, PathlossPrior
from geo.separate.level_rows import Ints, LevelRows
from geo.separate.two_site_seeds import pair_seeds, single_seeds

Objective = Callable[[Floats], tuple[float, Floats]]
Bounds = list[tuple[float | None, float | None]]

CLUTTER = 0.1  # share of rows with a false place, whose level is like any other
SCALE_M = 100.0  # unit of places in the fit, to be of the size of the other parameters
OUTSIDE_M = 400.0  # how far outside the phones one of two may lie; further off it fits anything
FIRST_ITERATIONS, ITERATIONS = 12, 60  # for each seed, and for the best
GOES_ON = 2  # best seeds that are fitted with `ITERATIONS`

_ROOT_TAU = sqrt(2.0 * pi)
_U_PER_LOG = 5.0 / log(10.0)
_U_OFFSET = 10.0 * log10(REFERENCE_M)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A maximum of the posterior: places (m), powers (dBm at 100 m), shared law.

    `usual_dbm` is `LevelRows.usual_dbm` of the rows fitted. `log_likelihood` is without the prior
    of the law, `log_posterior` with it; `parameters` is the number of parameters.
    """

    x: Floats
    y: Floats
    power_dbm: Floats
    exponent: float
    sigma_db: float
    usual_dbm: tuple[float, float]
    log_likelihood: float
    log_posterior: float
    parameters: int

    @property
    def separation_m(self) -> float:
        """Distance between the two places; 0 for one."""
        return float(np.hypot(self.x[-1] - self.x[0], self.y[-1] - self.y[0]))


def fit_one(levels: LevelRows, prior: PathlossPrior, group: Ints | None = None) -> Fitted:
    """One place for all rows, and one power for each value of `group` (0, 1, ..)."""
    group = np.zeros(levels.x.size, np.int64) if group is None else group
    powers = int(group.max()) + 1
    clutter = clutter_density(levels.level_dbm, levels.usual_dbm())

    def objective(at: Floats) -> tuple[float, Floats]:
        east, north, power, exponent, sigma = at[:1], at[1:2], at[2:-2], at[-2], np.exp(at[-1])
        u, u_east, u_north = _spreads(levels, east * SCALE_M, north * SCALE_M)
        z = (levels.level_dbm - power[group] + exponent * u[0]) / sigma
        density = (1.0 - CLUTTER) * np.exp(-0.5 * z**2) / (_ROOT_TAU * sigma)
        mixed = density + clutter
        pull = levels.weight * density / mixed
        by_mean = pull * z / sigma
        slope = np.empty_like(at)
        slope[0], slope[1] = -exponent * (by_mean @ u_east[0]), -exponent * (by_mean @ u_north[0])
        slope[2:-2] = np.bincount(group, weights=by_mean, minlength=powers)
        slope[-2], slope[-1] = -(by_mean @ u[0]), pull @ (z**2 - 1.0)
        return _with_prior(float(levels.weight @ np.log(mixed)), slope, at, 2, prior)

    starts = [
        np.r_[
            east / SCALE_M, north / SCALE_M, [power] * powers, prior.exponent, log(prior.sigma_db)
        ]
        for (east, north, power) in single_seeds(levels, prior)
    ]
    return _best(objective, starts, [(None, None)] * 2, levels, prior)


def fit_two(levels: LevelRows, prior: PathlossPrior) -> Fitted:
    """Two places, of which each phone reports the stronger; the first lies further west."""
    clutter = clutter_density(levels.level_dbm, levels.usual_dbm())

    def objective(at: Floats) -> tuple[float, Floats]:
        power, exponent, sigma = at[4:6], at[6], np.exp(at[7])
        u, u_east, u_north = _spreads(levels, at[0:2] * SCALE_M, at[2:4] * SCALE_M)
        z = (levels.level_dbm - power[:, None] + exponent * u) / sigma
        bell, below = np.exp(-0.5 * z**2) / (_ROOT_TAU * sigma), ndtr(z)
        stronger = bell[0] * below[1] + bell[1] * below[0]
        mixed = (1.0 - CLUTTER) * stronger + clutter
        pull = levels.weight * (1.0 - CLUTTER) / mixed
        by_mean = pull * bell * (z / sigma * below[::-1] - bell[::-1])
        by_sigma = (bell * ((z**2 - 1.0) * below[::-1] - z[::-1] * sigma * bell[::-1])).sum(axis=0)
        slope = np.empty_like(at)
        slope[0:2] = -exponent * (by_mean * u_east).sum(axis=1)
        slope[2:4] = -exponent * (by_mean * u_north).sum(axis=1)
        slope[4:6] = by_mean.sum(axis=1)
        slope[6], slope[7] = -(by_mean * u).sum(), pull @ by_sigma
        return _with_prior(float(levels.weight @ np.log(mixed)), slope, at, 4, prior)

    starts = [
        np.r_[pair_x / SCALE_M, pair_y / SCALE_M, power, prior.exponent, log(prior.sigma_db)]
        for pair_x, pair_y, power in pair_seeds(levels, prior)
    ]
    bounds: Bounds = [
        (float(low - OUTSIDE_M) / SCALE_M, float(high + OUTSIDE_M) / SCALE_M)
        for low, high in (np.quantile(values, [0.05, 0.95]) for values in (levels.x, levels.y))
    ]
    return _best(objective, starts, [bounds[0]] * 2 + [bounds[1]] * 2, levels, prior)


def responsibilities(levels: LevelRows, fitted: Fitted) -> Floats:
    """Probability that a row is of the first, of the second, or of neither; shape (3, rows)."""
    u, _, _ = _spreads(levels, fitted.x, fitted.y)
    z = (levels.level_dbm - fitted.power_dbm[:, None] + fitted.exponent * u) / fitted.sigma_db
    bell = np.exp(-0.5 * z**2) / (_ROOT_TAU * fitted.sigma_db)
    density = np.empty((3, levels.x.size))
    density[:2] = (1.0 - CLUTTER) * bell * ndtr(z)[::-1]
    density[2] = clutter_density(levels.level_dbm, fitted.usual_dbm)
    return np.asarray(density / density.sum(axis=0))


def clutter_density(level_dbm: Floats, usual_dbm: tuple[float, float]) -> Floats:
    """Density (per dB) of levels with false places, times their share `CLUTTER`."""
    mean, spread = usual_dbm
    z = (level_dbm - mean) / spread
    return np.asarray(CLUTTER * np.exp(-0.5 * z**2) / (_ROOT_TAU * spread))


def _with_prior(
    value: float, slope: Floats, at: Floats, places: int, prior: PathlossPrior
) -> tuple[float, Floats]:
    """The negative log-posterior and its gradient, `at` being places, powers, exponent, log sd."""
    added, added_slope = _log_prior(at, places, prior)
    return -(value + added), -(slope + added_slope)


def _log_prior(at: Floats, places: int, prior: PathlossPrior) -> tuple[float, Floats]:
    slope = np.zeros_like(at)
    power = (at[places:-2] - prior.power_dbm_100m) / prior.power_sd_db
    exponent = (at[-2] - prior.exponent) / prior.exponent_sd
    rate = (prior.sigma_shape - 1.0) * prior.sigma_db**2 * np.exp(-2.0 * at[-1])
    slope[places:-2], slope[-2] = -power / prior.power_sd_db, -exponent / prior.exponent_sd
    slope[-1] = 2.0 * (rate - prior.sigma_shape)
    value = -0.5 * float(power @ power) - 0.5 * exponent**2
    return float(value - 2.0 * prior.sigma_shape * at[-1] - rate), slope


def _spreads(levels: LevelRows, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """u = 10 log10(d / 100 m) and its slopes east and north per `SCALE_M`, shape (places, rows)."""
    east, north = x[:, None] - levels.x, y[:, None] - levels.y
    squared = east**2 + north**2 + levels.slack_m2
    steep = (2.0 * _U_PER_LOG * SCALE_M) / squared
    return _U_PER_LOG * np.log(squared) - _U_OFFSET, steep * east, steep * north


def _best(
    objective: Objective,
    starts: list[Floats],
    places: Bounds,
    levels: LevelRows,
    prior: PathlossPrior,
) -> Fitted:
    """The best maximum from all starts; `places` are the bounds of the places."""
    powers = starts[0].size - len(places) - 2
    bounds: Bounds = [*places, *[(None, None)] * powers, (1.5, 6.0), (log(2.0), log(25.0))]

    def improved(start: Floats, iterations: int) -> tuple[float, Floats]:
        at, value, _ = fmin_l_bfgs_b(
            objective, start, bounds=bounds, maxiter=iterations, factr=1e9, pgtol=1e-4
        )
        return float(value), np.asarray(at, float)

    first = sorted((improved(start, FIRST_ITERATIONS) for start in starts), key=lambda r: r[0])
    value, at = min((improved(r[1], ITERATIONS) for r in first[:GOES_ON]), key=lambda r: r[0])
    count = len(places) // 2
    x, y, power = at[:count] * SCALE_M, at[count : 2 * count] * SCALE_M, at[2 * count : -2]
    order = np.lexsort([y, x])
    if count > 1:
        power = power[order]
    added, _ = _log_prior(at, 2 * count, prior)
    return Fitted(
        x[order],
        y[order],
        power,
        exponent=float(at[-2]),
        sigma_db=float(np.exp(at[-1])),
        usual_dbm=levels.usual_dbm(),
        log_likelihood=-value - added,
        log_posterior=-value,
        parameters=at.size,
    )
