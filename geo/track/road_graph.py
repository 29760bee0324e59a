"""A road graph as arrays, and particles that keep to it.

Roads help where the error is below a block; they belong into the way particles move and not into
how likely a place is, since a weight for roads that is applied with every report squeezes the cloud
onto them without end. A share of the particles ignores the roads: a backpack, a court, a map that
is out of date.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from geo.earth.frame import Frame
from geo.earth.sphere import Floats

if TYPE_CHECKING:
    from geo.track.particles.particle_set import Cloud

Ints = NDArray[np.intp]

OFF_SHARE: Final = 0.15  # of particles that ignore the roads, at first ..
OFF_SHARE_STANDING: Final = 0.5  # .. and of those that stand: in courts and on car parks
LEAVE_S: Final = 900.0  # mean time until one on a road leaves it for good
CROSSINGS_MOST = 24  # that a particle passes in one step; short pieces of curves count


@dataclass(frozen=True, slots=True, eq=False)
class RoadMap:
    """Nodes in degrees and segments between them; every vertex of a polyline is a node."""

    lat: Floats
    lon: Floats
    start: Ints
    end: Ints

    @classmethod
    def of(cls, lat: ArrayLike, lon: ArrayLike, segments: ArrayLike) -> RoadMap:
        """From nodes and two node numbers a segment, shape (segments, 2).

        Segments of unknown nodes, of nodes without a place and from a node to itself are left out.
        """
        lats, lons = np.asarray(lat, float).ravel(), np.asarray(lon, float).ravel()
        pairs = np.asarray(segments, np.intp).reshape(-1, 2)
        known = np.isfinite(lats) & np.isfinite(lons) & (np.abs(lats) <= 90.0)
        usable = ((pairs >= 0) & (pairs < lats.size)).all(axis=1) & (pairs[:, 0] != pairs[:, 1])
        pairs = pairs[usable]
        pairs = pairs[known[pairs].all(axis=1)]
        return cls(lats, lons, pairs[:, 0], pairs[:, 1])

    def within(self, frame: Frame) -> Roads:
        """The graph in a local frame; kept for the next call."""
        return _within(self, frame)


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """Half-edges (one for each direction) in a frame, those that leave a node next to each other.

    Half-edges `first[node]` to `first[node + 1]` leave `node` (CSR). `back` is the same road the
    other way.
    """

    x: Floats
    y: Floats
    length_m: Floats
    east: Floats
    north: Floats
    end: Ints
    back: Ints
    first: Ints

    @classmethod
    def of(cls, x: Floats, y: Floats, start: Ints, end: Ints) -> Roads:
        """From nodes (metres) and the two nodes of each segment."""
        tail, head = np.r_[start, end], np.r_[end, start]
        order = np.lexsort([head, tail])
        rank = np.empty(order.size, np.intp)
        rank[order] = np.arange(order.size)
        back = np.roll(rank, start.size)[order] if order.size else order
        tail, head = tail[order], head[order]
        east, north = x[head] - x[tail], y[head] - y[tail]
        length = np.maximum(np.hypot(east, north), 1e-6)
        first = np.searchsorted(tail, np.arange(x.size + 1)).astype(np.intp)
        return cls(x[tail], y[tail], length, east / length, north / length, head, back, first)

    def near(self, west: float, east: float, south: float, north: float) -> Ints:
        """Half-edges that may pass through a box (by their own bounds)."""
        to_x, to_y = self.x + self.length_m * self.east, self.y + self.length_m * self.north
        inside = (np.minimum(self.x, to_x) <= east) & (np.maximum(self.x, to_x) >= west)
        inside &= (np.minimum(self.y, to_y) <= north) & (np.maximum(self.y, to_y) >= south)
        return np.flatnonzero(inside)

    def settle(self, cloud: Cloud, rng: Generator) -> None:
        """Puts most of the particles on roads within the cloud's bounds, spread evenly by length;
        in place."""
        near = self.near(cloud.x.min(), cloud.x.max(), cloud.y.min(), cloud.y.max())
        if near.size == 0:
            return
        share = np.where(cloud.never_moved, OFF_SHARE_STANDING, OFF_SHARE)
        on = np.flatnonzero(rng.random(cloud.size) >= share)
        upto = np.cumsum(self.length_m[near])
        steps = upto[-1] * (np.arange(on.size) + rng.random(on.size)) / on.size
        chosen = np.minimum(np.searchsorted(upto, steps, side="right"), near.size - 1)
        edge = near[chosen]
        cloud.edge[on] = edge[rng.permutation(on.size)]
        cloud.along_m[on] = rng.random(on.size) * self.length_m[cloud.edge[on]]
        self._place(cloud, on)
        self._head(cloud, on)

    def go(
        self,
        cloud: Cloud,
        moved: Floats,
        velocity: Floats,
        step_s: float,
        rng: Generator,
    ) -> None:
        """One step of `geo.track.motion_model`: on roads the same distance along the road
        instead."""
        leaves = (cloud.edge >= 0) & (rng.random(cloud.size) < 1.0 - np.exp(-step_s / LEAVE_S))
        cloud.edge[leaves] = -1
        off = cloud.edge < 0
        cloud.place += np.where(off, moved, 0.0)
        cloud.velocity = velocity
        on = np.flatnonzero(~off)
        # What the free motion does across the road is what a turn at the next crossing does; of
        # its step and its velocity only the lengths count.
        edge = cloud.edge[on]
        along = moved[0][on] * self.east[edge] + moved[1][on] * self.north[edge]
        distance = np.hypot(moved[0][on], moved[1][on])
        turns = along < -0.5 * distance  # the velocity has come to point back
        turned = on[turns & (distance > 0.0)]
        cloud.along_m[turned] = self.length_m[cloud.edge[turned]] - cloud.along_m[turned]
        cloud.edge[turned] = self.back[cloud.edge[turned]]
        cloud.along_m[on] += distance
        self._cross(cloud, on, rng)
        self._place(cloud, on)
        self._head(cloud, on)

    def shift(self, cloud: Cloud, shift: Floats) -> None:
        """Moves particles a little: along the road where they are on one."""
        off = cloud.edge < 0
        cloud.place += np.where(off, shift, 0.0)
        on = np.flatnonzero(~off)
        along = cloud.along_m[on] + shift[0][on]
        cloud.along_m[on] = np.clip(along, 0.0, self.length_m[cloud.edge[on]])
        self._place(cloud, on)

    def _cross(self, cloud: Cloud, on: Ints, rng: Generator) -> None:
        """Those past the end of their edge go on along another, back only from a dead end."""
        for _ in range(CROSSINGS_MOST):
            edge = cloud.edge[on]
            past = cloud.along_m[on] > self.length_m[edge]
            on, edge = on[past], edge[past]
            if on.size == 0:
                return
            node, back = self.end[edge], self.back[edge]
            ways = self.first[node + 1] - self.first[node]
            pick = self.first[node] + (rng.random(on.size) * np.maximum(ways - 1, 1)).astype(
                np.intp
            )
            pick += (pick >= back) & (ways > 1)  # all but the way back, evenly
            cloud.along_m[on] -= self.length_m[edge]
            cloud.edge[on] = pick
        cloud.along_m[on] = np.minimum(cloud.along_m[on], self.length_m[cloud.edge[on]])

    def _place(self, cloud: Cloud, on: Ints) -> None:
        edge, along = cloud.edge[on], cloud.along_m[on]
        cloud.place[0, on] = self.x[edge] + along * self.east[edge]
        cloud.place[1, on] = self.y[edge] + along * self.north[edge]

    def _head(self, cloud: Cloud, on: Ints) -> None:
        """Points velocities along the road, whatever they were."""
        edge, speed = cloud.edge[on], np.hypot(*cloud.velocity[:, on])
        cloud.velocity[0, on] = speed * self.east[edge]
        cloud.velocity[1, on] = speed * self.north[edge]


@lru_cache(maxsize=8)
def _within(roads: RoadMap, frame: Frame) -> Roads:
    x, y = frame.to_xy(roads.lat, roads.lon)
    return Roads.of(x, y, roads.start, roads.end)
