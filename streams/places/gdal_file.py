"""Places as files that GDAL reads: GeoPackage, Shapefile, extracts of OpenStreetMap (``.pbf``).

By pyogrio, which is an extra (``cellhound[roads]``) because of its size.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from streams.config_error import ConfigError
from streams.map_files import MOST_BYTES, MapError, in_degrees, layers_of, read_layer
from streams.places.features import Feature, FeatureError, expected_names, feature_of

_EXPECTED: Final = (
    "expected is a map of named roads, places or districts: GeoJSON, CSV, GeoPackage, Shapefile or"
    f" an extract of OpenStreetMap (.osm.pbf), with names as fields ({expected_names()})"
)
#: Of an extract of OpenStreetMap, by layer: what is named there is mostly shops.
_OSM: Final = {
    "points": 'place IS NOT NULL OR other_tags LIKE \'%"railway"=>"station"%\' OR other_tags LIKE'
    ' \'%"amenity"=>"hospital"%\' OR other_tags LIKE \'%"amenity"=>"university"%\'',
    "lines": "highway IS NOT NULL",
    "multipolygons": "boundary = 'administrative' OR amenity IN ('hospital', 'university',"
    " 'school', 'police') OR aeroway IS NOT NULL",
}
_TAG: Final = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')


def read_with_gdal(path: Path) -> Iterator[Feature]:
    """The named features of all layers of a file. Raises ConfigError, also without pyogrio."""
    if not path.exists():
        raise ConfigError(f"{path}: there is no such file; {_EXPECTED}.")
    if path.is_file() and path.stat().st_size > MOST_BYTES:
        raise ConfigError(
            f"{path}: is larger than {MOST_BYTES >> 20} MiB; cut it to the area that is watched."
        )
    try:
        for layer in [name for name, kind in layers_of(path) if kind]:
            yield from _layer(path, layer)
    except ImportError as error:
        raise ConfigError(
            f"{path}: files that are no GeoJSON and no CSV are read by pyogrio, which is not"
            " installed; install cellhound[roads], or give GeoJSON or CSV."
        ) from error
    except MapError as error:
        raise ConfigError(f"{path}: {error}; {_EXPECTED}.") from error


def _layer(path: Path, layer: str) -> Iterator[Feature]:
    is_osm = path.suffix == ".pbf"
    if is_osm and layer not in _OSM:
        return
    where = f"(name IS NOT NULL) AND ({_OSM[layer]})" if is_osm else None
    found = read_layer(path, layer, where=where)
    shapes = shapely.transform(found.shapes, lambda places: in_degrees(places, found.crs))
    _refuse_beyond(path, layer, shapes)
    for number, values in enumerate(zip(*found.columns, strict=True)):
        properties = dict(zip(found.fields, values, strict=True))
        if tags := properties.pop("other_tags", None):
            properties = dict(_TAG.findall(tags)) | {k: v for k, v in properties.items() if v}
        try:
            feature = feature_of(shapes[number], properties)
        except FeatureError as error:
            raise ConfigError(f"{path}: {layer}[{number}]: {error}.") from error
        if feature is not None:
            yield feature


def _refuse_beyond(path: Path, layer: str, shapes: Any) -> None:
    """Raises ConfigError for a shape that isn't on Earth: metres of a system that isn't named, or
    no numbers at all."""
    places, of = shapely.get_coordinates(shapes, return_index=True)
    wrong = ~((np.abs(places[:, 0]) <= 180.0) & (np.abs(places[:, 1]) <= 90.0))
    if wrong.any():
        first = int(wrong.argmax())
        lon, lat = places[first]
        raise ConfigError(
            f"{path}: {layer}[{of[first]}]: longitude {lon:g} and latitude {lat:g} are no place;"
            " are they metres of a coordinate system that the file doesn't name?"
        )
