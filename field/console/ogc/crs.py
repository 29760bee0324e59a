"""Coordinate reference systems (OGC API Features, 18-058r1): what boxes and answers may be in.

All is stored in CRS84, which is WGS84 with longitude first. EPSG:4326 is the same with latitude
first, EPSG:3857 the web's Mercator on the sphere of WGS84's major axis.
"""

import math
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from fastapi import HTTPException

from field.console.contract.parameters import unknown_value
from field.console.query_params import Pair, box_between, corners_of
from field.console.store import Box

CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG: Final = "http://www.opengis.net/def/crs/EPSG/0"
#: Major axis of WGS84 (m), and the latitude (degrees) at which Mercator's square ends.
_AXIS_M: Final = 6_378_137.0
_MOST_LAT: Final = 85.06


class _Crs(NamedTuple):
    """From longitude and latitude (degrees) to its own axes, and back."""

    forth: Callable[[float, float], Pair]
    back: Callable[[float, float], Pair]
    decimals: int


def _same(one: float, other: float) -> Pair:
    return one, other


def _swapped(one: float, other: float) -> Pair:
    return other, one


def _to_mercator(lon: float, lat: float) -> Pair:
    lat = max(min(lat, _MOST_LAT), -_MOST_LAT)
    north = math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))
    return _AXIS_M * math.radians(lon), _AXIS_M * north


def _from_mercator(east: float, north: float) -> Pair:
    lat = 2 * math.atan(math.exp(north / _AXIS_M)) - math.pi / 2
    return math.degrees(east / _AXIS_M), math.degrees(lat)


_KNOWN: Final[dict[str, _Crs]] = {
    CRS84: _Crs(_same, _same, 7),
    f"{_EPSG}/4326": _Crs(_swapped, _swapped, 7),
    f"{_EPSG}/3857": _Crs(_to_mercator, _from_mercator, 2),
}
#: All that may be asked for; the first is what is stored, and the default.
SYSTEMS: Final = tuple(_KNOWN)


def known_crs(field: str, uri: str | None) -> str:
    """The system of that address, CRS84 without one. Raises HTTPException 422."""
    if uri is not None and uri not in _KNOWN:
        raise HTTPException(422, [unknown_value(field, uri, SYSTEMS)])
    return uri or CRS84


def box_in(text: str | None, crs: str) -> Box | None:
    """The box of an address, whose corners are in ``crs``; of six numbers heights are left out.
    Raises HTTPException 422."""
    if text is None:
        return None
    try:
        lower, upper = (_KNOWN[crs].back(*corner) for corner in corners_of(text))
    except OverflowError as error:
        raise HTTPException(422, "bbox: is outside of its bbox-crs") from error
    return box_between(lower, upper)


def shape_in(geometry: dict[str, Any] | None, crs: str) -> dict[str, Any] | None:
    """A GeoJSON geometry in another system.

    >>> shape_in({"type": "Point", "coordinates": [116.4, 39.9]}, SYSTEMS[1])["coordinates"]
    [39.9, 116.4]
    """
    if geometry is None or crs == CRS84:
        return geometry
    system = _KNOWN[crs]

    def moved(part: Any) -> Any:
        if isinstance(part[0], int | float):
            return [round(value, system.decimals) for value in system.forth(part[0], part[1])]
        return [moved(inner) for inner in part]

    return geometry | {"coordinates": moved(geometry["coordinates"])}
