"""Evidence of levels under one moving transmitter: the alternative to two that stand.

A filter over a grid of places and a few powers. Its evidence integrates over all paths, so it may
be compared with a fit of fixed places. Motion has no preferred direction and no plan: a drive is as
likely as stops here and there, so that in doubt the comparison favours one transmitter.
"""

from math import log, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from geo.earth.sphere import Floats
from geo.radio.pathloss import PathlossPrior
from geo.separate.level_rows import Ints, LevelRows
from geo.separate.two_site_fit import CLUTTER, clutter_density

Singles = NDArray[np.float32]

MIXED_Z = -2.0  # of the runs test; below it the parts come one after the other

CELLS = 26  # most cells a side of the grid
CELL_LEAST_M = 60.0
MARGIN_M = 300.0
#: Share of probability that rests; the rest moves in any direction at town speed (standard
#: deviation along each axis), in one direction for as long as it takes to cross a district.
RESTING, DRIVING_MPS, CROSSING_S = 0.5, 9.0, 30.0
POWER_STEPS = np.arange(-2.0, 3.0) * 0.8  # hypotheses of its power, in the prior's deviations


def log_evidence_moving(
    levels: LevelRows, prior: PathlossPrior, exponent: float, sigma_db: float
) -> float:
    """Log-evidence of the levels if one transmitter moved freely at town speed.

    Power, start and path are integrated out (a filter over a grid); exponent and noise are given.
    Rows count by their weight, in order of time. The density is per dB, as in
    `geo.separate.two_site_fit`.
    """
    order = np.lexsort([levels.level_dbm, levels.y, levels.x, levels.ts_s])
    levels = levels.take(order)
    x, step_x = _axis(levels.x)
    y, step_y = _axis(levels.y)
    squared = ((levels.y[:, None] - y) ** 2)[:, :, None] + ((levels.x[:, None] - x) ** 2)[
        :, None, :
    ]
    cell = (step_x * step_y) / 12.0  # variance of a place within its cell
    u = 5.0 * np.log10(squared + levels.slack_m2[:, None, None] + cell) - 20.0
    power = prior.power_dbm_100m + POWER_STEPS * prior.power_sd_db
    z = (levels.level_dbm[:, None, None] + exponent * u).astype(np.float32)[:, None] - power.astype(
        np.float32
    )[:, None, None]
    z *= np.float32(1.0 / sigma_db)
    z *= z
    z *= np.float32(-0.5)
    density = np.exp(z, out=z)
    density *= np.float32((1.0 - CLUTTER) / (sqrt(2.0 * pi) * sigma_db))
    clutter = clutter_density(levels.level_dbm, levels.usual_dbm())
    density += clutter.astype(np.float32)[:, None, None, None]
    chance = np.exp(-0.5 * POWER_STEPS**2)
    state = np.empty((power.size, y.size, x.size), np.float32)
    state[:] = (chance / chance.sum() / (x.size * y.size))[:, None, None]
    total = 0.0
    spans = np.diff(levels.ts_s, prepend=levels.ts_s[0])
    for row, span_s in enumerate(spans.tolist()):
        if span_s > 0.0:
            state = _moved(state, step_x, step_y, span_s)
        weight = float(levels.weight[row])
        state *= density[row] if weight == 1.0 else density[row] ** np.float32(weight)
        mass = float(state.sum(dtype=float))
        state *= np.float32(1.0 / mass)
        total += log(mass)
    return total


def mixed_in_time(ts_s: Floats, part: Ints) -> bool:
    """Whether the parts alternate in time as if shuffled (runs test, Wald and Wolfowitz 1940).

    One transmitter that moves from place to place makes long runs of each part.
    """
    decided = part >= 0
    ts_s, side = ts_s[decided], part[decided]
    side = side[np.argsort(ts_s, kind="stable")]
    second = float(side.sum())
    first = side.size - second
    if min(first, second) < 2:
        return False
    runs = 1.0 + float((np.diff(side) != 0).sum())
    product = 2.0 * first * second
    mean = 1.0 + product / side.size
    variance = product * (product - side.size) / (side.size**2 * (side.size - 1.0))
    return bool(runs - mean > MIXED_Z * np.sqrt(variance))


def _axis(values: Floats) -> tuple[Floats, float]:
    middle = 0.5 * float(values.min() + values.max())
    half = 0.5 * float(values.max() - values.min()) + MARGIN_M
    cells = min(CELLS, int(np.ceil(2.0 * half / CELL_LEAST_M)))
    step = 2.0 * half / cells
    return np.asarray(middle - half + step * (np.arange(cells) + 0.5), float), step


def _moved(state: Singles, step_x: float, step_y: float, span_s: float) -> Singles:
    spread_m = DRIVING_MPS * min(span_s, sqrt(CROSSING_S * span_s))
    gone = _kernel(state.shape[1], step_y, spread_m) @ state
    gone = gone @ _kernel(state.shape[2], step_x, spread_m).T
    return np.asarray(np.float32(RESTING) * state + np.float32(1.0 - RESTING) * gone)


def _kernel(cells: int, step_m: float, spread_m: float) -> Singles:
    """Probability of moving from a cell (column) to another (row); nothing leaves the grid."""
    apart = np.arange(cells)[:, None] - np.arange(cells)
    wide = max(spread_m / step_m, 0.35)
    kernel = np.exp(-0.5 * (apart / wide) ** 2)
    return np.asarray(kernel / kernel.sum(axis=0), np.float32)
