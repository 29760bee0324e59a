"""What people propose: in their name, on the trail, never against numbers that are left alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.field.console.loopback_console import Desk, desk
from tests.field.console.topic_records import NOW
from tests.streams.privacy.canary_forms import MSISDN

PATH = "/api/proposals"
NUMBER, HIM = "h-" + 24 * "a", "h-" + 24 * "e"
DAY_MS = 86_400_000


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as made:
        yield made


def post(console: Desk, **given: Any) -> httpx.Response:
    return console.browser().post(PATH, json={"reason": "the bank asked"} | given)


def test_a_proposal_has_who_proposed_it_an_expiry_and_an_appeal(console: Desk) -> None:
    given = post(console, action="block", about=NUMBER, days=2)
    assert given.status_code == 200, given.text
    (written,) = console.publisher.sent("fraud.actions")
    assert given.json()["proposal"].items() >= written.items()
    assert (written["action"], written["about"], written["by"]) == ("block", NUMBER, "local")
    assert written["expires"] - written["ts"] == 2 * DAY_MS
    assert written["reason"] == "the bank asked"
    assert written["appeal"]
    (entry,) = console.get("/api/audit")["actions"]
    assert (entry["action"], entry["details"]["about"]) == ("propose", NUMBER)


def test_it_lasts_as_is_set_and_a_person_stands_in_no_trail(console: Desk) -> None:
    assert post(console, action="stop_payment", about=HIM).status_code == 200
    (written,) = console.publisher.sent("fraud.actions")
    assert written["expires"] - written["ts"] == 2 * DAY_MS
    assert HIM not in console.browser().get("/api/audit").text


def test_numbers_that_are_left_alone_and_bare_ones_are_refused(console: Desk) -> None:
    number = NUMBER
    row = {"ts": NOW, "prefix": number, "protected": True}
    console.take("number.register", row, key=number.encode())
    assert post(console, action="block", about=number).status_code == 409
    assert post(console, action="restore", about=number).status_code == 200
    assert post(console, action="block", about=MSISDN).status_code == 422
    assert post(console, action="fly", about=NUMBER).status_code == 422
    assert post(console, action="trace", about=f"call {MSISDN}").status_code == 200
    sent = console.publisher.sent("fraud.actions")
    assert [one["action"] for one in sent] == ["restore", "trace"]
    assert MSISDN not in sent[1]["about"]
