"""Features by RFC 7946, as GDAL reads them."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from shapely.geometry import Polygon, shape
from shapely.geometry.polygon import LinearRing

from detectors.alert.record import Alert
from field.formats.geojson import feature, feature_collection

SQUARE = [[0.0, 0.0], [0.0, 4.0], [4.0, 4.0], [4.0, 0.0]]
HOLE = [[1.0, 1.0], [2.0, 1.0], [2.0, 2.0], [1.0, 2.0], [1.0, 1.0]]


def test_rings_are_closed_and_follow_the_right_hand(make_alert: Callable[..., Alert]) -> None:
    region = {"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE], [[[9, 9], [9, 10], [10, 9]]]]}
    made = feature(make_alert(region=region))["geometry"]
    assert made["type"] == "MultiPolygon"
    for outer, *holes in made["coordinates"]:
        assert LinearRing(outer).is_ccw
        assert not any(LinearRing(hole).is_ccw for hole in holes)
        assert all(ring[0] == ring[-1] for ring in (outer, *holes))
    assert shape(made).area == pytest.approx(16.0 - 1.0 + 0.5)


def test_the_geometry_is_region_or_position_and_the_other_a_property(
    make_alert: Callable[..., Alert],
) -> None:
    alert = make_alert(region_50={"type": "Polygon", "coordinates": [SQUARE]})
    by_region, by_position = feature(alert, "found"), feature(alert, geometry="position")
    assert by_region["geometry"]["type"] == "Polygon"
    assert by_region["properties"]["position"] == {"lat": 30.65, "lon": 104.05}
    assert by_region["properties"]["state"] == "found"
    assert by_position["geometry"] == {"type": "Point", "coordinates": [104.05, 30.65]}
    assert by_position["properties"]["region"] == by_region["geometry"]
    assert "state" not in by_position["properties"]
    inner = by_region["properties"]["region_50"]
    assert Polygon(inner["coordinates"][0]).exterior.is_ccw


@pytest.mark.parametrize(
    "region",
    [
        None,
        {"type": "Polygon"},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], ["a", 1]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [float("nan"), 1]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [10**400, 1]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [True, 1]]]},
        {"type": "Point", "coordinates": [0, 0]},
        {"type": "MultiPolygon", "coordinates": "text"},
        {"coordinates": 7},
    ],
)
def test_what_is_no_area_is_no_geometry(make_alert: Callable[..., Alert], region: Any) -> None:
    assert feature(make_alert(region=region))["geometry"] is None


@pytest.mark.parametrize("position", [None, {}, {"lat": 91.0, "lon": 0.0}, {"lat": "a", "lon": 1}])
def test_what_is_no_place_is_no_point(make_alert: Callable[..., Alert], position: Any) -> None:
    assert feature(make_alert(position=position), geometry="position")["geometry"] is None


def test_gdal_reads_the_golden_alerts(
    golden_alerts: list[Alert], gdal: Callable[..., dict[str, Any]]
) -> None:
    made = feature_collection(feature(alert) for alert in golden_alerts)
    (layer,) = gdal(msgspec.json.encode(made), "alerts.geojson").values()
    assert layer["crs"] == "EPSG:4326"
    assert len(layer["shapes"]) == len(golden_alerts)
    assert layer["fields"]["alert_id"] == [alert.alert_id for alert in golden_alerts]
    placed = [wkt for wkt in layer["shapes"] if wkt]
    assert len(placed) == sum(alert.region is not None for alert in golden_alerts)
    assert json.loads(msgspec.json.encode(made)) == json.loads(json.dumps(made))
