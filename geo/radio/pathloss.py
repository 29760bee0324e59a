"""How likely a set of levels is at each candidate place, with power and slope integrated out.

Log-distance path loss, y = P - n u(x) + e with u = 10 log10(d / 100 m); the reference of 100 m
makes P and n nearly independent. Nobody knows a rogue station's power, and the slope depends on
streets and antenna height, so P, n and the noise have a normal-inverse-gamma prior and are
integrated out in closed form at every place (Gelman et al., Bayesian Data Analysis, ch. 14).
Shadowing is alike at places near each other (Gudmundson 1991): whitening by that correlation
keeps ten phones in one queue from counting as ten independent witnesses.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log, log10
from types import MappingProxyType
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.earth.sphere import Floats

#: Either precision; what is given decides.
Real = TypeVar("Real", np.float32, np.float64)

REFERENCE_M = 100.0
ANTENNA_HEIGHT_M = 8.0  # keeps the law finite beneath the antenna
DECORRELATION_M = 50.0  # of shadowing in streets
INDEPENDENT_SHARE = 0.2  # of the variance that two phones side by side don't share
INSTRUMENT_OFFSET_SHARE = 0.45  # (5 dB / 7.5 dB)^2: variance of an instrument's own calibration
HUBER_Z = 2.0  # residuals beyond this many sigmas lose weight
# Of a normal's variance, what rows so weighed show: E[min(z^2, 2|z|)] / E[min(1, 2/|z|)].
HUBER_SPREAD = 0.961


@dataclass(frozen=True, slots=True)
class PathlossPrior:
    """What is believed of a transmitter before any report; levels as the technology reports them.

    `power_dbm_100m` is the level at 100 m, `sigma_db` shadowing and phone spread together,
    `sigma_shape` how firmly that is believed (the shape of the inverse gamma, above 1).
    A phone camps at levels above `camping_dbm`, give or take `camping_sd_db`; `selection` is the
    share of reports that only come from phones which camp, 0 for receivers that tell of all they
    hear. Silence counts `silence_temper`: phones share buildings, and many are silent for other
    reasons; 1 for receivers that are known to listen. Shadowing is alike over `decorrelation_m`.
    """

    power_dbm_100m: float = -60.0
    power_sd_db: float = 10.0
    exponent: float = 3.3
    exponent_sd: float = 0.5
    sigma_db: float = 7.5
    sigma_shape: float = 4.0
    camping_dbm: float = -88.0
    camping_sd_db: float = 7.0
    silence_temper: float = 0.5
    selection: float = 1.0
    decorrelation_m: float = DECORRELATION_M

    @property
    def reach_m(self) -> float:
        """Distance at which the likeliest transmitter falls to the camping level."""
        decades = (self.power_dbm_100m - self.camping_dbm) / (10.0 * self.exponent)
        return float(REFERENCE_M * 10.0**decades)


# RSCP is the share of one code (about -10 dB), RSRP and SS-RSRP that of one sub-carrier of
# 300 (about -25 dB at 5 MHz); other bandwidths widen the prior.
PRIORS: Final[Mapping[str, PathlossPrior]] = MappingProxyType(
    {
        "gsm": PathlossPrior(),
        "umts": PathlossPrior(power_dbm_100m=-70.0, power_sd_db=11.0, camping_dbm=-98.0),
        "lte": PathlossPrior(power_dbm_100m=-85.0, power_sd_db=12.0, camping_dbm=-113.0),
        "nr": PathlossPrior(power_dbm_100m=-85.0, power_sd_db=12.0, camping_dbm=-113.0),
    }
)


@dataclass(frozen=True, slots=True)
class Fit:
    """Posterior of the path-loss law at each place; all fields have shape (places,).

    `variance_db2` is the noise variance; the covariance of (P, n) is `variance_db2` times
    [[v_power, v_cross], [v_cross, v_exponent]]. `log_marginal` lacks a constant.
    """

    log_marginal: Floats
    power_dbm: Floats
    exponent: Floats
    variance_db2: Floats
    v_power: Floats
    v_cross: Floats
    v_exponent: Floats

    def at(self, places: object) -> "Fit":
        """The same posterior at some of the places (any numpy index)."""
        return Fit(*(getattr(self, name)[places] for name in Fit.__dataclass_fields__))


def log_distance(
    distance_sq_m2: NDArray[Real], sigma_m: NDArray[Real], out: NDArray[Real] | None = None
) -> NDArray[Real]:
    """u = 10 log10(d / 100 m), shape (rows, places); into `out`, which may be the squares' own.

    The squared distance grows by the antenna height and by the row's own uncertainty (per-axis
    `sigma_m`, shape (rows,)), which is what an uncertain place does to the level on average.
    """
    slack = (sigma_m**2 + ANTENNA_HEIGHT_M**2)[:, None]
    u: NDArray[Real] = np.add(distance_sq_m2, slack, out=out)
    np.log(u, out=u)  # numpy is faster at it than at others
    u *= u.dtype.type(5.0 / log(10.0))
    u -= u.dtype.type(10.0 * log10(REFERENCE_M))
    return u


def precision(
    x: Floats,
    y: Floats,
    decorrelation_m: float = DECORRELATION_M,
    extra: Floats | float = 0.0,
    instrument: NDArray[np.int64] | None = None,
) -> Floats:
    """Inverse correlation matrix of the rows' noise (Gudmundson), shape (rows, rows).

    `extra` is noise of each row's own, as a share of the common variance. `instrument` is the code
    of the trusted instrument that a row is of, -1 for a phone. What an instrument's antenna adds to
    all its levels is unknown and integrated out: a covariance that its rows share.
    """
    apart = np.sqrt((x[:, None] - x) ** 2 + (y[:, None] - y) ** 2)
    correlation = (1.0 - INDEPENDENT_SHARE) * np.exp(-apart / decorrelation_m)
    np.fill_diagonal(correlation, 1.0 + extra)
    if instrument is not None:
        one = (instrument[:, None] == instrument) & (instrument >= 0)
        correlation += INSTRUMENT_OFFSET_SHARE * one
    return np.asarray(np.linalg.inv(correlation))


def misplacement(u: NDArray[Real], sigma_m: Floats, fit: Fit, mass: Floats) -> Floats:
    """What an uncertain place of the phone (`sigma_m` along an axis) adds to the noise of each row.

    As a share of the noise variance, averaged over the places by their probability `mass`: the
    level changes by 10 n / ln 10 dB for each relative change of distance, which a fix wrong by
    some metres is to a phone near by and not to one far away.
    """
    per_metre_sq = np.exp(u * (-0.2 * np.log(10.0))) / REFERENCE_M**2
    slope_sq = (10.0 / np.log(10.0) * fit.exponent) ** 2 / fit.variance_db2
    return np.asarray(sigma_m**2 * (per_metre_sq @ (slope_sq * mass)), float)


def marginal(
    u: NDArray[Real], level_dbm: Floats, precision: Floats, weight: Floats, prior: PathlossPrior
) -> Fit:
    """Closed-form marginal of the levels at every place.

    `u` has shape (rows, places), `level_dbm` and `weight` (rows,). A row of weight w counts as
    w of a report. With no rows the prior itself comes back.
    """
    root = np.sqrt(weight)
    weighting = precision * np.outer(root, root)
    pull_power = (prior.sigma_db / prior.power_sd_db) ** 2
    pull_exponent = (prior.sigma_db / prior.exponent_sd) ** 2
    row_sum = weighting.sum(axis=0)
    a11 = row_sum.sum() + pull_power
    weighted_level = weighting @ level_dbm
    by_sum, by_level = np.stack([row_sum, weighted_level]) @ u
    a12 = -by_sum
    # The one product that is cubic in size may be of the precision that `u` comes in.
    a22 = np.einsum("rp,rp->p", u, weighting.astype(u.dtype) @ u) + pull_exponent
    h1 = weighted_level.sum() + pull_power * prior.power_dbm_100m
    h2 = -by_level + pull_exponent * prior.exponent
    det = a11 * a22 - a12**2
    v_power, v_cross, v_exponent = a22 / det, -a12 / det, a11 / det
    power = v_power * h1 + v_cross * h2
    exponent = v_cross * h1 + v_exponent * h2
    squares = (
        level_dbm @ weighted_level
        + pull_power * prior.power_dbm_100m**2
        + pull_exponent * prior.exponent**2
    )
    rate = (prior.sigma_shape - 1.0) * prior.sigma_db**2 + 0.5 * np.maximum(
        squares - (h1 * power + h2 * exponent), 0.0
    )
    shape = prior.sigma_shape + 0.5 * float(weight.sum())
    return Fit(
        log_marginal=-0.5 * np.log(det) - shape * np.log(rate),
        power_dbm=power,
        exponent=exponent,
        variance_db2=rate / (shape - 1.0),
        v_power=v_power,
        v_cross=v_cross,
        v_exponent=v_exponent,
    )


def huber_weight(u: NDArray[Real], level_dbm: Floats, fit: Fit, mass: Floats) -> Floats:
    """Weight of each row, min(1, 2/|z|) averaged over the places by their probability `mass`.

    Averaging over the posterior, rather than looking from its peak alone, keeps a row from being
    called an outlier because one of two likely places disagrees with it.
    """
    residual = level_dbm[:, None] - fit.power_dbm + fit.exponent * u
    score = np.abs(residual) / np.sqrt(fit.variance_db2)
    return np.asarray(np.minimum(1.0, HUBER_Z / np.maximum(score, HUBER_Z)) @ mass)
