"""GCJ-02 and BD-09, the shifted coordinates of Chinese maps: conversion from and to WGS84.

By law, maps sold in mainland China show GCJ-02: WGS84 shifted by 20 to 670 m, by a formula that is
known since it leaked; Baidu shifts once more, to BD-09. A mistaken datum sends a team into the next
street. Everything stored and sent by this program is WGS84; this module is for showing places on
such maps, and for reading files that declare shifted coordinates.

Only mainland places are shifted (`geo.earth.gcj02_border`); elsewhere, and for NaN, all functions
return their input. When converting to WGS84 the resulting place decides whether it was shifted, so
a place outside the border, but nearer to it than the shift, is ambiguous. Arguments are degrees,
floats or arrays of one shape; results are of the same type.

The formula uses the Krasovsky 1940 ellipsoid instead of WGS84's.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar, overload

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.earth.gcj02_border import HONG_KONG, MACAU, MAINLAND

F8 = NDArray[np.float64]
#: Of a place, or of a column of places; results are of the same type.
Degrees = TypeVar("Degrees", float, F8)
_Shift = Callable[[F8, F8], tuple[F8, F8]]

_SEMI_MAJOR_M: Final = 6378245.0
_ECCENTRICITY_2: Final = 0.00669342162296594323
_ROUNDS: Final = 10
_CLOSE_DEG: Final = 1e-9
#: Baidu's own shift: degrees that are added last, and ripples of radius and angle.
_BAIDU_LAT_DEG: Final = 0.0060
_BAIDU_LON_DEG: Final = 0.0065
_BAIDU_RADIUS: Final = 0.00002
_BAIDU_ANGLE: Final = 0.000003


@overload
def is_shifted_here(lat: float, lon: float, macau: bool = False) -> bool: ...
@overload
def is_shifted_here(lat: F8, lon: F8, macau: bool = False) -> NDArray[np.bool_]: ...
def is_shifted_here(
    lat: float | F8, lon: float | F8, macau: bool = False
) -> bool | NDArray[np.bool_]:
    """Whether maps of a WGS84 place are shifted: in the mainland, and in Macau with `macau`.

    Hong Kong and Taiwan never are; for Macau maps differ.

    >>> is_shifted_here(39.9042, 116.4074), is_shifted_here(22.2793, 114.1628)
    (True, False)
    >>> is_shifted_here(22.1930, 113.5450), is_shifted_here(22.1930, 113.5450, macau=True)
    (False, True)
    """
    inside: Any = shapely.intersects_xy(MAINLAND, lon, lat)
    inside = inside & ~shapely.intersects_xy(HONG_KONG, lon, lat)
    if not macau:
        inside = inside & ~shapely.intersects_xy(MACAU, lon, lat)
    return np.asarray(inside, dtype=np.bool_) if isinstance(lat, np.ndarray) else bool(inside)


def to_gcj02(lat: Degrees, lon: Degrees, macau: bool = False) -> tuple[Degrees, Degrees]:
    """WGS84 to GCJ-02.

    >>> [round(each, 6) for each in to_gcj02(39.9042, 116.4074)]
    [39.905603, 116.413642]
    """
    return _there(_gcj02, lat, lon, macau)


def from_gcj02(lat: Degrees, lon: Degrees, macau: bool = False) -> tuple[Degrees, Degrees]:
    """GCJ-02 to WGS84, to within a millimetre."""
    return _back((_gcj02,), lat, lon, macau)


def to_bd09(lat: Degrees, lon: Degrees, macau: bool = False) -> tuple[Degrees, Degrees]:
    """WGS84 to BD-09.

    >>> [round(each, 6) for each in to_bd09(39.9042, 116.4074)]
    [39.911865, 116.420046]
    """
    return _there(lambda y, x: _bd09(*_gcj02(y, x)), lat, lon, macau)


def from_bd09(lat: Degrees, lon: Degrees, macau: bool = False) -> tuple[Degrees, Degrees]:
    """BD-09 to WGS84, to within a millimetre."""
    return _back((_bd09, _gcj02), lat, lon, macau)


def _there(shift: _Shift, lat: Degrees, lon: Degrees, macau: bool) -> tuple[Degrees, Degrees]:
    y, x = np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)
    return _chosen(is_shifted_here(y, x, macau), shift(y, x), (y, x), lat)


def _back(
    shifts: tuple[_Shift, ...], lat: Degrees, lon: Degrees, macau: bool
) -> tuple[Degrees, Degrees]:
    given = np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)
    y, x = given
    for shift in shifts:
        y, x = _unshifted(shift, y, x)
    return _chosen(is_shifted_here(y, x, macau), (y, x), given, lat)


def _chosen(
    inside: NDArray[np.bool_], changed: tuple[F8, F8], given: tuple[F8, F8], like: Degrees
) -> tuple[Degrees, Degrees]:
    y, x = np.where(inside, changed[0], given[0]), np.where(inside, changed[1], given[1])
    return (y, x) if isinstance(like, np.ndarray) else (float(y), float(x))


def _unshifted(shift: _Shift, lat: F8, lon: F8) -> tuple[F8, F8]:
    """The place whose shift is this one, by fixed-point iteration, since shifts change slowly."""
    y, x = lat, lon
    for _ in range(_ROUNDS):
        there_y, there_x = shift(y, x)
        off_y, off_x = there_y - lat, there_x - lon
        y, x = y - off_y, x - off_x
        if not np.any(np.maximum(np.abs(off_y), np.abs(off_x)) > _CLOSE_DEG):
            break
    return y, x


def _gcj02(lat: F8, lon: F8) -> tuple[F8, F8]:
    y, x = lat - 35.0, lon - 105.0
    fine = 2.0 * np.sin(6.0 * np.pi * x) + 2.0 * np.sin(2.0 * np.pi * x)
    waves_y = 2.0 * _sine(y, 1.0) + 4.0 * _sine(y, 3.0) + 16.0 * _sine(y, 12.0)
    waves_x = 2.0 * _sine(x, 1.0) + 4.0 * _sine(x, 3.0) + 15.0 * _sine(x, 12.0)
    root = np.sqrt(np.abs(x))
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north_m = north_m + (fine + waves_y + 32.0 * _sine(y, 30.0)) * (20.0 / 3.0)
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east_m = east_m + (fine + waves_x + 30.0 * _sine(x, 30.0)) * (20.0 / 3.0)
    flat = 1.0 - _ECCENTRICITY_2 * np.sin(np.radians(lat)) ** 2
    along_m = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_2) / flat**1.5
    across_m = _SEMI_MAJOR_M / np.sqrt(flat) * np.cos(np.radians(lat))
    return lat + np.degrees(north_m / along_m), lon + np.degrees(east_m / across_m)


def _sine(degrees: F8, half_wave: float) -> F8:
    return np.sin(degrees * (np.pi / half_wave))


def _bd09(lat: F8, lon: F8) -> tuple[F8, F8]:
    """GCJ-02 to BD-09."""
    radius = np.hypot(lon, lat) + _BAIDU_RADIUS * np.sin(np.radians(lat) * 3000.0)
    angle = np.arctan2(lat, lon) + _BAIDU_ANGLE * np.cos(np.radians(lon) * 3000.0)
    return radius * np.sin(angle) + _BAIDU_LAT_DEG, radius * np.cos(angle) + _BAIDU_LON_DEG
