"""Bounds of some places, from which a distance is known to be too far without looking at any."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin
from typing import Final

from geo.earth.sphere import EARTH_RADIUS_M

#: Rounding never makes a bound larger than the distance.
_SAFE: Final = 1.0 - 1e-9


@dataclass(frozen=True, slots=True)
class Bounds:
    """A box in degrees; `east` may be above 180, since it counts on from `west`."""

    south: float
    north: float
    west: float
    east: float

    @classmethod
    def of(cls, places: Sequence[tuple[float, float]]) -> "Bounds":
        """The box of some (latitude, longitude), which may lie across the date line."""
        first = places[0][1]
        turned = [(lon - first + 180.0) % 360.0 - 180.0 for _, lon in places]
        lats = [lat for lat, _ in places]
        return cls(min(lats), max(lats), first + min(turned), first + max(turned))

    @classmethod
    def at(cls, lat: float, lon: float) -> "Bounds":
        """The box of one place."""
        return cls(lat, lat, lon, lon)

    def around(self, other: "Bounds") -> "Bounds":
        """The smallest box that holds both, if neither is half the Earth wide.

        >>> Bounds(0.0, 1.0, 179.0, 181.0).around(Bounds(2.0, 2.0, -178.0, -178.0))
        Bounds(south=0.0, north=2.0, west=179.0, east=182.0)
        """
        west = self.west + (other.west - self.west + 180.0) % 360.0 - 180.0
        east = max(self.east, west + other.east - other.west)
        south, north = min(self.south, other.south), max(self.north, other.north)
        return Bounds(south, north, min(self.west, west), east)

    def apart_m(self, other: "Bounds") -> float:
        """No place within is nearer to any of the other box (metres, great circle).

        >>> round(Bounds(0.0, 1.0, 0.0, 1.0).apart_m(Bounds(3.0, 4.0, 0.5, 0.6)))
        222390
        """
        along_deg = max(self.south - other.north, other.south - self.north, 0.0)
        width, across_deg = self.east - self.west + other.east - other.west, 0.0
        beyond = (other.west - self.west) % 360.0 - (self.east - self.west)
        before = 360.0 - (other.west - self.west) % 360.0 - (other.east - other.west)
        if width < 180.0 and beyond > 0.0 and before > 0.0:
            across_deg = min(beyond, before)
        far_lat = max(abs(self.south), abs(self.north), abs(other.south), abs(other.north))
        across = cos(radians(min(far_lat, 90.0))) * sin(radians(min(across_deg, 90.0)))
        return _SAFE * EARTH_RADIUS_M * max(radians(along_deg), asin(min(max(across, 0.0), 1.0)))

    def least_m(self, lat: float, lon: float) -> float:
        """No place within is nearer to this one (metres, great circle).

        The bound is the larger of the distances to the nearest parallel and the nearest meridian.

        >>> round(Bounds(0.0, 1.0, 0.0, 1.0).least_m(3.0, 0.5))
        222390
        >>> Bounds(0.0, 1.0, 0.0, 1.0).least_m(0.5, 0.5)
        0.0
        """
        along_deg = max(self.south - lat, lat - self.north, 0.0)
        across_deg = 0.0
        if self.east - self.west < 180.0:
            beyond = (lon - self.west) % 360.0 - (self.east - self.west)
            if beyond > 0.0:
                before = 360.0 - (lon - self.west) % 360.0
                across_deg = min(beyond, before)
        across = cos(radians(lat)) * sin(radians(min(across_deg, 90.0)))
        return _SAFE * EARTH_RADIUS_M * max(radians(along_deg), asin(min(max(across, 0.0), 1.0)))
