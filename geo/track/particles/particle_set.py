"""The particles: where the transmitter may be and how it may go, each with its own idea of the law.

Columns of one length, changed in place; only `Cloud.resampled` makes another one.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from geo.earth.sphere import Floats
from geo.track.road_graph import Roads

ROUGHENING_M = 3.0  # by which twins are moved apart ..
ROUGHENING_SHARE = 0.08  # .. or by this share of the cloud's spread


@dataclass(slots=True)
class Cloud:
    """Columns over particles: the last axis of every array.

    `place` (2, particles) is metres east and north in a local frame, `velocity` (2, particles) in
    metres a second. `weight` sums to 1. `kind` is one of `geo.track.motion_model`'s; `never_moved`
    says that the particle has stood since the first report. `heard` (6, particles) and `offset`
    (nodes, particles) are the statistics of `geo.track.particles.pathloss`. With `roads`, `edge` is
    the half-edge that it is on (-1: off the roads) and `along_m` how far from its start.
    """

    place: Floats
    velocity: Floats
    kind: NDArray[np.intp]
    never_moved: NDArray[np.bool_]
    weight: Floats
    heard: Floats
    offset: Floats
    edge: NDArray[np.intp]
    along_m: Floats
    roads: Roads | None = None

    @property
    def size(self) -> int:
        """How many particles there are."""
        return int(self.weight.size)

    @property
    def x(self) -> Floats:
        """Metres east."""
        return np.asarray(self.place[0])

    @property
    def y(self) -> Floats:
        """Metres north."""
        return np.asarray(self.place[1])

    def copy(self) -> "Cloud":
        """The same particles, to be moved on their own."""
        return self.take(np.arange(self.size))

    def take(self, rows: NDArray[np.intp]) -> "Cloud":
        """Some of the particles, weights as they are."""
        columns = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "roads"}
        taken = {name: column.take(rows, axis=-1) for name, column in columns.items()}
        return Cloud(**taken, roads=self.roads)

    def effective(self) -> float:
        """Number of equally weighted particles that would say as much (Kish)."""
        return float(1.0 / (self.weight @ self.weight))

    def resampled(self, count: int, rng: Generator) -> "Cloud":
        """As many equally weighted particles (systematic), twins moved apart."""
        steps = (np.arange(count) + rng.random()) / count
        edges = np.cumsum(self.weight)
        chosen = np.searchsorted(edges / edges[-1], steps, side="right")
        cloud = self.take(np.minimum(chosen, self.size - 1))
        cloud.weight[:] = 1.0 / count
        spread = np.sqrt(cloud.place.var(axis=1).mean())
        width = max(ROUGHENING_M, ROUGHENING_SHARE * float(spread))
        shift = width * rng.standard_normal((2, count))
        if cloud.roads is None:
            cloud.place += shift
        else:
            cloud.roads.shift(cloud, shift)
        return cloud

    def mean_xy(self) -> tuple[float, float]:
        """Mean place in the frame, metres."""
        x, y = self.place @ self.weight
        return float(x), float(y)

    def sigma_m(self) -> float:
        """Standard deviation of the place, the mean of both axes, metres."""
        variance = self.place**2 @ self.weight - (self.place @ self.weight) ** 2
        return float(np.sqrt(max(float(variance.mean()), 0.0)))
