"""The ellipse about an area that maps with no polygons can draw."""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.frame import frame_at

#: No axis is shorter: an area is never known better, and maps drop what has no size.
LEAST_AXIS_M = 1.0


class Ellipse(NamedTuple):
    """Centre (WGS84 degrees), semi-axes in metres, course of the longer one in [0, 180) degrees."""

    lat: float
    lon: float
    major_m: float
    minor_m: float
    angle_deg: float


def enclosing_ellipse(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> Ellipse:
    """An ellipse that holds all corners of an area (one or more), along its narrowest rectangle.

    Its axes have the ratio and course of the rectangle's sides; it is just large enough, so that
    what the area holds with a probability, it holds with that at least.

    >>> square = enclosing_ellipse(np.array([0.0, 0.0, 0.01, 0.01]), np.array([0.0, 0.1, 0.1, 0.0]))
    >>> round(square.major_m), round(square.minor_m), round(square.angle_deg)
    (7871, 782, 90)
    """
    middle = _middle(lat), _middle_lon(lon)
    frame = frame_at(*middle)
    corners = np.column_stack(frame.to_xy(lat, lon))
    hull = shapely.convex_hull(shapely.MultiPoint(corners))
    sides = shapely.get_coordinates(shapely.oriented_envelope(hull))
    if len(sides) < 4:  # a point, or points on a line
        along = sides[-1] - sides[0]
        centre, half_a, half_b = (sides[0] + sides[-1]) / 2.0, np.hypot(*along) / 2.0, 0.0
    else:
        along, across = sides[1] - sides[0], sides[2] - sides[1]
        if np.hypot(*across) > np.hypot(*along):
            along, across = across, along
        centre = sides[:4].mean(axis=0)
        half_a, half_b = np.hypot(*along) / 2.0, np.hypot(*across) / 2.0
    major, minor = max(half_a, LEAST_AXIS_M), max(half_b, LEAST_AXIS_M)
    course = np.arctan2(along[0], along[1])
    x, y = (corners - centre).T
    ahead = (x * np.sin(course) + y * np.cos(course)) / major
    aside = (x * np.cos(course) - y * np.sin(course)) / minor
    grow = max(1.0, float(np.sqrt(np.max(ahead**2 + aside**2))))
    there = frame.to_latlon(centre[0], centre[1])
    angle_deg = float(np.degrees(course)) % 180.0
    return Ellipse(
        float(there[0]), float(there[1]), float(major * grow), float(minor * grow), angle_deg
    )


def _middle(degrees: NDArray[np.float64]) -> float:
    return float((degrees.min() + degrees.max()) / 2.0)


def _middle_lon(lon: NDArray[np.float64]) -> float:
    """The middle across +-180 as well: of the turn from the first corner."""
    turns = (lon - lon[0] + 180.0) % 360.0 - 180.0
    return float((lon[0] + _middle(turns) + 180.0) % 360.0 - 180.0)
