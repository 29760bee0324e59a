"""Areas as formats want them: closed rings, anticlockwise outside, finite, in range.

Regions come as GeoJSON from the alerts' topic. Whatever is no area is none here: bad data never
breaks a format.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np

from detectors.alert.record import Alert
from geo.earth.enclosing_ellipse import Ellipse, enclosing_ellipse
from geo.earth.sphere import great_circle_m

#: A centimetre.
DECIMALS: Final = 7

Ring = list[list[float]]
Part = list[Ring]
Fix = tuple[int, float, float]


def parts_of(region: dict[str, Any] | None) -> list[Part]:
    """The polygons of a Polygon or MultiPolygon, each an outer ring and its holes (RFC 7946 3.1.6).

    >>> parts_of({"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 0]]]})
    [[[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]]]
    >>> parts_of({"type": "Point", "coordinates": [0, 0]}), parts_of(None)
    ([], [])
    """
    if not isinstance(region, dict):
        return []
    polygons = region.get("coordinates")
    if region.get("type") == "Polygon":
        polygons = [polygons]
    elif region.get("type") != "MultiPolygon":
        return []
    parts = [_part(rings) for rings in polygons] if isinstance(polygons, list | tuple) else []
    return [part for part in parts if part]


def geometry_of(region: dict[str, Any] | None) -> dict[str, Any] | None:
    """The region as a GeoJSON geometry by RFC 7946; ``None`` where it is no area."""
    parts = parts_of(region)
    if not parts:
        return None
    if len(parts) == 1:
        return {"type": "Polygon", "coordinates": parts[0]}
    return {"type": "MultiPolygon", "coordinates": parts}


def ellipse_about(parts: list[Part]) -> Ellipse | None:
    """An ellipse that holds all the outer rings."""
    corners = [corner for part in parts for corner in part[0]]
    if not corners:
        return None
    lon, lat = np.array(corners, dtype=np.float64).T
    return enclosing_ellipse(lat, lon)


def place_of(position: dict[str, float] | None) -> tuple[float, float] | None:
    """Latitude and longitude of an alert's position, where it has one on Earth."""
    if not isinstance(position, dict):
        return None
    place = _number(position.get("lat")), _number(position.get("lon"))
    if place[0] is None or place[1] is None or abs(place[0]) > 90.0 or abs(place[1]) > 180.0:
        return None
    return place[0], place[1]


def fixes_of(track: Sequence[Fix] | None) -> list[Fix]:
    """The fixes of an alert's track that are on Earth: ts (ms), latitude, longitude."""
    return [fix for fix in track or () if place_of({"lat": fix[1], "lon": fix[2]})]


def way_of(alert: Alert) -> list[Fix]:
    """The fixes along which a transmitter came. Of one that isn't seen to move they are none unless
    they lead farther than its place is known: what lies within that is the same place, estimated
    anew."""
    fixes, place = fixes_of(alert.track), place_of(alert.position)
    if alert.speed_mps is not None or place is None or alert.radius_m is None:
        return fixes
    far_m = max((great_circle_m(lat, lon, *place) for _, lat, lon in fixes), default=0.0)
    return fixes if far_m > alert.radius_m else []


def _part(rings: Any) -> Part:
    if not isinstance(rings, list | tuple) or not rings:
        return []
    outer = _ring(rings[0], anticlockwise=True)
    holes = [_ring(ring, anticlockwise=False) for ring in rings[1:]]
    return [outer, *(hole for hole in holes if hole)] if outer else []


def _ring(corners: Any, anticlockwise: bool) -> Ring:
    if not isinstance(corners, list | tuple):
        return []
    ring: Ring = []
    for corner in corners:
        if not isinstance(corner, list | tuple) or len(corner) < 2:
            return []
        lon, lat = _number(corner[0]), _number(corner[1])
        if lon is None or lat is None or abs(lon) > 180.0 or abs(lat) > 90.0:
            return []
        if not ring or ring[-1] != [lon, lat]:
            ring.append([lon, lat])
    if ring and ring[0] != ring[-1]:
        ring.append(list(ring[0]))
    if len(ring) < 4:
        return []
    return ring if (_twice_area(ring) >= 0.0) == anticlockwise else ring[::-1]


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not -360.0 <= value <= 360.0:  # NaN and what no float can hold among it
        return None
    return round(float(value), DECIMALS)


def _twice_area(ring: Ring) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring))
