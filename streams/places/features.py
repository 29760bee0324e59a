"""What a file of places holds, feature by feature, whatever its format: kind, name, and shape."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import shapely
from shapely import GeometryType

from detectors.model.headline_words import PlaceName

FeatureKind = Literal["road", "site", "district"]
#: Properties that may name a feature, the best first.
NAME_KEYS: Final = ("name", "name:zh", "name_zh", "name:en", "name_en", "ref")
_CHINESE: Final = ("name:zh", "name_zh", "name:zh-Hans", "zh")
_ENGLISH: Final = ("name:en", "name_en", "en")
#: What may be set as ``kind`` of points and areas; of lines it may be a road only.
KINDS: Final[dict[str, tuple[FeatureKind, ...]]] = {
    "line": ("road",),
    "point": ("site", "district"),
    "area": ("district", "site"),
}
#: Tags of OpenStreetMap by which a line is no road ..
_NO_ROAD: Final = ("waterway", "railway", "power", "boundary", "aerialway", "barrier", "man_made")
#: .. by which an area is a site ..
_SITES: Final = (
    *("building", "amenity", "leisure", "shop", "tourism", "office", "railway", "aeroway"),
    *("public_transport", "historic"),
)
#: .. or nothing to go by ..
_NOTHING: Final = ("natural", "waterway", "highway", "power", "man_made", "barrier")
#: .. and values of ``place`` that are too large for a point to say where something is near.
_DISTRICTS: Final = (
    *("country", "state", "province", "region", "county", "city", "town", "municipality"),
    *("district", "borough", "suburb", "quarter"),
)
_TYPES: Final = {
    GeometryType.LINESTRING: "line",
    GeometryType.MULTILINESTRING: "line",
    GeometryType.POINT: "point",
    GeometryType.MULTIPOINT: "point",
    GeometryType.POLYGON: "area",
    GeometryType.MULTIPOLYGON: "area",
}
_MOST_LETTERS: Final = 80
#: Controls, and marks that turn the direction of writing.
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+"
)

Properties = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Feature:
    """A named road (lines), site (a point) or district (a point or areas); ``shape`` is in degrees,
    longitude first."""

    kind: FeatureKind
    name: PlaceName
    shape: Any


class FeatureError(ValueError):
    """A feature that is not as expected; the text names the key and what is allowed."""


def feature_of(shape: Any, properties: Properties) -> Feature | None:
    """A feature of a file, ``None`` where it has no name, or is nothing to go by.

    Raises FeatureError for a ``kind`` that its shape can't have.
    """
    form = _TYPES.get(shapely.get_type_id(shape)) if shape is not None else None
    name = name_of(properties)
    if form is None or name is None or shapely.is_empty(shape):
        return None
    kind = _kind(form, properties)
    if kind is None:
        return None
    if form == "area" and kind == "site":
        return Feature("site", name, shapely.point_on_surface(shape))
    return Feature(kind, name, shape)


def name_of(properties: Properties) -> PlaceName | None:
    """The name of a feature: `name`, else in Chinese, in English, or a road's number.

    >>> name_of({"name": "人民南路", "name:en": "Renmin South Road"})
    PlaceName(name='人民南路', zh=None, en='Renmin South Road')
    >>> name_of({"ref": "G5"}), name_of({"name": " "})
    (PlaceName(name='G5', zh=None, en=None), None)
    """
    chinese, english = _first(properties, _CHINESE), _first(properties, _ENGLISH)
    name = _first(properties, ("name",)) or chinese or english or _first(properties, ("ref",))
    return PlaceName(name, chinese, english) if name else None


def expected_names() -> str:
    """The keys of names, for errors."""
    return ", ".join(NAME_KEYS)


def _first(properties: Properties, keys: Iterable[str]) -> str | None:
    for key in keys:
        value = properties.get(key)
        if isinstance(value, str) and (text := _UNPRINTABLE.sub(" ", value).strip()):
            return text[:_MOST_LETTERS]
    return None


def _kind(form: str, properties: Properties) -> FeatureKind | None:
    if (given := properties.get("kind")) not in (None, ""):
        for allowed in KINDS[form]:
            if given == allowed:
                return allowed
        raise FeatureError(
            f"kind is {str(given)[:40]!r}; allowed for a {form} are {', '.join(KINDS[form])}"
        )
    if form == "line":
        return "road" if properties.get("highway") or not _has(properties, _NO_ROAD) else None
    if form == "point":
        return "district" if properties.get("place") in _DISTRICTS else "site"
    if properties.get("boundary") == "administrative" or properties.get("place"):
        return "district"
    if _has(properties, _SITES):
        return "site"
    return None if _has(properties, _NOTHING) else "district"


def _has(properties: Properties, keys: Iterable[str]) -> bool:
    return any(properties.get(key) for key in keys)
