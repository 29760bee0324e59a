"""The initial cloud, of which only the places of the first phones are known."""

from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from geo.reports.crowd_centre import core
from geo.reports.device_weights import WeightedReports
from geo.track.particles import road_motion
from geo.track.particles.motion_model import WALKING, initial_kinds
from geo.track.particles.particle_set import Cloud
from geo.track.particles.pathloss import OFFSET_CHANCE, REACH_CHANCE, SUMS
from geo.track.road_graph import Roads

FIRST: Final = 12  # reports whose places bound the initial cloud
MARGIN_M: Final = 700.0  # around the first phones: the transmitter may stand outside


def first_rows(rows: WeightedReports, row: int) -> NDArray[np.intp]:
    """The rows from one on that bound the initial cloud: at a phone's own place if any is."""
    own = row + np.flatnonzero(np.isnan(rows.place_sigma_m[row:]))[:FIRST]
    return own if own.size else np.arange(row, rows.x.size)[:FIRST]


def initial_cloud(
    rows: WeightedReports, row: int, count: int, roads: Roads | None, rng: Generator
) -> Cloud:
    """Particles spread evenly around the first phones from a row on, with all kinds of motion."""
    own = first_rows(rows, row)
    x, y = rows.x[own], rows.y[own]
    near = core(x, y, (float(np.median(x)), float(np.median(y))))
    x, y = x[near], y[near]
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
        reach=np.repeat(REACH_CHANCE, count, axis=1),
        edge=np.full(count, -1, np.intp),
        along_m=np.zeros(count),
        roads=roads,
    )
    if roads is not None:
        road_motion.settle(roads, cloud, rng)
    return cloud
