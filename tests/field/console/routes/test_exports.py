"""Exports and the feed of OGC API Features, as bytes; GDAL reads them in the integration tests."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.field.console.loopback_console import Desk, desk
from tests.field.console.topic_records import everything

ONE = f"{1:032x}"


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as found:
        for record in everything().records:
            found.take(record.topic, record.value, key=record.key)
        yield found


def test_geojson_has_each_alert_with_its_state(console: Desk) -> None:
    answer = console.browser().get("/alerts.geojson?severity=critical")
    assert answer.headers["content-type"] == "application/geo+json"
    features = answer.json()["features"]
    assert len(features) == 2
    assert {f["geometry"]["type"] for f in features} == {"Polygon"}
    points = console.get("/alerts.geojson?geometry=position")["features"]
    assert {f["geometry"]["type"] for f in points} == {"Point"}
    assert len(points) == 6


@pytest.mark.parametrize(
    ("path", "root", "media"),
    [
        ("/alerts.kml", "{http://www.opengis.net/kml/2.2}kml", "vnd.google-earth.kml+xml"),
        ("/alerts.kml?language=zh&limit=1", "{http://www.opengis.net/kml/2.2}kml", "kml+xml"),
        ("/network-link.kml?seconds=5", "{http://www.opengis.net/kml/2.2}kml", "kml+xml"),
        ("/alerts.gpx", "{http://www.topografix.com/GPX/1/1}gpx", "gpx+xml"),
        (f"/alerts/{ONE}.gpx", "{http://www.topografix.com/GPX/1/1}gpx", "gpx+xml"),
        (f"/alerts/{ONE}.cap", "{urn:oasis:names:tc:emergency:cap:1.2}alert", "cap+xml"),
    ],
)
def test_xml_exports_are_of_their_schemas(console: Desk, path: str, root: str, media: str) -> None:
    answer = console.browser().get(path)
    assert answer.status_code == 200, answer.text
    assert media in answer.headers["content-type"]
    assert ElementTree.fromstring(answer.content).tag == root


def test_a_network_link_names_the_console_as_others_reach_it(tmp_path: Path) -> None:
    with desk(tmp_path, public_url="https://console.example/") as console:
        assert (
            "https://console.example/alerts.kml" in console.browser().get("/network-link.kml").text
        )


def test_the_feed_leads_from_its_landing_page_to_the_features(console: Desk) -> None:
    landing = console.get("/ogc/")
    links = {link["rel"]: link["href"] for link in landing["links"]}
    origin = "http://127.0.0.1:8340"
    assert links["service-desc"] == f"{origin}/openapi.json"
    names = [one["id"] for one in console.get(links["data"].removeprefix(origin))["collections"]]
    assert names == ["alerts", "cells", "measurements"]
    conforms = console.get(links["conformance"].removeprefix(origin))["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson" in conforms
    one = console.get("/ogc/collections/alerts")
    [items] = [link["href"] for link in one["links"] if link["rel"] == "items"]
    features = console.get(items.removeprefix(origin))
    assert (features["numberMatched"], features["numberReturned"]) == (6, 6)


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("alerts/items?bbox=116.435,39.8,116.445,40", 1),
        ("alerts/items?bbox=116.435,39.8,0,116.445,40,100", 1),
        ("alerts/items?datetime=2023-11-14T22:13:20Z", 0),
        ("alerts/items?datetime=2023-11-14T22:13:00Z", 6),
        ("alerts/items?datetime=../2023-11-14T22:12:20Z", 6),
        ("alerts/items?datetime=2023-11-14T23:13:20%2B01:00/..", 0),
        ("cells/items", 3),
        ("cells/items?bbox=0,0,1,1", 0),
        ("measurements/items?datetime=2023-11-14T22:13:20Z/..", 6),
        ("measurements/items?bbox=0,0,1,1", 0),
    ],
)
def test_the_feed_is_filtered(console: Desk, query: str, number: int) -> None:
    parsed = console.get(f"/ogc/collections/{query}")
    assert parsed["numberMatched"] == number
    assert len(parsed["features"]) == number


def test_pages_of_the_feed_follow_their_links(console: Desk) -> None:
    path, ids = "/ogc/collections/alerts/items?limit=4&bbox=116,39,117,40", []
    for expected in (4, 2):
        parsed = console.get(path)
        assert parsed["numberReturned"] == expected
        ids += [feature["id"] for feature in parsed["features"]]
        following = [link["href"] for link in parsed["links"] if link["rel"] == "next"]
        path = following[0].removeprefix("http://127.0.0.1:8340") if following else ""
    assert path == ""
    assert len(set(ids)) == 6


def test_single_features_are_there(console: Desk) -> None:
    assert console.get(f"/ogc/collections/alerts/items/{ONE}")["id"] == ONE
    key = "lte-460-0-4100-100"
    assert console.get(f"/ogc/collections/cells/items/{key}")["properties"]["key"] == key
    for path in ("alerts/items/none", "cells/items/none"):
        assert console.browser().get(f"/ogc/collections/{path}").status_code == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/ogc/collections/alerts/items?datetime=yesterday", 400),
        ("/ogc/collections/alerts/items?bbox=1,2", 400),
        ("/ogc/collections/alerts/items?colour=red", 400),
        ("/alerts.kml?language=fr", 422),
        ("/alerts.kml?colour=red", 422),
        ("/network-link.kml?seconds=0", 422),
    ],
)
def test_a_wrong_address_is_refused(console: Desk, path: str, status: int) -> None:
    assert console.browser().get(path).status_code == status


def test_the_page_and_its_files_are_served(console: Desk, tmp_path: Path) -> None:
    assert console.browser().get("/static/nothing.js").status_code == 404
    assert console.browser().get("/basemap.pmtiles").status_code == 404
    tiles = tmp_path / "city.pmtiles"
    tiles.write_bytes(bytes(range(256)))
    with desk(tmp_path, basemap={"source": str(tiles)}) as other:
        part = other.browser().get("/basemap.pmtiles", headers={"Range": "bytes=16-31"})
        assert part.status_code == 206
        assert part.content == bytes(range(16, 32))
        parsed = other.get("/api/me")["basemap"]
        assert (parsed["kind"], parsed["url"]) == ("pmtiles", "/basemap.pmtiles")


def test_the_description_of_the_api_is_whole(console: Desk) -> None:
    described = console.get("/openapi.json")
    assert "/api/alerts" in described["paths"]
    for path, methods in described["paths"].items():
        for method, parsed in methods.items():
            if not path.startswith(("/api/login", "/api/act")):
                assert parsed["responses"].keys() & {"200", "201", "204"}, (path, method)
