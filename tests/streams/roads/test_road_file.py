"""Roads from files: what coincides is joined, and what is wrong is named in a sentence."""

import gzip
import json
import random
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from geo.earth.sphere import distance_m
from streams.roads import road_file
from streams.roads.road_file import RoadLines, RoadsError, read_roads, road_map

pyogrio = pytest.importorskip("pyogrio")

#: A street that another meets in its middle, and a third that goes on at its end.
MAIN = [[104.06, 30.65], [104.061, 30.65], [104.062, 30.65]]
SIDE = [[104.061, 30.651], [104.061, 30.65]]
ON = [[104.062, 30.65], [104.063, 30.651, 512.0]]


def feature(kind: str, coordinates: Any) -> dict[str, Any]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": {"highway": "primary"}, "geometry": geometry}


def collection(*features: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "name": "roads", "features": list(features)}


def lines(*coordinates: Any) -> dict[str, Any]:
    return collection(*(feature("LineString", each) for each in coordinates))


def written(tmp_path: Path, content: Any, name: str = "roads.geojson") -> Path:
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def write_layer(
    path: Path, shapes: Any, crs: str, layer: str = "lines", append: bool = False
) -> None:
    kind = "Point" if shapes[0].geom_type == "Point" else "LineString"
    pyogrio.raw.write(
        path, shapely.to_wkb(shapes), [], [], crs=crs, geometry_type=kind, append=append,
        **({"layer": layer} if path.suffix == ".gpkg" else {}),
    )  # fmt: skip


def drawn(roads: RoadLines) -> set[frozenset[tuple[float, float]]]:
    """The segments as pairs of places, longitude first."""
    places = list(zip(roads.lon.tolist(), roads.lat.tolist(), strict=True))
    return {frozenset(places[node] for node in pair) for pair in roads.segments.tolist()}


def pairs(*coordinates: Any) -> set[frozenset[tuple[float, float]]]:
    """What `drawn` gives for lines as they stand."""
    return {
        frozenset((tuple(a[:2]), tuple(b[:2]))) for line in coordinates for a, b in pairwise(line)
    }


def test_lines_meet_where_they_share_a_place(tmp_path: Path) -> None:
    roads = read_roads(written(tmp_path, lines(MAIN, SIDE, ON)))
    assert drawn(roads) == pairs(MAIN, SIDE, ON)
    assert len(roads.lat) == len(roads.lon) == 5
    assert sorted(np.bincount(roads.segments.ravel()).tolist()) == [1, 1, 1, 2, 3]
    assert roads.left_out == {}


def test_a_line_of_many_parts_is_as_many_lines(tmp_path: Path) -> None:
    whole = read_roads(written(tmp_path, lines(MAIN, SIDE, ON)))
    parts = read_roads(
        written(tmp_path, collection(feature("MultiLineString", [MAIN, [], SIDE, ON])))
    )
    assert drawn(parts) == drawn(whole)


def test_ends_that_coincide_to_a_millionth_are_one(tmp_path: Path) -> None:
    near = [[104.062 + 9e-7, 30.65 - 9e-7], [104.063, 30.65]]
    apart = [[104.062 - 21e-7, 30.65 + 21e-7], [104.062, 30.66]]
    roads = read_roads(written(tmp_path, lines(MAIN, near, apart)))
    assert len(roads.lat) == 3 + 1 + 2
    assert len(roads.segments) == 4


def test_what_is_drawn_twice_or_goes_nowhere_counts_once_or_not(tmp_path: Path) -> None:
    there_and_back = [*MAIN, *MAIN[::-1]]
    still = [[104.06, 30.65], [104.06, 30.65]]
    roads = read_roads(written(tmp_path, lines(there_and_back, MAIN[::-1], still, MAIN[:1], [])))
    assert drawn(roads) == pairs(MAIN)
    assert len(roads.segments) == 2
    lonely = [[104.1, 30.7]]
    assert len(read_roads(written(tmp_path, lines(MAIN, lonely))).lat) == 3


def test_the_order_in_the_file_changes_nothing(tmp_path: Path) -> None:
    rng = random.Random(4)
    every = [
        [[104 + rng.randrange(9) / 1000, 30 + rng.randrange(9) / 1000] for _ in range(4)]
        for _ in range(30)
    ]
    once = read_roads(written(tmp_path, lines(*every)))
    rng.shuffle(every)
    again = read_roads(written(tmp_path, lines(*(line[::-1] for line in every))))
    assert drawn(once) == pairs(*every) - {each for each in pairs(*every) if len(each) == 1}
    for name in ("lat", "lon", "segments"):
        assert getattr(once, name).tolist() == getattr(again, name).tolist()


@pytest.mark.parametrize(
    "across",
    [
        ([[179.999, 10.0], [180.0, 10.0]], [[-180.0, 10.0], [-179.999, 10.0]]),  # cut, RFC 7946
        ([[179.999, 10.0], [179.9999999, 10.0]], [[-179.9999999, 10.0], [-179.999, 10.0]]),
        ([[179.999, 10.0], [180.0, 10.0], [-179.999, 10.0]],),
        ([[179.999, 10.0], [180.0, 10.0], [180.001, 10.0]],),
        ([[-180.001, 10.0], [-180.0, 10.0], [-179.999, 10.0]],),
    ],
)
def test_roads_go_on_over_the_antimeridian(tmp_path: Path, across: Any) -> None:
    roads = read_roads(written(tmp_path, lines(*across)))
    assert len(roads.segments) == 2
    assert len(roads.lat) == 3
    assert ((roads.lon >= -180.0) & (roads.lon < 180.0)).all()
    start, end = roads.segments.T
    length_m = distance_m(roads.lat[start], roads.lon[start], roads.lat[end], roads.lon[end])
    assert length_m == pytest.approx(109.6, abs=0.5)


def test_what_is_no_line_is_left_out_and_counted(tmp_path: Path) -> None:
    others = [
        feature("Point", MAIN[0]),
        feature("Point", [0, 0]),
        feature("Polygon", [[*MAIN, MAIN[0]]]),
        {"type": "Feature", "geometry": {"type": "GeometryCollection", "geometries": []}},
        {"type": "Feature", "geometry": None, "properties": None},
    ]
    roads = read_roads(written(tmp_path, collection(*others, feature("LineString", MAIN))))
    assert drawn(roads) == pairs(MAIN)
    assert roads.left_out == {"GeometryCollection": 1, "Point": 2, "Polygon": 1, "null": 1}


def test_a_packed_file_and_one_with_a_mark_are_read_too(tmp_path: Path) -> None:
    text = json.dumps(lines(MAIN)).encode()
    packed = tmp_path / "roads.geojson.gz"
    packed.write_bytes(gzip.compress(text))
    marked = tmp_path / "marked.json"
    marked.write_bytes(b"\xef\xbb\xbf" + text)
    assert drawn(read_roads(packed)) == drawn(read_roads(marked)) == pairs(MAIN)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "no map that can be read"),
        ("{", "no map that can be read"),
        ("[1, 2]", "no map that can be read"),
        (json.dumps(lines(MAIN)) + json.dumps(lines(MAIN)), "no map that can be read"),
        ("{}", "no map that can be read"),
        ("[" * 100_000, "no map that can be read"),
        ('{"type": "FeatureCollection", "x": ' + "[" * 100_000, "no map that can be read"),
        ({"type": "FeatureCollection"}, "no map that can be read"),
        ({"type": "FeatureCollection", "features": {}}, "no map that can be read"),
        (json.dumps(lines(MAIN)).replace("104.062", "1e999"), "no map that can be read"),
        (collection(5), "no road in it"),
        (collection({"geometry": {}}), "no road in it"),
        (collection(), "no road in it"),
        (collection(feature("Point", [1, 2])), "no road in it; it holds 1 Point"),
        (lines([[5.0, 5.0]], []), "no road in it"),
        (lines([[5.0, 5.0], [5.0, 5.0]]), "no road in it"),
        (collection({"geometry": {"type": "LineString"}}), "no road in it"),
        (collection(feature("MultiLineString", MAIN)), "no road in it"),
        (lines(MAIN, [[30.65, 104.06], [30.66, 104.06]]), "features[1]: 104.06 is no latitude"),
        (lines([], MAIN, [[11584000.0, 3.0], [1.0, 1.0]]), "features[2]: 1.1584e+07 is no long"),
        (json.dumps(lines(MAIN)).replace("104.062", "NaN"), "features[0]: nan is no longitude"),
    ],
)
def test_a_broken_file_is_named_with_its_problem(tmp_path: Path, content: Any, words: str) -> None:
    with pytest.raises(RoadsError, match=r"roads\.geojson: ") as raised:
        read_roads(written(tmp_path, content))
    for part in (words, "GeoPackage, Shapefile or GeoJSON"):
        assert part in str(raised.value)
    assert len(str(raised.value)) < 600


@pytest.mark.parametrize("broken", [[["a", 2], [3, 4]], [[1.0], [3, 4]], [MAIN]])
def test_a_broken_line_is_left_out_and_counted(
    tmp_path: Path, broken: Any, caplog: pytest.LogCaptureFixture
) -> None:
    path = written(tmp_path, lines(MAIN, broken))
    assert drawn(read_roads(path)) == pairs(MAIN)
    assert read_roads(path).left_out == {"null": 1}
    assert road_map(str(path)) is not None
    assert "left out, for they are no lines: 1 null" in caplog.text


def in_degrees_and_metres() -> Iterator[tuple[str, Any]]:
    """A coordinate system, and the same two streets in it."""
    streets = shapely.linestrings(MAIN), shapely.linestrings([each[:2] for each in ON])
    for crs in ("EPSG:4326", "EPSG:3857", "EPSG:32648"):
        to = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform
        yield crs, [shapely.transform(street, to, interleaved=False) for street in streets]


@pytest.mark.parametrize("name", ["roads.gpkg", "roads.shp", "roads.geojson"])
@pytest.mark.parametrize(("crs", "streets"), list(in_degrees_and_metres()))
def test_other_formats_and_coordinate_systems_are_the_same_roads(
    tmp_path: Path, name: str, crs: str, streets: Any
) -> None:
    write_layer(tmp_path / name, streets, crs)
    roads = read_roads(tmp_path / name)
    expected = read_roads(written(tmp_path, lines(MAIN, ON), "plain.json"))
    assert roads.segments.tolist() == expected.segments.tolist()
    np.testing.assert_allclose(roads.lat, expected.lat, atol=2e-7)
    np.testing.assert_allclose(roads.lon, expected.lon, atol=2e-7)


def test_a_shapefile_without_a_coordinate_system_is_taken_to_be_in_degrees(tmp_path: Path) -> None:
    write_layer(tmp_path / "roads.shp", shapely.linestrings([MAIN]), "EPSG:4326")
    (tmp_path / "roads.prj").unlink()
    assert drawn(read_roads(tmp_path / "roads.shp")) == pairs(MAIN)


def test_of_several_layers_that_of_lines_or_called_roads_is_read(tmp_path: Path) -> None:
    path = tmp_path / "map.gpkg"
    write_layer(path, shapely.points([[1.0, 1.0]]), "EPSG:4326", "places")
    write_layer(path, shapely.linestrings([MAIN]), "EPSG:4326", "streets", append=True)
    assert drawn(read_roads(path)) == pairs(MAIN)
    write_layer(path, shapely.linestrings([SIDE]), "EPSG:4326", "railways", append=True)
    with pytest.raises(RoadsError, match=r"several layers of lines \(streets, railways\)"):
        read_roads(path)
    write_layer(path, shapely.linestrings([SIDE]), "EPSG:4326", "roads", append=True)
    assert drawn(read_roads(path)) == pairs(SIDE)


def test_without_the_extra_the_sentence_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyogrio", None)
    with pytest.raises(RoadsError, match=r"roads\.geojson: .* install cellhound\[roads\]"):
        read_roads(written(tmp_path, lines(MAIN)))


def test_no_name_is_no_map() -> None:
    assert road_map("") is None


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.geojson.gz"
    broken.write_bytes(gzip.compress(json.dumps(lines(MAIN)).encode())[:-20])
    plain = written(tmp_path, lines(MAIN), "plain.geojson.gz")
    for path, words in (
        (tmp_path / "absent.geojson", "no such file"),
        (tmp_path, "is a folder"),
        (broken, "can't be read"),
        (plain, "can't be read"),
    ):
        with pytest.raises(RoadsError, match=words) as raised:
            read_roads(path)
        assert str(raised.value).startswith(f"{path}: ")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "roads.geojson"
    path.write_bytes(b'{"type": "\xff\xfe", "features": []}')
    with pytest.raises(RoadsError, match="no map that can be read"):
        read_roads(path)


@pytest.mark.parametrize("name", ["roads.geojson", "roads.geojson.gz"])
def test_a_file_that_is_too_large_is_refused(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    text = json.dumps(lines(MAIN, SIDE, ON)).encode()
    path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    monkeypatch.setattr(road_file, "MOST_SEGMENTS", 3)
    with pytest.raises(RoadsError, match="more than 3 segments"):
        read_roads(path)
    monkeypatch.setattr(road_file, "MOST_SEGMENTS", 4)
    assert len(read_roads(path).segments) == 4
    monkeypatch.setattr(road_file, "MOST_BYTES", len(text) - 1)
    with pytest.raises(RoadsError, match="larger than"):
        read_roads(path)


def test_the_road_graph_takes_it_as_it_is(tmp_path: Path) -> None:
    graph = road_map(str(written(tmp_path, lines(MAIN, SIDE, ON))))
    assert graph is not None
    assert (len(graph.lat), len(graph.start), len(graph.end)) == (5, 4, 4)
