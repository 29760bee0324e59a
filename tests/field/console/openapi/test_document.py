"""The OpenAPI document: valid, whole, of the code's own roles, and true of all answers."""

from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import validate

from tests.field.call_alert import CAMPAIGN
from tests.field.console.calls.call_records import CLEAR, fill
from tests.field.console.full_console import Whole, whole
from tests.field.console.guarded_app import PASSWORD
from tests.field.console.loopback_console import Desk, desk
from tests.field.console.openapi.judge import Judge
from tests.field.console.routes.test_every_route import DOORS, LEAST
from tests.field.console.topic_records import NOW, everything

ONE, TWO = f"{1:032x}", f"{2:032x}"
NUMBER = "h-" + 24 * "a"
#: Asked for in other tests: they never end, read topics, or need people of several kinds.
ELSEWHERE = {
    *("GET /api/stream", "GET /api/alerts/{alert_id}/evidence.zip", "POST /api/act/{signed}"),
    *("POST /api/alerts/{alert_id}/companions", "POST /api/alerts/{alert_id}/companions/asks"),
    *("POST /api/alerts/{alert_id}/companions/asks/{ask_id}", "POST /api/me/mfa/confirm"),
    *("POST /api/me/mfa/off", "DELETE /api/accounts/{name}/mfa", "GET /api/victims"),
    *("POST /api/me/sessions/end", "POST /api/me/password", "POST /api/logout"),
}


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("desk")) as found:
        for record in everything().records:
            found.take(record.topic, record.value, key=record.key)
        fill(found)
        yield found


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with whole(tmp_path_factory.mktemp("whole")) as made:
        yield made


@pytest.fixture(scope="module")
def judge(console: Desk) -> Judge:
    return Judge(console.get("/openapi.json"))


def test_the_document_is_valid(judge: Judge) -> None:
    validate(judge.document)


def test_every_operation_says_what_it_answers_and_who_may_ask(judge: Judge) -> None:
    for name, operation in judge.operations():
        good = [code for code in operation["responses"] if code < "300"]
        assert good, name
        for code in good:
            content = operation["responses"][code].get("content", {})
            if "application/json" in content:
                assert set(content["application/json"]["schema"]) == {"$ref"}, name
            else:
                assert content or code == "204", name
        for code, response in operation["responses"].items():
            if code >= "400":
                [error] = response["content"].values()
                assert error["schema"]["$ref"].endswith("/Error"), name
        if name in DOORS:
            assert operation["security"] == []
            continue
        assert operation["x-role"] == LEAST[name], name
        assert f"**{LEAST[name]}**" in operation["description"]
        assert {"401", "403"} <= set(operation["responses"]), name
        assert any("session" in way for way in operation["security"]), name


def test_the_ways_in_are_described(judge: Judge, people: Whole) -> None:
    schemes = judge.document["components"]["securitySchemes"]
    assert schemes["token"]["scheme"] == "bearer"
    assert (schemes["session"]["in"], schemes["session"]["name"]) == (
        "cookie",
        people.access.cookie,
    )
    paths = judge.document["paths"]
    assert paths["/api/alerts"]["get"]["security"] == [{"token": []}, {"session": []}]
    making = paths["/api/feeds"]["post"]["security"]
    assert making == [{"session": [], "csrf": []}], "a token makes no feeds"
    acting = paths["/api/alerts/{alert_id}/actions"]["post"]["security"]
    assert acting == [{"token": []}, {"session": [], "csrf": []}]


def test_lists_of_values_are_described_as_such(judge: Judge) -> None:
    parameters = judge.document["paths"]["/api/alerts"]["get"]["parameters"]
    [severity] = [one for one in parameters if one["name"] == "severity"]
    assert severity["schema"]["items"]["enum"][0] == "info"
    assert (severity["style"], severity["explode"]) == ("form", False)


def test_what_is_read_is_as_described(console: Desk, judge: Judge) -> None:
    values = {
        **{"alert_id": ONE, "key": "lte-460-0-4100-100", "name": "cells", "campaign": CAMPAIGN},
        **{"topic": "fbs.alerts", "digest": "", "case_id": "", "secret": "x", "file": "alerts.kml"},
    }
    readings = console.get("/ogc/collections/measurements/items")["features"]
    values["digest"] = readings[0]["id"]
    links = console.browser().post("/api/cases/links", json={"alert_ids": [ONE, TWO]})
    values["case_id"] = links.json()["case_id"]
    problems = judge.problems("POST /api/cases/links", links)
    for name, operation in judge.operations():
        if not name.startswith("GET ") or name in ELSEWHERE:
            continue
        answer = console.browser().get(name.removeprefix("GET ").format_map(values))
        problems += judge.problems(name, answer)
        for parameter in operation.get("parameters", ()):
            assert parameter["in"] in ("path", "query", "header")
    assert problems == []


def test_what_is_done_is_as_described(console: Desk, judge: Judge) -> None:
    act = f"/api/alerts/{TWO}/actions"
    asked: list[tuple[str, str, Any]] = [
        ("POST /api/alerts/{alert_id}/actions", act, {"action": "acknowledge", "note": "x"}),
        ("POST /api/alerts/{alert_id}/actions", act, {"action": "acknowledge"}),
        ("POST /api/alerts/{alert_id}/actions", act, {"action": "fly"}),
        ("POST /api/alerts/{alert_id}/actions", "/api/alerts/x/actions", {"action": "note"}),
        ("POST /api/numbers/look", "/api/numbers/look", {"number": CLEAR}),
        ("POST /api/numbers/look", "/api/numbers/look", {"prefix": "86"}),
        ("POST /api/number-cases", "/api/number-cases", {"number": NUMBER, "carrier": "own"}),
        (
            "POST /api/proposals",
            "/api/proposals",
            {"action": "block", "about": NUMBER, "reason": "x"},
        ),
        (
            "POST /api/victims/outcomes",
            "/api/victims/outcomes",
            {"subscriber": NUMBER, "level": "deep", "since": NOW, "outcome": "lost"},
        ),
        ("POST /api/feeds", "/api/feeds", {"format": "kml"}),
    ]
    problems = []
    for operation, path, body in asked:
        answer = console.browser().post(path, json=body)
        problems += judge.problems(operation, answer)
    reading = {"rat": "lte", "arfcn": 100, "signal_dbm": -71.5, "device": "nobody"}
    answer = console.browser().post("/api/measurements", json=reading)
    problems += judge.problems("POST /api/measurements", answer)
    [case] = console.get("/api/number-cases")["cases"]
    steps = f"/api/number-cases/{case['case_id']}/steps"
    answer = console.browser().post(steps, json={"deed": "dispatch"})
    problems += judge.problems("POST /api/number-cases/{number_case}/steps", answer)
    for path in ("/api/number-cases", "/api/victims/outcomes", "/api/audit", f"/api/alerts/{TWO}"):
        name = path.replace(TWO, "{alert_id}")
        problems += judge.problems(f"GET {name}", console.browser().get(path))
    assert problems == []


def test_accounts_tokens_and_feeds_are_as_described(people: Whole, judge: Judge) -> None:
    ada, account = people.logged_in("ada"), {"name": "nia", "role": "viewer", "password": PASSWORD}
    again = people.logged_in("ada")
    login = again.post("/api/login", json={"name": "ada", "password": PASSWORD})
    problems = judge.problems("POST /api/login", login)
    wrong = again.post("/api/login", json={"name": "ada", "password": "x"})
    problems += judge.problems("POST /api/login", wrong)
    for operation, path, body in (
        ("POST /api/accounts", "/api/accounts", account),
        ("POST /api/accounts", "/api/accounts", account),
        ("PATCH /api/accounts/{name}", "/api/accounts/nia", {"role": "field"}),
        ("POST /api/tokens", "/api/tokens", {"label": "x"}),
        ("POST /api/feeds", "/api/feeds", {"format": "csv", "filter": {"kind": "sim_box"}}),
        ("POST /api/feeds", "/api/feeds", {"format": "csv", "filter": {"kind": "sim"}}),
        ("POST /api/me/mfa", "/api/me/mfa", None),
        ("DELETE /api/accounts/{name}", "/api/accounts/nia", None),
        ("DELETE /api/accounts/{name}", "/api/accounts/nobody", None),
        ("DELETE /api/tokens/{prefix}", "/api/tokens/chd_x", None),
        ("DELETE /api/feeds/{feed_id}", "/api/feeds/0123456789ab", None),
    ):
        answer = ada.ask(operation.split(" ")[0], path, json=body)
        problems += judge.problems(operation, answer)
    for path in ("accounts", "tokens", "feeds", "me", "me/sessions", "me/mfa", "audit/access"):
        problems += judge.problems(f"GET /api/{path}", ada.get(f"/api/{path}"))
    assert problems == []


def test_refusals_are_as_described(people: Whole, judge: Judge) -> None:
    vera = people.logged_in("vera")
    stranger = people.logged_in("vera")
    stranger.cookies.clear()
    problems = []
    for operation, browser, path, status in (
        ("GET /api/alerts", stranger, "/api/alerts", 401),
        ("GET /api/accounts", vera, "/api/accounts", 403),
        ("GET /api/alerts/{alert_id}", vera, "/api/alerts/nothing", 404),
        ("GET /api/alerts", vera, "/api/alerts?severity=Critical&colour=red", 422),
        ("GET /api/alerts", vera, "/api/alerts?limit=0", 422),
        ("GET /ogc/collections/{name}", vera, "/ogc/collections/nothing", 404),
        ("GET /ogc/collections/cells/items", vera, "/ogc/collections/cells/items?x=1", 400),
    ):
        answer = browser.get(path)
        assert answer.status_code == status, path
        problems += judge.problems(operation, answer)
    assert problems == []


def test_hardly_an_operation_was_left_out(judge: Judge) -> None:
    """Runs last: by then the tests above have held an answer of all others against the document."""
    left = {name for name, _ in judge.operations()} - judge.judged - ELSEWHERE
    gone = {"POST /api/measurements", "DELETE /api/tokens/{prefix}", "DELETE /api/feeds/{feed_id}"}
    formats = {"GET /alerts/{alert_id}.stix", "GET /feeds/{secret}/{file}"}
    assert left <= gone | formats | {"GET /feeds/{secret}/network-link.kml"}
