"""Likelihood of a place given a bearing: a beam from the instrument, and a share of reflections.

A direction finder points along the strongest path. Now and then that is a reflection from a wall,
and the bearing carries no information. So the likelihood is von Mises about the bearing (Mardia and
Jupp, Directional Statistics, ch. 3) mixed with a uniform share. An error of the instrument's own
place changes the angle the more, the nearer the transmitter is: close by, a bearing is weak
evidence.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import i0e

from geo.earth.frame import Frame
from geo.earth.sphere import Floats

REFLECTIONS = 0.12  # share of bearings that point anywhere
REFLECTED_SIGMAS = 3.0  # a difference of readings at one spot counts as no more than this
NEAREST_M = 1.0  # keeps the beam finite where the instrument stands
_STEP_DEG = 1e-4  # step along the meridian by which the direction of true north is found


def log_each(
    east_m: Floats, north_m: Floats, bearing_deg: Floats, sigma_deg: Floats, sigma_m: Floats
) -> Floats:
    """Log-likelihood of each bearing at each place, relative to a uniform one.

    `east_m` and `north_m` lead from the instruments to the places, shape (rows, places).
    `bearing_deg` is clockwise from the north of the same frame; it and the other columns have
    shape (rows,).
    `sigma_m` is the per-axis uncertainty of the instrument's place.

    >>> ahead, behind = log_each(
    ...     np.zeros((1, 2)), np.array([[500.0, -500.0]]), np.zeros(1), np.full(1, 5.0), np.zeros(1)
    ... )[0]
    >>> float(ahead.round(2)), float(behind.round(2))
    (3.23, -2.12)
    """
    distance = np.maximum(np.hypot(east_m, north_m), NEAREST_M)
    towards = np.radians(bearing_deg)[:, None]
    cosine = (east_m * np.sin(towards) + north_m * np.cos(towards)) / distance
    variance = np.radians(sigma_deg)[:, None] ** 2 + (sigma_m[:, None] / distance) ** 2
    concentration = 1.0 / variance
    beam = np.exp(concentration * (cosine - 1.0)) / i0e(concentration)
    return np.asarray(np.log((1.0 - REFLECTIONS) * beam + REFLECTIONS))


def merged(bearing_deg: Floats, sigma_deg: Floats) -> tuple[float, float]:
    """One bearing and its standard deviation for several that one instrument took at one spot.

    They share walls and so reflections: many are no more certain than one. The bearing chosen is
    the one that is nearest to the others; its standard deviation is their mean one, enlarged where
    they disagree.
    """
    if bearing_deg.size == 1:
        return float(bearing_deg[0]), float(sigma_deg[0])
    apart = np.abs((bearing_deg[:, None] - bearing_deg + 180.0) % 360.0 - 180.0)
    limit = REFLECTED_SIGMAS * float(sigma_deg.mean())
    chosen = int(np.argmin((np.minimum(apart, limit) ** 2).sum(axis=1)))
    sigma = np.hypot(sigma_deg.mean(), np.median(apart[chosen]))
    return float(bearing_deg[chosen]), float(sigma)


def convergence_deg(frame: Frame, lat: ArrayLike, lon: ArrayLike) -> Floats:
    """Direction of true north at places, degrees clockwise from the frame's own north.

    20 km east of the centre it is half a degree to the left at latitude 70; at a pole it may be
    any angle.
    """
    here, along = np.asarray(lat, float), np.asarray(lon, float)
    # Stepping towards the equator stays on the globe at the poles too.
    way = np.where(here > 0.0, -1.0, 1.0)
    x, y = frame.to_xy(here, along)
    next_x, next_y = frame.to_xy(here + way * _STEP_DEG, along)
    return np.asarray(np.degrees(np.arctan2(way * (next_x - x), way * (next_y - y))))
