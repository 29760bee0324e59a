"""Names from files: every format gives the same map, and what is wrong is named in a sentence."""

import gzip
import json
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from detectors.model.headline_words import Near, PlaceName
from geo.earth.gcj02 import to_gcj02
from streams.config.places import PlacesSettings
from streams.config_error import ConfigError
from streams.places import geojson
from streams.places.place_files import named_places

SOUTH = {"name": "人民南路", "name:en": "Renmin South Road", "highway": "primary"}
RING = {"name": "二环路", "name:en": "2nd Ring Road", "highway": "trunk"}
MAIN = [[104.06, 30.60], [104.06, 30.65], [104.06, 30.66]]
CROSS = [[104.0, 30.63], [104.1, 30.63]]
SQUARE = [[[104.0, 30.5], [104.2, 30.5], [104.2, 30.7], [104.0, 30.7], [104.0, 30.5]]]
JUNCTION = ["二环路", "人民南路"]


def feature(kind: str, coordinates: Any, properties: dict[str, Any] | None) -> dict[str, Any]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


TOWN = (
    feature("LineString", MAIN, SOUTH),
    feature("MultiLineString", [CROSS], RING),
    feature("Point", [104.02, 30.62], {"name": "West Hospital", "amenity": "hospital"}),
    feature("Polygon", SQUARE, {"name": "武侯区", "boundary": "administrative"}),
)


def written(folder: Path, *features: Any, name: str = "town.geojson") -> str:
    path = folder / name
    text = json.dumps({"type": "FeatureCollection", "features": features})
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return str(path)


def near(path: str, lat: float, lon: float, radius_m: float = 100.0, **more: Any) -> Near | None:
    places = named_places(PlacesSettings(files=(path,), **more))
    assert places is not None
    return places.near(lat, lon, radius_m)


def shown(found: Near | None) -> tuple[str, list[str]] | None:
    return None if found is None else (found.kind, [each.name for each in found.names])


@pytest.mark.parametrize("name", ["town.geojson", "town.json", "TOWN.GEOJSON", "town.geojson.gz"])
def test_a_crossing_site_and_district_of_geojson(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, *TOWN, name=name)
    found = near(path, 30.632, 104.06)
    assert found is not None
    assert shown(found) == ("junction", JUNCTION)
    assert found.names[1] == PlaceName("人民南路", None, "Renmin South Road")
    assert found.distance_m == pytest.approx(222, abs=3)
    assert shown(near(path, 30.6201, 104.02)) == ("site", ["West Hospital"])
    assert shown(near(path, 30.6, 104.1, 6000.0)) == ("area", ["武侯区"])


def test_no_files_are_no_map() -> None:
    assert named_places(PlacesSettings()) is None


def test_several_files_are_one_map(tmp_path: Path) -> None:
    main = written(tmp_path, TOWN[0], name="a.geojson")
    ring = written(tmp_path, TOWN[1], name="b.geojson")
    one = named_places(PlacesSettings(files=(main, ring)))
    other = named_places(PlacesSettings(files=(ring, main)))
    assert one is not None
    assert other is not None
    assert shown(one.near(30.632, 104.06, 100.0)) == ("junction", JUNCTION)
    assert one.near(30.632, 104.06, 100.0) == other.near(30.632, 104.06, 100.0)


def test_a_csv_with_names_in_two_languages_and_districts(tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    path.write_text(
        "lat,lon,name,name:en,kind\n30.65,104.06,天府广场,Tianfu Square,\n"
        "30.66,104.07,锦江区,Jinjiang,district\n",
        "utf-8-sig",
    )
    found = near(str(path), 30.651, 104.06)
    assert found is not None
    assert (found.kind, found.names) == ("site", [PlaceName("天府广场", None, "Tianfu Square")])
    assert shown(near(str(path), 30.65, 104.06, 6000.0)) == ("district", ["锦江区"])


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("lat,lon\n1,2\n", "line 1: lacks name"),
        ("lat,lon,name,note\n1,2,a,b\n", "no column 'note'"),
        ("lat,lon,name\n95,2,a\n", "line 2: lat is '95'; allowed are -90 to 90"),
        ("lat,lon,name\n1,east,a\n", "line 2: lon is 'east'; allowed are -180 to 180"),
        ("lat,lon,name\n1,2,\n", "line 2: name is empty"),
        (
            "lat,lon,name,kind\n1,2,a,shop\n",
            "kind is 'shop'; allowed for a point are site, district",
        ),
    ],
)
def test_what_is_wrong_with_a_csv_is_named_with_its_line(
    tmp_path: Path, lines: str, words: str
) -> None:
    path = tmp_path / "places.csv"
    path.write_text(lines)
    with pytest.raises(ConfigError, match=r"places\.csv") as caught:
        named_places(PlacesSettings(files=(str(path),)))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("features", "words"),
    [
        (
            [feature("Point", [104, 30], {"name": "a", "kind": "shop"})],
            "features[0]: kind is 'shop'",
        ),
        (
            [feature("LineString", MAIN, {"name": "a", "kind": "site"})],
            "allowed for a line are road",
        ),
        (
            [TOWN[0], feature("Point", [30, 104], {"name": "a"})],
            "features[1]: geometry.coordinates",
        ),
        ([feature("LineString", [[1, 2]], {"name": "a"})], "are no LineString"),
        ([feature("Point", ["x", 2], {"name": "a"})], "are no Point"),
        ([feature("LineString", MAIN, {"highway": "primary"})], "names are the properties"),
        ([], "nothing in it has a name"),
    ],
)
def test_what_is_wrong_with_a_geojson_is_named(
    tmp_path: Path, features: list[Any], words: str
) -> None:
    with pytest.raises(ConfigError, match=r"town\.geojson") as caught:
        named_places(PlacesSettings(files=(written(tmp_path, *features),)))
    assert words in str(caught.value)


@pytest.mark.parametrize("text", ["[1, 2]", "{", '{"type": "Feature", "features": []}', "\xff"])
def test_what_is_no_collection_is_refused_with_what_is_expected(tmp_path: Path, text: str) -> None:
    (tmp_path / "town.geojson").write_text(text, "latin-1")
    with pytest.raises(ConfigError, match="expected is a GeoJSON FeatureCollection"):
        named_places(PlacesSettings(files=(str(tmp_path / "town.geojson"),)))


def test_a_missing_and_a_too_large_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"can't be read \(No such file"):
        named_places(PlacesSettings(files=(str(tmp_path / "none.geojson"),)))
    monkeypatch.setattr(geojson, "MOST_BYTES", 10)
    with pytest.raises(ConfigError, match="is larger than"):
        named_places(PlacesSettings(files=(written(tmp_path, *TOWN),)))


def test_shifted_coordinates_are_moved_to_wgs84(tmp_path: Path) -> None:
    lat, lon = to_gcj02(30.65, 104.06)
    path = written(tmp_path, feature("Point", [lon, lat], {"name": "a"}))
    found = near(path, 30.65, 104.06, datum="gcj02")
    assert found is not None
    assert found.distance_m < 1
    as_it_is = near(path, 30.65, 104.06)
    assert as_it_is is not None
    assert as_it_is.distance_m > 300


def test_one_road_spelt_two_ways_is_one(tmp_path: Path) -> None:
    other = feature("LineString", CROSS, {"name": "人民南路", "name:en": "South Renmin Rd"})
    found = near(written(tmp_path, TOWN[0], TOWN[0], other), 30.6301, 104.06)
    assert found is not None
    assert found.kind == "road"
    assert found.names == [PlaceName("人民南路", None, "Renmin South Road")]


def test_lines_that_are_no_roads_are_left_out(tmp_path: Path) -> None:
    river = feature("LineString", CROSS, {"name": "锦江", "waterway": "river"})
    assert shown(near(written(tmp_path, TOWN[0], river), 30.6301, 104.06)) == ("road", ["人民南路"])


def test_a_name_that_turns_the_line_is_made_plain(tmp_path: Path) -> None:
    path = written(tmp_path, feature("Point", [104, 30], {"name": "a\u202eb\n\u061cc" + "x" * 200}))
    found = near(path, 30.0, 104.0)
    assert found is not None
    assert found.names[0].name == "a b c" + "x" * 75


def test_a_geopackage_in_metres(tmp_path: Path) -> None:
    pyogrio = pytest.importorskip("pyogrio")
    path = tmp_path / "town.gpkg"
    lines = [shapely.LineString([(500_000, 3_390_000), (500_000, 3_391_000)])]
    pyogrio.raw.write(
        path, shapely.to_wkb(lines), [np.array(["人民南路"], object)], ["name"],
        crs="EPSG:32648", geometry_type="LineString", layer="streets",
    )  # fmt: skip
    lon, lat = 105.0, 30.645
    assert shown(near(str(path), lat, lon)) == ("road", ["人民南路"])
    path.write_bytes(b"no map")
    with pytest.raises(ConfigError, match="this is no map that can be read"):
        near(str(path), lat, lon)


def test_without_the_extra_the_sentence_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyogrio", None)
    (tmp_path / "town.gpkg").write_bytes(b"a map")
    with pytest.raises(ConfigError, match=r"town\.gpkg: .* install cellhound\[roads\]"):
        near(str(tmp_path / "town.gpkg"), 30.0, 104.0)


@pytest.mark.parametrize("corner", [(float("nan"), 1.0), (float("inf"), 1.0), (500_000.0, 3e6)])
def test_what_is_no_place_on_earth_is_refused_in_any_format(
    tmp_path: Path, corner: tuple[float, float]
) -> None:
    """No numbers at all, which GeoJSON can't have, and metres of no system that is named."""
    pyogrio = pytest.importorskip("pyogrio")
    path = tmp_path / "town.gpkg"
    corners = (0.0, 0.0, *corner, 1.0, 1.0, 0.0, 0.0)
    area = struct.pack("<BIII8d", 1, 3, 1, 4, *corners)
    pyogrio.raw.write(
        path, np.array([area], object), [np.array(["x"], object)], ["name"],
        crs="EPSG:4326", geometry_type="Polygon", layer="areas",
    )  # fmt: skip
    with pytest.raises(ConfigError, match=r"areas\[0\]: longitude .* are no place"):
        near(str(path), 30.0, 104.0)


OSM = """<osm version="0.6">
<node id="1" lat="30.60" lon="104.06"/><node id="2" lat="30.66" lon="104.06"/>
<node id="3" lat="30.63" lon="104.00"/><node id="4" lat="30.63" lon="104.10"/>
<node id="5" lat="30.70" lon="104.00"><tag k="name" v="Shop"/><tag k="shop" v="tea"/></node>
<node id="6" lat="30.70" lon="104.01"><tag k="name" v="火车北站"/>
<tag k="railway" v="station"/></node>
<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/><tag k="name" v="人民南路"/>
<tag k="name:en" v="Renmin South Road"/></way>
<way id="2"><nd ref="3"/><nd ref="4"/><tag k="highway" v="trunk"/><tag k="name" v="二环路"/></way>
</osm>"""


def test_an_extract_of_openstreetmap(tmp_path: Path, as_pbf: Any) -> None:
    pytest.importorskip("pyogrio")
    path = str(as_pbf(OSM, tmp_path))
    found = near(path, 30.632, 104.06)
    assert found is not None
    assert shown(found) == ("junction", JUNCTION)
    assert found.names[1] == PlaceName("人民南路", None, "Renmin South Road")
    assert shown(near(path, 30.70, 104.0001)) == ("site", ["火车北站"])
