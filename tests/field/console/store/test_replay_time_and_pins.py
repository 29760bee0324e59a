"""What a map of all alerts asks for, and which time it is where the alerts are a replay's."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.field.console.loopback_console import Desk, desk
from tests.field.console.topic_records import NOW, alert

DAY_MS = 86_400_000


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as made:
        yield made


def pins(console: Desk, query: str) -> tuple[list[str], bool]:
    answer = console.get(f"/api/pins?{query}")
    assert answer["fields"][:3] == ["alert_id", "lat", "lon"]
    return [
        dict(zip(answer["fields"], row, strict=True))["alert_id"] for row in answer["pins"]
    ], answer["more"]


def test_pins_are_the_list_s_alerts_that_have_a_place_in_its_order(console: Desk) -> None:
    for number in range(6):
        console.take("fbs.alerts", alert(number, ts=NOW - number))
    console.take("fbs.alerts", alert(7, position=None, region=None))
    console.take("fbs.alerts", alert(8, status="closed"))
    query = "status=open,update"
    listed = [one["alert_id"] for one in console.get(f"/api/alerts?{query}")["alerts"]]
    placed = [one for one in listed if one != alert(7).alert_id]
    assert len(placed) == 6
    assert pins(console, query) == (placed, False)
    assert pins(console, f"{query}&limit=2") == (placed[:2], True)
    assert pins(console, f"{query}&severity=info") == ([], False)
    assert pins(console, f"{query}&at={NOW - 100}") == ([], False)


def life(arrival_ms: int, replay: bool) -> dict[str, Any]:
    feed = {"arrival_ms": arrival_ms, "heard_ms": NOW - 2000, "messages": 1, "dead_letters": 0}
    feeds = {"cell.measurements": feed}
    return {"worker": "w-1", "ts": NOW, "feeds": feeds, "replay": replay}


def test_a_replay_s_time_is_that_which_its_worker_has_come_to(console: Desk) -> None:
    console.take("fbs.health", life(NOW - 540 * DAY_MS, replay=True))
    health = console.get("/api/health")
    assert health["replay"] is True
    # Two seconds have gone since it was received, here and there.
    assert health["behind_ms"] == 540 * DAY_MS - 2000
    assert console.get("/api/alerts")["behind_ms"] == health["behind_ms"]
    assert console.get("/api/me")["behind_ms"] == health["behind_ms"]


def test_without_a_worker_it_is_that_of_the_newest_alert_of_those_that_came_last(
    console: Desk,
) -> None:
    for number, ts in enumerate((NOW - 3 * DAY_MS, NOW - 2 * DAY_MS, NOW - 4 * DAY_MS)):
        console.take("fbs.alerts", alert(number, ts=ts))
    assert console.get("/api/health")["behind_ms"] == 2 * DAY_MS


def test_what_is_live_is_not_behind(console: Desk) -> None:
    console.take("fbs.alerts", alert(1, ts=NOW - 5000))
    console.take("fbs.health", life(NOW - 2500, replay=False))
    health = console.get("/api/health")
    assert (health["replay"], health["behind_ms"]) == (False, 0)
