"""Alerts as GeoJSON: the newest revision of each, as RFC 7946 wants it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from shapely.geometry import shape

from detectors.alert.record import Alert
from detectors.model.finding import Identity
from field.formats import geojson
from replay.alert_files import write_alerts, write_geojson
from tests.field.call_alert import a_call_alert

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[104.0, 30.6], [104.1, 30.6], [104.1, 30.7], [104.0, 30.7], [104.0, 30.6]]],
}


def alert(alert_id: str = "a", region: dict[str, Any] | None = SQUARE, **more: Any) -> Alert:
    fields: dict[str, Any] = {
        "alert_id": alert_id,
        "revision": 2,
        "status": "update",
        "ts": 1748916600000,
        "first_seen": 1748916500000,
        "last_seen": 1748916590000,
        "kind": "sms_spammer",
        "identities": [Identity("gsm", 460, 0, 61234)],
        "probability": 0.9,
        "severity": "high",
        "position": {"lat": 30.65, "lon": 104.05} if region else None,
        "region": region,
        "region_level": 0.9,
        "radius_m": 120.0 if region else None,
        "track": [(1748916590000, 30.65, 104.05)] if region else None,
        "speed_mps": None,
        "bearing_deg": None,
        "devices": 9,
        "reports": 12,
        "evidence": [],
        "headline": "A sentence, with a “quote” and a ünicode letter.",
    }
    return Alert(**(fields | more))


def feature_collection(alerts: Iterable[Alert]) -> dict[str, Any]:
    return geojson.feature_collection(geojson.feature(alert) for alert in alerts)


def test_a_feature_has_the_region_as_its_geometry_and_all_other_fields_as_properties() -> None:
    one = alert()
    (feature,) = feature_collection([one])["features"]
    assert (feature["type"], feature["id"]) == ("Feature", "a")
    assert feature["geometry"] == SQUARE
    whole = msgspec.to_builtins(one)
    texts = {"ts_iso", "first_seen_iso", "last_seen_iso"}
    assert set(feature["properties"]) == set(whole) - {"region"} | texts
    names = set(feature["properties"]) - texts - {"evidence"}
    assert all(feature["properties"][name] == whole[name] for name in names)
    shares = zip(feature["properties"]["evidence"], whole["evidence"], strict=True)
    assert all(shown.items() >= share.items() for shown, share in shares)


def test_an_alert_without_a_place_has_no_geometry() -> None:
    (feature,) = feature_collection([alert(region=None)])["features"]
    assert feature["geometry"] is None
    assert feature["properties"]["position"] is None


@pytest.mark.parametrize("count", [0, 1, 3])
def test_there_are_as_many_features_as_alerts(count: int) -> None:
    made = feature_collection(alert(str(number)) for number in range(count))
    assert made["type"] == "FeatureCollection"
    assert [feature["id"] for feature in made["features"]] == [str(n) for n in range(count)]


def test_the_file_is_utf_8_json_indented_for_people(tmp_path: Path) -> None:
    path = tmp_path / "alerts.geojson"
    alerts = [alert(), alert("b", None)]
    write_geojson(path, alerts)
    text = path.read_text("utf-8")
    assert json.loads(text) == json.loads(msgspec.json.encode(feature_collection(alerts)))
    assert text.endswith("}\n")
    assert text.count("\n") > 50
    assert "ünicode" in text
    assert shape(json.loads(text)["features"][0]["geometry"]).area == pytest.approx(0.01)


def test_an_alert_about_calls_is_a_feature_without_geometry(tmp_path: Path) -> None:
    assert write_alerts(tmp_path, [a_call_alert(), a_call_alert(1, 2)]) == [a_call_alert(1, 2)]
    (feature,) = json.loads((tmp_path / "alerts.geojson").read_bytes())["features"]
    assert feature["geometry"] is None
    assert len(feature["properties"]["numbers"]) == 4
    lines = (tmp_path / "alerts.jsonl").read_bytes().splitlines()
    assert [msgspec.json.decode(line, type=Alert).revision for line in lines] == [1, 2]
