"""Second factors are set up, switched off, reset by an admin, and required by role."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from field.console.access.factors.codes import RECOVERY_CODES
from tests.field.console.access.factors.authenticator import code_at, events, given, log_in
from tests.field.console.guarded_app import PASSWORD, Browser, Door, opened

HTML = {"Accept": "text/html"}


def set_up(browser: Browser, door: Door, **more: Any) -> tuple[httpx.Response, str]:
    begun = browser.post("/api/me/mfa").json()
    code = code_at(door, secret=begun["secret"])
    sent = {"slip": begun["slip"], "password": PASSWORD, "code": code} | more
    return browser.post("/api/me/mfa/confirm", json=sent), begun["secret"]


def test_ones_own_is_set_up_and_switched_off(door: Door) -> None:
    browser, other = door.logged_in("fei"), door.logged_in("fei")
    begun = browser.post("/api/me/mfa").json()
    assert begun["uri"].startswith(f"otpauth://totp/cellhound:fei?secret={begun['secret']}")
    assert browser.get("/api/me/mfa").json() == {"on": False, "recovery_codes": 0}
    for wrong in ({"code": "000000"}, {"password": "wrong password"}):
        assert set_up(browser, door, **wrong)[0].status_code == 403
    assert set_up(browser, door, slip="x")[0].status_code == 409
    done, secret = set_up(browser, door)
    codes = done.json()["recovery_codes"]
    assert (done.status_code, len(codes)) == (200, RECOVERY_CODES)
    assert browser.get("/api/me/mfa").json() == {"on": True, "recovery_codes": RECOVERY_CODES}
    assert other.get("/for/viewer").status_code == 401
    assert browser.post("/api/me/mfa").status_code == 409
    door.clock.now += 90
    for wrong in (
        {"password": "wrong password", "code": code_at(door, secret=secret)},
        {"password": PASSWORD, "code": "000000"},
        {"password": PASSWORD, "code": ""},
    ):
        assert browser.post("/api/me/mfa/off", json=wrong).status_code == 403
    right = {"password": PASSWORD, "code": codes[0]}
    assert browser.post("/api/me/mfa/off", json=right).status_code == 204
    assert browser.get("/for/viewer").status_code == 401
    again = door.logged_in("fei")
    assert again.get("/for/field").status_code == 200
    assert again.post("/api/me/mfa/off", json=right).status_code == 409
    assert {("mfa_added", "fei", ""), ("mfa_removed", "fei", "")} <= set(events(door))


def test_what_another_session_began_cannot_be_ended(door: Door) -> None:
    begun = door.logged_in("fei").post("/api/me/mfa").json()
    sent = {"slip": begun["slip"], "password": PASSWORD}
    sent["code"] = code_at(door, secret=begun["secret"])
    for name in ("fei", "vera"):
        browser = door.logged_in(name)
        assert browser.post("/api/me/mfa/confirm", json=sent).status_code == 409
        browser.csrf = ""
        assert browser.post("/api/me/mfa/confirm", data=sent).status_code == 303
    assert door.access.factors.names() == set()


def test_no_token_sets_one_up_or_switches_it_off(door: Door) -> None:
    bearer = {"Authorization": f"Bearer {door.access.tokens.make('fei')}"}
    for path in ("/api/me/mfa", "/api/me/mfa/confirm", "/api/me/mfa/off"):
        body = {"password": PASSWORD, "code": "1"}
        assert door.browser().post(path, headers=bearer, json=body).status_code == 403


def test_without_accounts_there_is_nobody_to_have_one(tmp_path: Path) -> None:
    with opened(tmp_path, people=False) as door:
        assert door.browser().post("/api/me/mfa").status_code == 409


def test_an_admin_resets_anothers_and_not_their_own(door: Door) -> None:
    given(door)
    given(door, "ada")
    browser, ada = door.browser(), door.browser()
    assert log_in(browser, code_at(door)).status_code == 200
    assert log_in(ada, code_at(door), name="ada").status_code == 200
    rows = {row["name"]: row["mfa"] for row in ada.get("/api/accounts").json()["accounts"]}
    assert rows == {"ada": True, "di": False, "fei": True, "vera": False}
    assert ada.ask("DELETE", "/api/accounts/ada/mfa").status_code == 409
    assert browser.ask("DELETE", "/api/accounts/ada/mfa").status_code == 403
    assert ada.ask("DELETE", "/api/accounts/fei/mfa").status_code == 204
    assert ada.ask("DELETE", "/api/accounts/fei/mfa").status_code == 404
    assert browser.get("/for/viewer").status_code == 401
    assert log_in(door.browser()).status_code == 200
    assert ("mfa_removed", "ada", "") in events(door)


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Door]:
    """A door where dispatchers and admins must have a second factor."""
    with opened(tmp_path, require_mfa="dispatcher") as door:
        yield door


def test_an_account_that_must_have_one_gets_only_as_far_as_to_set_it_up(strict: Door) -> None:
    assert strict.logged_in("fei").get("/for/field").status_code == 200
    token = strict.access.tokens.make("di", scope="viewer")
    bearer = {"Authorization": f"Bearer {token}"}
    di = strict.logged_in("di")
    for method, path in (
        *(("GET", "/for/viewer"), ("GET", "/api/me"), ("GET", "/api/stream"), ("GET", "/nothing")),
        *(("POST", "/for/field"), ("POST", "/api/tokens"), ("POST", "/api/me/password")),
    ):
        answer = di.ask(method, path, json={"old": PASSWORD, "new": PASSWORD + "!"})
        assert answer.status_code == 403, path
        assert "needs a second factor (console.require_mfa)" in answer.json()["detail"]
    for method, path in (("GET", "/for/viewer"), ("POST", "/api/me/mfa"), ("POST", "/api/logout")):
        answer = strict.browser().ask(method, path, headers=bearer)
        assert (answer.status_code, "second factor" in answer.text) == (403, True)
    link = "/api/act/" + strict.access.action_link("a-1", "arrive", 60, "di").rpartition("/")[2]
    assert strict.browser().post(link).status_code == 403
    assert set_up(di, strict)[0].status_code == 200
    assert di.get("/for/dispatcher").status_code == 200
    assert strict.browser().get("/for/viewer", headers=bearer).status_code == 200
    assert strict.browser().post(link).status_code == 200


def test_the_page_sets_it_up_without_scripts(strict: Door) -> None:
    di = strict.logged_in("di")
    csrf, di.csrf = di.csrf, ""
    page = di.get("/?q=<x>", headers=HTML)
    assert page.status_code == 403
    assert "script" not in page.headers["content-security-policy"]
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    secret = re.search(r"<code>(\w+)</code>", page.text)
    assert secret is not None
    assert f"secret={secret[1]}" in page.text
    form = {"slip": hidden["slip"], "next": "/?q=1", "password": PASSWORD}
    wrong = di.post("/api/me/mfa/confirm", data=form | {"code": "000000"})
    assert (wrong.status_code, secret[1] in wrong.text) == (403, True)
    assert "The code isn't right" in wrong.text
    wrong = di.post("/api/me/mfa/confirm", data=form | {"password": "wrong password"})
    assert "The password isn't right" in wrong.text
    form["code"] = code_at(strict, secret=secret[1])
    done = di.post("/api/me/mfa/confirm", data=form)
    listed = re.search(r"<pre>(.*?)</pre>", done.text, re.DOTALL)
    assert listed is not None
    assert len(listed[1].split()) == RECOVERY_CODES
    assert 'href="/?q=1"' in done.text
    di.csrf = csrf
    assert di.get("/for/dispatcher").status_code == 200


def test_who_lost_theirs_has_to_set_up_another(strict: Door) -> None:
    given(strict, "di")
    di = strict.browser()
    assert log_in(di, code_at(strict), name="di").status_code == 200
    assert di.get("/for/dispatcher").status_code == 200
    assert strict.access.factors.remove("di")
    assert strict.logged_in("di").get("/for/viewer").status_code == 403


def test_whom_a_proxy_names_the_proxy_has_asked(tmp_path: Path) -> None:
    proxy = {"proxy_user_header": "X-Remote-User", "proxy_addresses": ("10.0.0.5",)}
    with opened(tmp_path, require_mfa="viewer", **proxy) as door:
        named = Browser(door.app, address="10.0.0.5")
        answer = named.get("/for/field", headers={"X-Remote-User": "fei"})
        assert answer.status_code == 200
