"""The cloud of which nothing is known but where the first phones stood."""

from typing import Final

import numpy as np
from numpy.random import Generator

from geo.reports.device_weights import WeightedReports
from geo.track.particles import road_motion
from geo.track.particles.motion_model import WALKING, initial_kinds
from geo.track.particles.particle_set import Cloud
from geo.track.particles.pathloss import OFFSET_CHANCE, SUMS
from geo.track.road_graph import Roads

FIRST: Final = 12  # reports that say where to begin
MARGIN_M: Final = 700.0  # around the first phones: the transmitter may stand outside
CORE_M: Final = 1_500.0  # phones nearer than this, or thrice the median distance, are believed


def initial_cloud(
    rows: WeightedReports, row: int, count: int, roads: Roads | None, rng: Generator
) -> Cloud:
    """Particles spread evenly about the first phones from a row on, and moving in all ways."""
    own = row + np.flatnonzero(np.isnan(rows.place_sigma_m[row:]))[:FIRST]
    if own.size == 0:
        own = np.arange(row, rows.x.size)[:FIRST]
    x, y = rows.x[own], rows.y[own]
    apart = np.hypot(x - np.median(x), y - np.median(y))
    core = apart <= max(CORE_M, 3.0 * float(np.median(apart)))
    if core.any():
        x, y = x[core], y[core]
    side = int(np.ceil(np.sqrt(count)))
    square = np.arange(count)
    across = (np.stack([square % side, square // side]) + rng.random((2, count))) / side
    corner = np.array([[x.min()], [y.min()]]) - MARGIN_M
    width = np.array([[np.ptp(x)], [np.ptp(y)]]) + 2.0 * MARGIN_M
    kind, velocity = initial_kinds(count, rng)
    cloud = Cloud(
        place=corner + width * across,
        velocity=velocity,
        kind=kind,
        never_moved=kind < WALKING,
        weight=np.full(count, 1.0 / count),
        law_sums=np.zeros((SUMS, count)),
        offset=np.repeat(OFFSET_CHANCE, count, axis=1),
        edge=np.full(count, -1, np.intp),
        along_m=np.zeros(count),
        roads=roads,
    )
    if roads is not None:
        road_motion.settle(roads, cloud, rng)
    return cloud
