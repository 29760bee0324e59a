"""Ways a transmitter may move between two times, and what becomes of its place on a grid.

It rests, wanders, or drives on in one direction, and now and then changes from any of these to any
other (an interacting multiple model, Blom and Bar-Shalom 1988). One more way is to rest for good.
Probabilities are held as one array of shape (ways, laws, y, x), each way's share normalised to 1,
and the logarithm of the share itself in another of shape (ways,). What else is not known (the laws
of `geo.laws`) stays as it is while the place moves.
"""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from geo.sphere import Floats

Singles: TypeAlias = NDArray[np.float32]

SWITCH_S = 40.0  # mean time until the way of moving changes: a few street crossings
DRIVING_MPS, DRIVING_SPREAD = 8.0, 8.0  # town traffic; spread in metres per root second
HEADINGS = 8
LEAST_NATS = 60.0  # a way is never held less likely than this, against the likeliest
WANDERING = (10.0, 40.0)  # metres per root second and axis: on foot, and fast with many turns

_TURN = 2.0 * np.pi * (np.arange(HEADINGS) + 0.5) / HEADINGS
#: Drift east and north (m/s) and spread (m per root second) of each way of moving. The first two
#: rest: one for good, one until it changes.
_EAST: Final = np.r_[0.0, 0.0, np.zeros(len(WANDERING)), DRIVING_MPS * np.cos(_TURN)]
_NORTH: Final = np.r_[0.0, 0.0, np.zeros(len(WANDERING)), DRIVING_MPS * np.sin(_TURN)]
_SPREAD: Final = np.r_[0.0, 0.0, WANDERING, np.full(HEADINGS, DRIVING_SPREAD)]

#: How many ways there are.
WAYS: Final = _SPREAD.size


def moved(chance: Singles, x: Floats, y: Floats, span_s: float) -> Singles:
    """The probabilities after `span_s` seconds, each way of moving with its own kernel."""
    if span_s <= 0.0:
        return chance
    along = _kernels(x, _EAST * span_s, _SPREAD * np.sqrt(span_s))
    across = _kernels(y, _NORTH * span_s, _SPREAD * np.sqrt(span_s))
    chance[2:] = across[2:, None] @ chance[2:] @ along[2:, None].swapaxes(-1, -2)
    return chance


def _kernels(axis: Floats, drift_m: Floats, spread_m: Floats) -> Singles:
    """Transition matrices (ways, to, from) along one axis; nothing leaves the grid."""
    step = axis[1] - axis[0]
    apart = axis[:, None] - axis
    # A Gaussian much narrower than a cell would stand still on the grid: there, the share that
    # goes to the next cells keeps its variance. A drift is spread over the cells it falls between.
    narrow = np.minimum(spread_m / step, 0.8) ** 2
    near = np.abs(np.subtract.outer(np.arange(axis.size), np.arange(axis.size)))
    stencil = np.where(near == 0, 1.0, 0.0) * (1.0 - narrow)[:, None, None]
    stencil = stencil + np.where(near == 1, 0.5, 0.0) * narrow[:, None, None]
    width = np.maximum(spread_m, 0.45 * step)[:, None, None]
    bell = np.exp(-0.5 * ((apart - drift_m[:, None, None]) / width) ** 2) + 1e-30
    fixed = (drift_m == 0.0) & (spread_m < 0.8 * step)
    kernels = np.where(fixed[:, None, None], stencil, bell)
    return np.asarray(kernels / kernels.sum(axis=1, keepdims=True), np.float32)


def switch(chance: Singles, log_evidence: Floats, span_s: float) -> None:
    """Every way of moving but the one at rest for good becomes any of them, in place."""
    share = 1.0 - np.exp(-span_s / SWITCH_S)
    top = float(log_evidence[1:].max())
    weight = np.exp(np.maximum(log_evidence[1:] - top, -LEAST_NATS))
    joint = chance[1:] * weight[:, None, None, None].astype(np.float32)
    joint = np.float32(1.0 - share) * joint + np.float32(share) * joint.mean(axis=0)
    each = joint.sum(axis=(1, 2, 3), dtype=float)
    chance[1:] = joint / each[:, None, None, None].astype(np.float32)
    log_evidence[1:] = np.log(each) + top
