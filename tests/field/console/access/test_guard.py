"""The guard: nobody passes without being somebody, and no answer leaves without its headers."""

import base64
import hashlib
import re
from pathlib import Path

import httpx
import pytest
from starlette.datastructures import Headers

from field.alerts.life_cycle import Role
from field.console.access.network.headers import policy
from field.console.access.person import ROLES, Person
from streams.config.console import BasemapSettings
from tests.field.console.guarded_app import NAMES, Browser, Door, opened

STRANGE_PATHS = ("/", "/nothing", "//", "/api/login/", "/api/act", "/%2e%2e/etc/passwd", "/é", "/*")


def headers_are_strict(answer: httpx.Response) -> bool:
    policy = answer.headers["content-security-policy"]
    return (
        policy.startswith(("default-src 'self';", "default-src 'none';"))
        and "frame-ancestors 'none'" in policy
        and "unsafe" not in policy
        and answer.headers["x-content-type-options"] == "nosniff"
        and answer.headers["referrer-policy"] == "no-referrer"
        and answer.headers["cache-control"] == "no-store"
    )


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "TRACE", "BREW"])
def test_a_stranger_learns_of_no_path_whether_it_is_there(door: Door, method: str) -> None:
    for path in STRANGE_PATHS:
        answer = door.browser().ask(method, path)
        assert answer.status_code == 401, path
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert headers_are_strict(answer)


@pytest.mark.parametrize("person", ROLES)
def test_a_role_may_what_those_below_it_may(door: Door, person: Role) -> None:
    browser = door.logged_in(NAMES[person])
    for needed in ROLES:
        answer = browser.get(f"/for/{needed}")
        assert answer.status_code == (200 if ROLES.index(person) >= ROLES.index(needed) else 403)
        assert headers_are_strict(answer)
        assert Person("x", person).may(needed) == (answer.status_code == 200)


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_what_changes_something_needs_the_token_of_its_own_session(door: Door, method: str) -> None:
    browser, other = door.logged_in("fei"), door.logged_in("fei")
    assert browser.ask(method, "/for/field").status_code == 200
    for wrong in ("", "x", other.csrf, browser.csrf[:-1], "\u00e9"):
        headers = {"X-CSRF-Token": wrong.encode("latin-1")}
        assert browser.ask(method, "/for/field", headers=headers).status_code == 403
    assert browser.get("/api/me").json()["csrf"] == browser.csrf


def test_a_token_needs_no_page_and_stands_alone(door: Door) -> None:
    token = door.access.tokens.make("fei")
    bearer = {"Authorization": f"Bearer {token}"}
    assert door.browser().post("/for/field", headers=bearer).status_code == 200
    wrong = {"Authorization": "Bearer chd_wrong"}
    refused = door.logged_in("fei").get("/for/field", headers=wrong)
    assert refused.status_code == 401
    assert "this token is not known here, or has expired; make one" in refused.json()["detail"]
    for path in ("/api/tokens", "/api/me/password"):
        answer = door.browser().post(path, headers=bearer, json={"old": "x", "new": "y"})
        assert answer.status_code == 403, path


def test_without_accounts_this_computer_alone_is_answered(tmp_path: Path) -> None:
    with opened(tmp_path, people=False) as door:
        local = door.browser().get("/api/me").json()
        assert (local["name"], local["role"], local["open"]) == ("local", "admin", True)
        assert door.browser(origin="http://localhost:8340").get("/for/admin").status_code == 200
        rebound = door.browser(origin="http://evil.example:8340").get("/for/admin")
        assert rebound.status_code == 401
        assert "127.0.0.1" in rebound.json()["detail"]
        token = door.browser().get("/for/admin", headers={"Authorization": "Bearer chd_old"})
        assert token.status_code == 401
        assert "this token is not known here, or has expired; leave it" in token.json()["detail"]
        for name in ("X-Forwarded-For", "Forwarded", "Via"):
            assert door.browser().get("/for/admin", headers={name: "x"}).status_code == 401
        for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            assert door.browser().post("/for/admin", headers=headers).status_code == 403
        ours = {"Origin": "http://127.0.0.1:8340", "Sec-Fetch-Site": "same-origin"}
        assert door.browser().post("/for/admin", headers=ours).status_code == 200
        door.access.accounts.put("ada", "admin", "correct horse battery")
        assert door.browser().get("/for/admin").status_code == 401


def test_a_login_from_another_site_is_refused(door: Door) -> None:
    json = {"name": "fei", "password": "correct horse battery"}
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = door.browser().post("/api/login", json=json, headers=headers)
        assert answer.status_code == 403


PROXY = {"proxy_user_header": "X-Remote-User", "proxy_addresses": ("10.0.0.5", "fd00::/8")}


def test_a_proxy_names_its_user_and_nobody_else_does(tmp_path: Path) -> None:
    with opened(tmp_path, **PROXY) as door:
        named = {"X-Remote-User": "Fei"}
        for address, status in [("10.0.0.5", 200), ("::ffff:10.0.0.5", 200), ("fd00::1", 200)]:
            proxy = Browser(door.app, address=address)
            assert proxy.get("/for/field", headers=named).status_code == status
        for address in ("10.0.0.6", "127.0.0.1", "", "10.0.0.5.evil"):
            spoof = Browser(door.app, address=address)
            assert spoof.get("/for/field", headers=named).status_code == 401
            forwarded = named | {"X-Forwarded-For": "10.0.0.5"}
            assert spoof.get("/for/field", headers=forwarded).status_code == 401
        proxy = Browser(door.app, address="10.0.0.5")
        assert proxy.get("/for/field", headers={"X-Remote-User": "nobody"}).status_code == 401
        assert proxy.get("/for/dispatcher", headers=named).status_code == 403
        assert proxy.post("/for/field", headers=named).status_code == 403
        csrf = proxy.get("/api/me", headers=named).json()["csrf"]
        assert proxy.post("/for/field", headers=named | {"X-CSRF-Token": csrf}).status_code == 200


def test_a_header_that_is_there_twice_is_the_clients_own(tmp_path: Path) -> None:
    with opened(tmp_path, **PROXY) as door:
        twice = [("X-Remote-User", "ada"), ("X-Remote-User", "fei")]
        raw = [(name.lower().encode(), value.encode()) for name, value in twice]
        assert door.access.person(Headers(raw=raw), "10.0.0.5") is None


def test_no_proxy_is_believed_by_default(door: Door) -> None:
    for name in ("X-Remote-User", "Remote-User", "X-Forwarded-User"):
        assert door.browser().get("/for/viewer", headers={name: "ada"}).status_code == 401


def test_behind_a_proxy_each_client_has_its_own_attempts(tmp_path: Path) -> None:
    with opened(tmp_path, **PROXY) as door:
        proxy = Browser(door.app, address="10.0.0.5")

        def attempt(forwarded: str, name: str) -> int:
            json = {"name": name, "password": "wrong password"}
            headers = {"X-Forwarded-For": forwarded}
            return proxy.post("/api/login", json=json, headers=headers).status_code

        for number in range(10):
            assert attempt(f"198.51.100.{number}, 192.0.2.1", f"n{number}") == 401
        assert attempt("198.51.100.99, 192.0.2.1", "other") == 429
        assert attempt("192.0.2.2", "other") == 401


@pytest.mark.parametrize(
    ("language", "title", "button"), [("zh-CN,en;q=0.5", "zh-CN", "登录"), ("en", "en", "Log in")]
)
def test_who_opens_a_page_gets_the_login_page(
    door: Door, language: str, title: str, button: str
) -> None:
    headers = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": language}
    page = door.browser().get("/", headers=headers)
    assert page.status_code == 401
    assert headers_are_strict(page)
    assert f'<html lang="{title}">' in page.text
    assert f"<button>{button}</button>" in page.text
    style = re.search(r"<style>(.*?)</style>", page.text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page.headers["content-security-policy"]
    assert "script" not in page.headers["content-security-policy"]
    assert not re.search(r"style=|\son\w+=", page.text)


def test_what_a_page_fetches_gets_no_login_page(door: Door) -> None:
    for headers in ({"Accept": "*/*"}, {"Accept": "text/html", "Sec-Fetch-Mode": "cors"}):
        answer = door.browser().get("/api/me", headers=headers)
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "path", ['/"><script>alert(1)</script>', "/?x='onfocus='alert(1)", "//evil.example/"]
)
def test_a_path_cannot_write_into_the_login_page(door: Door, path: str) -> None:
    for site in ("none", "cross-site"):
        headers = {"Accept": "text/html", "Sec-Fetch-Site": site}
        page = door.browser().get(path, headers=headers).text
        assert "<script" not in page
        assert "'onfocus" not in page
        assert 'href="//' not in page
        assert ('<a href="/' in page) == (site == "cross-site")


def test_too_much_is_refused_announced_or_not(door: Door) -> None:
    browser = door.logged_in("fei")
    answer = browser.post("/for/field", headers={"Content-Length": "8388609"}, content=b"x")
    assert answer.status_code == 413
    headers = {"Content-Length": "9" * 30}
    assert browser.post("/for/field", headers=headers).status_code in (200, 413)


@pytest.mark.parametrize(
    ("source", "origin"),
    [
        ("https://{s}.tiles.example/{z}/{x}/{y}.png", "https://*.tiles.example"),
        ("http://10.0.0.1:8080/{z}/{x}/{y}", "http://10.0.0.1:8080"),
        ("/maps/city.pmtiles", None),
        ("https://a;script-src *//{z}", None),
        ("https://a b/{z}", None),
        ("javascript://x/{z}", None),
    ],
)
def test_tiles_are_allowed_from_where_the_settings_name(source: str, origin: str | None) -> None:
    made = policy(BasemapSettings(source=source))
    assert made.count("script-src") == 0
    if origin is None:
        assert made == policy(BasemapSettings())
    else:
        assert f"connect-src 'self' {origin};" in made


HSTS = "strict-transport-security"


def test_who_came_by_tls_comes_by_nothing_else(tmp_path: Path) -> None:
    with opened(tmp_path, public_url="https://console.example") as door:
        for path in ("/", "/api/me"):
            assert door.browser().get(path).headers[HSTS] == "max-age=31536000"
    with opened(tmp_path, people=False, **PROXY) as door:
        https = {"X-Forwarded-Proto": "https"}
        proxy = Browser(door.app, address="10.0.0.5")
        assert HSTS in proxy.get("/api/me", headers=https).headers
        assert HSTS not in proxy.get("/api/me").headers
        assert HSTS not in proxy.get("/api/me", headers={"X-Forwarded-Proto": "http"}).headers
        assert HSTS not in Browser(door.app, address="10.0.0.6").get("/x", headers=https).headers


def test_answers_of_the_api_are_no_pages(door: Door) -> None:
    fei = door.logged_in("fei")
    for answer in (fei.get("/api/me"), fei.get("/api/accounts"), door.browser().get("/api/me")):
        assert answer.headers["content-disposition"] == 'attachment; filename="api.json"'
    assert "content-disposition" not in fei.get("/for/field").headers
