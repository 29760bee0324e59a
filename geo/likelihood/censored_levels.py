"""Likelihood of levels of which only a bound is known: silent phones, receivers at their top.

A phone that could have camped and did not means a level below the camping threshold there; a
receiver at the top of its scale means a level above it. Both likelihoods are normal tails about the
level that the path-loss fit predicts (censored regression: Tobin 1958).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from geo.earth.frame import Frame
from geo.earth.sphere import Floats
from geo.likelihood.grids import squared_m2
from geo.radio.pathloss import Fit, PathlossPrior, Real, log_distance
from geo.reports.reports import Silent

SATURATED_DBM = -51.0  # top of the GSM scale (3GPP TS 45.008 8.1.4); other scales seldom reach it
SQUARE_M = 100.0  # side of squares, in each of which all silent phones together count as one
SQUARES_CAP = 300
SQUARES_REACH_M = 5_000.0

_TAIL_STEP = 0.01
_TAIL_HALF = 8.0
_TAIL = ndtr(np.arange(-_TAIL_HALF, _TAIL_HALF, _TAIL_STEP))


@dataclass(frozen=True, slots=True)
class SilentSquares:
    """Silent phones gathered in squares of 100 m, columns of shape (squares,).

    Centre of mass (metres of a frame), weight (at most 1) and mean threshold (dBm; NaN for the
    technology's); `taken_share` as in `geo.reports.reports.Silent`.
    """

    x: Floats
    y: Floats
    weight: Floats
    threshold_dbm: Floats
    taken_share: float


NO_SQUARES = SilentSquares(np.empty(0), np.empty(0), np.empty(0), np.empty(0), 1.0)


def silent_squares(
    silent: Silent | None, frame: Frame, middle: tuple[float, float]
) -> SilentSquares:
    """The squares nearest to `middle` (x, y) that hold silent phones; bad rows are left out."""
    if silent is None or len(silent.lat) == 0:
        return NO_SQUARES
    with np.errstate(invalid="ignore"):
        usable = (np.abs(silent.lat) <= 90.0) & (np.abs(silent.lon) <= 180.0)
        usable &= (silent.weight > 0.0) & np.isfinite(silent.weight)
    x, y = frame.to_xy(silent.lat[usable], silent.lon[usable])
    weight, threshold = silent.weight[usable], silent.threshold_dbm[usable]
    apart = np.hypot(x - middle[0], y - middle[1])
    order = np.lexsort([threshold, weight, y, x])
    order = order[apart[order] <= SQUARES_REACH_M]
    x, y, weight, threshold = x[order], y[order], weight[order], threshold[order]
    square = np.stack([np.floor(x / SQUARE_M), np.floor(y / SQUARE_M)], axis=1)
    _, code = np.unique(square, axis=0, return_inverse=True)
    total = np.bincount(code.ravel(), weights=weight)
    mean_x = np.bincount(code.ravel(), weights=weight * x) / total
    mean_y = np.bincount(code.ravel(), weights=weight * y) / total
    mean_threshold = np.bincount(code.ravel(), weights=weight * threshold) / total
    nearest = np.argsort(np.hypot(mean_x - middle[0], mean_y - middle[1]), kind="stable")
    nearest = nearest[:SQUARES_CAP]
    return SilentSquares(
        mean_x[nearest],
        mean_y[nearest],
        np.minimum(total[nearest], 1.0),
        mean_threshold[nearest],
        float(np.clip(silent.taken_share, 0.0, 0.98)),
    )


def log_silence(
    squares: SilentSquares, x: Floats, y: Floats, fit: Fit, prior: PathlossPrior
) -> Floats:
    """Log-likelihood, tempered, that no phone in the squares camped, at each place of the grid of
    axes x and y; `fit` is over the same places.

    In single precision and with few temporaries, since there are hundreds of squares and places.
    """
    if squares.x.size == 0:
        return np.zeros(x.size * y.size)
    u = squared_m2(squares.x, squares.y, x, y)
    log_distance(u, np.zeros(squares.x.size, np.float32), out=u)
    noise = _predictive_db(u, fit, prior.camping_sd_db)
    threshold = np.fmax(squares.threshold_dbm, prior.camping_dbm)
    score = u
    score *= fit.exponent.astype(np.float32)
    score -= fit.power_dbm.astype(np.float32)
    score += threshold.astype(np.float32)[:, None]
    score /= noise
    score += np.float32(_TAIL_HALF)
    score *= np.float32(1.0 / _TAIL_STEP)
    log_silent = np.log1p(squares.taken_share * (_TAIL - 1.0)).astype(np.float32)
    each = log_silent.take(score.astype(np.int32), out=score, mode="clip")
    return np.asarray(prior.silence_temper * (squares.weight.astype(np.float32) @ each), float)


def log_saturation(u: Floats, weight: Floats, fit: Fit) -> Floats:
    """Log-likelihood that all these receivers were at their top; `u` has shape (rows, places).

    The rows share the unknown power: the less certain it is from the other rows, the less further
    saturated rows add (design effect of the shared part of the predictive variance).
    """
    score = (fit.power_dbm - fit.exponent * u - SATURATED_DBM) / _predictive_db(u, fit, 0.0)
    shared = fit.v_power / (1.0 + fit.v_power)
    effective = 1.0 / (1.0 + np.maximum(weight.sum() - 1.0, 0.0) * shared)
    return np.asarray(effective * (weight @ np.log(np.maximum(ndtr(score), 1e-6))))


def _predictive_db(u: NDArray[Real], fit: Fit, extra_db: float) -> NDArray[Real]:
    """Standard deviation of a new level: noise, and uncertainty of the law."""
    # As a polynomial of u, in its precision and in one array.
    fixed, linear, square = (
        (fit.variance_db2 * factor).astype(u.dtype)
        for factor in (1.0 + fit.v_power, -2.0 * fit.v_cross, fit.v_exponent)
    )
    variance = square * u
    variance += linear
    variance *= u
    variance += fixed
    variance += u.dtype.type(extra_db**2)
    np.sqrt(variance, out=variance)
    return variance
