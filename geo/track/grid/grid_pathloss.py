"""Path-loss laws as a few hypotheses, and the likelihood of reports under each at each place.

`geo.radio.pathloss` integrates power and exponent out in closed form for one place that all reports
share. For a moving place there is no closed form; so a few laws are carried as hypotheses.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from geo.earth.sphere import Floats
from geo.likelihood.evidence_terms import (
    CAMPED_LIKENESS,
    INSTRUMENT_REACH_M,
    REACH_DOF,
    offsets_m,
)
from geo.likelihood.release_places import spread_m
from geo.radio import bearings, timing_advance
from geo.radio.pathloss import PathlossPrior, log_distance, skewed
from geo.reports.device_weights import RETURN_LIKENESS, WeightedReports
from geo.track.grid.grid_motion import Singles

POWER_NODES = np.arange(-3.0, 4.0) * 0.55  # standard deviations of the prior
EXPONENT_NODES = np.array([-0.8, 0.8])
NOISE_DOF = 6.0  # degrees of freedom of levels: heavy tails for rows that don't fit
RING_STEP_M = 5.0  # log-likelihoods of advances are kept in tables with this step ..
RING_HALF_M = 6_000.0  # .. up to this mismatch, where only the floor for outliers is left
SIGMA_STEP_M = 10.0  # uncertainties are rounded up to this, so that few tables are built


@dataclass(frozen=True, slots=True, eq=False)
class Laws:
    """Power (dBm at 100 m), exponent and prior probability of each law, shape (laws,)."""

    power_dbm: Floats
    exponent: Floats
    chance: Floats
    prior: PathlossPrior

    @classmethod
    def of(cls, prior: PathlossPrior) -> "Laws":
        """The laws around a prior's means."""
        power = prior.power_dbm_100m + POWER_NODES * prior.power_sd_db
        exponent = prior.exponent + EXPONENT_NODES * prior.exponent_sd
        chance = np.repeat(np.exp(-0.5 * POWER_NODES**2), exponent.size)
        return cls(
            np.repeat(power, exponent.size),
            np.tile(exponent, power.size),
            chance / chance.sum(),
            prior,
        )

    def take(self, kept: NDArray[np.bool_]) -> "Laws":
        """Some of the laws."""
        return Laws(self.power_dbm[kept], self.exponent[kept], self.chance[kept], self.prior)


@dataclass(frozen=True, slots=True, eq=False)
class ReportsOnGrid:
    """Weighted reports over a grid of axes x and y, with the terms that are equal under all laws.

    `u` is that of `geo.radio.pathloss`, `log_common` the log-likelihood of advances, bearings and
    places; both have shape (rows, places), places row by row.
    """

    weighted: WeightedReports
    x: Floats
    y: Floats
    u: Singles
    log_common: Singles

    @classmethod
    def of(
        cls, weighted: WeightedReports, x: Floats, y: Floats, prior: PathlossPrior
    ) -> "ReportsOnGrid":
        """Computes for all rows the terms that don't depend on the law."""
        east, north = (weighted.x[:, None] - x) ** 2, (weighted.y[:, None] - y) ** 2
        squared = (north[:, :, None] + east[:, None, :]).reshape(weighted.x.size, y.size * x.size)
        u = log_distance(squared, weighted.sigma_m).astype(np.float32)
        single = squared.astype(np.float32)
        log_common = _log_reach(weighted, single, prior)
        for row in np.flatnonzero(np.isfinite(weighted.timing_advance)):
            log_common[row] += _log_timing(weighted, int(row), single[row])
        pointed = np.isfinite(weighted.bearing_deg)
        if pointed.any():
            log_common[pointed] += _log_bearings(weighted.take(pointed), x, y)
        return cls(weighted, x, y, u, log_common)

    def log_likelihood(self, laws: Laws, rows: NDArray[np.intp]) -> Singles:
        """Log-likelihood of some of the rows, shape (y, laws, x).

        Levels have a skewed Student's t about the law, advances their rings, and the transmitter is
        within reach of every place.
        """
        weighted = self.weighted
        total = np.repeat(self.log_common[rows].sum(axis=0)[None], laws.chance.size, axis=0)
        has_level = rows[np.isfinite(weighted.level_dbm[rows])]
        if has_level.size:
            # In units in which the noise has variance 1 / dof.
            unit = np.sqrt(NOISE_DOF) * laws.prior.sigma_db
            off = (weighted.level_dbm[has_level, None] - laws.power_dbm) / unit
            misfit = self.u[has_level, None] * (laws.exponent / unit).astype(np.float32)[:, None]
            misfit += off.astype(np.float32)[:, :, None]
            misfit = skewed(misfit)
            misfit *= misfit
            misfit += np.float32(1.0)
            np.log(misfit, out=misfit)
            weight = (-0.5 * (NOISE_DOF + 1.0) * weighted.weight[has_level]).astype(np.float32)
            total += (weight @ misfit.reshape(has_level.size, -1)).reshape(total.shape)
        by_place = total.reshape(-1, self.y.size, self.x.size)
        return np.ascontiguousarray(by_place.swapaxes(0, 1))


def _log_reach(weighted: WeightedReports, squared: Singles, prior: PathlossPrior) -> Singles:
    """Log-likelihood that each row's place is within reach, shape (rows, places).

    Places are correlated, so all rows together never weigh more than 1 / likeness.
    """
    own = np.isnan(weighted.place_sigma_m)
    sigma = np.where(own, prior.reach_m, spread_m(weighted.place_sigma_m, prior))
    sigma = np.where(own & weighted.trusted, INSTRUMENT_REACH_M, sigma)
    shared = np.where(
        own,
        1.0 + max(float(weighted.weight[own].sum()) - 1.0, 0.0) * CAMPED_LIKENESS,
        1.0 + max(float(weighted.weight[~own].sum()) - 1.0, 0.0) * RETURN_LIKENESS,
    )
    tails = np.log1p(squared * (1.0 / (REACH_DOF * sigma**2)).astype(np.float32)[:, None])
    tails *= (-0.5 * (REACH_DOF + 2.0) * weighted.weight / shared).astype(np.float32)[:, None]
    return np.asarray(tails, np.float32)


def _log_bearings(weighted: WeightedReports, x: Floats, y: Floats) -> Singles:
    """Log-likelihood of each bearing, (rows, places); beams are at least as wide as a cell."""
    sigma_m = np.hypot(weighted.sigma_m, 0.5 * max(x[1] - x[0], y[1] - y[0]))
    each = bearings.log_each(
        *offsets_m(weighted, x, y), weighted.bearing_deg, weighted.bearing_sigma_deg, sigma_m
    )
    return np.asarray(weighted.weight[:, None] * each, np.float32)


def _log_timing(weighted: WeightedReports, row: int, squared: Singles) -> Singles:
    """Log-likelihood of one row's advance, shape (places,).

    Every advance has an offset of its own here: between slices only the place is carried on.
    """
    steps, step_m = float(weighted.timing_advance[row]), float(weighted.ta_step_m[row])
    ring = _ring(step_m, steps == 0.0, float(np.ceil(weighted.sigma_m[row] / SIGMA_STEP_M)))
    mismatch = np.sqrt(squared)
    mismatch -= np.float32(steps * step_m - RING_HALF_M)
    mismatch *= np.float32(1.0 / RING_STEP_M)
    bins = np.clip(np.rint(mismatch), 0, ring.size - 1).astype(np.intp)
    return np.asarray(ring[bins] * np.float32(weighted.weight[row]))


@lru_cache(maxsize=256)
def _ring(step_m: float, is_zero: bool, sigma_steps: float) -> Singles:
    """Log-likelihood of an advance by distance minus that many steps, from -`RING_HALF_M` on."""
    mismatch = np.arange(-RING_HALF_M, RING_HALF_M + RING_STEP_M, RING_STEP_M)
    steps = 0.0 if is_zero else np.ceil(RING_HALF_M / step_m)
    log_likelihood = timing_advance.log_likelihood(
        (mismatch + steps * step_m)[None],
        np.array([steps]),
        np.array([step_m]),
        np.array([sigma_steps * SIGMA_STEP_M]),
        np.ones(1),
    )
    return log_likelihood.astype(np.float32)
