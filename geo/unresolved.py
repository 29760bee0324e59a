"""Does one place explain the reports at all, or is the answer torn between two?

Where two transmitters can't be told apart row by row, the fix of all rows still shows it: the
region falls into parts that lie far from each other, or stays large however many phones there are.
An alert should say so, since a team sent to the middle of it finds nothing.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import label, sum_labels

from geo.posterior import Posterior, area_m2

LEVEL = 0.9
PART_SHARE = 0.2  # of the region's probability, from which a part of it counts
APART_M = 300.0  # between the middles of two parts
#: Radius (m) of a circle as large as the region, times the root of the number of phones, that one
#: transmitter seldom passes. With phones on one side of it only, it often does: then too there is
#: no one place to send a team to.
LARGE_M = 2_500.0
LEAST_DEVICES = 10  # with fewer, a large region or two lobes are what one transmitter gives


@dataclass(frozen=True, slots=True)
class Shape:
    """Shape of the 90 % region: how many parts count, the largest distance between the middles
    of two of them (m; 0 for one), and the radius of a circle of the same area (m)."""

    parts: int
    apart_m: float
    radius_m: float
    is_unresolved: bool


def shape_of(posterior: Posterior) -> Shape:
    """Whether the region of a place falls apart, or is larger than its number of phones explains.

    >>> from geo.locate import Reports, locate
    >>> shape_of(locate(Reports.of([39.90, 39.91], [116.4, 116.4], level_dbm=-70.0))).is_unresolved
    False
    """
    p = posterior.p
    ranked = np.sort(p, axis=None)[::-1]
    last = min(int(np.searchsorted(np.cumsum(ranked), LEVEL)), ranked.size - 1)
    inside = p >= ranked[last]
    piece, count = label(inside, structure=np.ones((3, 3)))
    numbers = np.arange(1, count + 1)
    mass = np.asarray(sum_labels(p, piece, numbers))
    x, y = np.meshgrid(posterior.x, posterior.y)
    counting = mass >= PART_SHARE * mass.sum()
    middle_x = np.asarray(sum_labels(p * x, piece, numbers))[counting] / mass[counting]
    middle_y = np.asarray(sum_labels(p * y, piece, numbers))[counting] / mass[counting]
    apart_m = float(np.hypot(middle_x[:, None] - middle_x, middle_y[:, None] - middle_y).max())
    radius_m = float(np.sqrt(area_m2(p, posterior.cell_area_m2, LEVEL) / np.pi))
    large = radius_m * np.sqrt(posterior.devices) > LARGE_M
    return Shape(
        parts=int(counting.sum()),
        apart_m=apart_m,
        radius_m=radius_m,
        is_unresolved=posterior.devices >= LEAST_DEVICES and bool(large or apart_m > APART_M),
    )
