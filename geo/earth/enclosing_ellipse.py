"""The ellipse around an area, for maps that can draw ellipses but no polygons."""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

#: Least semi-axis: no area is known better than this, and maps drop shapes without size.
LEAST_AXIS_M = 1.0

_WGS84 = Geod(ellps="WGS84")
Floats = NDArray[np.float64]


class Ellipse(NamedTuple):
    """Centre (WGS84 degrees), semi-axes in metres, course of the longer one in [0, 180) degrees."""

    lat: float
    lon: float
    major_m: float
    minor_m: float
    angle_deg: float


def enclosing_ellipse(lat: Floats, lon: Floats) -> Ellipse:
    """An ellipse that holds all corners of an area, given as columns in degrees (one or more).

    Its axes have the ratio and course of the sides of the narrowest rectangle around the corners,
    and it is just large enough to hold the whole area. Distances and courses are geodesics from the
    ellipse's own centre, as maps draw them: measured from elsewhere, north differs, and an ellipse
    as narrow as a street would miss the street's ends.

    >>> square = enclosing_ellipse(np.array([0.0, 0.0, 0.01, 0.01]), np.array([0.0, 0.1, 0.1, 0.0]))
    >>> round(square.major_m), round(square.minor_m), round(square.angle_deg)
    (7871, 782, 90)
    """
    centre = _middle(lat), _middle_lon(lon)
    # First in a plane about the middle of the bounds, then in one about the rectangle's own middle.
    east_m, north_m = _middle_of(_rectangle(_plane(*centre, lat, lon)))
    course_deg = np.degrees(np.arctan2(east_m, north_m))
    there = _WGS84.fwd(centre[1], centre[0], course_deg, np.hypot(east_m, north_m))
    centre = float(there[1]), float(there[0])
    corners = _plane(*centre, lat, lon)
    along, across = _sides(_rectangle(corners))
    major = max(np.hypot(*along) / 2.0, LEAST_AXIS_M)
    minor = max(np.hypot(*across) / 2.0, LEAST_AXIS_M)
    course = np.arctan2(along[0], along[1])
    x, y = corners.T
    ahead = (x * np.sin(course) + y * np.cos(course)) / major
    aside = (x * np.cos(course) - y * np.sin(course)) / minor
    grow = max(1.0, float(np.hypot(ahead, aside).max()))
    angle_deg = float(np.degrees(course)) % 180.0  # rounding makes 180 of an angle just below zero
    return Ellipse(
        *centre, float(major * grow), float(minor * grow), angle_deg if angle_deg < 180.0 else 0.0
    )


def _plane(lat0: float, lon0: float, lat: Floats, lon: Floats) -> Floats:
    """Metres east and north of a place, shape (n, 2), azimuthal equidistant about that place."""
    here = np.full(lat.shape, lon0), np.full(lat.shape, lat0)
    course_deg, _, away_m = _WGS84.inv(*here, lon, lat)
    turn = np.radians(course_deg)
    return np.column_stack((away_m * np.sin(turn), away_m * np.cos(turn)))


def _rectangle(corners: Floats) -> Floats:
    """The narrowest rectangle around points, as a ring (5, 2); fewer rows for a point or a line."""
    hull = shapely.convex_hull(shapely.MultiPoint(corners))
    ring: Floats = shapely.get_coordinates(shapely.oriented_envelope(hull))
    return ring


def _middle_of(ring: Floats) -> Floats:
    middle: Floats = ring[:4].mean(axis=0) if len(ring) > 3 else (ring[0] + ring[-1]) / 2.0
    return middle


def _sides(ring: Floats) -> tuple[Floats, Floats]:
    """The longer and the shorter side as vectors; the shorter is zero for a point or a line."""
    if len(ring) < 4:
        return ring[-1] - ring[0], np.zeros(2)
    along, across = ring[1] - ring[0], ring[2] - ring[1]
    return (across, along) if np.hypot(*across) > np.hypot(*along) else (along, across)


def _middle(degrees: Floats) -> float:
    return float((degrees.min() + degrees.max()) / 2.0)


def _middle_lon(lon: Floats) -> float:
    """The middle of longitudes, counted from the first, so that +-180 is no border."""
    turns = (lon - lon[0] + 180.0) % 360.0 - 180.0
    return float((lon[0] + _middle(turns) + 180.0) % 360.0 - 180.0)
