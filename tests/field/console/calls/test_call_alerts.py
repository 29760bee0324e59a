"""An alert about calls in the console: listed, not mapped, with its numbers, and taken along."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.field.call_alert import CAMPAIGN
from tests.field.console.calls.call_records import NAMED, fill, scam
from tests.field.console.loopback_console import Desk, desk
from tests.field.console.topic_records import everything

ID = scam().alert_id


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as found:
        for record in everything().records:
            if record.topic not in ("fbs.alerts", "fbs.actions"):
                found.take(record.topic, record.value, key=record.key)
        fill(found)
        yield found


def test_it_is_listed_with_its_newest_numbers_and_is_on_no_map(console: Desk) -> None:
    alerts = {one["alert_id"]: one for one in console.get("/api/alerts")["alerts"]}
    one = alerts[ID]
    assert one["position"] is None
    assert one["number_count"] == 4
    assert [n["role"] for n in one["newest_numbers"]] == ["impersonated", "caller", "caller"]
    assert one["headline_zh"].startswith("很可能是诈骗呼叫团伙")
    assert one["campaign"] == CAMPAIGN
    assert "number_count" not in alerts[f"{70:032x}"]
    assert ID not in [pin[0] for pin in console.get("/api/pins")["pins"]]
    assert len(console.get("/api/pins")["pins"]) == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=scam_campaign", 1),
        ("q=8610555", 1),
        (f"q={CAMPAIGN}", 2),
        (f"campaign={CAMPAIGN}", 2),
        ("campaign=nothing", 0),
        ("rat=lte", 1),
        ("bbox=116,39,118,41", 1),
    ],
)
def test_filters_find_it_by_kind_digits_and_campaign(console: Desk, query: str, found: int) -> None:
    assert len(console.get(f"/api/alerts?{query}")["alerts"]) == found


def test_all_of_it_is_shown_without_coordinates(console: Desk) -> None:
    one = console.get(f"/api/alerts/{ID}")
    assert NAMED is not None
    assert one["numbers"][0] == {
        **{"number": NAMED.name, "prefix": "8613812", "class": "mobile", "role": "caller"}
    }
    assert len(one["calls"]) == 5
    assert one["coordinates"] is None
    assert one["measurements"] == []
    assert [why["explanation_zh"] for why in one["why"]] == [
        "3 个号码：of numbers",
        "一组号码：of groups",
    ]
    assert "numbers" not in console.get(f"/api/alerts/{70:032x}")


def test_what_ties_it_to_the_rogue_station_is_shown_as_likeness(console: Desk) -> None:
    (similar,) = console.get(f"/api/alerts/{ID}/similar?days=3000")["similar"]
    assert similar["alert_id"] == f"{70:032x}"
    assert "same campaign" in json.dumps(similar)


def test_it_is_handled_like_any_other(console: Desk) -> None:
    done = console.browser().post(f"/api/alerts/{ID}/actions", json={"action": "acknowledge"})
    assert done.status_code == 200, done.text
    assert console.get(f"/api/alerts/{ID}")["state"] == "acknowledged"


@pytest.mark.parametrize(
    "path",
    [
        "/alerts.geojson",
        "/alerts.kml",
        "/alerts.gpx",
        f"/alerts/{ID}.gpx",
        f"/alerts/{ID}.cap",
        f"/alerts/{ID}.stix",
        f"/alerts/{ID}.csv",
        "/numbers.csv",
        "/ogc/collections/alerts/items",
        f"/ogc/collections/alerts/items/{ID}",
    ],
)
def test_every_export_takes_it(console: Desk, path: str) -> None:
    answer = console.browser().get(path)
    assert answer.status_code == 200, answer.text
    assert answer.content


def test_exports_say_what_it_is(console: Desk) -> None:
    features = {one["id"]: one for one in console.get("/alerts.geojson")["features"]}
    assert features[ID]["geometry"] is None
    assert features[f"{70:032x}"]["geometry"] is not None
    assert "left out: 1" in console.browser().get("/alerts.kml").text
    bundle = console.browser().get(f"/alerts/{ID}.stix")
    assert bundle.headers["content-type"] == "application/stix+json;version=2.1"
    assert bundle.json()["type"] == "bundle"
    assert console.browser().get(f"/alerts/{70:032x}.stix").status_code == 404
    rows = list(csv.DictReader(io.StringIO(console.browser().get("/numbers.csv").text)))
    assert [row["alert_id"] for row in rows] == [ID] * 4
