"""The particles: where the transmitter may be and how it may move, each with a path-loss law.

Columns of one length, changed in place; `geo.track.particles.resampling` makes new ones.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from geo.earth.sphere import Floats
from geo.track.road_graph import Roads


@dataclass(slots=True)
class Cloud:
    """Columns over particles: the last axis of every array.

    `place` (2, particles) is metres east and north in a local frame, `velocity` (2, particles)
    metres a second. `weight` sums to 1. `kind` is a kind of motion of
    `geo.track.particles.motion_model`; `never_moved`: the particle has stood since the first
    report. `law_sums` (6, particles) and `offset` and `reach` (nodes, particles) are the statistics
    of `geo.track.particles.pathloss`. With `roads`, `edge` is the half-edge that the particle is on
    (-1: off the roads) and `along_m` the distance from its start.
    """

    place: Floats
    velocity: Floats
    kind: NDArray[np.intp]
    never_moved: NDArray[np.bool_]
    weight: Floats
    law_sums: Floats
    offset: Floats
    reach: Floats
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
        """A copy that may be moved without changing this one."""
        return self.take(np.arange(self.size))

    def take(self, rows: NDArray[np.intp]) -> "Cloud":
        """Some of the particles, weights as they are."""
        columns = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "roads"}
        taken = {name: column.take(rows, axis=-1) for name, column in columns.items()}
        return Cloud(**taken, roads=self.roads)

    def effective(self) -> float:
        """Effective sample size: 1 / sum of squared weights (Kish 1965)."""
        return float(1.0 / (self.weight @ self.weight))

    def mean_xy(self) -> tuple[float, float]:
        """Mean place in the frame, metres."""
        x, y = self.place @ self.weight
        return float(x), float(y)

    def sigma_m(self) -> float:
        """Standard deviation of the place, the mean of both axes, metres."""
        variance = self.place**2 @ self.weight - (self.place @ self.weight) ** 2
        return float(np.sqrt(max(float(variance.mean()), 0.0)))
