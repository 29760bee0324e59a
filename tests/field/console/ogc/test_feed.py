"""The feed by its standards: schemas that hold, queryables that choose, systems of coordinates."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import jsonschema_rs
import pytest
from pyproj import Transformer

from tests.field.console.loopback_console import Desk, desk
from tests.field.console.topic_records import alert, everything

NAMES = ("alerts", "cells", "measurements")
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0"
ITEMS = "/ogc/collections/{}/items"


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("desk")) as found:
        for record in everything().records:
            found.take(record.topic, record.value, key=record.key)
        # What is known of one shall fit the schema too.
        found.take("fbs.alerts", alert(7, region=None, position=None, severity="info"))
        yield found


@pytest.mark.parametrize("name", NAMES)
def test_features_are_of_the_declared_types(console: Desk, name: str) -> None:
    schema = console.get(f"/ogc/collections/{name}/schema")
    jsonschema_rs.meta.validate(schema)
    properties = schema["properties"]
    features = console.get(ITEMS.format(name))["features"]
    assert features
    for feature in features:
        assert set(feature["properties"]) <= set(properties)
        known = {n: value for n, value in feature["properties"].items() if value is not None}
        assert list(jsonschema_rs.Draft202012Validator(schema).iter_errors(known)) == []
    assert {one["format"] for one in properties.values() if one.get("type") == "integer"} == {
        "int64"
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_xml_schema_names_the_same_fields(console: Desk, name: str) -> None:
    answer = console.browser().get(f"/ogc/collections/{name}/schema.xsd")
    assert answer.headers["content-type"] == "application/xml"
    top = ElementTree.fromstring(answer.content)
    fields = {
        one.get("name"): one.get("type")
        for one in top.iter("{http://www.w3.org/2001/XMLSchema}element")
        if one.get("minOccurs") == "0"
    }
    assert set(fields) == set(console.get(f"/ogc/collections/{name}/schema")["properties"])
    assert fields["ts" if name != "cells" else "cell"] == "xs:long"


@pytest.mark.parametrize("name", NAMES)
def test_all_that_is_queryable_is_a_parameter(console: Desk, name: str) -> None:
    queryable = set(console.get(f"/ogc/collections/{name}/queryables")["properties"])
    described = console.get("/openapi.json")["paths"][ITEMS.format(name)]["get"]["parameters"]
    own = {"bbox", "bbox-crs", "datetime", "crs", "limit", "offset"}
    assert {one["name"] for one in described} == queryable | own


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("alerts/items?severity=info", 1),
        ("alerts/items?severity=critical,info", 3),
        ("alerts/items?kind=sim_box", 0),
        ("cells/items?cell=101", 1),
        ("cells/items?rat=nr", 0),
        ("cells/items?mcc=460&area=4100", 3),
        ("measurements/items?device=van-1", 6),
        ("measurements/items?device=van-2", 0),
    ],
)
def test_items_are_chosen_by_queryables(console: Desk, query: str, number: int) -> None:
    found = console.get(f"/ogc/collections/{query}")
    assert (found["numberMatched"], len(found["features"])) == (number, number)


def first(found: dict[str, Any]) -> list[float]:
    place: list[float] = found["features"][0]["geometry"]["coordinates"]
    return place


def test_coordinates_are_in_the_system_that_is_asked_for(console: Desk) -> None:
    path = ITEMS.format("cells")
    answer = console.browser().get(path)
    assert answer.headers["content-crs"] == f"<{CRS84}>"
    lon, lat = first(answer.json())
    swapped = console.browser().get(f"{path}?crs={quote(EPSG)}/4326")
    assert swapped.headers["content-crs"] == f"<{EPSG}/4326>"
    assert first(swapped.json()) == [lat, lon]
    there = Transformer.from_crs("OGC:CRS84", "EPSG:3857").transform(lon, lat)
    assert first(console.get(f"{path}?crs={quote(EPSG)}/3857")) == pytest.approx(there, abs=0.01)
    one = console.get(f"/ogc/collections/cells/items/lte-460-0-4100-100?crs={quote(EPSG)}/4326")
    assert one["geometry"]["coordinates"] == [lat, lon]


@pytest.mark.parametrize(
    ("box", "system", "number"),
    [
        ("116.3,39.8,116.5,40", CRS84, 3),
        ("39.8,116.3,40,116.5", f"{EPSG}/4326", 3),
        ("12950000,4840000,12960000,4860000", f"{EPSG}/3857", 3),
        ("0,0,10000,10000", f"{EPSG}/3857", 0),
    ],
)
def test_a_box_is_in_its_system(console: Desk, box: str, system: str, number: int) -> None:
    query = f"{ITEMS.format('cells')}?bbox={box}&bbox-crs={quote(system)}"
    assert console.get(query)["numberMatched"] == number


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/ogc/collections/nothing", 404),
        ("/ogc/collections/nothing/schema", 404),
        ("/ogc/collections/measurements/items/00", 404),
        ("/ogc/collections/measurements/items/abc", 404),
        ("/ogc/collections/cells/items?crs=EPSG:4326", 400),
        ("/ogc/collections/cells/items?bbox=0,0,1,1&bbox-crs=x", 400),
        ("/ogc/collections/cells/items?severity=high", 400),
        ("/ogc/collections/alerts/items?severity=High", 400),
    ],
)
def test_what_is_not_there_or_wrong_is_refused(console: Desk, path: str, status: int) -> None:
    assert console.browser().get(path).status_code == status


def test_readings_have_names_and_can_be_asked_for_by_them(console: Desk) -> None:
    features = console.get(ITEMS.format("measurements"))["features"]
    names = {feature["id"] for feature in features}
    assert len(names) == len(features)
    one = console.get(f"{ITEMS.format('measurements')}/{features[0]['id']}")
    assert one["properties"] == features[0]["properties"]


def test_pages_lead_forth_and_back(console: Desk) -> None:
    path = f"{ITEMS.format('cells')}?limit=2"
    links = {link["rel"]: link["href"] for link in console.get(path)["links"]}
    assert "prev" not in links
    behind = console.get(links["next"].removeprefix("http://127.0.0.1:8340"))
    links = {link["rel"]: link["href"] for link in behind["links"]}
    assert "offset=0" in links["prev"]
    assert "next" not in links
