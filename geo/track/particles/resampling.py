"""Drawing equally weighted particles from weighted ones, so that none is wasted on a poor place."""

from typing import Final

import numpy as np
from numpy.random import Generator

from geo.track.particles import road_motion
from geo.track.particles.particle_set import Cloud

ROUGHENING_M: Final = 3.0  # standard deviation by which copies are moved apart ..
ROUGHENING_SHARE: Final = 0.08  # .. or this share of the cloud's spread, where that is more


def resampled(cloud: Cloud, count: int, rng: Generator) -> Cloud:
    """`count` equally weighted particles (systematic resampling).

    Copies of one particle are moved apart at random (roughening: Gordon, Salmond and Smith 1993);
    on a road along it.
    """
    steps = (np.arange(count) + rng.random()) / count
    edges = np.cumsum(cloud.weight)
    chosen = np.searchsorted(edges / edges[-1], steps, side="right")
    drawn = cloud.take(np.minimum(chosen, cloud.size - 1))
    drawn.weight[:] = 1.0 / count
    spread = np.sqrt(drawn.place.var(axis=1).mean())
    width = max(ROUGHENING_M, ROUGHENING_SHARE * float(spread))
    shift = width * rng.standard_normal((2, count))
    if drawn.roads is None:
        drawn.place += shift
    else:
        road_motion.shift(drawn.roads, drawn, shift)
    return drawn
