"""How a transmitter may move between two times, as transitions of its place on a grid.

Its motion has modes: it rests, wanders, or drives in one direction, and now and then changes from
any of these to any other (an interacting multiple model, Blom and Bar-Shalom 1988). Joint
probabilities of mode and place are one array of shape (modes, y, laws, x). The other unknowns (the
laws of `geo.track.grid.grid_pathloss`) stay as they are while the place moves, and in this order of
axes each axis of the place takes one product of matrices for each mode.
"""

from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Singles: TypeAlias = NDArray[np.float32]

SWITCH_S = 40.0  # mean time until the mode changes: a few street crossings
DRIVING_MPS, DRIVING_SPREAD = 8.0, 8.0  # town traffic; spread in metres per root second
HEADINGS = 8
WANDERING = (10.0, 40.0)  # metres per root second and axis: on foot, and fast with many turns
#: Lower bounds of the probability of a place, and of a step along an axis. They keep products above
#: 1e-38, below which single precision is denormal and some fifty times as slow.
LEAST_CHANCE, LEAST_STEP = 1e-20, 1e-12

_TURN = 2.0 * np.pi * (np.arange(HEADINGS) + 0.5) / HEADINGS
#: Drift east and north (m/s) and spread (m per root second) of each mode that does not rest.
_EAST: Final = np.r_[np.zeros(len(WANDERING)), DRIVING_MPS * np.cos(_TURN)].round(6)
_NORTH: Final = np.r_[np.zeros(len(WANDERING)), DRIVING_MPS * np.sin(_TURN)].round(6)
_SPREAD: Final = np.r_[WANDERING, np.full(HEADINGS, DRIVING_SPREAD)]
#: Along one axis many modes are equal: (drift, spread) without repetition, and the row of each.
_ALONG_AXIS, _OF_MODE = np.unique(
    np.column_stack([np.r_[_EAST, _NORTH], np.r_[_SPREAD, _SPREAD]]), axis=0, return_inverse=True
)
_OF_EAST, _OF_NORTH = np.split(_OF_MODE.ravel(), 2)

#: Number of modes; the first one rests.
MODES: Final = 1 + _SPREAD.size
_ALL: Final = np.ones(MODES, np.float32)


def moved(joint: Singles, step_x_m: float, step_y_m: float, span_s: float) -> Singles:
    """The probabilities after `span_s` seconds, each mode with its own kernel.

    Kernels are cached, so spans and steps should be whole numbers.
    """
    if span_s <= 0.0:
        return joint
    modes, rows, laws, columns = joint.shape
    across = _kernels(step_y_m, span_s, rows)[_OF_NORTH]
    along = _kernels(step_x_m, span_s, columns)[_OF_EAST].swapaxes(-1, -2)
    after = np.empty(joint.shape, np.float32)
    after[0] = joint[0]
    north = across @ joint[1:].reshape(modes - 1, rows, laws * columns)
    flat = (modes - 1, rows * laws, columns)
    np.matmul(north.reshape(flat), along, out=after[1:].reshape(flat))
    return after


def changed(joint: Singles, span_s: float, factor: Singles) -> Singles:
    """Changes of mode within `span_s` seconds, then a multiplication by `factor` (y, laws, x).

    Works in place. Returns the sum over all modes, shape (y, laws, x).
    """
    total = sum_over_modes(joint) * factor
    share = 1.0 - np.exp(-span_s / SWITCH_S)
    joint *= np.float32(1.0 - share) * factor
    joint += np.float32(share / MODES) * total
    np.maximum(joint, np.float32(LEAST_CHANCE), out=joint)
    return total


def sum_over_modes(joint: Singles) -> Singles:
    """Probability by (y, laws, x), summed over the modes."""
    total = _ALL @ joint.reshape(MODES, -1)
    return np.asarray(total.reshape(joint.shape[1:]), np.float32)


@lru_cache(maxsize=256)
def _kernels(step_m: float, span_s: float, cells: int) -> Singles:
    """Transition matrices (drifts, to, from) along one axis; nothing leaves the grid."""
    drift_m, spread_m = _ALONG_AXIS[:, 0] * span_s, _ALONG_AXIS[:, 1] * np.sqrt(span_s)
    apart = np.arange(1 - cells, cells)  # in cells, for all pairs of cells
    # A Gaussian much narrower than a cell would not move on the grid; instead, such a share goes to
    # the next cells that the variance is right. A drift is spread over the cells between which it
    # ends.
    narrow = np.minimum(spread_m / step_m, 0.8)[:, None] ** 2
    stencil = np.where(apart == 0, 1.0 - narrow, 0.0) + np.where(abs(apart) == 1, 0.5 * narrow, 0.0)
    width = np.maximum(spread_m, 0.45 * step_m)[:, None]
    bell = np.exp(-0.5 * ((apart * step_m - drift_m[:, None]) / width) ** 2) + 1e-30
    fixed = (drift_m == 0.0) & (spread_m < 0.8 * step_m)
    by_apart = np.where(fixed[:, None], stencil, bell)
    to, origin = np.ogrid[:cells, :cells]
    kernels = by_apart[:, to - origin + cells - 1]
    kernels = np.maximum(kernels / kernels.sum(axis=1, keepdims=True), LEAST_STEP)
    kernels = np.asarray(kernels, np.float32)
    kernels.flags.writeable = False
    return kernels
