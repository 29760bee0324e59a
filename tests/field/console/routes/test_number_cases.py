"""What came of reminding victims, and cases about numbers, at the console."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from tests.field.console.loopback_console import Desk, desk
from tests.streams.privacy.canary_forms import MSISDN, found

NUMBER, HIM = "h-" + 24 * "a", "h-" + 24 * "e"
CASES, OUTCOMES = "/api/number-cases", "/api/victims/outcomes"


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as made:
        yield made


def post(console: Desk, path: str, content: Any) -> httpx.Response:
    return console.browser().post(path, json=content)


def opened(console: Desk, **over: Any) -> str:
    given = post(console, CASES, {"number": NUMBER, "carrier": "own"} | over)
    assert given.status_code == 200, given.text
    return str(given.json()["case"]["case_id"])


def test_a_case_goes_its_way_and_every_step_is_in_the_trail(console: Desk) -> None:
    name = opened(console, source="12321", case_ref="A-1", category="loan")
    assert name == "12321:A-1"
    for deed in ({"deed": "dispatch"}, {"deed": "answer", "answer": "closed"}, {"deed": "close"}):
        given = post(console, f"{CASES}/{name}/steps", deed)
        assert given.status_code == 200, given.text
    (case,) = console.get(CASES)["cases"]
    assert (case["state"], case["sent_to"], case["answer"]) == ("closed", "own", "closed")
    done = [entry["action"] for entry in console.get("/api/audit")["actions"]]
    assert done == ["check_close", "check_answer", "check_dispatch", "check_open"]


def test_what_cannot_be_done_is_refused_and_written_nowhere(console: Desk) -> None:
    name = opened(console)
    for wanted, code in (({"deed": "answer"}, 409), ({"deed": "fly"}, 422), ({}, 422)):
        assert post(console, f"{CASES}/{name}/steps", wanted).status_code == code
    assert post(console, f"{CASES}/case-none/steps", {"deed": "close"}).status_code == 404
    opened(console, source="12321", case_ref="A-1")
    twice = post(console, CASES, {"number": NUMBER, "source": "12321", "case_ref": "A-1"})
    assert twice.status_code == 409
    assert len(console.publisher.sent("fbs.actions")) == 2


def test_no_bare_number_gets_in(console: Desk) -> None:
    assert post(console, CASES, {"number": MSISDN}).status_code == 422
    outcome = {"subscriber": MSISDN, "level": "deep", "since": 1, "outcome": "lost"}
    assert post(console, OUTCOMES, outcome).status_code == 422
    name = opened(console, category=f"of {MSISDN}", note=f"rang {MSISDN}", carrier=f"c {MSISDN}")
    post(console, f"{CASES}/{name}/steps", {"deed": "dispatch", "sent_to": f"x {MSISDN}"})
    post(console, f"{CASES}/{name}/steps", {"deed": "answer", "answer": f"y {MSISDN}"})
    assert console.get(CASES)["cases"][0]["state"] == "answered"
    assert found(msgspec.json.encode(console.publisher.sent("fbs.actions")).decode()) == set()


def test_what_came_of_a_notice_is_counted_and_the_person_not_kept(console: Desk) -> None:
    notice = {"subscriber": HIM, "level": "deep", "since": 1_748_916_000_000}
    for outcome in ("dissuaded", "lost"):
        given = post(console, OUTCOMES, notice | {"outcome": outcome, "alert_ids": ["5f" * 16]})
        assert given.status_code == 200, given.text
    other = notice | {"level": "medium", "outcome": "not_fraud"}
    post(console, OUTCOMES, other)
    counted = console.get(OUTCOMES)["outcomes"]
    assert sorted((row["level"], row["outcome"], row["count"]) for row in counted) == [
        ("deep", "lost", 1),
        ("medium", "not_fraud", 1),
    ]
    written = msgspec.json.encode(console.publisher.sent("fbs.actions")).decode()
    assert HIM not in written
    assert "5f5f" in written
    assert len(console.get("/api/audit")["actions"]) == 3
