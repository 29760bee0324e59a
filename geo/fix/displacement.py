"""How far rows of the register are wrong: priors of a displacement, before any report."""

from typing import Final

import numpy as np

from geo.earth.sphere import Floats

#: Rows are mostly wrong by these distances (m), log-uniformly.
_LEAST_OFF_M, MOST_OFF_M = 100.0, 10_000.0
#: A share of wrong rows names a place far off, by a digit that was mistyped, left out or cut off,
#: or by axes that were exchanged. Then the site may be anywhere where its reports are, as a clone
#: may: this far from the middle of their zone (m). All the cells of its mast mostly are, so that
#: phones name several there; of a clone they name one.
FAR_SHARE, SPAN_M = 0.05, 15_000.0
#: The same, of a row that is wrong alone: phones name that one cell, as of a clone.
LONE_FAR_SHARE: Final = 0.01
#: Stands for the density of what can't be.
_NIL: Final = 1e-100


def log_displacement(x: Floats, y: Floats, reach_m: float, far_share: float) -> Floats:
    """Logarithm of the prior density (per square metre) of displacements by ``x``, ``y`` metres
    that show in who is received where: by less than its reach a site may be off without
    contradicting anything. ``far_share`` of them are by more than `MOST_OFF_M`."""
    off_m, least_m = np.hypot(x, y), max(_LEAST_OFF_M, reach_m)
    near = (1.0 - far_share) / (2.0 * np.pi * np.log(MOST_OFF_M / least_m))
    far = far_share / (np.pi * SPAN_M**2)
    density = np.where(off_m <= MOST_OFF_M, near / np.maximum(off_m, 1.0) ** 2, far)
    possible = (off_m >= least_m) & (density > 0.0)
    return np.asarray(np.log(np.where(possible, density, _NIL)))


def log_slight_displacement(x: Floats, y: Floats, reach_m: float) -> Floats:
    """As `log_displacement`, of those by less than the reach, which only rings of timing advances
    show."""
    off_m = np.hypot(x, y)
    span = np.log(max(reach_m, 2.0 * _LEAST_OFF_M) / _LEAST_OFF_M)
    density = 1.0 / (2.0 * np.pi * span * np.maximum(off_m, _LEAST_OFF_M) ** 2)
    return np.asarray(np.log(np.where(off_m < reach_m, density, _NIL)))
