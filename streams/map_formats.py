"""Formats of maps that are opened, told apart by how files begin: no other driver of GDAL gets one.

GDAL looks into a file and hands it to whichever of its drivers claims it; among them are some that
open other files, run programs of their own, or ask servers for what a small text names.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

#: What each driver is called by people.
FORMATS: Final[Mapping[str, str]] = {
    "GeoJSON": "GeoJSON",
    "GPKG": "GeoPackage",
    "ESRI Shapefile": "Shapefile",
    "OSM": "OpenStreetMap (.osm.pbf)",
}
#: More than what GDAL looks at.
_HEAD_BYTES: Final = 1 << 16
_SQLITE: Final = b"SQLite format 3\0"
#: OGC 12-128: the application id of a GeoPackage, and where it stands in the file.
_GEOPACKAGE: Final = (b"GPKG", b"GP10", b"GP11")
_APPLICATION_ID: Final = slice(68, 72)
#: ESRI, shapefile technical description (1998): the code at the begin of the main file.
_SHAPEFILE: Final = b"\x00\x00\x27\x0a"
#: A length, then the field `type` of a BlobHeader.
_OSM: Final = re.compile(rb"\A.{4}\x0a\x09OSMHeader", re.DOTALL)
#: Text that begins an object, and is no recipe of GDAL's own (GDALG) that names what to open.
_OBJECT: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*\{")
_RECIPE: Final = b"gdal_streamed_alg"


def driver_of(source: Path | bytes) -> str | None:
    """The driver (`FORMATS`) for a file, a folder of shapefiles or what was packed in a file;
    ``None`` for everything else. Raises OSError.

    >>> driver_of(b'{"type": "FeatureCollection", "features": []}')
    'GeoJSON'
    >>> driver_of(b"<OGRVRTDataSource/>")
    """
    if isinstance(source, Path) and source.is_dir():
        return "ESRI Shapefile" if any(source.glob("*.shp")) else None
    head = source[:_HEAD_BYTES] if isinstance(source, bytes) else _head(source)
    if head.startswith(_SQLITE):
        return "GPKG" if head[_APPLICATION_ID] in _GEOPACKAGE else None
    if head.startswith(_SHAPEFILE):
        return "ESRI Shapefile"
    if _OSM.match(head):
        return "OSM"
    return "GeoJSON" if _OBJECT.match(head) and _RECIPE not in head else None


def listed() -> str:
    """The formats that are opened, for errors.

    >>> listed()
    'GeoJSON, GeoPackage, Shapefile, OpenStreetMap (.osm.pbf)'
    """
    return ", ".join(FORMATS.values())


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES)
