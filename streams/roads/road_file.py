"""Roads as a file: the lines of a map as the nodes and segments that a road graph is made of.

GeoPackage, Shapefile, GeoJSON and OpenStreetMap, by pyogrio, which is an extra
(``cellhound[roads]``) because of its size. Maps draw roads as lines of many places, and roads meet
where lines share a place, at their ends or in between. So every place of a line becomes a node, and
places that coincide become one.
"""

import gzip
import logging
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.track.road_graph import RoadMap
from streams.map_files import MOST_BYTES, MapError, Source, in_degrees, layers_of, read_layer
from streams.roads.nodes import TURN_UNITS, UNITS_A_DEG, nodes_of

#: A metropolitan area has about half a million segments.
MOST_SEGMENTS: Final = 2_000_000
_EXPECTED: Final = (
    "expected is a map of roads as lines: GeoPackage, Shapefile or GeoJSON (.gz too), its places "
    "[longitude, latitude] in degrees or in a coordinate system that the file names"
)
_LINES: Final = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING)
_LOG: Final = logging.getLogger(__name__)


class RoadsError(Exception):
    """The file can't be used as roads; the text names it, the problem and what is expected."""


@dataclass(frozen=True, slots=True, eq=False)
class RoadLines:
    """Nodes in degrees, longitudes in [-180, 180), and two node numbers a segment.

    ``lat`` and ``lon`` have shape (nodes,), ``segments`` has (segments, 2), the smaller number
    first; both are sorted, so that they don't depend on the order in the file. ``left_out`` counts
    features that are no lines by the type of their geometry, ``null`` where GDAL makes out none.
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    segments: NDArray[np.intp]
    left_out: Mapping[str, int]


def road_map(path: str) -> RoadMap | None:
    """The road graph in the file named; ``None`` for no name. Raises `RoadsError`."""
    if not path:
        return None
    lines = read_roads(Path(path))
    if lines.left_out:
        _LOG.warning("%s: left out, for they are no lines: %s", path, _listed(lines.left_out))
    return RoadMap.of(lines.lat, lines.lon, lines.segments)


def read_roads(path: Path) -> RoadLines:
    """The roads of a map (`streams.map_formats`), plain or gzipped (``.gz``).

    They are the lines of the one layer of lines, or of that called ``roads`` where there are more.
    Places that coincide to 1e-6 degrees are one node, across the antimeridian too. Two nodes have
    one segment between them, however often and in whichever direction it is drawn; a segment from a
    node to itself is left out. Altitudes and attributes are ignored. Raises `RoadsError` where the
    file can't be read, isn't as expected, is too large, or holds no road, and without pyogrio.
    """
    features, crs = _features(path)
    is_line = np.isin(shapely.get_type_id(features), _LINES)
    left_out = Counter("null" if each is None else each.geom_type for each in features[~is_line])
    lines, of_line = shapely.get_parts(features[is_line], return_index=True)
    places, of_place = shapely.get_coordinates(lines, return_index=True)
    start = np.flatnonzero(of_place[1:] == of_place[:-1])
    if len(start) > MOST_SEGMENTS:
        raise RoadsError(
            f"{path}: has more than {MOST_SEGMENTS:,} segments of road; cut it to the area that "
            "is watched."
        )
    try:
        lon, lat = in_degrees(places, crs).T
    except MapError as error:
        raise RoadsError(f"{path}: {error}; {_EXPECTED}.") from error
    # Beyond 180 degrees where a line goes on over the antimeridian.
    for axis, most, name in ((lat, 90, "latitude"), (lon, 360, "longitude")):
        if (wrong := np.flatnonzero(~(np.abs(axis) <= most))).size:
            feature = np.flatnonzero(is_line)[of_line[of_place[wrong[0]]]]
            problem = f"{axis[wrong[0]]:g} is no {name}; are the places in metres, or turned?"
            raise RoadsError(f"{path}: features[{feature}]: {problem}; {_EXPECTED}.")
    graph = _joined(lat, lon, start)
    if graph is None:
        held = f"; it holds {_listed(left_out)}" if left_out else ""
        raise RoadsError(f"{path}: there is no road in it{held}; {_EXPECTED}.")
    return RoadLines(*graph, dict(sorted(left_out.items())))


def _joined(
    lat: NDArray[np.float64], lon: NDArray[np.float64], start: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]] | None:
    """Nodes and segments of places in degrees; each of ``start`` is joined to the next place."""
    lat_units, lon_units = (np.round(axis * UNITS_A_DEG).astype(np.int64) for axis in (lat, lon))
    lon_units %= TURN_UNITS
    node, places = nodes_of(lat_units, lon_units)
    pairs = np.sort(node[np.column_stack([start, start + 1])], axis=1)
    # Numbers of two nodes in one, which sorts much faster than rows.
    packed = np.unique(pairs[pairs[:, 0] != pairs[:, 1]] @ np.array([len(lat), 1]))
    if packed.size == 0:
        return None
    segments = np.column_stack(np.divmod(packed, len(lat)))
    used, renumbered = np.unique(segments, return_inverse=True)
    node_lat, node_lon = (axis[places[used]] for axis in (lat_units, lon_units))
    node_lon = (node_lon + TURN_UNITS // 2) % TURN_UNITS - TURN_UNITS // 2
    numbers = renumbered.reshape(-1, 2).astype(np.intp)
    return node_lat / UNITS_A_DEG, node_lon / UNITS_A_DEG, numbers


def _features(path: Path) -> tuple[NDArray[Any], str | None]:
    """The geometries of all features, ``None`` where there is none, and their coordinate system."""
    source = _source(path)
    try:
        found = read_layer(source, _layer(path, layers_of(source)), columns=[])
    except ImportError as error:
        raise RoadsError(
            f"{path}: roads are read by pyogrio, which is not installed; install "
            "cellhound[roads], or leave the setting `roads` empty."
        ) from error
    except MapError as error:
        raise RoadsError(f"{path}: {error}; {_EXPECTED}.") from error
    return found.shapes, found.crs


def _layer(path: Path, layers: list[tuple[str, str | None]]) -> str | None:
    """The layer of lines; where there is none, the first."""
    names = [name for name, kind in layers if "Line" in (kind or "")]
    if len(names) > 1 and "roads" not in names:
        raise RoadsError(
            f"{path}: has several layers of lines ({', '.join(names)}); call the one of roads "
            "'roads', or leave the others out."
        )
    if names:
        return "roads" if "roads" in names else names[0]
    return layers[0][0] if layers else None


def _source(path: Path) -> Source:
    """What GDAL is to read: the file, which may have others beside it, or what is packed in it."""
    try:
        if not path.is_file():
            problem = "is a folder, no file" if path.is_dir() else "there is no such file"
            raise RoadsError(f"{path}: {problem}; {_EXPECTED}.")
        content: Source = path
        size = path.stat().st_size
        if path.suffix == ".gz":
            with gzip.open(path) as stream:
                content = stream.read(MOST_BYTES + 1)
            size = len(content)
    except (OSError, EOFError, zlib.error) as error:
        raise RoadsError(f"{path}: can't be read ({error}); {_EXPECTED}.") from error
    if size > MOST_BYTES:
        raise RoadsError(
            f"{path}: is larger than {MOST_BYTES >> 20} MiB; cut it to the roads of the area that "
            "is watched."
        )
    return content


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
