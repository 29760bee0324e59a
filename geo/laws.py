"""Path-loss laws as a handful of hypotheses, and what reports say under each at each place.

`geo.pathloss` integrates power and slope out in closed form for one place that all reports share.
While the place moves there is no such form; a few laws that are carried along do instead.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo import timing
from geo.pathloss import PathlossPrior, log_distance
from geo.scene import CAMPED_LIKENESS, REACH_DOF, RETURN_LIKENESS
from geo.sphere import Floats
from geo.votes import Votes
from geo.ways import Singles

POWER_NODES = np.arange(-4.0, 5.0) * 0.4  # standard deviations of the prior
EXPONENT_NODES = np.array([-0.8, 0.8])
NOISE_DOF = 6.0  # tails of the levels, for rows that don't fit


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

    def log_likelihood(self, votes: Votes, rows: NDArray[np.intp], x: Floats, y: Floats) -> Singles:
        """What some rows of the votes say on the grid of axes x and y, shape (laws, y, x).

        Levels have Student's t about the law, advances their rings, and every place says that the
        transmitter is within reach of it.
        """
        grid_x, grid_y = (grid.ravel() for grid in np.meshgrid(x, y))
        squared = (votes.x[rows, None] - grid_x) ** 2 + (votes.y[rows, None] - grid_y) ** 2
        total = np.zeros((self.chance.size, grid_x.size), np.float32)
        u = log_distance(squared, votes.sigma_m[rows]).astype(np.float32)
        power, exponent = self.power_dbm.astype(np.float32), self.exponent.astype(np.float32)
        for row, heard in zip(rows, u, strict=True):
            if np.isfinite(votes.level_dbm[row]):
                residual = np.float32(votes.level_dbm[row]) - power[:, None]
                residual = residual + exponent[:, None] * heard
                tails = np.log(1.0 + residual**2 / np.float32(NOISE_DOF * self.prior.sigma_db**2))
                total -= np.float32(0.5 * (NOISE_DOF + 1.0) * votes.weight[row]) * tails
        common = self._log_reach(votes, rows, squared)
        timed = np.isfinite(votes.timing_advance[rows])
        if timed.any():
            at = rows[timed]
            common += timing.log_likelihood(
                np.sqrt(squared[timed]),
                votes.timing_advance[at],
                votes.ta_step_m[at],
                votes.sigma_m[at],
                votes.weight[at],
            )
        return np.asarray((total + common.astype(np.float32)).reshape(-1, y.size, x.size))

    def _log_reach(self, votes: Votes, rows: NDArray[np.intp], squared: Floats) -> Floats:
        """Places of one crowd are alike, so all votes never weigh more than 1 / likeness."""
        own = np.isnan(votes.place_sigma_m)
        sigma = np.where(own, self.prior.reach_m, votes.place_sigma_m)
        shared = np.where(
            own,
            1.0 + max(float(votes.weight[own].sum()) - 1.0, 0.0) * CAMPED_LIKENESS,
            1.0 + max(float(votes.weight[~own].sum()) - 1.0, 0.0) * RETURN_LIKENESS,
        )
        tails = np.log1p(squared / (REACH_DOF * sigma[rows, None] ** 2))
        return np.asarray(-0.5 * (REACH_DOF + 2.0) * (votes.weight / shared)[rows] @ tails)
