"""How particles move: parked, stopped, walking or driving, with changes between these kinds.

Velocity is an Ornstein-Uhlenbeck process on each axis, with a memory after which a car has turned
at a crossing; along a main road, where it cruises, that is some kilometres later. With the short
memory alone a filter takes whoever goes straight on to be slow, and lags by minutes where reports
are few. The kind of motion is a Markov chain (an interacting multiple model inside the particle). A
parked particle does not move until it leaves, so that a standing transmitter is located from all
its reports and not only from the latest.
"""

from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from geo.earth.sphere import Floats
from geo.track.particles import road_motion
from geo.track.particles.particle_set import Cloud

PARKED, STOPPED, WALKING, DRIVING, CRUISING = range(5)
#: Mean time in each kind (s).
STAY_S: Final = np.array([1800.0, 40.0, 240.0, 60.0, 150.0])
#: Probability of each kind after each; rows sum to 1.
BECOMES: Final = np.array(
    [
        [0.0, 0.1, 0.3, 0.4, 0.2],
        [0.02, 0.0, 0.02, 0.66, 0.3],
        [0.2, 0.4, 0.0, 0.3, 0.1],
        [0.01, 0.68, 0.01, 0.0, 0.3],
        [0.01, 0.48, 0.01, 0.5, 0.0],
    ]
)
AT_FIRST: Final = np.array([0.3, 0.15, 0.15, 0.25, 0.15])
#: Along each axis: means 1.4 and 8 m/s.
SPEED_SD_MPS: Final = np.array([0.0, 0.0, 1.1, 6.4, 6.4])
MEMORY_S: Final = np.array([1.0, 1.0, 120.0, 30.0, 240.0])  # of the velocity
LONGEST_STEP_S = 8.0  # kinds and headings change between steps only
STEPS_MOST = 40  # for longer spans steps are longer

_BECOMES_UPTO = np.cumsum(BECOMES, axis=1)


def initial_kinds(count: int, rng: Generator) -> tuple[NDArray[np.intp], Floats]:
    """Kind and velocity (2, count; m/s) of particles of which nothing is known yet."""
    kind = np.searchsorted(np.cumsum(AT_FIRST), rng.random(count), side="right")
    kind = np.minimum(kind, CRUISING)
    return kind, SPEED_SD_MPS[kind] * rng.standard_normal((2, count))


def move(cloud: Cloud, span_s: float, rng: Generator) -> None:
    """Moves the particles on by `span_s` seconds, in place."""
    if span_s <= 0.0:
        return
    steps = min(int(np.ceil(span_s / LONGEST_STEP_S)), STEPS_MOST)
    for _ in range(steps):
        _step(cloud, span_s / steps, rng)


def _step(cloud: Cloud, step_s: float, rng: Generator) -> None:
    _change(cloud, step_s, rng)
    kept = np.exp(-step_s / MEMORY_S)
    fresh = SPEED_SD_MPS * np.sqrt(1.0 - kept**2)
    velocity = kept[cloud.kind] * cloud.velocity
    velocity += fresh[cloud.kind] * rng.standard_normal((2, cloud.size))
    moved = (0.5 * step_s) * (cloud.velocity + velocity)
    if cloud.roads is None:
        cloud.place += moved
        cloud.velocity = velocity
    else:
        road_motion.move(cloud.roads, cloud, moved, velocity, step_s, rng)


def _change(cloud: Cloud, step_s: float, rng: Generator) -> None:
    """Some particles change to another kind, with a velocity of that kind."""
    leaves = np.flatnonzero(rng.random(cloud.size) < (1.0 - np.exp(-step_s / STAY_S))[cloud.kind])
    draw, noise = rng.random(leaves.size), rng.standard_normal((2, leaves.size))
    becomes = (draw[:, None] >= _BECOMES_UPTO[cloud.kind[leaves]]).sum(axis=1)
    becomes = np.minimum(becomes, CRUISING)
    # A car that comes to a main road, or leaves one, goes on as it went.
    goes_on = np.minimum(cloud.kind[leaves], becomes) >= DRIVING
    anew = SPEED_SD_MPS[becomes] * noise
    cloud.velocity[:, leaves] = np.where(goes_on, cloud.velocity[:, leaves], anew)
    cloud.kind[leaves] = becomes
    cloud.never_moved[leaves[becomes >= WALKING]] = False
