"""Particles as a density on a grid, from which regions follow as from any other posterior."""

from typing import Final

import numpy as np

from geo.earth.frame import Frame
from geo.earth.sphere import Floats
from geo.posterior.posterior import Posterior, hill_top
from geo.track.particles.particle_set import Cloud

CELLS: Final = 49  # a side; odd
TAIL: Final = 1e-3  # share of the weight that may lie outside the grid on each side
KERNELS_BEYOND: Final = 2.0  # widths of a kernel by which the grid is larger
NARROWEST_M: Final = 8.0  # least width of a kernel
BANDWIDTH: Final = 1.2  # times Silverman's, so that copies of one particle make no peak
SMOOTHING: Final = 1.2  # for the mode, for the same reason


def posterior_of(
    cloud: Cloud, frame: Frame, devices: int, law: tuple[float, float, float] | None = None
) -> Posterior:
    """The sum of a Gaussian about each particle, on a grid; `law` is power, exponent and noise."""
    x, across = _axis(cloud.x, cloud)
    y, along = _axis(cloud.y, cloud)
    p = (along * cloud.weight) @ across.T
    p /= p.sum()
    power, exponent, sigma = law or (None, None, None)
    return Posterior(
        frame=frame,
        x=x,
        y=y,
        p=p,
        mode_xy=hill_top(x, y, p, SMOOTHING),
        devices=devices,
        power_dbm_100m=power,
        exponent=exponent,
        sigma_db=sigma,
    )


def _axis(values: Floats, cloud: Cloud) -> tuple[Floats, Floats]:
    """Lines of the grid along one axis, and the kernels there, shape (lines, particles)."""
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(cloud.weight[order])
    marks = np.searchsorted(upto, np.array([TAIL, 0.25, 0.75, 1.0 - TAIL]) * upto[-1])
    low, lower, upper, high = values[order[np.minimum(marks, values.size - 1)]]
    spread = float(np.sqrt(cloud.weight @ (values - cloud.weight @ values) ** 2))
    # The interquartile range is the width of the larger of two separate groups; the spread is not.
    spread = min(spread, (upper - lower) / 1.34 + NARROWEST_M)
    width = max(BANDWIDTH * spread * cloud.effective() ** (-1.0 / 6.0), NARROWEST_M)
    lines = np.linspace(low - KERNELS_BEYOND * width, high + KERNELS_BEYOND * width, CELLS)
    width = max(width, 0.6 * float(lines[1] - lines[0]))
    return lines, np.exp(-0.5 * ((lines[:, None] - values) / width) ** 2)
