"""Places as GeoJSON: a FeatureCollection of named lines, points and polygons, plain or gzipped."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import shapely

from streams.config_error import ConfigError
from streams.places.features import Feature, FeatureError, expected_names, feature_of

#: A metropolitan area's roads are some hundred megabytes.
MOST_BYTES: Final = 1 << 29
EXPECTED: Final = (
    "expected is a GeoJSON FeatureCollection of roads as lines, places as points and districts as"
    f" polygons, with names as properties ({expected_names()}) and places [longitude, latitude]"
)
_DEPTH: Final = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}


class _Geometry(msgspec.Struct):
    type: str = ""
    coordinates: Any = None


class _Item(msgspec.Struct):
    geometry: _Geometry | None = None
    properties: dict[str, Any] | None = None


class _Collection(msgspec.Struct):
    features: list[_Item]
    type: str = ""


def read_geojson(path: Path) -> Iterator[Feature]:
    """The named features of a file. Raises ConfigError, which names the feature and what is wrong
    with it."""
    try:
        content = msgspec.json.decode(contents(path, EXPECTED), type=_Collection)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: is not as expected ({error}); {EXPECTED}.") from error
    if content.type != "FeatureCollection":
        raise ConfigError(f"{path}: type is {content.type[:40]!r}; {EXPECTED}.")
    for number, item in enumerate(content.features):
        try:
            shape = None if item.geometry is None else _shape(item.geometry)
            feature = feature_of(shape, item.properties or {})
        except FeatureError as error:
            raise ConfigError(f"{path}: features[{number}]: {error}.") from error
        if feature is not None:
            yield feature


def contents(path: Path, expected: str) -> bytes:
    """A file's bytes, unpacked where it ends in ``.gz``. Raises ConfigError."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{path}: can't be read ({reason}); {expected}.") from error
    if len(content) > MOST_BYTES:
        raise ConfigError(
            f"{path}: is larger than {MOST_BYTES >> 20} MiB; cut it to the area that is watched."
        )
    return content


def _shape(geometry: _Geometry) -> Any:
    """A geometry, ``None`` for a type that no place has."""
    depth = _DEPTH.get(geometry.type)
    if depth is None:
        return None
    try:
        return _built(geometry.type, geometry.coordinates, depth)
    except (TypeError, ValueError, IndexError, shapely.errors.ShapelyError) as error:
        if isinstance(error, FeatureError):
            raise
        raise FeatureError(f"geometry.coordinates are no {geometry.type} ({error})") from error


def _built(kind: str, coordinates: Any, depth: int) -> Any:
    if depth == 0:
        return shapely.Point(_places([coordinates])[0])
    if kind == "LineString":
        return shapely.LineString(_places(coordinates))
    if kind == "MultiPoint":
        return shapely.MultiPoint(_places(coordinates))
    if kind == "MultiLineString":
        return shapely.MultiLineString([_places(line) for line in coordinates])
    if kind == "Polygon":
        return _polygon(coordinates)
    return shapely.MultiPolygon([_polygon(rings) for rings in coordinates])


def _polygon(rings: Any) -> Any:
    outer, *holes = [_places(ring) for ring in rings]
    return shapely.Polygon(outer, holes)


def _places(coordinates: Any) -> Any:
    places = np.array([place[:2] for place in coordinates], dtype=np.float64).reshape(-1, 2)
    for axis, name, most in ((1, "latitude", 90.0), (0, "longitude", 180.0)):
        wrong = np.flatnonzero(~(np.abs(places[:, axis]) <= most))
        if wrong.size:
            raise FeatureError(
                f"geometry.coordinates: {places[wrong[0], axis]:g} is no {name} (-{most:g} to"
                f" {most:g}); are the places in metres, or turned?"
            )
    return places
