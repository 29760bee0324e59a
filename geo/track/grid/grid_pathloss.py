"""Path-loss laws as a handful of hypotheses, and what reports say under each at each place.

`geo.radio.pathloss` integrates power and slope out in closed form for one place that all reports
share. While the place moves there is no such form; a few laws that are carried along do instead.
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
    RETURN_LIKENESS,
    offsets_m,
)
from geo.radio import bearings, timing_advance
from geo.radio.pathloss import PathlossPrior, log_distance
from geo.reports.device_weights import Votes
from geo.track.grid.grid_motion import Singles

POWER_NODES = np.arange(-4.0, 5.0) * 0.4  # standard deviations of the prior
EXPONENT_NODES = np.array([-0.8, 0.8])
NOISE_DOF = 6.0  # tails of the levels, for rows that don't fit
RING_STEP_M = 5.0  # what advances say is kept in tables of these steps ..
RING_HALF_M = 6_000.0  # .. to where only the floor is left
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
        """The laws about a prior's means."""
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
class Told:
    """Votes over a grid of axes x and y, with what is the same under all laws.

    `u` is that of `geo.radio.pathloss`, `log_common` what advances and places say; both have shape
    (rows, places), places row by row.
    """

    votes: Votes
    x: Floats
    y: Floats
    u: Singles
    log_common: Singles

    @classmethod
    def of(cls, votes: Votes, x: Floats, y: Floats, prior: PathlossPrior) -> "Told":
        """Works out for all rows at once what doesn't depend on the law."""
        east, north = (votes.x[:, None] - x) ** 2, (votes.y[:, None] - y) ** 2
        squared = (north[:, :, None] + east[:, None, :]).reshape(votes.x.size, y.size * x.size)
        u = log_distance(squared, votes.sigma_m).astype(np.float32)
        single = squared.astype(np.float32)
        log_common = _log_reach(votes, single, prior)
        for row in np.flatnonzero(np.isfinite(votes.timing_advance)):
            log_common[row] += _log_timing(votes, int(row), single[row])
        pointed = np.isfinite(votes.bearing_deg)
        if pointed.any():
            log_common[pointed] += _log_bearings(votes.take(pointed), x, y)
        return cls(votes, x, y, u, log_common)

    def log_likelihood(self, laws: Laws, rows: NDArray[np.intp]) -> Singles:
        """What some of the rows say, shape (y, laws, x).

        Levels have Student's t about the law, advances their rings, and every place says that the
        transmitter is within reach of it.
        """
        votes = self.votes
        total = np.repeat(self.log_common[rows].sum(axis=0)[None], laws.chance.size, axis=0)
        heard = rows[np.isfinite(votes.level_dbm[rows])]
        if heard.size:
            # In units in which the noise has variance 1 / dof.
            unit = np.sqrt(NOISE_DOF) * laws.prior.sigma_db
            off = (votes.level_dbm[heard, None] - laws.power_dbm) / unit
            misfit = self.u[heard, None] * (laws.exponent / unit).astype(np.float32)[:, None]
            misfit += off.astype(np.float32)[:, :, None]
            misfit *= misfit
            misfit += np.float32(1.0)
            np.log(misfit, out=misfit)
            weight = (-0.5 * (NOISE_DOF + 1.0) * votes.weight[heard]).astype(np.float32)
            total += (weight @ misfit.reshape(heard.size, -1)).reshape(total.shape)
        by_place = total.reshape(-1, self.y.size, self.x.size)
        return np.ascontiguousarray(by_place.swapaxes(0, 1))


def _log_reach(votes: Votes, squared: Singles, prior: PathlossPrior) -> Singles:
    """Places of one crowd are alike, so all votes never weigh more than 1 / likeness."""
    own = np.isnan(votes.place_sigma_m)
    sigma = np.where(own, prior.reach_m, votes.place_sigma_m)
    sigma = np.where(own & votes.trusted, INSTRUMENT_REACH_M, sigma)
    shared = np.where(
        own,
        1.0 + max(float(votes.weight[own].sum()) - 1.0, 0.0) * CAMPED_LIKENESS,
        1.0 + max(float(votes.weight[~own].sum()) - 1.0, 0.0) * RETURN_LIKENESS,
    )
    tails = np.log1p(squared * (1.0 / (REACH_DOF * sigma**2)).astype(np.float32)[:, None])
    tails *= (-0.5 * (REACH_DOF + 2.0) * votes.weight / shared).astype(np.float32)[:, None]
    return np.asarray(tails, np.float32)


def _log_bearings(votes: Votes, x: Floats, y: Floats) -> Singles:
    """What each bearing says, shape (rows, places); beams are as wide as a cell at least."""
    sigma_m = np.hypot(votes.sigma_m, 0.5 * max(x[1] - x[0], y[1] - y[0]))
    each = bearings.log_each(
        *offsets_m(votes, x, y), votes.bearing_deg, votes.bearing_sigma_deg, sigma_m
    )
    return np.asarray(votes.weight[:, None] * each, np.float32)


def _log_timing(votes: Votes, row: int, squared: Singles) -> Singles:
    """What one row's advance says. Each has its common offset to itself: from slice to slice
    nothing is carried along but the place."""
    steps, step_m = float(votes.timing_advance[row]), float(votes.ta_step_m[row])
    ring = _ring(step_m, steps == 0.0, float(np.ceil(votes.sigma_m[row] / SIGMA_STEP_M)))
    mismatch = np.sqrt(squared)
    mismatch -= np.float32(steps * step_m - RING_HALF_M)
    mismatch *= np.float32(1.0 / RING_STEP_M)
    bins = np.clip(np.rint(mismatch), 0, ring.size - 1).astype(np.intp)
    return np.asarray(ring[bins] * np.float32(votes.weight[row]))


@lru_cache(maxsize=256)
def _ring(step_m: float, is_zero: bool, sigma_steps: float) -> Singles:
    """Log-likelihood of an advance by distance minus that many steps, from -`RING_HALF_M` on."""
    mismatch = np.arange(-RING_HALF_M, RING_HALF_M + RING_STEP_M, RING_STEP_M)
    steps = 0.0 if is_zero else np.ceil(RING_HALF_M / step_m)
    said = timing_advance.log_likelihood(
        (mismatch + steps * step_m)[None],
        np.array([steps]),
        np.array([step_m]),
        np.array([sigma_steps * SIGMA_STEP_M]),
        np.ones(1),
    )
    return said.astype(np.float32)
