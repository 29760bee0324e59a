"""Of all that GDAL has drivers for, maps in the formats of the docs alone are opened."""

import json
from pathlib import Path
from typing import Any

import pytest
import shapely

from streams.config_error import ConfigError
from streams.map_files import MapError, layers_of
from streams.map_formats import FORMATS, driver_of
from streams.places.gdal_file import read_with_gdal
from streams.roads.road_file import RoadsError, read_roads

pyogrio = pytest.importorskip("pyogrio")

STREET = [[104.06, 30.65], [104.07, 30.66]]
GEOJSON = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": "street"},
                "geometry": {"type": "LineString", "coordinates": STREET},
            }
        ],
    }
)
TOPOLOGY = {
    "type": "Topology",
    "objects": {"roads": {"type": "LineString", "arcs": [0]}},
    "arcs": [STREET],
}


def written(path: Path, driver: str) -> Path:
    """One street, by GDAL."""
    pyogrio.raw.write(
        path, shapely.to_wkb(shapely.linestrings([STREET])), [], [],
        crs="EPSG:4326", geometry_type="LineString", driver=driver,
    )  # fmt: skip
    return path


def refused(folder: Path, kind: str) -> Path:
    """A map that GDAL would open, in no format of ours."""
    good = folder / "good.geojson"
    good.write_text(GEOJSON)
    texts: dict[str, Any] = {
        "roads.vrt": f'<OGRVRTDataSource><OGRVRTLayer name="good"><SrcDataSource>{good}'
        "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
        "recipe.json": json.dumps(
            {"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline read {good}"}
        ),
        "topology.json": json.dumps(TOPOLOGY),
        "roads.csv": 'WKT,name\n"LINESTRING (104.06 30.65,104.07 30.66)",street\n',
    }
    drivers = {"roads.fgb": "FlatGeobuf", "roads.sqlite": "SQLite", "roads.kml": "KML"}
    drivers |= {"roads.gml": "GML", "roads.dxf": "DXF"}
    if kind in drivers:
        return written(folder / kind, drivers[kind])
    path = folder / kind
    path.write_text(texts[kind])
    return path


@pytest.mark.parametrize(
    "kind",
    [
        *("roads.vrt", "recipe.json", "topology.json", "roads.csv", "roads.fgb", "roads.sqlite"),
        *("roads.kml", "roads.gml"),
    ],
)
@pytest.mark.parametrize("disguised", [False, True])
def test_other_formats_are_refused_with_those_that_are_opened(
    tmp_path: Path, kind: str, disguised: bool
) -> None:
    path = refused(tmp_path, kind)
    # That GDAL would take it is what the refusal is for.
    assert len(pyogrio.list_layers(path))
    if disguised:
        path = path.rename(path.with_name("roads.geojson"))
    with pytest.raises(RoadsError) as of_roads:
        read_roads(path)
    with pytest.raises(ConfigError) as of_places:
        list(read_with_gdal(path))
    for error in (of_roads, of_places):
        assert str(error.value).startswith(f"{path}: ")
        for name in FORMATS.values():
            assert name in str(error.value)


def test_nothing_but_the_driver_of_a_format_may_have_it(
    tmp_path: Path,
) -> None:
    """Also where GDAL and the way a file begins differ about what it is."""
    path = tmp_path / "topology.json"
    path.write_text(json.dumps(TOPOLOGY))
    assert driver_of(path) == "GeoJSON"
    with pytest.raises(MapError, match="GDAL takes it for TopoJSON; formats that are opened: Geo"):
        layers_of(path)


@pytest.mark.parametrize(("name", "driver"), [
    ("roads.geojson", "GeoJSON"), ("roads.gpkg", "GPKG"), ("roads.shp", "ESRI Shapefile"),
])  # fmt: skip
def test_those_of_the_docs_are_known_by_their_content(
    tmp_path: Path, name: str, driver: str
) -> None:
    path = written(tmp_path / name, driver)
    assert driver_of(path) == driver
    assert driver_of(path.read_bytes()) == driver
    assert len(read_roads(path).segments) == 1
    assert driver_of(tmp_path) == ("ESRI Shapefile" if name == "roads.shp" else None)


@pytest.mark.parametrize(
    ("head", "driver"),
    [
        (b"", None),
        (b"\xef\xbb\xbf \n{", "GeoJSON"),
        (b"[1, 2]", None),
        (b"\0\0\0\x0d\x0a\x09OSMHeader\x18", "OSM"),
        (b"\0\0\0\x0d\x0a\x07OSMData\x18", None),
        (b"SQLite format 3\0".ljust(100, b"\0"), None),
        (b"GeoJSON:/etc/passwd", None),
    ],
)
def test_by_the_first_bytes(head: bytes, driver: str | None) -> None:
    assert driver_of(head) == driver
