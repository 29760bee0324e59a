"""Roads from GeoJSON: what coincides is joined, and what is wrong is said in words."""

import gzip
import json
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geo.earth.sphere import distance_m
from streams.roads import geojson
from streams.roads.geojson import RoadLines, RoadsError, read_roads

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
        ("", ["no GeoJSON"]),
        ("{", ["no GeoJSON"]),
        ("[1, 2]", ["no GeoJSON", "array"]),
        (json.dumps(lines(MAIN)) + json.dumps(lines(MAIN)), ["no GeoJSON", "trailing"]),
        ("{}", ["no GeoJSON", "`type`"]),
        ("[" * 100_000, ["no GeoJSON"]),
        ('{"type": "FeatureCollection", "x": ' + "[" * 100_000, ["no GeoJSON"]),
        (feature("LineString", MAIN), ["its type is 'Feature'"]),
        ({"type": "FeatureCollection"}, ["no features"]),
        ({"type": "FeatureCollection", "features": {}}, ["no GeoJSON", "$.features"]),
        (collection(5), ["no GeoJSON", "$.features[0]"]),
        (collection({"geometry": {}}), ["$.features[0].geometry"]),
        (collection(), ["no road in it"]),
        (collection(feature("Point", [1, 2])), ["no road in it", "it holds 1 Point"]),
        (lines([[5.0, 5.0]], []), ["no road in it"]),
        (lines([[5.0, 5.0], [5.0, 5.0]]), ["no road in it"]),
        (collection({"geometry": {"type": "LineString"}}), ["features[0]", "coordinates"]),
        (lines(MAIN, [["a", 2], [3, 4]]), ["features[1]", "`float`, got `str`"]),
        (lines(MAIN, [[1.0], [3, 4]]), ["features[1]", "length >= 2"]),
        (lines(MAIN, [[1, None], [3, 4]]), ["features[1]", "null"]),
        (lines(MAIN, [MAIN]), ["features[1]", "the coordinates are wrong"]),
        (collection(feature("MultiLineString", MAIN)), ["features[0]", "coordinates are wrong"]),
        (lines(MAIN, [[30.65, 104.06], [30.66, 104.06]]), ["features[1]", "104.06 is no latitude"]),
        (lines([], MAIN, [[11584000.0, 3.0], [1.0, 1.0]]), ["features[2]", "no longitude"]),
        (json.dumps(lines(MAIN)).replace("104.062", "1e999"), ["features[0]"]),
        (json.dumps(lines(MAIN)).replace("104.062", "NaN"), ["no GeoJSON"]),
    ],
)
def test_a_broken_file_is_named_with_its_problem(
    tmp_path: Path, content: Any, words: list[str]
) -> None:
    with pytest.raises(RoadsError, match=r"roads\.geojson: ") as raised:
        read_roads(written(tmp_path, content))
    for word in (*words, "FeatureCollection of LineString or MultiLineString"):
        assert word in str(raised.value)
    assert len(str(raised.value)) < 600


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.geojson.gz"
    broken.write_bytes(gzip.compress(json.dumps(lines(MAIN)).encode())[:-20])
    plain = written(tmp_path, lines(MAIN), "plain.geojson.gz")
    for path, words in (
        (tmp_path / "absent.geojson", "no such file"),
        (tmp_path, "can't be read"),
        (broken, "can't be read"),
        (plain, "can't be read"),
    ):
        with pytest.raises(RoadsError, match=words) as raised:
            read_roads(path)
        assert str(raised.value).startswith(f"{path}: ")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "roads.geojson"
    path.write_bytes(b'{"type": "\xff\xfe", "features": []}')
    with pytest.raises(RoadsError, match="no GeoJSON"):
        read_roads(path)


@pytest.mark.parametrize("name", ["roads.geojson", "roads.geojson.gz"])
def test_a_file_that_is_too_large_is_refused(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    text = json.dumps(lines(MAIN, SIDE, ON)).encode()
    path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    monkeypatch.setattr(geojson, "MOST_SEGMENTS", 3)
    with pytest.raises(RoadsError, match="more than 3 segments"):
        read_roads(path)
    monkeypatch.setattr(geojson, "MOST_SEGMENTS", 4)
    assert len(read_roads(path).segments) == 4
    monkeypatch.setattr(geojson, "MOST_BYTES", len(text) - 1)
    with pytest.raises(RoadsError, match="larger than"):
        read_roads(path)


def test_the_road_graph_takes_it_as_it_is(tmp_path: Path) -> None:
    graph = pytest.importorskip("geo.track.road_graph")
    roads = read_roads(written(tmp_path, lines(MAIN, SIDE, ON)))
    road_map = graph.RoadMap.of(roads.lat, roads.lon, roads.segments)
    assert (len(road_map.lat), len(road_map.start), len(road_map.end)) == (5, 4, 4)
