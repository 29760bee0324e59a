"""Campaigns, numbers and their register in the API; a number that is typed is kept nowhere."""

import csv
import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.field.call_alert import CAMPAIGN, a_call_alert, hashed
from tests.field.console.calls.call_records import CALLBACK, CLEAR, NAMED, fill, scam
from tests.field.console.loopback_console import Desk, desk
from tests.field.console.topic_records import NOW


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as found:
        fill(found)
        yield found


def test_campaigns_are_listed_with_their_size(console: Desk) -> None:
    console.take("fbs.alerts", a_call_alert(5, campaign="d" * 32, status="closed"))
    first, second = console.get("/api/campaigns")["campaigns"]
    assert first["campaign"] == CAMPAIGN
    assert (first["alerts"], first["open"], first["numbers"]) == (2, 2, 4)
    assert first["kinds"] == ["fake_base_station", "scam_campaign"]
    assert (second["campaign"], second["open"]) == ("d" * 32, 0)


def test_a_campaign_shows_what_ties_numbers_and_the_station_together(console: Desk) -> None:
    one = console.get(f"/api/campaigns/{CAMPAIGN}")
    assert {alert["alert_id"] for alert in one["alerts"]} == {scam().alert_id, f"{70:032x}"}
    assert one["number_count"] == 4
    assert one["numbers"][-1]["role"] == "caller"
    assert all(n["alert_ids"] == [scam().alert_id] for n in one["numbers"])
    assert NAMED is not None
    shared = sorted([NAMED.name, hashed(101), hashed(102)])
    assert one["links"] == [{"kind": "trunk", "value": "gw-east", "numbers": shared}]
    assert one["ties"] == [{"alert_id": f"{70:032x}", "number": CALLBACK}]
    assert console.browser().get("/api/campaigns/nothing").status_code == 404


def test_numbers_of_earlier_revisions_stay_whatever_the_order(console: Desk) -> None:
    console.take("fbs.alerts", a_call_alert(6, 3, numbers=2, campaign="e" * 32))
    console.take("fbs.alerts", a_call_alert(6, 2, numbers=6, campaign="e" * 32))
    one = console.get(f"/api/campaigns/{'e' * 32}")
    assert one["number_count"] == 6


@pytest.mark.parametrize("typed", [CLEAR, f"+86 {CLEAR}", "0086-138-1234-5678"])
def test_a_typed_number_is_found_and_kept_nowhere(
    console: Desk, typed: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = console.browser().post("/api/numbers/look", json={"number": typed})
    known = answer.json()
    assert NAMED is not None
    assert known["number"] == NAMED.name
    assert (known["prefix"], known["length"]) == ("8613812", 13)
    assert known["plan"]["class"] == "mobile"
    assert [one["alert_id"] for one in known["alerts"]] == [scam().alert_id]
    assert [one["key"] for one in known["register"]] == [NAMED.name, "+861381"]
    assert known["register"][0]["rights"] == ["gw-1", "gw-2"]
    assert known["register"][0]["protected"] is True
    assert [(one["detector"], one["count"]) for one in known["findings"]] == [
        ("spoofed_ingress", 1)
    ]
    for text in (answer.text, caplog.text, *_files(tmp_path)):
        for clear in (typed, CLEAR):
            assert clear not in text


def _files(folder: Path) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [path.read_bytes().decode("latin-1") for path in files]


def test_a_hash_and_first_digits_are_looked_up_too(console: Desk) -> None:
    known = console.browser().post("/api/numbers/look", json={"number": hashed(101)}).json()
    assert known["prefix"] is None
    assert known["plan"] is None
    assert [one["role"] for one in known["alerts"]] == ["caller"]
    begun = console.browser().post("/api/numbers/look", json={"prefix": "+8610"}).json()
    assert [one["number"] for one in begun["numbers"]] == [hashed(101), hashed(102)]
    within = console.browser().post("/api/numbers/look", json={"prefix": "86138"}).json()
    assert [one["key"] for one in within["register"]] == ["+861381"]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"number": CLEAR, "prefix": "86"},
        {"prefix": CLEAR},
        {"number": "nobody"},
        {"number": 13812345678},
        {"number": CLEAR, "more": 1},
    ],
)
def test_what_is_wrong_is_refused_and_not_repeated(console: Desk, wrong: dict[str, object]) -> None:
    answer = console.browser().post("/api/numbers/look", json=wrong)
    assert answer.status_code == 422
    assert CLEAR not in answer.text


def test_what_people_did_about_its_alerts_is_shown(console: Desk) -> None:
    console.browser().post(f"/api/alerts/{scam().alert_id}/actions", json={"action": "acknowledge"})
    known = console.browser().post("/api/numbers/look", json={"number": CLEAR}).json()
    assert [one["action"] for one in known["actions"]] == ["acknowledge"]


def test_the_register_of_numbers_is_shown_and_taken_along(console: Desk) -> None:
    register = console.get("/api/numbers/register")
    assert NAMED is not None
    assert [row["key"] for row in register["rows"]] == ["+861381", "+8695588", NAMED.name]
    assert register["count"] == 3
    assert [row["key"] for row in console.get("/api/numbers/register?prefix=8695")["rows"]] == [
        "+8695588"
    ]
    text = console.browser().get("/numbers/register.csv").text
    assert CLEAR not in text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["prefix"] for row in rows] == ["861381", "8695588", NAMED.name]
    assert rows[1]["do_not_originate"] == "yes"


def test_a_row_without_a_value_is_no_more_and_a_wrong_one_is_counted(console: Desk) -> None:
    console.take("number.register", None, key=b"861381")
    console.take("number.register", None, key=CLEAR.encode())
    console.take("number.register", {"ts": NOW, "prefix": ""}, key=b"x")
    assert [row["key"] for row in console.get("/api/numbers/register")["rows"]] == ["+8695588"]
    assert console.get("/api/health")["unread"]["number.register"] == 1
