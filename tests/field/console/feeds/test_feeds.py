"""Feeds: who has the address reads what it is of, without a cookie, until it ends."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import httpx
import msgspec
import pytest

from field.console.access.credentials.feeds import MOST_DAYS, MOST_FEEDS, PER_MINUTE
from field.console.store import Record
from tests.field.call_alert import a_call_alert
from tests.field.console.full_console import Whole, whole
from tests.field.console.guarded_app import PASSWORD, Browser

KML = "{http://www.opengis.net/kml/2.2}"
DAY_S = 86_400.0


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Whole]:
    with whole(tmp_path) as made:
        yield made


def clock_of(console: Whole) -> Any:
    return console.access.accounts._clock


def shared(console: Whole, name: str = "fei", kind: str = "kml", **more: Any) -> dict[str, Any]:
    answer = console.logged_in(name).post("/api/feeds", json={"format": kind, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def opened(console: Whole, url: str) -> httpx.Response:
    """As a program that has nothing but the address."""
    parts = urlsplit(url)
    return Browser(console.app).get(f"{parts.path}?{parts.query}".rstrip("?"))


def test_a_network_link_leads_to_the_alerts_without_a_cookie(console: Whole) -> None:
    made = shared(console, label="van 3", refresh_s=5, filter={"severity": "critical,high"})
    link = opened(console, made["network_link"])
    assert link.status_code == 200
    assert "set-cookie" not in link.headers
    root = ElementTree.fromstring(link.content)
    assert root.findtext(f".//{KML}refreshMode") == "onInterval"
    assert root.findtext(f".//{KML}refreshInterval") == "5"
    href = root.findtext(f".//{KML}href")
    assert href == made["url"]
    # Google Earth adds what it looks at, and other programs what they please.
    alerts = opened(console, f"{href}?BBOX=116,39,117,40")
    assert alerts.headers["content-type"] == "application/vnd.google-earth.kml+xml"
    assert ElementTree.fromstring(alerts.content).findall(f".//{KML}Placemark")
    for answer in (link, alerts):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-robots-tag"] == "noindex"


def test_each_format_is_what_it_says(console: Whole) -> None:
    found = {
        kind: opened(console, shared(console, kind=kind)["url"])
        for kind in ("geojson", "csv", "cot")
    }
    features = found["geojson"].json()["features"]
    ids = {feature["id"] for feature in features}
    assert ids == set(console.alert_ids)
    rows = list(csv.DictReader(io.StringIO(found["csv"].text)))
    assert {row["alert_id"] for row in rows} == ids
    assert all(row["first_seen_iso"].endswith("Z") and int(row["first_seen"]) for row in rows)
    events = ElementTree.fromstring(found["cot"].content)
    uids = {event.get("uid", "") for event in events}
    live = {one["id"] for one in features if one["properties"]["status"] != "closed"}
    assert {f"cellhound.{one}" for one in live} <= uids


def test_a_stix_feed_is_one_bundle_of_the_alerts_with_numbers(console: Whole) -> None:
    assert "objects" not in opened(console, shared(console, kind="stix")["url"]).json()
    alerts = [a_call_alert(number) for number in (1, 2)]
    console.store.take(
        [
            Record("fbs.alerts", 1, at, one.ts, one.alert_id.encode(), msgspec.json.encode(one))
            for at, one in enumerate(alerts)
        ]
    )
    # Another feed: the same rests for a while after an answer that took long.
    objects = opened(console, shared(console, kind="stix")["url"]).json()["objects"]
    assert len({one["id"] for one in objects}) == len(objects)
    assert sum(one["type"] == "observed-data" for one in objects) == 2
    assert sum(one["type"] == "extension-definition" for one in objects) == 1


def test_a_feed_has_what_its_filter_chooses(console: Whole) -> None:
    everything = opened(console, shared(console, kind="geojson")["url"]).json()["features"]
    kind = everything[0]["properties"]["kind"]
    other = "sim_box" if kind != "sim_box" else "wangiri"
    for chosen, number in (({"kind": kind}, len(everything)), ({"kind": other}, 0)):
        url = shared(console, kind="geojson", filter=chosen)["url"]
        assert len(opened(console, url).json()["features"]) == number
    west = shared(console, kind="geojson", filter={"bbox": "0,0,1,1"})["url"]
    assert opened(console, west).json()["features"] == []


@pytest.mark.parametrize(
    "wanted",
    [
        {"format": "shp"},
        {"format": "kml", "days": MOST_DAYS + 1},
        {"format": "kml", "days": 0},
        {"format": "kml", "refresh_s": 1},
        {"format": "kml", "filter": {"severity": "Critical"}},
        {"format": "kml", "filter": {"colour": "red"}},
        {"format": "kml", "filter": {"bbox": "1,2"}},
    ],
)
def test_what_can_not_be_shared_is_refused(console: Whole, wanted: dict[str, Any]) -> None:
    answer = console.logged_in("fei").post("/api/feeds", json=wanted)
    assert answer.status_code == 422, answer.text
    assert console.access.feeds.all() == []


def test_the_secret_is_stored_and_shown_nowhere(console: Whole, tmp_path: Path) -> None:
    made = shared(console)
    secret = urlsplit(made["url"]).path.split("/")[2]
    assert len(secret) > 40
    listed = console.logged_in("fei").get("/api/feeds")
    assert secret not in listed.text
    assert [one["id"] for one in listed.json()["feeds"]] == [made["feed"]["id"]]
    # Whatever is refused by its address goes into no log either.
    assert opened(console, made["url"].replace("alerts.kml", "alerts.csv")).status_code == 404
    log = console.logged_in("ada").get("/api/audit/access")
    assert secret not in log.text
    [entry] = [one for one in log.json()["entries"] if one["event"] == "feed_made"]
    assert (entry["name"], made["feed"]["id"] in entry["detail"]) == ("fei", True)
    console.access.engine.dispose()
    files = [path for path in tmp_path.iterdir() if path.name.startswith("accounts.db")]
    assert files
    assert all(secret.encode() not in path.read_bytes() for path in files)


def test_somebody_who_does_more_to_an_address_than_read_leaves_no_secret_in_the_log(
    console: Whole,
) -> None:
    path = urlsplit(shared(console)["url"]).path
    for method in ("POST", "DELETE"):
        assert console.logged_in("vera").ask(method, path).status_code == 405
    assert console.logged_in("vera").get("/api/act/a-signed-link").status_code == 405
    log = console.logged_in("ada").get("/api/audit/access")
    assert path.split("/")[2] not in log.text
    assert "a-signed-link" not in log.text
    refused = [one["detail"] for one in log.json()["entries"] if one["event"] == "refused"]
    assert sorted(refused) == [
        "405 DELETE /feeds/...",
        "405 GET /api/act/...",
        "405 POST /feeds/...",
    ]


def test_a_feed_whose_filter_is_none_any_more_hides_no_others(console: Whole) -> None:
    shared(console)
    old, _ = console.access.feeds.make("fei", "kml", '{"colour": "red"}')
    fei = console.logged_in("fei")
    listed = fei.get("/api/feeds")
    assert listed.status_code == 200
    assert {one["id"]: one["asked"] for one in listed.json()["feeds"]}[old.id] == {"colour": "red"}
    assert fei.ask("DELETE", f"/api/feeds/{old.id}").status_code == 204


def test_a_feed_opens_itself_alone(console: Whole) -> None:
    secret = urlsplit(shared(console)["url"]).path.split("/")[2]
    stranger = Browser(console.app)
    for path in ("/api/alerts", "/alerts.kml", f"/api/feeds?secret={secret}", "/"):
        bearer = {"Authorization": f"Bearer {secret}"}
        assert stranger.get(path, headers=bearer).status_code == 401, path
    assert stranger.get(f"/feeds/{secret}/../../api/alerts").status_code in (401, 403, 404)
    assert stranger.post(f"/feeds/{secret}/alerts.kml").status_code == 401
    assert stranger.get(f"/feeds/{secret}/alerts.geojson").status_code == 404
    for wrong in ("chf_x", "x", secret[:-1], f"{secret}x", ""):
        assert stranger.get(f"/feeds/{wrong}/alerts.kml").status_code == 403, wrong


@pytest.mark.parametrize(
    "what", ["over", "taken back", "by an admin", "password", "account", "role"]
)
def test_a_feed_ends(console: Whole, what: str) -> None:
    made = shared(console, days=2)
    url, feed = made["url"], made["feed"]["id"]
    assert opened(console, url).status_code == 200
    accounts = console.access.accounts
    if what == "over":
        clock_of(console).now += 2 * DAY_S
    elif what == "taken back":
        assert console.logged_in("di").ask("DELETE", f"/api/feeds/{feed}").status_code == 404
        assert console.logged_in("fei").ask("DELETE", f"/api/feeds/{feed}").status_code == 204
    elif what == "by an admin":
        assert console.logged_in("ada").ask("DELETE", f"/api/feeds/{feed}").status_code == 204
        log = console.logged_in("ada").get("/api/audit/access").json()["entries"]
        assert [one["by"] for one in log if one["event"] == "feed_removed"] == ["ada"]
    elif what == "password":
        accounts.change("fei", password=f"{PASSWORD} anew")
    elif what == "account":
        accounts.remove("fei")
    else:
        accounts.change("fei", role="viewer")
    assert opened(console, url).status_code == 403
    if what != "role":
        assert console.access.feeds.all() == []


def test_who_may_not_share_makes_none(console: Whole) -> None:
    assert console.logged_in("vera").post("/api/feeds", json={"format": "kml"}).status_code == 403
    token = {"Authorization": f"Bearer {console.access.tokens.make('ada')}"}
    answer = Browser(console.app).post("/api/feeds", json={"format": "kml"}, headers=token)
    assert answer.status_code == 403
    assert console.logged_in("vera").get("/api/feeds").json()["may_share"] is False


def test_where_nobody_may_share_feeds_of_before_are_not_answered(tmp_path: Path) -> None:
    with whole(tmp_path) as console:
        url = shared(console, "ada")["url"]
    with whole(tmp_path, feeds="") as console:
        assert opened(console, url).status_code == 403
        assert (
            console.logged_in("ada").post("/api/feeds", json={"format": "kml"}).status_code == 403
        )


def test_a_maker_who_needs_a_second_factor_has_no_feeds_until_then(tmp_path: Path) -> None:
    with whole(tmp_path) as console:
        url = shared(console, "ada")["url"]
    with whole(tmp_path, require_mfa="admin") as console:
        assert opened(console, url).status_code == 403


def test_requests_are_bounded(console: Whole) -> None:
    url = shared(console, kind="csv")["url"]
    statuses = [opened(console, url).status_code for _ in range(PER_MINUTE + 1)]
    assert statuses == [200] * PER_MINUTE + [429]
    answer = opened(console, url)
    assert int(answer.headers["retry-after"]) > 0
    other = shared(console, kind="csv")["url"]
    assert opened(console, other).status_code == 200
    clock_of(console).now += 61
    assert opened(console, url).status_code == 200
    wrong = [opened(console, "/feeds/chf_x/alerts.csv").status_code for _ in range(12)]
    assert (wrong[0], wrong[-1]) == (403, 429)
    # Whoever guesses from there takes nothing from who has an address.
    assert opened(console, url).status_code == 200


def test_an_account_has_so_many_feeds(console: Whole) -> None:
    for _ in range(MOST_FEEDS):
        console.access.feeds.make("fei", "kml", "{}")
    answer = console.logged_in("fei").post("/api/feeds", json={"format": "kml"})
    assert answer.status_code == 422
    assert str(MOST_FEEDS) in answer.json()["detail"]


def test_it_is_noted_when_a_feed_was_used(console: Whole) -> None:
    url = shared(console)["url"]
    [before] = console.access.feeds.all()
    assert (before.used_s, before.uses) == (None, 0)
    for _ in range(3):
        opened(console, url)
    [after] = console.access.feeds.all()
    assert (after.used_s, after.uses) == (clock_of(console).now, 1)
    shown = console.logged_in("fei").get("/api/feeds").json()["feeds"][0]
    assert shown["used_iso"].endswith("Z")
    assert json.loads(json.dumps(shown["asked"])) == {}
