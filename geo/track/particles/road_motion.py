"""How particles keep to a road graph.

Roads help where the error is below a block. They restrict how particles move and are no factor of
how likely a place is: such a factor, applied with every report, would press the cloud onto the
roads ever harder. A share of the particles ignores the roads, for transmitters in a backpack or a
courtyard, and for maps that are out of date.

All functions change the cloud in place. A particle on a road has its half-edge in `Cloud.edge` and
the distance from that half-edge's start in `Cloud.along_m`.
"""

from typing import Final

import numpy as np
from numpy.random import Generator

from geo.earth.sphere import Floats
from geo.track.particles.particle_set import Cloud
from geo.track.road_graph import Ints, Roads

OFF_SHARE: Final = 0.15  # of particles that ignore the roads, at first ..
OFF_SHARE_STANDING: Final = 0.5  # .. and of those that stand: in courtyards and on car parks
LEAVE_S: Final = 900.0  # mean time until a particle on a road leaves it for good
CROSSINGS_MOST: Final = 24  # nodes passed in one step; the vertices of curves count too


def settle(roads: Roads, cloud: Cloud, rng: Generator) -> None:
    """Puts most of the particles on roads within the cloud's bounds, evenly by length of road."""
    near = roads.near(cloud.x.min(), cloud.x.max(), cloud.y.min(), cloud.y.max())
    if near.size == 0:
        return
    share = np.where(cloud.never_moved, OFF_SHARE_STANDING, OFF_SHARE)
    on = np.flatnonzero(rng.random(cloud.size) >= share)
    upto = np.cumsum(roads.length_m[near])
    steps = upto[-1] * (np.arange(on.size) + rng.random(on.size)) / on.size
    chosen = np.minimum(np.searchsorted(upto, steps, side="right"), near.size - 1)
    edge = near[chosen]
    cloud.edge[on] = edge[rng.permutation(on.size)]
    cloud.along_m[on] = rng.random(on.size) * roads.length_m[cloud.edge[on]]
    _place(roads, cloud, on)
    _head(roads, cloud, on)


def move(
    roads: Roads, cloud: Cloud, moved: Floats, velocity: Floats, step_s: float, rng: Generator
) -> None:
    """One step of `geo.track.particles.motion_model`, whose free motion is `moved` (metres) and
    `velocity` (m/s), both (2, particles): particles on a road go the same distance along it."""
    leaves = (cloud.edge >= 0) & (rng.random(cloud.size) < 1.0 - np.exp(-step_s / LEAVE_S))
    cloud.edge[leaves] = -1
    off = cloud.edge < 0
    cloud.place += np.where(off, moved, 0.0)
    cloud.velocity = velocity
    on = np.flatnonzero(~off)
    # Free motion across the road stands for a turn at the next crossing, so only the lengths of
    # the free step and velocity count.
    edge = cloud.edge[on]
    along = moved[0][on] * roads.east[edge] + moved[1][on] * roads.north[edge]
    distance = np.hypot(moved[0][on], moved[1][on])
    turns = along < -0.5 * distance  # the velocity has come to point back
    turned = on[turns & (distance > 0.0)]
    cloud.along_m[turned] = roads.length_m[cloud.edge[turned]] - cloud.along_m[turned]
    cloud.edge[turned] = roads.back[cloud.edge[turned]]
    cloud.along_m[on] += distance
    _cross(roads, cloud, on, rng)
    _place(roads, cloud, on)
    _head(roads, cloud, on)


def shift(roads: Roads, cloud: Cloud, shift: Floats) -> None:
    """Moves particles by `shift` (metres, (2, particles)); those on a road along it instead.

    There only the first of the two numbers is used, and the ends of the half-edge are limits.
    """
    off = cloud.edge < 0
    cloud.place += np.where(off, shift, 0.0)
    on = np.flatnonzero(~off)
    along = cloud.along_m[on] + shift[0][on]
    cloud.along_m[on] = np.clip(along, 0.0, roads.length_m[cloud.edge[on]])
    _place(roads, cloud, on)


def _cross(roads: Roads, cloud: Cloud, on: Ints, rng: Generator) -> None:
    """Particles past the end of their edge go on along another; they turn back at dead ends."""
    for _ in range(CROSSINGS_MOST):
        edge = cloud.edge[on]
        past = cloud.along_m[on] > roads.length_m[edge]
        on, edge = on[past], edge[past]
        if on.size == 0:
            return
        node, back = roads.end[edge], roads.back[edge]
        leaving = roads.first[node + 1] - roads.first[node]
        draw = rng.random(on.size) * np.maximum(leaving - 1, 1)
        pick = roads.first[node] + draw.astype(np.intp)
        pick += (pick >= back) & (leaving > 1)  # all but the one it came by, evenly
        cloud.along_m[on] -= roads.length_m[edge]
        cloud.edge[on] = pick
    cloud.along_m[on] = np.minimum(cloud.along_m[on], roads.length_m[cloud.edge[on]])


def _place(roads: Roads, cloud: Cloud, on: Ints) -> None:
    """Sets the places of particles on roads from edge and distance along it."""
    edge, along = cloud.edge[on], cloud.along_m[on]
    cloud.place[0, on] = roads.x[edge] + along * roads.east[edge]
    cloud.place[1, on] = roads.y[edge] + along * roads.north[edge]


def _head(roads: Roads, cloud: Cloud, on: Ints) -> None:
    """Turns velocities along the road; speeds stay."""
    edge, speed = cloud.edge[on], np.hypot(*cloud.velocity[:, on])
    cloud.velocity[0, on] = speed * roads.east[edge]
    cloud.velocity[1, on] = speed * roads.north[edge]
