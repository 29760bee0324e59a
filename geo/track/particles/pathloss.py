"""What each particle has learned of the path-loss law and of the common offset of advances.

Given a particle's path, levels are linear in power and exponent, so these and the noise have a
normal-inverse-gamma posterior of six sums a particle, and the likelihood of a new level is a
Student's t (a Rao-Blackwellised filter: Doucet et al. 2000; the conjugate update: Gelman et al.,
Bayesian Data Analysis, ch. 14). The sums decay with `FORGET_S`, so that the filter follows when an
operator changes the power.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.earth.sphere import Floats
from geo.likelihood import crowd_reach
from geo.likelihood.censored_levels import SATURATED_DBM
from geo.radio import bearings, timing_advance
from geo.radio.pathloss import HUBER_Z, PathlossPrior, log_distance, skewed
from geo.reports.device_weights import WeightedReports
from geo.track.particles.particle_set import Cloud

FORGET_S: Final = 600.0
DOF: Final = 5.0  # degrees of freedom of a new level: false places have heavier tails than noise
MISFIT_Z: Final = 3.0
SUMS: Final = 6  # of w, w u, w u^2, w y, w u y, w y^2; weight w, level y, u as in `log_distance`
OFFSET_CHANCE: Final = np.exp(timing_advance.OFFSET_LOG_CHANCE)[:, None]  # by node, (nodes, 1)
REACH_CHANCE: Final = crowd_reach.CHANCE[:, None]


@dataclass(frozen=True, slots=True)
class Law:
    """Posterior of the law in each particle; power is relative to the prior's.

    The covariance of (P, n) is `variance` times [[v_power, v_cross], [v_cross, v_exponent]].
    """

    power_db: Floats
    exponent: Floats
    variance: Floats
    v_power: Floats
    v_cross: Floats
    v_exponent: Floats


def law_of(sums: Floats, prior: PathlossPrior) -> Law:
    """The law from sums of shape (`SUMS`, particles)."""
    w, wu, wuu, wy, wuy, wyy = sums
    pull_exponent = (prior.sigma_db / prior.exponent_sd) ** 2
    a11 = w + (prior.sigma_db / prior.power_sd_db) ** 2
    a22 = wuu + pull_exponent
    h2 = pull_exponent * prior.exponent - wuy
    v = 1.0 / (a11 * a22 - wu**2)
    v_power, v_cross, v_exponent = a22 * v, wu * v, a11 * v
    power = v_power * wy + v_cross * h2
    exponent = v_cross * wy + v_exponent * h2
    squares = wyy + pull_exponent * prior.exponent**2 - (wy * power + h2 * exponent)
    rate = (prior.sigma_shape - 1.0) * prior.sigma_db**2 + 0.5 * np.maximum(squares, 0.0)
    return Law(power, exponent, rate / (prior.sigma_shape + 0.5 * w), v_power, v_cross, v_exponent)


def fade(cloud: Cloud, span_s: float) -> None:
    """Lets the sums and offsets decay by `span_s` seconds, in place."""
    kept = np.exp(-span_s / FORGET_S)
    cloud.law_sums *= kept
    cloud.offset *= kept
    cloud.offset += (1.0 - kept) * OFFSET_CHANCE
    cloud.reach *= kept
    cloud.reach += (1.0 - kept) * REACH_CHANCE


def update_reach(
    cloud: Cloud, rows: WeightedReports, weight: Floats, prior: PathlossPrior
) -> Floats:
    """Log-likelihood by particle that it is within reach of each row's place, times `weight`; also
    updates `Cloud.reach`."""
    squared = (rows.x[:, None] - cloud.x) ** 2 + (rows.y[:, None] - cloud.y) ** 2
    by_reach = crowd_reach.log_by_reach(squared, crowd_reach.sigmas_m(rows, prior), weight)
    top = by_reach.max(axis=0)
    chance = np.exp(by_reach - top) * cloud.reach
    total = chance.sum(axis=0)
    cloud.reach = chance / total
    return np.asarray(np.log(total) + top)


def update_law(
    cloud: Cloud, rows: WeightedReports, weight: Floats, prior: PathlossPrior
) -> tuple[Floats, Floats]:
    """Log-likelihood by particle of the levels of one batch; also adds them to `Cloud.law_sums`.

    `weight` (rows,) is what each counts for. Levels far below the law are likelier than as far
    above it (`geo.radio.pathloss.skewed`). The second result are the residuals in standard
    deviations, shape (rows, particles).
    """
    squared = (rows.x[:, None] - cloud.x) ** 2 + (rows.y[:, None] - cloud.y) ** 2
    u = log_distance(squared, rows.sigma_m)
    level = rows.level_dbm - prior.power_dbm_100m
    law = law_of(cloud.law_sums, prior)
    spread = law.variance * (1.0 + law.v_power - u * (2.0 * law.v_cross - u * law.v_exponent))
    z = (level[:, None] - law.power_db + law.exponent * u) / np.sqrt(spread)
    top = rows.level_dbm >= SATURATED_DBM
    if top.any():  # a receiver at its top: that level or any above it
        z[top] = np.maximum(z[top], 0.0)
    off = skewed(z)
    log_density = -0.5 * (DOF + 1.0) * np.log1p(off * off * (1.0 / DOF)) - 0.5 * np.log(spread)
    trust = weight[:, None] * np.minimum(1.0, HUBER_Z / np.maximum(np.abs(off), HUBER_Z))
    if top.any():
        trust[top] *= z[top] > 0.0
    trust_u, trust_y = trust * u, trust * level[:, None]
    cloud.law_sums += (
        trust.sum(axis=0),
        trust_u.sum(axis=0),
        (trust_u * u).sum(axis=0),
        trust_y.sum(axis=0),
        (trust_y * u).sum(axis=0),
        (trust_y * level[:, None]).sum(axis=0),
    )
    return weight @ log_density, z


def fits(z: Floats, weight: Floats) -> NDArray[np.bool_]:
    """Whether each row fits somewhere in the cloud, by its residuals `z` (rows, particles).

    It does if its mean likelihood is above that of a residual of `MISFIT_Z`.
    """
    return np.asarray(_likeness(z) @ weight > _likeness(MISFIT_Z))


def _likeness(z: Floats | float) -> Floats:
    """Density of Student's t relative to its maximum."""
    return np.asarray((1.0 + np.square(z) / DOF) ** (-0.5 * (DOF + 1.0)))


def log_bearings(cloud: Cloud, rows: WeightedReports, weight: Floats) -> Floats:
    """Log-likelihood of the bearings by particle, times `weight`."""
    east, north = cloud.x - rows.x[:, None], cloud.y - rows.y[:, None]
    log_density = bearings.log_each(
        east, north, rows.bearing_deg, rows.bearing_sigma_deg, rows.sigma_m
    )
    return np.asarray(weight @ log_density)


def update_offset(cloud: Cloud, row: WeightedReports, weight: float) -> Floats:
    """Likelihood by particle of one advance (a single row); also updates `Cloud.offset`."""
    apart = np.hypot(row.x - cloud.x, row.y - cloud.y)
    log_density = timing_advance.log_by_offset(
        apart, float(row.timing_advance[0]), float(row.ta_step_m[0]), float(row.sigma_m[0])
    )
    by_offset = np.exp(weight * log_density).T * cloud.offset
    total = by_offset.sum(axis=0)
    cloud.offset = by_offset / total
    return np.asarray(total)
