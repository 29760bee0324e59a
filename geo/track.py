"""Whether a transmitter moves, and how: a straight line through its fixes.

Small and honest: a transmitter is called moving only where its fixes lie further apart than their
own uncertainty explains. It does not predict.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from geo.frame import frame_at

CHI2_99: Final = 9.210  # 99 % point of chi-square with 2 degrees of freedom: -2 ln 0.01


@dataclass(frozen=True, slots=True)
class Motion:
    """Speed and course of the fitted line; both None where fixes at two times are missing."""

    speed_mps: float | None
    bearing_deg: float | None
    moving: bool


STILL: Final = Motion(None, None, moving=False)


def motion(ts_s: ArrayLike, lat: ArrayLike, lon: ArrayLike, sigma_m: ArrayLike) -> Motion:
    """Motion behind fixes at times `ts_s` with per-axis standard deviations `sigma_m` (metres).

    Weighted least squares on each axis. The test is that of a zero velocity: speed squared over
    its variance against chi-square (2), 99 %; where fixes scatter about the line more than their
    uncertainty says, that variance grows accordingly. Rows with NaN or no positive `sigma_m` are
    left out; the order of rows does not matter.
    """
    times, lats, lons, sigmas = (
        column.astype(float).ravel() for column in np.broadcast_arrays(ts_s, lat, lon, sigma_m)
    )
    with np.errstate(invalid="ignore"):
        usable = np.isfinite(times + lats + lons + sigmas) & (sigmas > 0.0)
        usable &= np.abs(lats) <= 90.0
    order = np.lexsort([sigmas, lons, lats, times])
    order = order[usable[order]]
    times, lats, lons, sigmas = times[order], lats[order], lons[order], sigmas[order]
    if times.size < 2 or times[0] == times[-1]:
        return STILL
    frame = frame_at(float(lats[0]), float(lons[0]))
    places = np.column_stack(frame.to_xy(lats, lons))
    weight = 1.0 / sigmas**2
    since = times - weight @ times / weight.sum()
    centred = places - weight @ places / weight.sum()
    leverage = float(weight @ since**2)
    velocity = (weight * since) @ centred / leverage
    scatter = float(weight @ ((centred - since[:, None] * velocity) ** 2).sum(axis=1))
    freedom = 2 * (times.size - 2)
    inflation = max(1.0, scatter / freedom) if freedom else 1.0
    speed = float(np.hypot(*velocity))
    course = float(np.degrees(np.arctan2(velocity[0], velocity[1])) % 360.0)
    return Motion(speed, course, moving=speed**2 * leverage / inflation > CHI2_99)
