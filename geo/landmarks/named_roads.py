"""Named roads as short pieces: which is nearest, and where the nearest two cross.

Roads cross where their lines do, whether or not a map has a node there: an elevated ring road
crosses the street below it, and people say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.earth.sphere import METRES_A_DEGREE, Floats, wrap_lon_deg
from geo.landmarks.squares import Ints, Squares

#: Longer segments are cut, so that each is found by its middle.
PIECE_M: Final = 250.0
#: A metropolitan area has about half a million segments of road.
MOST_PIECES: Final = 4_000_000
#: Lines that miss each other by so much (m) meet: drawings are as good as that.
_MEET_M: Final = 2.0
#: Sine of the angle below which two pieces go on as each other.
_ALONG: Final = 0.01
#: Pieces of which crossings are looked for, the nearest: pairs grow with the square.
_MOST_COMPARED: Final = 400


@dataclass(frozen=True, slots=True, eq=False)
class RoadsAround:
    """Pieces in metres east (x) and north (y) of a place, with their distance from it (m) and the
    number of their name; the nearest first. None is missing within ``reach_m``."""

    x: Floats
    y: Floats
    to_x: Floats
    to_y: Floats
    name: Ints
    distance_m: Floats
    reach_m: float

    def nearest(self) -> tuple[float, int] | None:
        """Distance (m) and name of the nearest road; of those as near, the least number."""
        if not self.name.size:
            return None
        return float(self.distance_m[0]), int(self.name[0])

    def crossing(self) -> tuple[float, int, int] | None:
        """Distance (m) of the nearest crossing of two roads, and their names, the lesser first."""
        few = self._nearest_few()
        one, other = np.triu_indices(few.name.size, 1)
        differ = few.name[one] != few.name[other]
        one, other = one[differ], other[differ]
        meet, x, y = few.meetings(one, other)
        distance = np.hypot(x, y)
        # Farther off, one that is nearer may not have been looked at.
        meet &= distance <= few.reach_m
        if not meet.any():
            return None
        pairs = np.sort(np.column_stack([few.name[one[meet]], few.name[other[meet]]]), axis=1)
        metres = distance[meet].round()
        first = np.lexsort([pairs[:, 1], pairs[:, 0], metres])[0]
        return float(metres[first]), int(pairs[first, 0]), int(pairs[first, 1])

    def meetings(self, one: Ints, other: Ints) -> tuple[NDArray[np.bool_], Floats, Floats]:
        """Whether pieces meet, pair by pair, and where (m)."""
        x, y, dx, dy = self.x[one], self.y[one], self._east()[one], self._north()[one]
        ex, ey = self._east()[other], self._north()[other]
        to_x, to_y = self.x[other] - x, self.y[other] - y
        length, length_other = np.hypot(dx, dy), np.hypot(ex, ey)
        turn = dx * ey - dy * ex
        crosses = np.abs(turn) > _ALONG * length * length_other
        safe = np.where(crosses, turn, 1.0)
        along, along_other = (to_x * ey - to_y * ex) / safe, (to_x * dy - to_y * dx) / safe
        slack, slack_other = _MEET_M / length, _MEET_M / length_other
        meet = crosses & (along >= -slack) & (along <= 1 + slack)
        meet &= (along_other >= -slack_other) & (along_other <= 1 + slack_other)
        along = np.clip(along, 0.0, 1.0)
        # A road that changes its name as it goes on.
        for here, there in ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)):
            off = np.hypot(to_x + there * ex - here * dx, to_y + there * ey - here * dy)
            joined = ~meet & (off <= _MEET_M)
            along, meet = np.where(joined, here, along), meet | joined
        return meet, x + along * dx, y + along * dy

    def _east(self) -> Floats:
        return self.to_x - self.x

    def _north(self) -> Floats:
        return self.to_y - self.y

    def _nearest_few(self) -> RoadsAround:
        if self.name.size <= _MOST_COMPARED:
            return self
        few, reach_m = slice(_MOST_COMPARED), float(self.distance_m[_MOST_COMPARED])
        x, y, to_x, to_y = (one[few] for one in (self.x, self.y, self.to_x, self.to_y))
        return RoadsAround(x, y, to_x, to_y, self.name[few], self.distance_m[few], reach_m)


@dataclass(frozen=True, slots=True, eq=False)
class NamedRoads:
    """Pieces from (``lat``, ``lon``) so many degrees north and east, each with its name's
    number."""

    lat: Floats
    lon: Floats
    north_deg: Floats
    east_deg: Floats
    name: Ints
    squares: Squares

    @classmethod
    def of(cls, lat: Floats, lon: Floats, start: Ints, name: Ints) -> NamedRoads:
        """Of places in degrees; each of ``start`` is joined to the place after it, and is of the
        road of ``name`` (shape as ``start``). Raises ValueError for more than `MOST_PIECES`."""
        north = lat[start + 1] - lat[start]
        east = np.asarray(wrap_lon_deg(lon[start + 1] - lon[start]))
        long_m = METRES_A_DEGREE * np.hypot(north, east * np.cos(np.radians(lat[start])))
        count = np.maximum(np.ceil(long_m / PIECE_M), 1.0)
        if count.sum() > MOST_PIECES:
            raise ValueError(f"more than {MOST_PIECES:,} pieces of road")
        whole = count.astype(np.int64)
        of = np.repeat(np.arange(start.size), whole)
        nth = np.arange(of.size) - np.repeat(np.cumsum(whole) - whole, whole)
        north, east = (north / count)[of], (east / count)[of]
        south, west = lat[start][of] + nth * north, lon[start][of] + nth * east
        squares = Squares.of(south + north / 2, west + east / 2)
        return cls(south, west, north, east, name[of], squares)

    def around(self, lat: float, lon: float, reach_m: float) -> RoadsAround:
        """The pieces within ``reach_m`` of a place in degrees."""
        at = self.squares.near(lat, lon, reach_m + PIECE_M)
        across = METRES_A_DEGREE * cos(radians(lat))
        y, dy = METRES_A_DEGREE * (self.lat[at] - lat), METRES_A_DEGREE * self.north_deg[at]
        x = across * np.asarray(wrap_lon_deg(self.lon[at] - lon))
        dx, name = across * self.east_deg[at], self.name[at]
        square = np.maximum(dx * dx + dy * dy, 1e-9)
        along = np.clip(-(x * dx + y * dy) / square, 0.0, 1.0)
        distance = np.hypot(x + along * dx, y + along * dy)
        order = np.lexsort([x, y, name, distance.round()])
        order = order[distance[order] <= reach_m]
        x, y, to_x, to_y = (one[order] for one in (x, y, x + dx, y + dy))
        return RoadsAround(x, y, to_x, to_y, name[order], distance[order], reach_m)
