"""The console's API: alerts, what is done about them, readings, health; wrong requests too.

Long because all routes are asked of one console with the same alerts.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from field.console.routes.repeats import Repeats
from field.formats.words.moments import iso, moment
from geo.earth.sphere import great_circle_m
from geo.earth.zones import zone_of
from tests.field.console.loopback_console import Desk, desk
from tests.field.console.topic_records import (
    NOW,
    action,
    alert,
    cell,
    cell_key,
    everything,
    reading,
    register_health,
    wrong_row,
)

ONE = f"{1:032x}"


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as found:
        yield found


@pytest.fixture
def busy(console: Desk) -> Desk:
    """With some of everything."""
    for record in everything().records:
        console.take(record.topic, record.value, key=record.key)
    return console


def test_me_has_who_asks_and_what_the_page_needs(console: Desk) -> None:
    me = console.get("/api/me")
    assert (me["name"], me["role"], me["now"]) == ("local", "admin", NOW)
    assert me["basemap"] == {
        "kind": "none",
        "url": "",
        "datum": "wgs84",
        "attribution": "",
        "min_zoom": 0,
        "max_zoom": 19,
    }
    assert me["replay"] is False


def test_the_list_has_all_that_a_page_shows(busy: Desk) -> None:
    content = busy.get("/api/alerts")
    assert set(content) == {
        "alerts",
        "counts",
        "next",
        "as_of",
        "as_of_iso",
        "replay",
        "behind_ms",
        "last_event_id",
    }
    assert content["as_of"] == NOW
    first = content["alerts"][0]
    assert set(first) >= {
        *("alert_id", "revision", "status", "ts", "first_seen", "last_seen", "kind"),
        *("identities", "probability", "severity", "position", "region", "region_50"),
        *("region_level", "radius_m", "speed_mps", "bearing_deg", "devices", "reports"),
        *("headline", "headline_zh", "state", "assignee", "muted_until", "received_ms", "replay"),
    }
    assert "基站" in first["headline_zh"]
    assert [one["severity"] for one in content["alerts"][:2]] == ["critical", "critical"]


def test_pages_follow_by_the_cursor(busy: Desk) -> None:
    first = busy.get("/api/alerts?limit=4")
    second = busy.get(f"/api/alerts?limit=4&cursor={first['next']}")
    ids = [one["alert_id"] for one in first["alerts"] + second["alerts"]]
    assert len(set(ids)) == 6
    assert second["next"] is None


def test_a_list_goes_on_behind_an_alert_by_its_id(console: Desk) -> None:
    for number in range(6):
        console.take("fbs.alerts", alert(number, ts=NOW - number))
    ids = [one["alert_id"] for one in console.get("/api/alerts")["alerts"]]
    rest = console.get(f"/api/alerts?after={ids[2]}&limit=2")
    assert [one["alert_id"] for one in rest["alerts"]] == ids[3:5]
    assert console.get(f"/api/alerts?after={ids[-1]}")["alerts"] == []
    assert console.browser().get("/api/alerts?after=nobody").status_code == 422
    assert console.browser().get(f"/api/alerts?after={ids[0]}&at=1").status_code == 422


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("severity=critical", 2),
        ("severity=critical,high&state=new", 2),
        ("state=false_alarm", 1),
        ("operator=460-01&rat=lte", 2),
        ("operator=460-1", 2),
        ("bbox=116.435,39.8,116.445,40", 1),
        ("q=4104", 1),
        (f"from={NOW}", 0),
        (f"to={NOW}", 6),
        (f"at={NOW + 1000}", 6),
        (f"at={NOW}", 0),
        ("kind=sms_spammer", 0),
        ("status=open,update", 6),
    ],
)
def test_the_list_is_filtered_by_its_address(busy: Desk, query: str, found: int) -> None:
    assert len(busy.get(f"/api/alerts?{query}")["alerts"]) == found


def test_an_alert_has_all_that_is_known(busy: Desk) -> None:
    busy.take("cell.register", cell(7, lon=116.411), key=cell_key(7))
    content = busy.get(f"/api/alerts/{ONE}")
    assert content["revision"] == 3
    assert [row["revision"] for row in content["revisions"]] == [1, 2, 3]
    assert {"severity", "kind", "radius_m"} <= content["revisions"][0].keys()
    assert content["revisions"][0]["position"] == pytest.approx({"lat": 39.9, "lon": 116.41})
    [why] = content["why"]
    assert why["detector"] == "unknown_cell"
    assert why["explanation"] == "5 phones say so"
    assert why["explanation_zh"]
    assert content["coordinates"]["gcj02"]
    assert set(content["links"]) == {"geo", "amap", "tencent", "baidu", "apple", "google"}
    assert content["nearest_cell"]["key"] == "lte-460-0-4100-107"
    assert [row["bearing_to_deg"] for row in content["measurements"]] == [90.0] * 6
    assert [one["action"] for one in content["actions"]] == ["acknowledge", "false_alarm"]
    assert content["allowed"] == ["reopen"]
    assert content["case_id"] is None


def test_an_alert_without_a_place_has_none(console: Desk) -> None:
    console.take("fbs.alerts", alert(1, position=None, region=None, radius_m=None))
    content = console.get(f"/api/alerts/{ONE}")
    assert (content["coordinates"], content["links"], content["nearest_cell"]) == (None, None, None)
    assert content["measurements"] == []


def test_an_action_is_there_for_all_once_it_is_answered(console: Desk) -> None:
    console.take("fbs.alerts", alert(1))
    deed = {"action": "acknowledge", "note": "on my way, ring 13800138000", "action_id": "abcdefgh"}
    answer = console.browser().post(f"/api/alerts/{ONE}/actions", json=deed)
    assert answer.json() == {"action_id": "abcdefgh", "state": "acknowledged"}
    [content] = console.get(f"/api/alerts/{ONE}")["actions"]
    assert (content["by"], content["role"], content["ts"]) == ("local", "admin", NOW)
    assert "13800138000" not in content["note"]
    assert content["note"].startswith("on my way")
    again = console.browser().post(f"/api/alerts/{ONE}/actions", json=deed)
    assert again.json() == answer.json()
    assert len(console.publisher.sent("fbs.actions")) == 1


@pytest.mark.parametrize("name", ["460001234567890", "imei-352099001761481", "13812345678"])
def test_a_person_is_no_name_for_an_action(console: Desk, name: str) -> None:
    """The trail keeps it for ever, and hashed it would name another action."""
    console.take("fbs.alerts", alert(1))
    deed = {"action": "acknowledge", "action_id": name}
    answer = console.browser().post(f"/api/alerts/{ONE}/actions", json=deed)
    assert answer.status_code == 422
    assert "somebody's number" in answer.json()["detail"]
    assert console.publisher.sent("fbs.actions") == []


def test_what_the_life_cycle_forbids_answers_409_with_what_it_allows(console: Desk) -> None:
    console.take("fbs.alerts", alert(1))
    answer = console.browser().post(f"/api/alerts/{ONE}/actions", json={"action": "found"})
    assert answer.status_code == 409
    assert answer.json()["state"] == "new"
    assert answer.json()["allowed"] == [
        *("acknowledge", "arrive", "dispatch", "false_alarm", "honest_cell")
    ]
    assert console.publisher.sent("fbs.actions") == []


def test_who_comes_second_gets_a_conflict(console: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    console.take("fbs.alerts", alert(1))
    send = console.publisher._send

    async def late(topic: str, key: str, value: bytes) -> None:
        # Somebody else's action reaches the topic between our look and our write.
        monkeypatch.setattr(console.publisher, "_send", send)
        other = msgspec.json.encode(action("dispatch"))
        await send("fbs.actions", key, other)
        await send(topic, key, value)

    monkeypatch.setattr(console.publisher, "_send", late)
    answer = console.browser().post(f"/api/alerts/{ONE}/actions", json={"action": "acknowledge"})
    assert answer.status_code == 409
    assert answer.json()["state"] == "dispatched"
    accepted = [entry["accepted"] for entry in console.get("/api/audit")["actions"]]
    assert accepted == [False, True]
    assert console.publisher.sent("field.feedback") == []


@pytest.mark.parametrize(
    ("deed", "verdict", "muted_ms"),
    [
        ("false_alarm", "false_alarm", 24 * 3_600_000),
        ("honest_cell", "legitimate_cell", 30 * 86_400_000),
    ],
)
def test_a_verdict_goes_to_feedback_with_its_mute(
    console: Desk, deed: str, verdict: str, muted_ms: int
) -> None:
    console.take("fbs.alerts", alert(1))
    body = {"action": deed, "note": "a repeater", "lat": 39.9, "lon": 116.4}
    assert console.browser().post(f"/api/alerts/{ONE}/actions", json=body).status_code == 200
    [content] = console.publisher.sent("field.feedback")
    assert content == {
        **{"ts": NOW, "rx_ts": NOW, "alert_id": ONE, "verdict": verdict},
        **{"by": "local", "role": "admin", "note": "a repeater"},
        **{"lat": 39.9, "lon": 116.4, "action_id": content["action_id"]},
        **{"mute_until_ts": NOW + muted_ms, "mute_radius_m": 1000.0},
    }
    assert console.get("/api/alerts")["alerts"][0]["muted_until"] == NOW + muted_ms


def test_an_alert_that_is_opened_again_takes_its_verdict_back(console: Desk) -> None:
    console.take("fbs.alerts", alert(1))
    for deed in ("false_alarm", "reopen"):
        done = console.browser().post(f"/api/alerts/{ONE}/actions", json={"action": deed})
        assert done.status_code == 200
    outcome, withdrawn = console.publisher.sent("field.feedback")
    assert "withdrawn" not in outcome
    assert (withdrawn["verdict"], withdrawn["withdrawn"]) == ("false_alarm", True)
    assert "mute_until_ts" not in withdrawn
    shown = console.get("/api/alerts")["alerts"][0]
    assert (shown["state"], shown["muted_until"]) == ("acknowledged", None)


def test_a_note_and_an_assignee_leave_the_state(console: Desk) -> None:
    console.take("fbs.alerts", alert(1))
    for deed in ({"action": "note", "note": "x"}, {"action": "assign", "assignee": "van-2"}):
        answer = console.browser().post(f"/api/alerts/{ONE}/actions", json=deed)
        assert answer.json()["state"] == "new"
    assert console.get("/api/alerts")["alerts"][0]["assignee"] == "van-2"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"/api/alerts/{2:032x}/actions", {"action": "acknowledge"}, 404),
        (f"/api/alerts/{ONE}/actions", {"action": "explode"}, 422),
        (f"/api/alerts/{ONE}/actions", {}, 422),
        (f"/api/alerts/{ONE}/actions", [], 422),
        (f"/api/alerts/{ONE}/actions", {"action": "note", "lat": 91.0, "lon": 0.0}, 422),
        (f"/api/alerts/{ONE}/actions", {"action": "note", "more": 1}, 422),
        (f"/api/alerts/{ONE}/actions", {"action": "note", "note": "x" * 5000}, 422),
        (f"/api/alerts/{ONE}/actions", {"action": "link"}, 422),
        ("/api/measurements", {}, 422),
        ("/api/measurements", [], 422),
        ("/api/measurements", [{"rat": "lte"}], 422),
        ("/api/measurements", {"rat": "lte", "signal_dbm": -70.0}, 422),
        ("/api/measurements", {"rat": "lte", "arfcn": 1, "signal_dbm": "-70"}, 422),
        ("/api/measurements", {"rat": "lte", "arfcn": 1, "signal_dbm": -70.0, "lat": 1.0}, 422),
    ],
)
def test_a_wrong_request_is_refused_with_a_reason(
    console: Desk, path: str, body: Any, status: int
) -> None:
    console.take("fbs.alerts", alert(1))
    answer = console.browser().post(path, json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]
    assert not console.publisher.sent("fbs.actions")
    assert not console.publisher.sent("field.measurements")


@pytest.mark.parametrize(
    "body", [b'{"action":"note","lat":NaN,"lon":0}', b'{"action":"\\ud800"}', b"{", b"\xff"]
)
def test_a_body_that_is_no_json_is_refused(console: Desk, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    path = f"/api/alerts/{ONE}/actions"
    answer = console.browser().post(path, content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "query",
    [
        *("bbox=1,2,3", "bbox=a,b,c,d", "bbox=0,50,1,40", "bbox=0,0,999,1", "limit=0"),
        *("limit=10001", "at=-1", "at=x", f"at={2**63}", "cursor=xyz", "cursor=W10", "from=1.5"),
        *("severity=%00", "operator=<script>", f"q={'x' * 201}"),
    ],
)
def test_a_wrong_address_is_refused_with_a_reason(busy: Desk, query: str) -> None:
    answer = busy.browser().get(f"/api/alerts?{query}")
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"]


def test_readings_go_to_the_teams_topic_in_wgs84(console: Desk) -> None:
    body = [
        {"rat": "lte", "arfcn": 100, "signal_dbm": -71.5, "lat": 39.9, "lon": 116.4},
        {
            **{"rat": "gsm", "arfcn": 9, "signal_dbm": -60.0, "lat": 39.9, "lon": 116.4},
            **{"datum": "gcj02", "device": "460001234567890", "bearing_to_deg": 12.5, "ts": NOW},
        },
    ]
    answer = console.browser().post("/api/measurements", json=body)
    assert (answer.status_code, answer.json()) == (201, {"accepted": 2})
    plain, shifted = console.publisher.sent("field.measurements")
    assert plain == {"ts": NOW, "rx_ts": NOW, "device": "local", **body[0]}
    assert 0.0005 < abs(shifted["lon"] - 116.4) < 0.01
    assert shifted["device"].startswith("h-")
    assert "datum" not in shifted
    keys = [record.key for record in console.publisher.topics.records]
    assert keys == [b"local", shifted["device"].encode()]
    shown = console.get("/api/measurements?bbox=116,39,117,40")["measurements"]
    assert {row["device"] for row in shown} == {"local", shifted["device"]}


@pytest.mark.parametrize("restarted", [False, True])
def test_a_reading_with_its_time_that_comes_once_more_is_written_once(
    console: Desk, restarted: bool
) -> None:
    """The answer was lost in a tunnel, and the page sends it again; another is another."""
    one = {"rat": "lte", "arfcn": 100, "signal_dbm": -71.3, "lat": 39.9, "lon": 116.4, "ts": NOW}
    others = [one | {"ts": NOW - 1}, one | {"arfcn": 101}, one | {"signal_dbm": -60.0}]
    untimed = {name: value for name, value in one.items() if name != "ts"}
    for body in (one, one, [one, *others], others, untimed, untimed):
        if restarted:
            console.app.state.repeats = Repeats()
        answer = console.browser().post("/api/measurements", json=body)
        assert answer.status_code == 201
        assert answer.json() == {"accepted": len(body) if isinstance(body, list) else 1}
    written = console.publisher.sent("field.measurements")
    assert len(written) == 6
    assert [row["ts"] for row in written] == [NOW, NOW - 1, NOW, NOW, NOW, NOW]


def test_the_trail_has_when_something_was_done_that_waited_for_the_network(console: Desk) -> None:
    console.take("fbs.alerts", alert(1))
    for at, deed in ((NOW - 600_000, "acknowledge"), (NOW + 999_000, "dispatch")):
        body = {"action": deed, "done_ts": at}
        answer = console.browser().post(f"/api/alerts/{ONE}/actions", json=body)
        assert answer.status_code == 200, answer.text
    shown = console.get(f"/api/alerts/{ONE}")["actions"]
    found = {one["action"]: (one["ts"], one["details"]["done_ts"]) for one in shown}
    assert found == {"acknowledge": (NOW, NOW - 600_000), "dispatch": (NOW, NOW)}


def test_the_register_is_shown_as_points(busy: Desk) -> None:
    content = busy.get("/api/cells?bbox=116.3,39.8,116.5,40&limit=2")
    assert content["type"] == "FeatureCollection"
    assert [f["id"] for f in content["features"]] == ["lte-460-0-4100-100", "lte-460-0-4100-101"]
    assert content["features"][0]["geometry"] == {"type": "Point", "coordinates": [116.4, 39.9]}
    assert busy.get("/api/cells?bbox=0,0,1,1")["features"] == []


def test_a_map_begins_where_the_cells_are(console: Desk, busy: Desk) -> None:
    found = busy.get("/api/home")
    assert found["of"] == "register"
    west, south, east, north = found["box"]
    for feature in busy.get("/api/cells")["features"]:
        lon, lat = feature["geometry"]["coordinates"]
        assert west <= lon <= east
        assert south <= lat <= north


def test_wrong_rows_are_listed_by_kind_the_likeliest_first(busy: Desk) -> None:
    rows = [wrong_row(3, "missing"), wrong_row(4)]
    busy.take("fbs.register", register_health(rows, "other zone", left_out=5), key=b"other zone")
    content = busy.get("/api/register-health")
    assert [zone["zone"] for zone in content["zones"]] == ["other zone", "zone"]
    assert [zone["left_out"] for zone in content["zones"]] == [5, 0]
    assert content["counts"] == {"missing": 1, "site_displaced": 2, "retired": 1}
    numbers = [row["key"].rpartition("-")[2] for row in content["rows"]]
    assert numbers == ["4", "3", "2", "1"]
    [one] = busy.get("/api/register-health?kind=missing")["rows"]
    assert (one["key"], one["kind"]) == ("lte-460-0-4100-3", "missing")
    assert len(busy.get("/api/register-health?limit=2")["rows"]) == 2


def test_a_newer_audit_stands_instead_of_the_one_before(busy: Desk) -> None:
    busy.take("fbs.register", register_health([]), key=b"zone")
    content = busy.get("/api/register-health")
    assert (content["counts"], content["rows"]) == ({}, [])
    assert busy.get("/api/health")["unread"]["fbs.register"] == 1


def feed(console: Desk, topic: str = "cell.measurements") -> dict[str, Any]:
    [found] = [one for one in console.get("/api/health")["feeds"] if one["topic"] == topic]
    assert isinstance(found, dict)
    return found


def test_what_no_worker_reports_is_no_data_and_never_all_clear(console: Desk) -> None:
    assert feed(console)["state"] == "no data"
    one_feed = {"arrival_ms": NOW - 5, "heard_ms": NOW - 1000, "messages": 7, "dead_letters": 1}
    life = {"worker": "w-1", "ts": NOW, "feeds": {"cell.measurements": one_feed}}
    console.take("fbs.health", life)
    isos = {"last_arrival_iso": NOW - 5, "received_iso": NOW - 1000}
    assert feed(console) == {
        **{"topic": "cell.measurements", "last_arrival_ms": NOW - 5, "received_ms": NOW - 1000},
        **{name: iso(moment(ts)) for name, ts in isos.items()},
        **{"messages": 7, "dead_letters": 1, "silent": False, "state": "ok"},
    }
    assert feed(console, "sms.metadata")["state"] == "no data"
    one_feed["heard_ms"] = NOW - 60_001
    console.take("fbs.health", life)
    assert (feed(console)["state"], feed(console)["silent"]) == ("silent", True)


def test_a_worker_that_is_gone_does_not_count_any_more(console: Desk) -> None:
    one_feed = {"arrival_ms": NOW, "heard_ms": NOW, "messages": 1, "dead_letters": 0}
    life = {"worker": "w-1", "ts": NOW, "feeds": {"cell.measurements": one_feed}, "replay": True}
    console.take("fbs.health", life, ts=NOW - 60_001)
    assert feed(console)["state"] == "no data"
    health = console.get("/api/health")
    assert health["workers"][0]["silent"] is True
    assert health["replay"] is False


def test_a_clock_that_is_ahead_keeps_nobody_alive(console: Desk) -> None:
    """By a time an hour ahead, a dead worker would count as alive for one more hour."""
    ahead = NOW + 3_600_000
    one_feed = {"arrival_ms": NOW, "heard_ms": ahead, "messages": 1, "dead_letters": 0}
    life = {"worker": "w-1", "ts": ahead, "feeds": {"cell.measurements": one_feed}}
    console.take("fbs.health", life, ts=ahead)
    assert console.get("/api/health")["workers"][0]["silent"] is True
    assert feed(console)["state"] == "no data"
    console.take("fbs.health", life, ts=NOW)
    assert feed(console)["state"] == "silent"


def test_a_worker_that_reads_a_replay_is_shown(console: Desk) -> None:
    console.take("fbs.health", {"worker": "w-1", "ts": NOW, "feeds": {}, "replay": True})
    assert console.get("/api/health")["replay"] is True
    assert console.get("/api/alerts")["replay"] is True


def test_health_counts_what_cant_be_read_and_knows_sensors(busy: Desk) -> None:
    health = busy.get("/api/health")
    assert health["unread"]["fbs.alerts"] == 1
    [sensor] = health["sensors"]
    assert (sensor["device"], sensor["last_ts"], sensor["silent"]) == ("van-1", NOW + 9, False)


def test_what_was_learned_is_shown_once_a_zone_the_busiest_first(console: Desk) -> None:
    edge = {"zone": "a", "stage": "cold", "since_ms": NOW, "minutes": 2, "reports": 5, "sites": 1}
    city = edge | {
        "zone": "b",
        "stage": "hour",
        "minutes": 99,
        "reports": 700,
        "not_yet": ["areas"],
    }
    for worker, zones in (("w-1", [edge, city]), ("w-2", [edge | {"reports": 9}]), ("w-3", 7)):
        life = {"worker": worker, "ts": NOW, "feeds": {}, "learning": zones}
        console.take("fbs.health", life, ts=NOW)
    found = console.get("/api/health")["learning"]
    assert [(one["zone"], one["reports"]) for one in found] == [("b", 700), ("a", 9)]
    assert found[0].items() >= city.items()
    assert (found[0]["lat"], found[0]["lon"]) == (None, None)  # no zone of a place
    town = city | {"zone": zone_of(30.65, 104.07)}
    console.take("fbs.health", {"worker": "w-1", "ts": NOW, "feeds": {}, "learning": [town]})
    [placed] = [one for one in console.get("/api/health")["learning"] if one["lat"] is not None]
    assert great_circle_m(placed["lat"], placed["lon"], 30.65, 104.07) < 100_000


def test_channels_are_shown_by_their_deliveries(tmp_path: Path) -> None:
    from streams.config.channels import WebhookSettings
    from streams.config.settings import Settings

    with desk(tmp_path) as console:
        channel = WebhookSettings(name="post", url="http://127.0.0.1:1/x")
        console.app.state.status._settings = Settings(channels=(channel,))
        sent = {"channel": "post", "alert_id": ONE, "revision": 1, "attempts": 1}
        console.take("fbs.deliveries", sent | {"ts": NOW - 9, "outcome": "sent"})
        dead = {"ts": NOW, "outcome": "dead", "detail": "refused"}
        console.take("fbs.deliveries", sent | dead)
        [content] = console.get("/api/health")["channels"]
        assert (content["kind"], content["last_ok_ms"], content["last_error"]) == (
            "webhook",
            NOW - 9,
            "refused",
        )
        listed = console.get("/api/deliveries?channel=post&limit=1")["deliveries"]
        assert [one["outcome"] for one in listed] == ["dead"]


def test_the_trail_can_be_read_back_page_by_page(busy: Desk) -> None:
    first = busy.get("/api/audit?limit=2")
    second = busy.get(f"/api/audit?limit=2&before={first['next']}")
    content = [(one["action"], one["accepted"]) for one in first["actions"] + second["actions"]]
    assert content == [("false_alarm", True), ("found", False), ("acknowledge", True)]
    assert second["next"] is None


def test_an_unknown_alert_is_404(console: Desk) -> None:
    for path in (f"/api/alerts/{ONE}", f"/alerts/{ONE}.gpx", f"/alerts/{ONE}.cap"):
        assert console.browser().get(path).status_code == 404


def test_a_reading_that_the_worker_could_not_read_is_refused(console: Desk) -> None:
    body = reading(1) | {"area": 2**40, "arfcn": None}
    del body["rx_ts"]
    answer = console.browser().post("/api/measurements", json=body)
    assert answer.status_code == 422
    assert "mcc" in answer.json()["detail"]


def test_a_broken_alert_on_the_topic_spoils_nothing_for_the_others(console: Desk) -> None:
    """What one writer got wrong once stopped the list, the search for alike, and exports."""
    whole = [msgspec.to_builtins(alert(number)) for number in range(1, 12)]
    broken: list[dict[str, Any]] = [
        {"position": {}},
        {"position": {"lat": 999.0, "lon": -7777.0}},
        {"track": [[NOW, 2000.0, 3000.0]]},
        {"region": {"type": "Polygon", "coordinates": [[[None, None]]]}},
        {"ts": 10**17, "last_seen": 10**17},
        {"ts": -5, "first_seen": -10, "last_seen": -5},
        {"alert_id": "../../etc/passwd"},
        {"probability": -1.0},
        {"headline": "of 460001234567890, +86 138 1234 5678"},
    ]
    for content, more in zip(whole, [*broken, {}, {}], strict=True):
        console.take("fbs.alerts", msgspec.json.encode(content | more))
    listed = console.get("/api/alerts?limit=2")
    shown = [one["alert_id"] for one in listed["alerts"]]
    while listed["next"]:
        listed = console.get(f"/api/alerts?limit=2&cursor={listed['next']}")
        shown += [one["alert_id"] for one in listed["alerts"]]
    assert len(shown) == 7
    for alert_id in shown:
        for path in (f"/api/alerts/{alert_id}", f"/api/alerts/{alert_id}/similar"):
            console.get(path)
        assert console.browser().get(f"/alerts/{alert_id}.cap").status_code == 200
    assert console.get("/api/health")["unread"] == {"fbs.alerts": 4}
    assert "460001234567890" not in str(console.get("/api/alerts"))
    assert "1234 5678" not in str(console.get(f"/api/alerts/{9:032x}"))
