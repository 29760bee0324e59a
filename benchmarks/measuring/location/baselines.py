"""What others do with the same reports: averages of places, and least squares.

Each takes a town and gives a place (x, y) in metres of the town's frame; only reports are read,
never the truth.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from scipy.optimize import least_squares

from geo.earth.sphere import Floats
from geo.radio.pathloss import ANTENNA_HEIGHT_M, PathlossPrior
from geo.reports.reports import ACCURACY_PER_SIGMA

from .towns import Episode

Place = tuple[float, float]
Baseline = Callable[[Episode], Place]

ICHNAEA_ACCURACY_M = 10.0  # fixes count no better than this
ICHNAEA_GSM_DBM = -5.0  # what it adds to a GSM level
STARTS_M = 250.0  # how far further starts of least squares lie from the first


def centroid(town: Episode) -> Place:
    """The mean place of the phones: what most open cell registers give."""
    x, y = _places(town)
    return _mean(x, y, np.ones(x.size))


def weighted_centroid(town: Episode) -> Place:
    """The mean place weighted by received amplitude."""
    x, y = _places(town)
    return _mean(x, y, 10.0 ** (town.reports.level_dbm / 20.0))


def ichnaea(town: Episode) -> Place:
    """Mozilla's location service: weights by accuracy and, flatly, by level.

    Its weights for age and speed are left out, which no town has
    (github.com/mozilla/ichnaea, station updates, commit efe7330).
    """
    x, y = _places(town)
    weight = np.sqrt(10.0 / np.maximum(town.reports.accuracy_m, ICHNAEA_ACCURACY_M))
    weight = weight * (10_000.0 / (town.reports.level_dbm + ICHNAEA_GSM_DBM) ** 2) ** 2
    return _mean(x, y, weight)


def strongest(town: Episode) -> Place:
    """Where the level was highest, or the mean of such places."""
    x, y = _places(town)
    top = town.reports.level_dbm == town.reports.level_dbm.max()
    return _mean(x, y, top.astype(float))


def least_squares_fit(town: Episode) -> Place:
    """The best-fitting law and place, power and slope with priors, under soft-L1 loss.

    Trust-region least squares from five starts: the weighted centroid and four about it.
    """
    x, y = _places(town)
    prior, level = PathlossPrior(), town.reports.level_dbm
    widened = (town.reports.accuracy_m / ACCURACY_PER_SIGMA) ** 2 + ANTENNA_HEIGHT_M**2
    per_neper = 10.0 / np.log(10.0)

    def residuals(at: Floats) -> Floats:
        distance_sq = (at[0] - x) ** 2 + (at[1] - y) ** 2 + widened
        u = 5.0 * np.log10(distance_sq) - 20.0
        power = (at[2] - prior.power_dbm_100m) / prior.power_sd_db
        exponent = (at[3] - prior.exponent) / prior.exponent_sd
        return np.asarray(np.r_[(level - at[2] + at[3] * u) / prior.sigma_db, power, exponent])

    def jacobian(at: Floats) -> Floats:
        distance_sq = (at[0] - x) ** 2 + (at[1] - y) ** 2 + widened
        pull = per_neper * at[3] / distance_sq
        rows = np.zeros((x.size + 2, 4))
        rows[:-2, 0], rows[:-2, 1] = pull * (at[0] - x), pull * (at[1] - y)
        rows[:-2, 2], rows[:-2, 3] = -1.0, 5.0 * np.log10(distance_sq) - 20.0
        rows[:-2] /= prior.sigma_db
        rows[-2, 2], rows[-1, 3] = 1.0 / prior.power_sd_db, 1.0 / prior.exponent_sd
        return rows

    middle = weighted_centroid(town)
    found = [
        least_squares(
            residuals,
            [middle[0] + east, middle[1] + north, prior.power_dbm_100m, prior.exponent],
            jac=jacobian,
            loss="soft_l1",
            x_scale=[100.0, 100.0, prior.power_sd_db, prior.exponent_sd],
            max_nfev=100,
        )
        for east, north in STARTS_M * np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]])
    ]
    best = min(found, key=lambda fit: float(fit.cost))
    return float(best.x[0]), float(best.x[1])


BASELINES: Final[Mapping[str, Baseline]] = MappingProxyType(
    {
        "centroid": centroid,
        "weighted centroid": weighted_centroid,
        "ichnaea": ichnaea,
        "strongest": strongest,
        "least squares": least_squares_fit,
    }
)


def error_m(town: Episode, place: Place) -> float:
    """How far a place is from the truth."""
    return float(np.hypot(place[0] - town.x, place[1] - town.y))


def _places(town: Episode) -> tuple[Floats, Floats]:
    return town.frame.to_xy(town.reports.lat, town.reports.lon)


def _mean(x: Floats, y: Floats, weight: Floats) -> Place:
    return float(weight @ x / weight.sum()), float(weight @ y / weight.sum())
