"""A road graph as arrays: in degrees as maps have it, and in a local frame for a track."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.earth.frame import Frame
from geo.earth.sphere import Floats

Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class RoadMap:
    """Nodes in degrees, shape (nodes,), and the numbers of the two nodes of each segment.

    Every vertex of a road's polyline is a node.
    """

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
        """The graph in a local frame; the last eight are kept."""
        return _within(self, frame)


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """The graph in a frame: two half-edges for each segment, one for each direction.

    Columns over half-edges: `x`, `y` of its start and `length_m` in metres, the unit vector
    (`east`, `north`) along it, the node at its `end`, and in `back` the half-edge of the same
    segment in the other direction. Half-edges `first[node]` to `first[node + 1]` leave `node`
    (compressed sparse rows).
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
        """Half-edges whose bounding box meets the box given (metres)."""
        to_x, to_y = self.x + self.length_m * self.east, self.y + self.length_m * self.north
        inside = (np.minimum(self.x, to_x) <= east) & (np.maximum(self.x, to_x) >= west)
        inside &= (np.minimum(self.y, to_y) <= north) & (np.maximum(self.y, to_y) >= south)
        return np.flatnonzero(inside)


@lru_cache(maxsize=8)
def _within(roads: RoadMap, frame: Frame) -> Roads:
    x, y = frame.to_xy(roads.lat, roads.lon)
    return Roads.of(x, y, roads.start, roads.end)
