"""Every route of the whole console: closed to strangers, open to the right roles, with headers.

The routes are those that the app has, so that one which is new is tested too; the table of roles is
written by hand, and a route that isn't in it fails.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.datastructures import Headers

from field.alerts.life_cycle import Role
from field.console.access.person import ROLES
from tests.field.console.full_console import Whole, whole
from tests.field.console.guarded_app import NAMES, Browser

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
#: The least role that each may be asked by.
LEAST: dict[str, Role] = {
    "GET /api/me": "viewer",
    "POST /api/logout": "viewer",
    "POST /api/me/password": "viewer",
    "GET /api/me/sessions": "viewer",
    "POST /api/me/sessions/end": "viewer",
    "GET /api/me/mfa": "viewer",
    "POST /api/me/mfa": "viewer",
    "POST /api/me/mfa/confirm": "viewer",
    "POST /api/me/mfa/off": "viewer",
    "GET /api/tokens": "viewer",
    "POST /api/tokens": "viewer",
    "DELETE /api/tokens/{prefix}": "viewer",
    "GET /api/accounts": "admin",
    "POST /api/accounts": "admin",
    "PATCH /api/accounts/{name}": "admin",
    "DELETE /api/accounts/{name}": "admin",
    "DELETE /api/accounts/{name}/mfa": "admin",
    "GET /api/audit/access": "admin",
    "GET /api/alerts": "viewer",
    "GET /api/pins": "viewer",
    "GET /api/alerts/{alert_id}": "viewer",
    "POST /api/alerts/{alert_id}/actions": "field",
    "GET /api/stream": "viewer",
    "GET /api/audit": "dispatcher",
    "GET /api/health": "viewer",
    "GET /api/deliveries": "viewer",
    "GET /metrics": "viewer",
    "GET /api/measurements": "viewer",
    "POST /api/measurements": "field",
    "GET /api/cells": "viewer",
    "GET /api/home": "viewer",
    "GET /api/register-health": "viewer",
    "GET /api/campaigns": "viewer",
    "GET /api/campaigns/{campaign}": "viewer",
    "POST /api/numbers/look": "field",
    "GET /api/complaints/figures": "viewer",
    "GET /complaints.csv": "viewer",
    "GET /api/victims": "viewer",
    "GET /api/numbers/register": "viewer",
    "GET /numbers/register.csv": "viewer",
    "GET /numbers.csv": "viewer",
    "GET /alerts/{alert_id}.csv": "viewer",
    "GET /alerts/{alert_id}.stix": "viewer",
    "GET /api/cases": "viewer",
    "GET /api/cases/{case_id}": "viewer",
    "POST /api/cases/links": "dispatcher",
    "POST /api/proposals": "dispatcher",
    "GET /api/number-cases": "dispatcher",
    "POST /api/number-cases": "dispatcher",
    "POST /api/number-cases/{number_case}/steps": "dispatcher",
    "GET /api/victims/outcomes": "dispatcher",
    "POST /api/victims/outcomes": "dispatcher",
    "GET /api/alerts/{alert_id}/similar": "viewer",
    "POST /api/alerts/{alert_id}/companions": "admin",
    "POST /api/alerts/{alert_id}/companions/asks": "admin",
    "GET /api/alerts/{alert_id}/companions/asks": "admin",
    "POST /api/alerts/{alert_id}/companions/asks/{ask_id}": "admin",
    "GET /api/alerts/{alert_id}/evidence.zip": "dispatcher",
    "GET /api/rules/precision": "viewer",
    "GET /alerts.geojson": "viewer",
    "GET /alerts.kml": "viewer",
    "GET /network-link.kml": "viewer",
    "GET /alerts.gpx": "viewer",
    "GET /alerts/{alert_id}.gpx": "viewer",
    "GET /alerts/{alert_id}.cap": "viewer",
    "GET /api/feeds": "viewer",
    "POST /api/feeds": "viewer",
    "DELETE /api/feeds/{feed_id}": "viewer",
    "GET /schema/asyncapi.yaml": "viewer",
    "GET /schema/{topic}.json": "viewer",
    "GET /ogc/": "viewer",
    "GET /ogc/conformance": "viewer",
    "GET /ogc/collections": "viewer",
    "GET /ogc/collections/{name}": "viewer",
    "GET /ogc/collections/{name}/schema": "viewer",
    "GET /ogc/collections/{name}/schema.xsd": "viewer",
    "GET /ogc/collections/{name}/queryables": "viewer",
    "GET /ogc/collections/alerts/items": "viewer",
    "GET /ogc/collections/cells/items": "viewer",
    "GET /ogc/collections/measurements/items": "viewer",
    "GET /ogc/collections/alerts/items/{alert_id}": "viewer",
    "GET /ogc/collections/cells/items/{key}": "viewer",
    "GET /ogc/collections/measurements/items/{digest}": "viewer",
}
#: Credentials themselves, which strangers may send.
DOORS = (
    *("POST /api/login", "POST /api/act/{signed}"),
    *("GET /feeds/{secret}/{file}", "GET /feeds/{secret}/network-link.kml"),
)
#: Would never end here, or read topics; tests with a broker ask them.
ONLY_REFUSED = (
    *("GET /api/stream", "GET /api/alerts/{alert_id}/evidence.zip"),
    "POST /api/alerts/{alert_id}/companions",
)


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with whole(tmp_path_factory.mktemp("whole"), guardians=list(NAMES.values())) as made:
        yield made


def paths(routes: Any) -> Iterator[str]:
    """The paths of routes, also of those that were included or mounted."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from paths(inner.routes)
        elif getattr(route, "path", None) is not None:
            yield route.path


def filled(path: str, console: Whole) -> str:
    values = {
        "alert_id": console.alert_ids[0],
        "name": "alerts" if "ogc" in path else "nobody",
        "key": "lte-460-0-1-1",
        "digest": "00",
        "feed_id": "0123456789ab",
        "secret": "chf_nothing",
        "file": "alerts.kml",
        "topic": "fbs.alerts",
        "prefix": "chd_nothing",
        "signed": "x.y",
        "case_id": "c-1",
        "campaign": "c-1",
        "ask_id": "nothing",
        "number_case": "case-nothing",
        "language": "en",
    }
    return path.format_map(values)


def operations(console: Whole) -> Iterator[tuple[str, str]]:
    """Method and path of all that OpenAPI names."""
    for path, methods in console.app.openapi()["paths"].items():
        yield from ((method.upper(), path) for method in methods)


def all_paths(console: Whole) -> set[str]:
    found = {filled(path, console) for path in paths(console.app.routes)}
    return found | {
        *("/static/", "/static/index.html", "/static/../app.py", "/static/%2e%2e/app.py"),
        *("/favicon.ico", "/robots.txt", "/docs", "/redoc", "/metrics", "/nothing", "//", "/ogc"),
        *("/.well-known/security.txt", "/api", "/api/", "/api/login/", "/API/ME", "/api/me/"),
    }


def test_the_app_has_what_this_is_about(console: Whole) -> None:
    found = all_paths(console)
    assert len(found) > 40
    for path in ("/", "/openapi.json", "/static", "/basemap.pmtiles", "/api/stream", "/ogc/"):
        assert path in found


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_a_stranger_gets_in_nowhere(console: Whole, method: str) -> None:
    ended = console.logged_in("vera")
    cookies, csrf = ended.cookies, ended.csrf
    console.access.sessions.end(console.access.cookie_of(_headers(cookies)))
    strange = Browser(console.app)
    past = Browser(console.app)
    past.cookies, past.csrf = cookies, csrf
    wrong = {"Authorization": "Bearer chd_0123456789012345678901234567890123456789"}
    for path in sorted(all_paths(console)):
        for answer in (
            strange.ask(method, path),
            strange.ask(method, path, headers=wrong),
            past.ask(method, path),
        ):
            # Of addresses of feeds so many wrong ones a minute are looked up.
            refusals = (401, 403, 429) if path.startswith("/feeds/") else (401, 403)
            assert answer.status_code in refusals, (method, path)
            assert "default-src 'self'" in answer.headers["content-security-policy"]
            assert "vera" not in answer.text


def _headers(cookies: Any) -> Headers:
    text = "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies.jar)
    return Headers({"cookie": text})


def test_every_operation_is_in_the_table_of_roles(console: Whole) -> None:
    found = {f"{method} {path}" for method, path in operations(console)}
    assert found - set(LEAST) == set(DOORS)


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_the_table_of_roles_holds(console: Whole, role: Role) -> None:
    for operation, least in LEAST.items():
        method, path = operation.split(" ")
        browser = console.logged_in(NAMES[role])
        if operation in ONLY_REFUSED and ROLES.index(role) >= ROLES.index(least):
            continue
        status = browser.ask(method, filled(path, console)).status_code
        if ROLES.index(role) < ROLES.index(least):
            assert status == 403, operation
        else:
            assert status in (200, 201, 204, 404, 409, 422), operation


def test_what_changes_something_is_refused_without_the_pages_token(console: Whole) -> None:
    browser = console.logged_in("ada")
    browser.csrf = ""
    unsafe = [(method, path) for method, path in operations(console) if method != "GET"]
    assert len(unsafe) > 8
    for method, path in unsafe:
        if f"{method} {path}" in DOORS:
            continue
        answer = browser.ask(method, filled(path, console))
        assert answer.status_code == 403, path
        assert "X-CSRF-Token" in answer.json()["detail"]
    assert browser.get("/api/me").status_code == 200


def test_every_answer_to_an_admin_has_its_headers(console: Whole) -> None:
    browser = console.logged_in("ada")
    endless = {filled(operation.partition(" ")[2], console) for operation in ONLY_REFUSED}
    for path in sorted(all_paths(console) - endless):
        answer = browser.get(path)
        assert answer.status_code < 500, path
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'self'; ")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "geolocation=(self)" in answer.headers["permissions-policy"]
        assert answer.headers["content-type"]
        assert answer.headers["cache-control"] in ("no-store", "no-cache")
        assert "server" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers
