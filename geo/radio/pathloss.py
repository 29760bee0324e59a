"""Likelihood of levels at each candidate place, with power and path-loss exponent integrated out.

Log-distance path loss: level = P - n u + noise with u = 10 log10(d / 100 m). The reference distance
of 100 m makes P and n nearly independent. A rogue station's power is not known, and the exponent
depends on streets and antenna height, so P, n and the noise variance have a normal-inverse-gamma
prior and are integrated out in closed form at every place (Gelman et al., Bayesian Data Analysis,
ch. 14). Shadowing is correlated between places near each other (Gudmundson 1991): whitening by that
correlation keeps ten phones in one queue from counting as ten independent reports.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log, log10
from types import MappingProxyType
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.earth.sphere import Floats

#: Single or double precision, whichever the caller passes.
Real = TypeVar("Real", np.float32, np.float64)

REFERENCE_M = 100.0
ANTENNA_HEIGHT_M = 8.0  # keeps levels finite beneath the antenna
DECORRELATION_M = 50.0  # over which the correlation of shadowing in streets falls to 1/e
INDEPENDENT_SHARE = 0.2  # of the variance that two phones side by side don't share
INSTRUMENT_OFFSET_SHARE = 0.45  # (5 dB / 7.5 dB)^2: variance of an instrument's own calibration
HUBER_Z = 2.0  # residuals beyond this many sigmas lose weight
# Share of a normal variance that remains with such weights: E[min(z^2, 2|z|)] / E[min(1, 2/|z|)].
HUBER_SPREAD = 0.961
#: Spread of levels below the law and above it, in units of the noise: corners and walls take away,
#: up to 20 dB behind a corner (ITU-R P.1411), and nothing adds as much. Chosen on drawn worlds
#: (`python -m benchmarks.placed`); from 1.5 and 0.8 to 3 and 0.6 it makes little difference.
BLOCKED_SPREAD, CLEAR_SPREAD = 2.0, 0.7


@dataclass(frozen=True, slots=True)
class PathlossPrior:
    """Prior of a transmitter before any report; levels as the technology reports them.

    `power_dbm_100m` is the level at 100 m, `sigma_db` the standard deviation of shadowing and
    phones together, `sigma_shape` the shape of its inverse gamma (above 1; the larger, the firmer
    the prior). A phone camps at levels above `camping_dbm` with a spread of `camping_sd_db`.
    `selection` is the share of reports that come only from camping phones; 0 for receivers that
    report all they receive. The log-likelihood of silent phones is multiplied by `silence_temper`,
    since phones share buildings and many are silent for other reasons; 1 for receivers that are
    known to listen. `decorrelation_m` is that of shadowing.
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


# RSCP is the power of one code (about 10 dB below the whole), RSRP and SS-RSRP that of one of 300
# sub-carriers (about 25 dB below at 5 MHz); other bandwidths are the reason for a wider prior.
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
    [[v_power, v_cross], [v_cross, v_exponent]]. `log_marginal` leaves out what is the same at all
    places.
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
    """u = 10 log10(d / 100 m), shape (rows, places), written to `out` where given (which may be
    `distance_sq_m2` itself).

    The square of the antenna height and of the row's uncertainty (`sigma_m` along one axis, shape
    (rows,)) are added to the squared distance: that is the effect of an uncertain place on the
    level on average.
    """
    slack = (sigma_m**2 + ANTENNA_HEIGHT_M**2)[:, None]
    u: NDArray[Real] = np.add(distance_sq_m2, slack, out=out)
    np.log(u, out=u)  # numpy's log is faster than its log10
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

    `extra` is the variance of noise of each row's own, as a share of the common variance.
    `instrument` is the code of the trusted instrument that took the row, -1 for a phone. The
    unknown calibration of an instrument is integrated out: its rows share a covariance.
    """
    apart = np.sqrt((x[:, None] - x) ** 2 + (y[:, None] - y) ** 2)
    correlation = (1.0 - INDEPENDENT_SHARE) * np.exp(-apart / decorrelation_m)
    np.fill_diagonal(correlation, 1.0 + extra)
    if instrument is not None:
        one = (instrument[:, None] == instrument) & (instrument >= 0)
        correlation += INSTRUMENT_OFFSET_SHARE * one
    return np.asarray(np.linalg.inv(correlation))


def misplacement(u: NDArray[Real], sigma_m: Floats, fit: Fit, mass: Floats) -> Floats:
    """Noise that each row has from its phone's uncertain place (`sigma_m` along one axis).

    As a share of the noise variance, averaged over the places by their probability `mass`. A
    relative change of distance by x changes the level by x times 10 n / ln 10 dB, so some metres
    matter near the transmitter and not far from it.
    """
    per_metre_sq = np.exp(u * (-0.2 * np.log(10.0))) / REFERENCE_M**2
    slope_sq = (10.0 / np.log(10.0) * fit.exponent) ** 2 / fit.variance_db2
    return np.asarray(sigma_m**2 * (per_metre_sq @ (slope_sq * mass)), float)


def marginal(
    u: NDArray[Real], level_dbm: Floats, precision: Floats, weight: Floats, prior: PathlossPrior
) -> Fit:
    """Closed-form marginal likelihood of the levels at every place, and the law there.

    `u` has shape (rows, places), `level_dbm` and `weight` (rows,), `precision` (rows, rows). A row
    of weight w counts as w reports. Without rows the result is the prior.
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
    # Only this product is cubic in size, so it has the precision of `u`.
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


def skewed(score: NDArray[Real]) -> NDArray[Real]:
    """Residuals in standard deviations, measured by the spread of their own side of the law.

    >>> skewed(np.array([-2.0, 0.0, 1.4])).round(6).tolist()
    [-1.0, 0.0, 2.0]
    """
    below, above = score.dtype.type(1.0 / BLOCKED_SPREAD), score.dtype.type(1.0 / CLEAR_SPREAD)
    return np.asarray(score * np.where(score < 0.0, below, above))


def huber_weight(u: NDArray[Real], level_dbm: Floats, fit: Fit, mass: Floats) -> Floats:
    """Weight of each row, min(1, 2/|z|) averaged over the places by their probability `mass`.

    The average over the posterior, instead of the weight at its peak, keeps a row from counting as
    an outlier because it disagrees with only one of two likely places.
    """
    residual = level_dbm[:, None] - fit.power_dbm + fit.exponent * u
    score = np.abs(residual) / np.sqrt(fit.variance_db2)
    return np.asarray(np.minimum(1.0, HUBER_Z / np.maximum(score, HUBER_Z)) @ mass)
