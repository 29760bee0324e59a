"""How near anyone could come: the hybrid Cramer-Rao bound of a town, as a floor under its errors.

Place, power, exponent and the transmitter's delay are unknown, the last three with the priors of
the population that the towns are drawn from; the noise and its correlation are known. Whatever
else makes a town hard - receivers at their top, phones that only report what they camp on, a
posterior with two hills - is left out, so the bound is below what can be reached, far below with
few phones (Van Trees, Detection, Estimation and Modulation Theory, 2.4; Gudmundson 1991).
"""

import numpy as np
from scipy.special import ndtr

from geo.earth.sphere import Floats
from geo.reports.reports import ACCURACY_PER_SIGMA

from .towns import (
    ANTENNA_M,
    DELAY_SD_M,
    DEVICE_SD_DB,
    EXPONENT_SD,
    LEVEL_STEP_DB,
    NLOS_M,
    POWER_SD_DB,
    SHADOWING_M,
    SLOPE_BREAK_M,
    Episode,
)

ANGLES = 64
RADII_M = np.arange(0.0, 3000.0, 1.0)


def place_covariance(town: Episode, timing: bool = False) -> Floats:
    """Covariance (m2, shape (2, 2)) that no unbiased estimate of the place can beat.

    From levels alone, or from advances too where `timing`. Rows with made-up places carry no
    information.
    """
    information = _of_levels(town)
    if timing:
        information = information + _of_advances(town)
    place, law = information[:2, :2], information[2:, 2:]
    cross = information[:2, 2:]
    return np.asarray(np.linalg.inv(place - cross @ np.linalg.solve(law, cross.T)))


def chance_within(covariance: Floats, radius_m: Floats) -> Floats:
    """P(|e| <= radius) for e ~ N(0, covariance), shape of `radius_m`; exact to about 1e-6.

    Along each direction of the unit circle |e| is Rayleigh; the directions are averaged over.

    >>> chance_within(np.eye(2), np.array([1.0, 2.0])).round(4).tolist()
    [0.3935, 0.8647]
    """
    values = np.linalg.eigvalsh(covariance)
    angle = (np.arange(ANGLES) + 0.5) * (0.5 * np.pi / ANGLES)
    along = values[0] * np.cos(angle) ** 2 + values[1] * np.sin(angle) ** 2
    return np.asarray(-np.expm1(-0.5 * radius_m[..., None] ** 2 / along).mean(axis=-1))


def pooled_quantile(chances: Floats, level: float, weight: Floats | None = None) -> float:
    """Radius (m) within which `level` of all errors lie, if each town's were those of its bound.

    `chances` has shape (towns, `RADII_M`), a row of `chance_within` a town.
    """
    mixed = np.average(chances, axis=0, weights=weight)
    return float(np.interp(level, mixed, RADII_M))


def _of_levels(town: Episode) -> Floats:
    """Information on (x, y, power, exponent, delay), priors included."""
    truth, known = town.truth, ~town.truth.stray
    x, y = truth.x[known], truth.y[known]
    east, north = town.x - x, town.y - y
    distance_sq = east**2 + north**2 + ANTENNA_M**2
    distance = np.sqrt(distance_sq)
    slope = truth.exponent + town.world.slope_beyond_300_m * (distance > SLOPE_BREAK_M)
    per_neper = 10.0 / np.log(10.0) * slope
    place_sd = town.reports.accuracy_m[known] / ACCURACY_PER_SIGMA
    apart = np.hypot(x[:, None] - x, y[:, None] - y)
    noise = truth.sigma_db**2 * np.exp(-apart / SHADOWING_M)
    # A step's rounding, and what a misplaced phone does to the level there.
    own = DEVICE_SD_DB**2 + LEVEL_STEP_DB**2 / 12.0 + (per_neper * place_sd / distance) ** 2
    noise[np.diag_indices_from(noise)] += own
    gradient = np.stack(
        [
            -per_neper * east / distance_sq,
            -per_neper * north / distance_sq,
            np.ones_like(x),
            -10.0 * np.log10(distance / 100.0),
            np.zeros_like(x),
        ]
    )
    information = gradient @ np.linalg.solve(noise, gradient.T)
    prior = [0.0, 0.0, POWER_SD_DB**-2, EXPONENT_SD**-2, town.world.ta_offset_sd_m**-2]
    return np.asarray(information + np.diag(prior))


def _of_advances(town: Episode) -> Floats:
    """Information of the advances on (x, y, power, exponent, delay): each is along its ray."""
    truth = town.truth
    known = ~truth.stray & np.isfinite(town.reports.timing_advance)
    east, north = town.x - truth.x[known], town.y - truth.y[known]
    distance = np.sqrt(east**2 + north**2 + ANTENNA_M**2)
    place_sd = town.reports.accuracy_m[known] / ACCURACY_PER_SIGMA
    spread = np.sqrt(NLOS_M**2 + DELAY_SD_M**2 + place_sd**2)
    information = _rounded_information(distance + NLOS_M, town.world.ta_step_m, spread)
    zero = np.zeros_like(east)
    ray = np.stack([east / distance, north / distance, zero, zero, zero + 1.0])
    return np.asarray((ray * information) @ ray.T)


def _rounded_information(mean_m: Floats, step_m: float, spread_m: Floats) -> Floats:
    """Fisher information (1/m2) on the mean of a normal value that is rounded to steps."""
    last = int(mean_m.max(initial=0.0) / step_m) + 3
    edges = (np.arange(last) + 0.5) * step_m
    score = (edges - mean_m[:, None]) / spread_m[:, None]
    below = np.pad(ndtr(score), ((0, 0), (1, 1)), constant_values=(0.0, 1.0))
    slope = np.pad(np.exp(-0.5 * score**2) / np.sqrt(2 * np.pi), ((0, 0), (1, 1)))
    chance = np.maximum(np.diff(below, axis=1), 1e-12)
    return np.asarray((np.diff(slope, axis=1) ** 2 / chance).sum(axis=1) / spread_m**2)
