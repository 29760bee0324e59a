"""Complaints as monthly figures and cases; victims for guardians alone, each look on the trail."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detectors.acting.notice import VictimNotice
from field.console.calls import figures
from field.console.store.queries import complaints
from tests.field.call_alert import hashed
from tests.field.console.full_console import Whole, whole
from tests.field.console.guarded_app import Browser
from tests.field.console.loopback_console import Desk, desk
from tests.field.console.openapi.judge import Judge
from tests.field.console.topic_records import NOW

DAY_MS = 86_400_000


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path, guardians=["local"]) as found:
        yield found


def report(at: int, **more: Any) -> dict[str, Any]:
    """A complaint about a mobile number."""
    fields = {"ts": NOW - at * DAY_MS, "source": "12321", "about": "call", "number": "13812345678"}
    return fields | more


def notice(n: int, level: str = "deep", **more: Any) -> dict[str, Any]:
    """Of somebody who may be being defrauded."""
    made = VictimNotice(
        subscriber=hashed(900 + n),
        level=level,  # type: ignore[arg-type]
        reasons=("long_call", "rang_bank"),
        since=NOW - 60_000,
        ts=NOW - 50_000 + n,
        valid_until=NOW + 3_600_000,
        alert_ids=(f"{1:032x}",),
    )
    return dict(msgspec.to_builtins(made)) | more


def complain(console: Desk) -> None:
    row = {"ts": NOW, "prefix": "861381", "class": "mobile", "carrier": "Example"}
    console.take("number.register", row, key=b"861381")
    for at in (1, 2, 40):
        console.take("public.reports", report(at))
    console.take("public.reports", report(3, case_ref="r-1", category="police"))
    console.take("public.reports", report(3, about="url", number=None, url_domain="a.test"))
    console.take("public.reports", {"ts": NOW, "source": "nobody"})


def test_complaints_are_summed_up_by_month_class_and_carrier(console: Desk) -> None:
    complain(console)
    figures = console.get("/api/complaints/figures")["figures"]
    assert [(one["month"], one["complaints"], one["cases"]) for one in figures] == [
        ("2023-10", 1, 0),
        ("2023-11", 3, 1),
    ]
    assert (figures[1]["class"], figures[1]["carrier"]) == ("mobile", "Example")
    assert figures[1]["per_million"] is None
    by_class = console.get("/api/complaints/figures?by=class")["figures"]
    assert by_class[0]["carrier"] is None
    rows = list(csv.DictReader(io.StringIO(console.browser().get("/complaints.csv").text)))
    assert [row["complaints"] for row in rows] == ["1", "3"]
    assert console.get("/api/health")["unread"]["public.reports"] == 1


def test_figures_are_made_anew_only_when_something_has_come(
    console: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def counted(*given: Any) -> Any:
        made.append(given)
        return complaints.figures(*given)

    monkeypatch.setattr(figures, "figures", counted)
    complain(console)
    first = console.get("/api/complaints/figures")
    assert console.get("/api/complaints/figures") == first
    console.browser().get("/complaints.csv")
    assert len(made) == 1
    console.get("/api/complaints/figures?by=class")
    assert len(made) == 2
    console.take("public.reports", report(4))
    assert console.get("/api/complaints/figures")["figures"][1]["complaints"] == 4
    row = {"ts": NOW, "prefix": "861381", "class": "mobile", "carrier": "Other"}
    console.take("number.register", row, key=b"861381")
    assert console.get("/api/complaints/figures")["figures"][1]["carrier"] == "Other"
    assert len(made) == 4


def test_figures_go_back_no_farther_than_is_asked(console: Desk) -> None:
    complain(console)
    (month,) = console.get("/api/complaints/figures?months=1")["figures"]
    assert month["month"] == "2023-11"


def test_figures_cases_and_notices_of_a_replay_are_those_of_its_own_time(console: Desk) -> None:
    complain(console)
    console.take("fraud.victims", notice(1))
    console.app.state.clock = lambda: NOW + 540 * DAY_MS
    assert console.get("/api/complaints/figures")["figures"] == []
    assert console.get("/api/victims")["victims"] == []
    assert console.get("/api/number-cases")["cases"] == []
    console.app.state.status.behind_ms = 540 * DAY_MS
    assert console.get("/api/complaints/figures")["figures"][0]["month"] == "2023-10"
    assert len(console.get("/api/number-cases")["cases"]) == 1
    assert len(console.get("/api/victims")["victims"]) == 1


def test_a_complaint_opens_a_case_that_is_sent_answered_and_appealed(console: Desk) -> None:
    complain(console)
    (case,) = console.get("/api/number-cases")["cases"]
    assert (case["case_id"], case["answerable"]) == ("12321:r-1", "Example")
    path = f"/api/number-cases/{case['case_id']}/steps"
    for deed, state in (
        *(("dispatch", "dispatched"), ("answer", "answered"), ("close", "closed")),
        ("reopen", "open"),
    ):
        body = {"deed": deed} | ({"answer": "it was spoofed"} if deed == "answer" else {})
        done = console.browser().post(path, json=body)
        assert done.status_code == 200, done.text
        assert done.json()["case"]["state"] == state
    (figures,) = console.get("/api/complaints/figures?months=1")["figures"]
    assert (figures["dispatched"], figures["answered"], figures["closed"]) == (1, 1, 0)


def test_a_complaint_that_is_read_again_counts_once(console: Desk) -> None:
    console.take("public.reports", report(1))
    console.store.forget_offsets(["public.reports"], {})
    console.take("public.reports", report(1))
    (figures,) = console.get("/api/complaints/figures")["figures"]
    assert figures["complaints"] == 1


def test_who_complained_is_not_kept(console: Desk, tmp_path: Path) -> None:
    reporter = hashed(77)
    console.take("public.reports", report(1, reporter=reporter))
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not any(reporter.encode() in content for content in files)
    assert not any(b"13812345678" in content for content in files)


def test_a_guardian_sees_who_is_in_danger_the_deepest_first(console: Desk) -> None:
    console.take("fraud.victims", notice(1, "medium"))
    console.take("fraud.victims", notice(2, "deep"))
    console.take("fraud.victims", notice(3, "deep", valid_until=NOW - 1))
    answer = console.browser().get("/api/victims")
    assert Judge(console.get("/openapi.json")).problems("GET /api/victims", answer) == []
    found = answer.json()["victims"]
    assert [(one["subscriber"], one["level"]) for one in found] == [
        (hashed(902), "deep"),
        (hashed(901), "medium"),
    ]
    assert found[0]["reasons"] == ["long_call", "rang_bank"]
    assert found[0]["outcome"] is None
    assert len(console.get("/api/victims?level=medium")["victims"]) == 1


def test_each_look_is_on_the_trail_before_it_is_answered(console: Desk) -> None:
    console.get("/api/victims?level=deep")
    actions = console.get("/api/audit")["actions"]
    assert [(one["action"], one["by"], one["details"]) for one in actions] == [
        ("victims_look", "local", {"level": "deep", "limit": 500})
    ]


def test_what_came_of_it_is_shown_and_the_newest_word_counts(console: Desk) -> None:
    console.take("fraud.victims", notice(1))
    (one,) = console.get("/api/victims")["victims"]
    body = {name: one[name] for name in ("subscriber", "level", "since", "alert_ids")}
    for outcome in ("lost", "dissuaded"):
        done = console.browser().post("/api/victims/outcomes", json=body | {"outcome": outcome})
        assert done.status_code == 200, done.text
    assert console.get("/api/victims")["victims"][0]["outcome"] == "dissuaded"


def test_the_newest_notice_of_a_person_counts_and_what_is_over_is_forgotten(console: Desk) -> None:
    console.take("fraud.victims", notice(1, "deep", ts=NOW))
    console.take("fraud.victims", notice(1, "shallow", ts=NOW - 1000))
    assert console.get("/api/victims")["victims"][0]["level"] == "deep"
    later = notice(2, ts=NOW + 2 * 3_600_000, valid_until=NOW + 9 * 3_600_000)
    console.take("fraud.victims", later)
    assert [one["subscriber"] for one in console.get("/api/victims")["victims"]] == [hashed(902)]
    console.take("fraud.victims", {"subscriber": hashed(900)})
    assert console.get("/api/health")["unread"]["fraud.victims"] == 1


def test_notices_are_forgotten_when_their_topic_forgets_them(console: Desk) -> None:
    console.take("fraud.victims", notice(1), ts=NOW)
    console.store.forget_victims(NOW)
    assert len(console.get("/api/victims")["victims"]) == 1
    console.store.forget_victims(NOW + 1)
    assert console.get("/api/victims")["victims"] == []


def test_a_notice_with_a_clear_number_is_hashed(console: Desk) -> None:
    wrong = {"subscriber": "13812345678", "reasons": ["rang 13812345678"], "alert_ids": ["x"]}
    console.take("fraud.victims", notice(1, **wrong))
    answer = console.browser().get("/api/victims")
    assert len(answer.json()["victims"]) == 1
    assert "13812345678" not in answer.text
    assert answer.json()["victims"][0]["alert_ids"] == []


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with whole(tmp_path_factory.mktemp("people"), guardians=["Vera "]) as made:
        yield made


@pytest.mark.parametrize("name", ["fei", "di", "ada"])
def test_nobody_else_sees_victims_admins_neither(people: Whole, name: str) -> None:
    browser = people.logged_in(name)
    answer = browser.get("/api/victims")
    assert answer.status_code == 403
    assert browser.get("/api/me").json()["guardian"] is False


def test_a_guardian_sees_them_in_person_and_no_token_does(people: Whole) -> None:
    browser = people.logged_in("vera")
    assert browser.get("/api/me").json()["guardian"] is True
    assert browser.get("/api/victims").status_code == 200
    made = browser.post("/api/tokens", json={"label": "van", "days": 1, "scope": "viewer"})
    assert made.status_code in (200, 201), made.text
    program = Browser(people.app)
    headers = {"Authorization": f"Bearer {made.json()['token']}"}
    assert program.get("/api/victims", headers=headers).status_code == 403
