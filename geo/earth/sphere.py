"""Distances, bearings and small displacements on the globe, over whole columns at once.

A sphere of the mean radius is within 0.6 % of the ellipsoid: good enough for gates, speeds and
borders. Estimation runs in a `geo.earth.frame.Frame`, which is exact.
"""

from math import asin, cos, hypot, radians, sin, sqrt
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

EARTH_RADIUS_M = 6_371_008.8  # mean radius R1 of WGS84 (IUGG)
#: Along a meridian.
METRES_A_DEGREE: Final = 111_195.0

Floats = NDArray[np.float64]


def distance_m(lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike) -> Floats:
    """Great-circle distance in metres (haversine); shapes broadcast, NaN in gives NaN out.

    >>> float(distance_m(0.0, 179.5, 0.0, -179.5).round())
    111195.0
    """
    lat1_rad, lon1_rad, lat2_rad, lon2_rad = _radians(lat1, lon1, lat2, lon2)
    chord = (
        np.sin((lat2_rad - lat1_rad) / 2) ** 2
        + np.cos(lat1_rad) * np.cos(lat2_rad) * np.sin((lon2_rad - lon1_rad) / 2) ** 2
    )
    # Rounding can push the chord of antipodes a hair above one.
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0))))


def on_sphere(lat: Floats, lon: Floats) -> Floats:
    """Places (degrees) as points in space (m, shape ``(n, 3)``), whose straight distances order as
    those along the ground.

    >>> on_sphere(np.zeros(1), np.array([90.0])).round().tolist()
    [[0.0, 6371009.0, 0.0]]
    """
    lat_rad, lon_rad = np.radians(lat), np.radians(lon)
    across = np.cos(lat_rad)
    unit = np.column_stack([across * np.cos(lon_rad), across * np.sin(lon_rad), np.sin(lat_rad)])
    return np.asarray(EARTH_RADIUS_M * unit)


def great_circle_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """`distance_m` of two single points, thirty times as fast as a column of one.

    >>> round(great_circle_m(0.0, 0.0, 0.0, 1.0))
    111195
    """
    half = sin(radians(lat2 - lat1) / 2) ** 2
    half += cos(radians(lat1)) * cos(radians(lat2)) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(half)))


def east_north_m(lat1: float, lon1: float, lat2: float, lon2: float) -> tuple[float, float]:
    """How far the second point lies east and north of the first: as far as the great circle is
    long, in the direction in which it leaves (azimuthal equidistant).

    >>> [round(metres) for metres in east_north_m(0.0, 0.0, 0.0, 1.0)]
    [111195, 0]
    """
    from_rad, to_rad, turn = radians(lat1), radians(lat2), radians(lon2 - lon1)
    east = sin(turn) * cos(to_rad)
    north = cos(from_rad) * sin(to_rad) - sin(from_rad) * cos(to_rad) * cos(turn)
    length_m = great_circle_m(lat1, lon1, lat2, lon2) / (hypot(east, north) or 1.0)
    return east * length_m, north * length_m


def bearing_deg(lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike) -> Floats:
    """Initial bearing from the first point to the second, degrees in [0, 360).

    Coincident points have bearing 0; NaN in gives NaN out.

    >>> float(bearing_deg(10.0, 179.9, 10.0, -179.9).round(1))
    90.0
    """
    lat1_rad, lon1_rad, lat2_rad, lon2_rad = _radians(lat1, lon1, lat2, lon2)
    turn = lon2_rad - lon1_rad
    east = np.sin(turn) * np.cos(lat2_rad)
    north = np.cos(lat1_rad) * np.sin(lat2_rad) - (
        np.sin(lat1_rad) * np.cos(lat2_rad) * np.cos(turn)
    )
    degrees = np.degrees(np.arctan2(east, north)) % 360.0
    return np.asarray(np.where(degrees == 360.0, 0.0, degrees))


def offset(
    lat: ArrayLike, lon: ArrayLike, east_m: ArrayLike, north_m: ArrayLike
) -> tuple[Floats, Floats]:
    """The point reached from (lat, lon) by going (east, north) metres in a straight line.

    Walks the great circle that leaves in that direction, so it is right at poles and date line:
    latitude stays in [-90, 90], longitude is wrapped into [-180, 180).

    >>> lat, lon = offset(89.999, 0.0, 0.0, 300.0)
    >>> bool(lat < 90.0), float(lon)
    (True, -180.0)
    """
    lat_rad, lon_rad, east, north = np.broadcast_arrays(
        *_radians(lat, lon), np.asarray(east_m, float), np.asarray(north_m, float)
    )
    length = np.hypot(east, north)
    arc = length / EARTH_RADIUS_M
    safe = np.where(length > 0.0, length, 1.0)
    sin_bearing, cos_bearing = east / safe, np.where(length > 0.0, north / safe, 1.0)
    sine = np.sin(lat_rad) * np.cos(arc) + np.cos(lat_rad) * np.sin(arc) * cos_bearing
    reached_rad = np.arcsin(np.clip(sine, -1.0, 1.0))
    turn = np.arctan2(
        sin_bearing * np.sin(arc) * np.cos(lat_rad), np.cos(arc) - np.sin(lat_rad) * sine
    )
    return np.degrees(reached_rad), wrap_lon_deg(np.degrees(lon_rad + turn))


def wrap_lon_deg(lon: ArrayLike) -> Floats:
    """Longitude brought into [-180, 180); exact for what already lies there."""
    degrees = np.asarray(lon, float)
    inside = (degrees >= -180.0) & (degrees < 180.0)
    return np.asarray(np.where(inside, degrees, (degrees + 180.0) % 360.0 - 180.0))


def _radians(*degrees: ArrayLike) -> list[Floats]:
    return [np.radians(np.asarray(column, float)) for column in degrees]
