"""Strong reports so far apart that no car gets from one place to the other in time.

Strong signals come from near the transmitter; strong reports from two ends of a town at one moment
mean two transmitters. Each side needs several phones at several spots, since a place may be false.
"""

from dataclasses import dataclass
from math import dist

import numpy as np
from numpy.typing import NDArray

from geo.earth.sphere import Floats
from geo.radio.pathloss import PathlossPrior
from geo.separate.level_rows import Ints, LevelRows

#: Strong: this much below the level that is usual at 100 m (-65 dBm for GSM).
STRONG_BELOW_DB = 5.0
TOO_FAST_MPS = 40.0
FAR_SIGMAS = 1.28  # standard deviations of shadowing that are allowed for in favour of one
LEAST_DEVICES = 3  # on each side: positions may be false
SPOT_M = 25.0  # devices at one spot may have one false position in common
LEAST_SHARE = 0.15  # of the strong rows, on the smaller side


@dataclass(frozen=True, slots=True)
class Sides:
    """Two groups of strong reports: indices of the rows of each, and their middles (metres)."""

    rows: tuple[NDArray[np.intp], NDArray[np.intp]]
    x: Floats
    y: Floats


def too_far_apart(levels: LevelRows, prior: PathlossPrior) -> Sides | None:
    """Two groups of strong reports that one transmitter cannot have caused, the first further west.

    None where there are none, or too few devices on either side.
    """
    strong = np.flatnonzero(levels.level_dbm > prior.power_dbm_100m - STRONG_BELOW_DB)
    if strong.size < 2 * LEAST_DEVICES:
        return None
    x, y, ts_s = levels.x[strong], levels.y[strong], levels.ts_s[strong]
    # The distance at which the strongest transmitter in use gives such a level at a good spot.
    above = prior.power_dbm_100m + prior.power_sd_db + FAR_SIGMAS * prior.sigma_db
    range_m = 100.0 * 10.0 ** ((above - levels.level_dbm[strong]) / (10.0 * prior.exponent))
    apart = np.hypot(x[:, None] - x, y[:, None] - y)
    excess = apart - range_m[:, None] - range_m - TOO_FAST_MPS * np.abs(ts_s[:, None] - ts_s)
    against = excess > 0.0
    if against.sum() < 2 * LEAST_DEVICES:
        return None
    one, other = np.unravel_index(int(np.argmax(np.where(against, apart, 0.0))), apart.shape)
    is_one = np.hypot(x - x[one], y - y[one]) < np.hypot(x - x[other], y - y[other])
    middles: list[tuple[float, float]] = []
    for _ in range(5):
        middles = [(float(np.median(x[s])), float(np.median(y[s]))) for s in (is_one, ~is_one)]
        gaps = [np.hypot(x - middle[0], y - middle[1]) for middle in middles]
        is_one = gaps[0] < gaps[1]
        if not 0 < is_one.sum() < is_one.size:
            return None
    middles.sort()
    sides = []
    for middle in middles:
        gap = np.hypot(x - middle[0], y - middle[1])
        sides.append(gap < 0.5 * dist(*middles))
    spot = _spots(levels, strong)
    for mine, theirs in (sides, sides[::-1]):
        shown = mine & (against[:, theirs].sum(axis=1) >= 2)
        if _distinct(spot[shown]) < LEAST_DEVICES or mine.sum() < LEAST_SHARE * strong.size:
            return None
    return Sides(
        (strong[sides[0]], strong[sides[1]]),
        np.array([middle[0] for middle in middles]),
        np.array([middle[1] for middle in middles]),
    )


def _spots(levels: LevelRows, rows: NDArray[np.intp]) -> Ints:
    """Device and square of each row, shape (rows, 3)."""
    square_x = np.floor(levels.x[rows] / SPOT_M).astype(np.int64)
    square_y = np.floor(levels.y[rows] / SPOT_M).astype(np.int64)
    return np.column_stack([levels.device[rows], square_x, square_y])


def _distinct(spot: Ints) -> int:
    """Upper bound of independent reports: the lesser number of devices and of squares."""
    if len(spot) == 0:
        return 0
    return min(np.unique(spot[:, 0]).size, len(np.unique(spot[:, 1:], axis=0)))
