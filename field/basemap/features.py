"""Which features of OpenStreetMap a base map draws, in which layer, and from which zoom on.

The layers' names are those that the page's style knows (`field.basemap.examined.DRAWN`).
"""

from collections.abc import Mapping
from typing import Any, Final

#: What `osmium tags-filter` keeps of an extract.
KEPT: Final = (
    *("w/highway", "w/railway", "wr/building", "wr/natural=water,wood,scrub,grassland"),
    *("wr/waterway=riverbank,river,canal", "wr/landuse", "wr/leisure"),
    *("n/place", "n/railway=station,halt"),
)
_ROADS: Final = {
    **dict.fromkeys(("motorway", "trunk"), 5),
    **dict.fromkeys(("primary", "motorway_link", "trunk_link"), 7),
    **dict.fromkeys(("secondary", "primary_link"), 9),
    **dict.fromkeys(("tertiary", "secondary_link", "tertiary_link"), 11),
    **dict.fromkeys(("unclassified", "residential", "living_street", "road"), 12),
    **dict.fromkeys(("service", "pedestrian", "track", "footway", "cycleway", "path", "steps"), 14),
}
_RAILS: Final = {"rail": 9, **dict.fromkeys(("subway", "light_rail", "tram", "monorail"), 12)}
_PLACES: Final = {
    **{"city": 4, "town": 8},
    **dict.fromkeys(("suburb", "borough", "district"), 10),
    **dict.fromkeys(("village", "quarter", "neighbourhood"), 12),
    "hamlet": 13,
}
_GREEN: Final = {
    "landuse": ("forest", "grass", "meadow", "recreation_ground", "cemetery", "village_green"),
    "leisure": ("park", "garden", "golf_course", "nature_reserve", "pitch"),
    "natural": ("wood", "scrub", "grassland"),
}
_WATER: Final = {
    "natural": ("water",),
    "waterway": ("riverbank",),
    "landuse": ("reservoir", "basin"),
}
_NAMES: Final = ("name", "name:zh", "name:en", "ref")
_STATION_ZOOM, _BUILDING_ZOOM, _GREEN_ZOOM, _WATER_ZOOM, _RIVER_ZOOM = 12, 13, 9, 6, 8

Tags = Mapping[str, Any]


def drawn(kind: str, tags: Tags) -> tuple[str, int, dict[str, Any]] | None:
    """Layer, least zoom and fields of a feature; ``None`` for what isn't drawn.

    >>> drawn("LineString", {"highway": "primary", "name": "二环路", "lit": "yes"})
    ('roads', 7, {'highway': 'primary', 'name': '二环路'})
    >>> drawn("Point", {"shop": "tea"}) is None
    True
    """
    if kind == "LineString":
        found = _line(tags)
    elif kind == "Point":
        found = _point(tags)
    else:
        found = _area(tags) if kind in ("Polygon", "MultiPolygon") else None
    if found is None:
        return None
    layer, zoom, fields = found
    names = {key: tags[key] for key in _NAMES if tags.get(key)} if layer != "buildings" else {}
    return layer, zoom, fields | names


def _line(tags: Tags) -> tuple[str, int, dict[str, Any]] | None:
    if (road := tags.get("highway")) in _ROADS:
        return "roads", _ROADS[road], {"highway": road}
    if (rail := tags.get("railway")) in _RAILS:
        return "rail", _RAILS[rail], {"railway": rail}
    if tags.get("waterway") in ("river", "canal"):
        return "water", _RIVER_ZOOM, {"kind": tags["waterway"]}
    return None


def _point(tags: Tags) -> tuple[str, int, dict[str, Any]] | None:
    if not any(tags.get(key) for key in _NAMES):
        return None
    if (place := tags.get("place")) in _PLACES:
        return "places", _PLACES[place], {"kind": place}
    if tags.get("railway") in ("station", "halt"):
        return "places", _STATION_ZOOM, {"kind": "station"}
    return None


def _area(tags: Tags) -> tuple[str, int, dict[str, Any]] | None:
    if _is(tags, _WATER):
        return "water", _WATER_ZOOM, {}
    if tags.get("building"):
        return "buildings", _BUILDING_ZOOM, {}
    return ("landuse", _GREEN_ZOOM, {}) if _is(tags, _GREEN) else None


def _is(tags: Tags, kinds: Mapping[str, tuple[str, ...]]) -> bool:
    return any(tags.get(key) in values for key, values in kinds.items())
