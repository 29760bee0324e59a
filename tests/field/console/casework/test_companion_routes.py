"""The search for companions by two admins: asked, approved, run once; all of it in the trail.

Long because one office, with its people and its alert, stands behind all of it.
"""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyotp
import pytest
from fastapi import Request

from detectors.alert.record import Alert
from field.console.access import Person
from field.console.alert_actions import done_by
from field.console.casework import companion_routes
from field.console.casework.companion_routes import Order
from field.console.casework.searching import Found
from field.console.store import Record
from tests.field.console.access.factors.authenticator import SECRET
from tests.field.console.full_console import Whole, golden, whole
from tests.field.console.guarded_app import PASSWORD, Browser
from tests.field.console.openapi.judge import Judge

T0 = 1_748_916_000_000
ALERT = "e" * 32
PATH = f"/api/alerts/{ALERT}/companions"
ORDER = {"order_number": "2026-0123"}
HOUR_MS = 3_600_000


class Office:
    """A console with three admins and a moving transmitter, and the clock that it goes by."""

    def __init__(self, console: Whole) -> None:
        self.console, self.now = console, T0
        console.app.state.clock = lambda: self.now
        for name in ("bo", "cy"):
            console.access.accounts.put(name, "admin", PASSWORD)
        self.ada, self.bo, self.cy = (console.logged_in(name) for name in ("ada", "bo", "cy"))

    def seen(self, minutes: int, revision: int = 1, since: int = 0) -> None:
        """The alert as it is after so many minutes; its track is known since that minute."""
        track = [(T0 + 60_000 * n, 30.6, 104.0 + 0.01 * n) for n in range(since, minutes + 1)]
        times = {"first_seen": T0, "last_seen": track[-1][0], "track": track}
        alert = msgspec.structs.replace(golden()[0], alert_id=ALERT, revision=revision, **times)
        value = msgspec.json.encode(alert)
        record = Record("fbs.alerts", 0, 9_000 + revision, T0, ALERT.encode(), value)
        self.console.store.take([record])

    def asked(self, by: Browser, **order: Any) -> str:
        answer = by.post(f"{PATH}/asks", json=ORDER | order)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["ask_id"])

    def decided(self, by: Browser, ask_id: str, approve: bool = True) -> tuple[int, str]:
        answer = by.post(f"{PATH}/asks/{ask_id}", json={"approve": approve})
        return answer.status_code, answer.json().get("state") or answer.json()["detail"]

    def run(self, by: Browser, **order: Any) -> tuple[int, str]:
        answer = by.post(PATH, json=ORDER | order)
        return answer.status_code, answer.json().get("detail", "")

    def added(self, by: Browser, name: str) -> Browser:
        """Somebody logged in by an account that ``by`` has made by the page."""
        account = {"name": name, "role": "admin", "password": PASSWORD}
        answer = by.post("/api/accounts", json=account)
        assert answer.status_code == 201, answer.text
        return self.console.logged_in(name)

    def set(self, by: Browser, name: str, **change: str) -> Browser:
        """Somebody logged in by an account that ``by`` has given a role or a password."""
        answer = by.ask("PATCH", f"/api/accounts/{name}", json=change)
        assert answer.status_code == 200, answer.text
        browser = Browser(self.console.app)
        browser.log_in(name, change.get("password", PASSWORD))
        return browser

    def trail(self) -> list[dict[str, Any]]:
        actions = self.ada.get("/api/audit").json()["actions"]
        return [one for one in reversed(actions) if one["alert_id"] == ALERT]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    nobody = Found(companions=[], records=0, complete=True)
    monkeypatch.setattr(companion_routes, "travelled_along", lambda *_: nobody)
    with whole(tmp_path, four_eyes="always") as console:
        office = Office(console)
        office.seen(minutes=30)
        yield office


def test_a_search_runs_once_after_another_admin_approved_it(office: Office) -> None:
    assert office.run(office.ada) == (
        409,
        "this search needs another admin's approval: ask for it, by asks",
    )
    ask_id = office.asked(office.ada)
    assert office.asked(office.ada) == ask_id, "the same ask again is that one"
    assert "no other admin" in office.run(office.ada)[1]
    assert office.decided(office.ada, ask_id)[0] == 403
    assert office.decided(office.bo, ask_id) == (200, "approved")
    assert office.decided(office.cy, ask_id, False)[0] == 409
    assert office.run(office.bo)[0] == 409, "it is the right of who asked"
    assert office.run(office.ada, within_m=500.0)[0] == 409, "another search"
    assert office.run(office.ada)[0] == 200
    assert office.run(office.ada) == (
        409,
        "its approval is used up: one approval is for one search; ask again",
    )
    done = [(one["action"], one["by"], one["details"].get("ask_id")) for one in office.trail()]
    assert done == [
        ("companions_ask", "ada", None),
        ("companions_approve", "bo", ask_id),
        ("companions", "ada", ask_id),
    ]
    _, approval, run = office.trail()
    assert run["details"]["approval_id"] == approval["action_id"]
    assert run["details"]["order_number"] == ORDER["order_number"]
    (shown,) = office.cy.get(f"{PATH}/asks").json()["asks"]
    assert (shown["state"], shown["decided_by"], shown["run_id"]) == (
        "used",
        "bo",
        run["action_id"],
    )


def test_answers_are_as_the_api_describes_them(office: Office) -> None:
    judge = Judge(office.ada.get("/openapi.json").json())
    operation = "/api/alerts/{alert_id}/companions"
    ask = office.ada.post(f"{PATH}/asks", json=ORDER)
    decision = f"{PATH}/asks/{ask.json()['ask_id']}"
    problems = judge.problems(f"POST {operation}/asks", ask)
    approval = office.bo.post(decision, json={"approve": True})
    problems += judge.problems(f"POST {operation}/asks/{{ask_id}}", approval)
    problems += judge.problems(f"POST {operation}", office.ada.post(PATH, json=ORDER))
    problems += judge.problems(f"POST {operation}", office.ada.post(PATH, json=ORDER))
    problems += judge.problems(f"GET {operation}/asks", office.cy.get(f"{PATH}/asks"))
    assert problems == []
    assert len(judge.judged) == 4


def _added(office: Office) -> Browser:
    return office.added(office.ada, "eve")


def _other_password(office: Office) -> Browser:
    return office.set(office.ada, "bo", password="another horse battery")


def _other_role(office: Office) -> Browser:
    return office.set(office.ada, "di", role="admin")


def _other_factor(office: Office) -> Browser:
    access = office.console.access
    now = access.accounts._clock()
    assert access.factors.add("bo", SECRET, pyotp.TOTP(SECRET).at(int(now))) is not None
    assert office.ada.ask("DELETE", "/api/accounts/bo/mfa").status_code == 204
    return office.console.logged_in("bo")


def _by_one_between(office: Office) -> Browser:
    return office.set(_added(office), "bo", password="another horse battery")


def _after_the_one_between_is_gone(office: Office) -> Browser:
    puppet = _by_one_between(office)
    assert office.ada.ask("DELETE", "/api/accounts/eve").status_code == 204
    return puppet


@pytest.mark.parametrize(
    "puppet_of",
    [
        *(_added, _other_password, _other_role, _other_factor),
        *(_by_one_between, _after_the_one_between_is_gone),
    ],
)
def test_one_admin_does_not_ask_and_approve_by_two_accounts(
    office: Office, puppet_of: Callable[[Office], Browser]
) -> None:
    ask_id = office.asked(office.ada)
    puppet = puppet_of(office)
    code, why = office.decided(puppet, ask_id)
    assert (code, "in one hand" in why) == (403, True)
    assert office.run(office.ada)[0] == 409
    other = office.asked(puppet, within_m=400.0)
    assert office.decided(office.ada, other)[0] == 403, "nor the other way round"
    assert office.decided(office.cy, ask_id) == (200, "approved")
    assert office.decided(office.cy, other) == (200, "approved")


def test_nor_by_two_that_the_same_admin_added(office: Office) -> None:
    one, other = (office.added(office.ada, name) for name in ("eve", "mal"))
    ask_id = office.asked(one)
    assert office.decided(other, ask_id)[0] == 403
    assert office.decided(other, ask_id, approve=False) == (200, "refused")


def test_what_runs_is_what_was_approved_even_where_the_alert_has_grown(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[Alert] = []

    def search(_kafka: Any, _hasher: Any, alert: Alert, _order: Any) -> Found:
        searched.append(alert)
        return Found(companions=[], records=0, complete=True)

    monkeypatch.setattr(companion_routes, "travelled_along", search)
    ask_id = office.asked(office.ada)
    span = {"revision": 1, "first_seen": T0, "last_seen": T0 + HOUR_MS // 2}
    office.seen(minutes=48 * 60, revision=2)
    (shown,) = office.bo.get(f"{PATH}/asks").json()["asks"]
    assert shown["span"].items() >= span.items(), "the approver sees it"
    assert office.decided(office.bo, ask_id) == (200, "approved")
    assert office.asked(office.ada) != ask_id, "of the grown alert is another ask"
    answer = office.ada.post(PATH, json=ORDER)
    assert answer.status_code == 200, answer.text
    (alert,) = searched
    assert (alert.first_seen, alert.last_seen) == (T0, T0 + HOUR_MS // 2)
    assert [ts for ts, _, _ in alert.track or ()] == [T0 + 60_000 * n for n in range(31)]
    asked, *_, run = office.trail()
    for held in (asked["details"], run["details"], answer.json()):
        assert {key: held[key] for key in span} == span
    assert run["details"]["ask_id"] == ask_id
    assert office.run(office.ada)[0] == 409, "the other one waits"


def test_an_approval_of_nothing_certain_lets_nothing_run(office: Office) -> None:
    """An ask of a release that didn't hold the span."""

    async def ask() -> str:
        request = Request({"type": "http", "app": office.console.app})
        search = Order(**ORDER).model_dump()
        action = done_by(Person("ada", "admin"), request, "companions_ask", ALERT, details=search)
        await office.console.app.state.publisher.act(action)
        return action.action_id

    assert office.decided(office.bo, asyncio.run(ask())) == (200, "approved")
    assert office.run(office.ada)[0] == 409


def test_a_span_in_which_too_little_moved_is_not_searched(office: Office) -> None:
    ask_id = office.asked(office.ada)
    office.decided(office.bo, ask_id)
    office.seen(minutes=90, revision=2, since=60)
    code, why = office.run(office.ada)
    assert (code, "too short" in why) == (422, True)
    assert [one["action"] for one in office.trail()] == ["companions_ask", "companions_approve"]


def test_of_two_runs_at_the_same_moment_one_has_the_approval(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_id = office.asked(office.ada)
    office.decided(office.bo, ask_id)
    approved = companion_routes._approved
    within = []

    async def slowly(*args: Any) -> Any:
        found = await approved(*args)
        within.append(found)
        if len(within) == 1:  # Another console's run, between the look and the record.
            app = office.console.app
            request = done_by(
                Person("ada", "admin"),
                args[0],
                "companions",
                ALERT,
                details={"ask_id": ask_id},
            )
            await app.state.publisher.act(request)
        return found

    monkeypatch.setattr(companion_routes, "_approved", slowly)
    assert office.run(office.ada) == (409, "this approval is used up; ask again")


def test_an_ask_ends_after_a_day_and_an_approval_after_an_hour(office: Office) -> None:
    late = office.asked(office.ada)
    office.now += 24 * HOUR_MS + 1
    assert office.decided(office.bo, late)[0] == 409
    assert office.asked(office.ada) != late
    (waiting,) = [
        one for one in office.bo.get(f"{PATH}/asks").json()["asks"] if one["state"] == "waiting"
    ]
    assert office.decided(office.bo, waiting["ask_id"]) == (200, "approved")
    office.now += HOUR_MS + 1
    assert "within an hour" in office.run(office.ada)[1]


def test_a_refused_ask_stays_refused(office: Office) -> None:
    ask_id = office.asked(office.ada)
    assert office.decided(office.bo, ask_id, approve=False) == (200, "refused")
    assert office.decided(office.cy, ask_id)[0] == 409
    assert office.run(office.ada) == (409, "this search was refused")
    assert office.decided(office.bo, "nothing")[0] == 404


def test_neither_tokens_nor_lower_roles_ask_or_approve(office: Office) -> None:
    ask_id = office.asked(office.ada)
    for name in ("bo", "di"):
        bearer = {"Authorization": f"Bearer {office.console.access.tokens.make(name, 'tests')}"}
        browser = Browser(office.console.app)
        for path, body in ((f"{PATH}/asks", ORDER), (f"{PATH}/asks/{ask_id}", {"approve": True})):
            assert browser.post(path, json=body, headers=bearer).status_code == 403
    assert office.decided(office.console.logged_in("di"), ask_id)[0] == 403
    assert [one["action"] for one in office.trail()] == ["companions_ask"]


def test_asks_that_wait_are_bounded(office: Office) -> None:
    for number in range(20):
        office.asked(office.ada, within_m=100.0 + number)
    answer = office.ada.post(f"{PATH}/asks", json=ORDER)
    assert answer.status_code == 409
    assert "20 asks wait" in answer.json()["detail"]
    assert office.ada.post(f"{PATH}/asks", json={"order_number": "aaa"}).status_code == 422


def test_without_the_setting_one_admin_does(tmp_path: Path, office: Office) -> None:
    settings = office.console.app.state.settings
    alone = msgspec.structs.replace(settings.console, four_eyes="never")
    office.console.app.state.settings = msgspec.structs.replace(settings, console=alone)
    assert office.run(office.ada)[0] == 200
    assert [one["action"] for one in office.trail()] == ["companions"]
