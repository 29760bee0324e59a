"""Maps that GDAL reads, layer by layer, and their places in degrees: what roads and places share.

Only the formats of `streams.map_formats` are opened, whatever GDAL has drivers for. By pyogrio,
which is an extra (``cellhound[roads]``) because of its size; without it reading raises
`ImportError`.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from streams.map_formats import FORMATS, driver_of, listed

#: A metropolitan area's roads are some hundred megabytes.
MOST_BYTES: Final = 1 << 29
_WGS84: Final = CRS.from_epsg(4326)

#: A file, which may have others beside it, or what is packed in one.
Source = Path | bytes


class MapError(Exception):
    """It can't be read as a map; the text says why, as what follows the file's name."""


@dataclass(frozen=True, slots=True, eq=False)
class MapLayer:
    """Of each feature its shape (``None``: GDAL makes out none) and its values by field; ``crs`` is
    the coordinate system that the file names."""

    shapes: NDArray[Any]
    fields: Sequence[str]
    columns: Sequence[NDArray[Any]]
    crs: str | None


def layers_of(source: Source) -> list[tuple[str, str | None]]:
    """Names of layers, with the type of their shapes; ``None`` for tables. Raises MapError, also
    for what is in none of the formats that are opened."""
    with _reading() as pyogrio:
        _refuse_others(source)
        layers = [(name, kind) for name, kind in pyogrio.list_layers(source).tolist()]
        _refuse_driver(source, layers, pyogrio)
        return layers


def read_layer(source: Source, layer: str | None, **which: Any) -> MapLayer:
    """A layer, of all features or of those that pyogrio is asked for by ``which``. Altitudes are
    left away. Raises MapError."""
    with _reading() as pyogrio:
        about, _, packed, columns = pyogrio.raw.read(source, layer=layer, force_2d=True, **which)
        shapes = shapely.from_wkb(packed, on_invalid="ignore")
    return MapLayer(shapes, [str(name) for name in about["fields"]], columns, about["crs"])


def in_degrees(places: NDArray[np.float64], crs: str | None) -> NDArray[np.float64]:
    """Longitudes and latitudes (WGS84), shape (places, 2); as they are where no system is named.
    Raises MapError for an unknown one."""
    try:
        system = CRS.from_user_input(crs or _WGS84)
        if system == _WGS84:
            return places
        move = Transformer.from_crs(system, _WGS84, always_xy=True)
        return np.column_stack(move.transform(*places.T))
    except ProjError as error:
        raise MapError(f"its coordinate system is not known ({error})") from error


def _refuse_others(source: Source) -> None:
    """Before GDAL opens it."""
    try:
        driver = driver_of(source)
    except OSError as error:
        raise MapError(f"can't be read ({error.strerror})") from error
    if driver is None:
        raise MapError(f"this is no map that can be read; formats that are opened: {listed()}")


def _refuse_driver(source: Source, layers: Sequence[tuple[str, str | None]], gdal: Any) -> None:
    """By the driver that GDAL has chosen for it."""
    for layer, _ in layers[:1]:
        driver = gdal.read_info(source, layer=layer)["driver"]
        if driver not in FORMATS:
            raise MapError(f"GDAL takes it for {driver}; formats that are opened: {listed()}")


@contextmanager
def _reading() -> Iterator[Any]:
    """pyogrio, with its errors as ours; what GDAL can't make out of a feature it leaves away."""
    pyogrio = import_module("pyogrio")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            yield pyogrio
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise MapError(f"this is no map that can be read: {error}") from error
