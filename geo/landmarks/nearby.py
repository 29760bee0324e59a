"""What a place is near, as sure as the place itself is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import shapely
from shapely import Polygon, STRtree

from geo.earth.sphere import METRES_A_DEGREE, Floats, distance_m
from geo.landmarks.named_roads import NamedRoads
from geo.landmarks.squares import Ints, Squares

Kind = Literal["junction", "road", "site", "district", "area"]

#: A place that is known no better than this (m) is near no street: only a district says where.
STREETS_M: Final = 5000.0
#: A street or site farther off than this (m) says nothing.
REACH_M: Final = 3000.0
#: Where the nearest is looked for: first close by, which is quick.
_REACHES_M: Final = (250.0, 750.0, REACH_M)
#: A road alone says less than a crossing or a site so much (m) farther off: roads are long.
_ROAD_ALONE_M: Final = 300.0
#: A district is named where so much of the circle lies in it.
LEAST_SHARE: Final = 0.5
_CORNERS: Final = np.linspace(0.0, 2 * np.pi, 48, endpoint=False)


@dataclass(frozen=True, slots=True)
class Nearby:
    """What is near: its kind, the numbers of its names (two of a junction), how far it is (m) from
    the best estimate, and of an area how much of the circle lies in it (0 to 1)."""

    kind: Kind
    names: tuple[int, ...]
    distance_m: float
    share: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Places in degrees, each with its name's number, in squares."""

    lat: Floats
    lon: Floats
    name: Ints
    squares: Squares

    @classmethod
    def of(cls, lat: Floats, lon: Floats, name: Ints) -> Points:
        """From columns of one length."""
        return cls(lat, lon, name, Squares.of(lat, lon))

    def nearest(self, lat: float, lon: float, reach_m: float) -> tuple[float, int] | None:
        """Distance (m) and name of the nearest within reach; of those as near, the least number."""
        at = self.squares.near(lat, lon, reach_m)
        metres = distance_m(lat, lon, self.lat[at], self.lon[at])
        at, metres = at[metres <= reach_m], metres[metres <= reach_m]
        if not at.size:
            return None
        first = np.lexsort([self.name[at], metres.round()])[0]
        return float(metres[first]), int(self.name[at[first]])


@dataclass(frozen=True, slots=True, eq=False)
class Areas:
    """Districts as polygons in degrees, each with its name's number."""

    shapes: Sequence[Any]
    name: Ints
    tree: STRtree

    @classmethod
    def of(cls, shapes: Sequence[Any], name: Ints) -> Areas:
        """From valid polygons or multipolygons."""
        return cls(shapes, name, STRtree(shapes))

    def around(self, lat: float, lon: float, radius_m: float) -> tuple[float, int] | None:
        """The smallest area that holds the place and at least `LEAST_SHARE` of the circle about it:
        that share, and its name."""
        circle = _circle(lat, lon, radius_m)
        found = []
        for at in self.tree.query(shapely.Point(lon, lat), predicate="intersects").tolist():
            share = self.shapes[at].intersection(circle).area / circle.area
            if share >= LEAST_SHARE:
                found.append((self.shapes[at].area, int(self.name[at]), min(1.0, float(share))))
        return None if not found else (min(found)[2], min(found)[1])


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """All that can be named: roads, sites, and districts as points or areas."""

    roads: NamedRoads
    sites: Points
    districts: Points
    areas: Areas

    def nearby(self, lat: float, lon: float, radius_m: float) -> Nearby | None:
        """What to name of a place that is known to ``radius_m`` (degrees, metres): the nearest
        crossing or site, else road; beyond `STREETS_M` the district alone."""
        found = self._street(lat, lon) if radius_m <= STREETS_M else None
        return found or self._district(lat, lon, radius_m)

    def _street(self, lat: float, lon: float) -> Nearby | None:
        for reach_m in _REACHES_M:
            found = self._within(lat, lon, reach_m)
            if found and (found.kind != "road" or reach_m >= found.distance_m + _ROAD_ALONE_M):
                return found
        return found

    def _within(self, lat: float, lon: float, reach_m: float) -> Nearby | None:
        around = self.roads.around(lat, lon, reach_m)
        found = list[tuple[float, Nearby]]()
        if (site := self.sites.nearest(lat, lon, reach_m)) is not None:
            found.append((site[0], Nearby("site", (site[1],), site[0])))
        if (crossing := around.crossing()) is not None:
            metres, one, other = crossing
            found.append((metres, Nearby("junction", (one, other), metres)))
        if (road := around.nearest()) is not None:
            found.append((road[0] + _ROAD_ALONE_M, Nearby("road", (road[1],), road[0])))
        return min(found, key=lambda each: each[0])[1] if found else None

    def _district(self, lat: float, lon: float, radius_m: float) -> Nearby | None:
        if (area := self.areas.around(lat, lon, radius_m)) is not None:
            return Nearby("area", (area[1],), 0.0, area[0])
        near = self.districts.nearest(lat, lon, max(radius_m, REACH_M))
        return None if near is None else Nearby("district", (near[1],), near[0])


def _circle(lat: float, lon: float, radius_m: float) -> Polygon:
    """About as a polygon in degrees."""
    reach_deg = max(radius_m, 1.0) / METRES_A_DEGREE
    across = max(float(np.cos(np.radians(lat))), 1e-3)
    east, north = np.cos(_CORNERS) * reach_deg / across, np.sin(_CORNERS) * reach_deg
    return Polygon(np.column_stack([lon + east, lat + north]))
