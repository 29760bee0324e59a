"""Places as whatever GDAL reads: GeoPackage, Shapefile, and extracts of OpenStreetMap (``.pbf``).

By pyogrio, which is an extra (``cellhound[roads]``) because of its size.
"""

import importlib
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from streams.config_error import ConfigError
from streams.places.features import Feature, FeatureError, expected_names, feature_of
from streams.places.geojson import MOST_BYTES

_EXPECTED: Final = (
    "expected is a map of named roads, places or districts: GeoJSON, CSV, GeoPackage, Shapefile or"
    f" an extract of OpenStreetMap (.osm.pbf), with names as fields ({expected_names()})"
)
_WGS84: Final = CRS.from_epsg(4326)
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
    pyogrio = _pyogrio(path)
    if not path.exists():
        raise ConfigError(f"{path}: there is no such file; {_EXPECTED}.")
    if path.is_file() and path.stat().st_size > MOST_BYTES:
        raise ConfigError(
            f"{path}: is larger than {MOST_BYTES >> 20} MiB; cut it to the area that is watched."
        )
    try:
        layers = [str(name) for name, kind in pyogrio.list_layers(path).tolist() if kind]
        for layer in layers:
            yield from _layer(pyogrio, path, layer)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise ConfigError(
            f"{path}: this is no map that can be read: {error}; {_EXPECTED}."
        ) from error


def _layer(pyogrio: ModuleType, path: Path, layer: str) -> Iterator[Feature]:
    is_osm = path.suffix == ".pbf"
    if is_osm and layer not in _OSM:
        return
    where = f"(name IS NOT NULL) AND ({_OSM[layer]})" if is_osm else None
    with warnings.catch_warnings():
        # What GDAL can't make out of a feature it leaves away.
        warnings.simplefilter("ignore", RuntimeWarning)
        about, _, packed, columns = pyogrio.raw.read(path, layer=layer, where=where, force_2d=True)
        shapes = shapely.from_wkb(packed, on_invalid="ignore")
    shapes = _degrees(path, about["crs"], shapes)
    _refuse_beyond(path, layer, shapes)
    names = [str(name) for name in about["fields"]]
    for number, values in enumerate(zip(*columns, strict=True)):
        properties = dict(zip(names, values, strict=True))
        if tags := properties.pop("other_tags", None):
            properties = dict(_TAG.findall(tags)) | {k: v for k, v in properties.items() if v}
        try:
            feature = feature_of(shapes[number], properties)
        except FeatureError as error:
            raise ConfigError(f"{path}: {layer}[{number}]: {error}.") from error
        if feature is not None:
            yield feature


def _degrees(path: Path, crs: str | None, shapes: Any) -> Any:
    """Shapes in degrees, longitude first; as they are where no system is named."""
    try:
        system = CRS.from_user_input(crs or _WGS84)
        if system == _WGS84:
            return shapes
        move = Transformer.from_crs(system, _WGS84, always_xy=True)
        return shapely.transform(shapes, lambda xy: _moved(move, xy))
    except ProjError as error:
        raise ConfigError(
            f"{path}: its coordinate system is not known ({error}); {_EXPECTED}."
        ) from error


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


def _moved(move: Transformer, places: Any) -> Any:
    lon, lat = move.transform(places[:, 0], places[:, 1])
    places[:, 0], places[:, 1] = lon, lat
    return places


def _pyogrio(path: Path) -> ModuleType:
    try:
        return importlib.import_module("pyogrio")
    except ImportError as error:
        raise ConfigError(
            f"{path}: files that are no GeoJSON and no CSV are read by pyogrio, which is not"
            " installed; install cellhound[roads], or give GeoJSON or CSV."
        ) from error
