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
from streams.map_files import MOST_BYTES
from streams.places.features import Feature, FeatureError, expected_names, feature_of

EXPECTED: Final = (
    "expected is a GeoJSON FeatureCollection of roads as lines, places as points and districts as"
    f" polygons, with names as properties ({expected_names()}) and places [longitude, latitude]"
)
_AXES: Final = (("longitude", 180.0), ("latitude", 90.0))


class _Item(msgspec.Struct):
    geometry: msgspec.Raw = msgspec.Raw(b"null")
    properties: dict[str, Any] | None = None


class _Collection(msgspec.Struct):
    features: list[_Item]
    type: str = ""


class _Kind(msgspec.Struct):
    type: str = "geometry"


def read_geojson(path: Path) -> Iterator[Feature]:
    """The named features of a file. Raises ConfigError, which names the feature and what is wrong
    with it."""
    try:
        content = msgspec.json.decode(contents(path, EXPECTED), type=_Collection)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: is not as expected ({error}); {EXPECTED}.") from error
    if content.type != "FeatureCollection":
        raise ConfigError(f"{path}: type is {content.type[:40]!r}; {EXPECTED}.")
    shapes = _shapes(path, [item.geometry for item in content.features])
    for number, item in enumerate(content.features):
        try:
            feature = feature_of(shapes[number], item.properties or {})
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


def _shapes(path: Path, geometries: list[msgspec.Raw]) -> Any:
    """The geometries of all features, ``None`` where there is none; read together, since a city has
    a hundred thousand."""
    texts = [bytes(one) for one in geometries]
    shapes = shapely.from_geojson([text.decode() for text in texts], on_invalid="ignore")
    given = np.array([text != b"null" for text in texts], np.bool_)
    if (wrong := np.flatnonzero(given & shapely.is_missing(shapes))).size:
        kind = _kind_of(texts[wrong[0]])
        raise ConfigError(
            f"{path}: features[{wrong[0]}]: geometry.coordinates are no {kind}; {EXPECTED}."
        )
    corners = shapely.bounds(shapes).reshape(-1, 4)
    for axis, (name, most) in enumerate(_AXES):
        farthest = np.abs(corners[:, [axis, axis + 2]]).max(axis=1, initial=0.0)
        if (wrong := np.flatnonzero(farthest > most)).size:
            raise ConfigError(
                f"{path}: features[{wrong[0]}]: geometry.coordinates: {farthest[wrong[0]]:g} is no"
                f" {name} (-{most:g} to {most:g}); are the places in metres, or turned?"
            )
    return shapes


def _kind_of(geometry: bytes) -> str:
    try:
        return msgspec.json.decode(geometry, type=_Kind).type[:40]
    except msgspec.DecodeError:
        return "geometry"
