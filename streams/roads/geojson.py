"""Roads as a file: GeoJSON lines into the nodes and segments that a road graph is made of.

Maps draw roads as lines of many places, and roads meet where lines share a place, at their ends or
in between. So every place of a line becomes a node, and places that coincide become one.
"""

import gzip
import zlib
from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from geo.track.road_graph import RoadMap
from streams.roads.nodes import TURN_UNITS, UNITS_A_DEG, Units, nodes_of

#: A metropolitan area has about half a million segments, in a file of some hundred megabytes.
MOST_BYTES: Final = 1 << 29
MOST_SEGMENTS: Final = 2_000_000
_EXPECTED: Final = (
    "expected is a GeoJSON FeatureCollection of LineString or MultiLineString, places as "
    "[longitude, latitude] in degrees"
)

_Line: TypeAlias = list[Annotated[list[float], Meta(min_length=2)]]


class RoadsError(Exception):
    """The file can't be used as roads; the text names it, the problem and what is expected."""


@dataclass(frozen=True, slots=True, eq=False)
class RoadLines:
    """Nodes in degrees, longitudes in [-180, 180), and two node numbers a segment.

    ``lat`` and ``lon`` have shape (nodes,), ``segments`` has (segments, 2), the smaller number
    first; both are sorted, so that they don't depend on the order in the file. ``left_out`` counts
    features that are no lines by the type of their geometry.
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    segments: NDArray[np.intp]
    left_out: Mapping[str, int]


class _Geometry(msgspec.Struct):
    type: str
    coordinates: msgspec.Raw = msgspec.Raw(b"null")


class _Feature(msgspec.Struct):
    geometry: _Geometry | None = None


class _Collection(msgspec.Struct):
    type: str
    features: list[_Feature] | None = None


_COLLECTION: Final = msgspec.json.Decoder(_Collection)
_LINES: Final[dict[str, Any]] = {
    "LineString": msgspec.json.Decoder(_Line),
    "MultiLineString": msgspec.json.Decoder(list[_Line]),
}


def road_map(path: str) -> RoadMap | None:
    """The road graph in the file named; ``None`` for no name. Raises `RoadsError`."""
    if not path:
        return None
    lines = read_roads(Path(path))
    return RoadMap.of(lines.lat, lines.lon, lines.segments)


def read_roads(path: Path) -> RoadLines:
    """The roads of a GeoJSON file (RFC 7946), plain or gzipped (``.gz``).

    Places that coincide to 1e-6 degrees are one node, across the antimeridian too. Two nodes have
    one segment between them, however often and in whichever direction it is drawn; a segment from a
    node to itself is left out. Altitudes and properties are ignored. Raises `RoadsError` where the
    file can't be read, isn't as expected, is too large, or holds no road.
    """
    drawn = _Drawn(path)
    for number, feature in enumerate(_features(path)):
        drawn.add(number, feature.geometry)
    lat_units, lon_units = drawn.units()
    node, places = nodes_of(lat_units, lon_units)
    pairs = np.sort(node[drawn.pairs()], axis=1)
    # Numbers of two nodes in one, which sorts much faster than rows.
    packed = np.unique(pairs[pairs[:, 0] != pairs[:, 1]] @ np.array([len(lat_units), 1]))
    segments = np.column_stack(np.divmod(packed, max(len(lat_units), 1)))
    if len(segments) == 0:
        others = ", ".join(f"{count} {name}" for name, count in sorted(drawn.left_out.items()))
        held = f"; it holds {others}" if others else ""
        raise RoadsError(f"{path}: there is no road in it{held}; {_EXPECTED}.")
    used, renumbered = np.unique(segments, return_inverse=True)
    lat, lon = (axis[places[used]] for axis in (lat_units, lon_units))
    return RoadLines(
        lat / UNITS_A_DEG,
        ((lon + TURN_UNITS // 2) % TURN_UNITS - TURN_UNITS // 2) / UNITS_A_DEG,
        renumbered.reshape(-1, 2).astype(np.intp),
        dict(sorted(drawn.left_out.items())),
    )


class _Drawn:
    """All lines of a file, one after the other."""

    def __init__(self, path: Path) -> None:
        self.left_out: Counter[str] = Counter()
        self._path = path
        self._lon, self._lat = array("d"), array("d")
        #: For each line the number of its feature, and of places up to its end.
        self._feature, self._ends = array("q"), array("q")

    def add(self, number: int, geometry: _Geometry | None) -> None:
        """The lines of a feature. Raises `RoadsError`."""
        kind = "null" if geometry is None else geometry.type
        if geometry is None or kind not in _LINES:
            self.left_out[kind] += 1
            return
        try:
            decoded = _LINES[kind].decode(geometry.coordinates)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise self._wrong(number, f"the coordinates are wrong: {error}") from error
        for line in [decoded] if kind == "LineString" else decoded:
            self._lon.extend([place[0] for place in line])
            self._lat.extend([place[1] for place in line])
            self._feature.append(number)
            self._ends.append(len(self._lon))
        if len(self._lon) - len(self._ends) > MOST_SEGMENTS:
            raise RoadsError(
                f"{self._path}: has more than {MOST_SEGMENTS:,} segments of road; cut it to the "
                "area that is watched."
            )

    def units(self) -> tuple[Units, Units]:
        """Latitudes and longitudes of all places, the longitudes from 0 up to a whole turn.

        Raises `RoadsError` for places that aren't on the Earth.
        """
        lat, lon = np.array(self._lat), np.array(self._lon)
        # Beyond 180 degrees where a line goes on over the antimeridian.
        for axis, most, name in ((lat, 90, "latitude"), (lon, 360, "longitude")):
            if (wrong := np.flatnonzero(~(np.abs(axis) <= most))).size:
                line = np.searchsorted(np.array(self._ends), wrong[0], side="right")
                problem = f"{axis[wrong[0]]:g} is no {name}; are the places in metres, or turned?"
                raise self._wrong(self._feature[int(line)], problem)
        lat_units, lon_units = (
            np.round(axis * UNITS_A_DEG).astype(np.int64) for axis in (lat, lon)
        )
        return lat_units, lon_units % TURN_UNITS

    def pairs(self) -> Units:
        """Numbers of the places at both ends of each segment, shape (segments, 2)."""
        goes_on = np.ones(len(self._lon), dtype=np.bool_)
        ends = np.array(self._ends, dtype=np.int64)
        goes_on[ends[ends > 0] - 1] = False
        first = np.flatnonzero(goes_on)
        return np.column_stack([first, first + 1])

    def _wrong(self, number: int, problem: str) -> RoadsError:
        return RoadsError(f"{self._path}: features[{number}]: {problem}; {_EXPECTED}.")


def _features(path: Path) -> list[_Feature]:
    text = _text(path)
    try:
        collection = _COLLECTION.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise RoadsError(f"{path}: this is no GeoJSON of roads: {error}; {_EXPECTED}.") from error
    if collection.type != "FeatureCollection":
        raise RoadsError(f"{path}: its type is {collection.type[:80]!r}; {_EXPECTED}.")
    if collection.features is None:
        raise RoadsError(f"{path}: it has no features; {_EXPECTED}.")
    return collection.features


def _text(path: Path) -> bytes:
    """The file's content without a byte-order mark."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            text = stream.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise RoadsError(f"{path}: there is no such file; {_EXPECTED}.") from error
    except (OSError, EOFError, zlib.error) as error:
        raise RoadsError(f"{path}: can't be read ({error}); {_EXPECTED}.") from error
    if len(text) > MOST_BYTES:
        raise RoadsError(
            f"{path}: is larger than {MOST_BYTES >> 20} MiB; cut it to the roads of the area that "
            "is watched."
        )
    return text.removeprefix(b"\xef\xbb\xbf")
