"""Sessions: what the cookie is like, and all that ends one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.field.console.guarded_app import PASSWORD, Browser, Door, opened


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(door: Door) -> None:
    cookie = door.browser().log_in("fei").headers["set-cookie"]
    assert cookie.startswith("cellhound=")
    for flag in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age=43200"):
        assert flag in cookie
    assert "Secure" not in cookie
    assert "Domain" not in cookie


def test_with_tls_the_cookie_goes_by_tls_alone(tmp_path: Path) -> None:
    with opened(tmp_path, public_url="https://console.example") as door:
        browser = door.browser(origin="https://console.example")
        cookie = browser.log_in("fei").headers["set-cookie"]
        assert cookie.startswith("__Host-cellhound=")
        assert "Secure" in cookie
        assert browser.get("/api/me").json()["name"] == "fei"


def test_a_session_outlives_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path) as before:
        browser = before.logged_in("fei")
    with opened(tmp_path, people=False) as after:
        again = after.browser()
        again.cookies = browser.cookies
        assert again.get("/api/me").json()["name"] == "fei"


def test_a_session_ends_after_its_hours_however_it_is_used(door: Door) -> None:
    browser = door.logged_in("fei")
    for _ in range(24):
        assert browser.get("/for/field").status_code == 200
        door.clock.now += 1800
    assert browser.get("/for/field").status_code == 401


def test_logging_out_ends_every_copy_of_the_cookie(door: Door) -> None:
    browser, copy = door.logged_in("fei"), door.browser()
    copy.cookies = browser.cookies
    assert browser.post("/api/logout").status_code == 204
    assert copy.get("/for/field").status_code == 401


def _by_admin(method: str, **json: str) -> Callable[[Door], object]:
    return lambda door: door.logged_in("ada").ask(method, "/api/accounts/fei", json=json)


@pytest.mark.parametrize(
    "change",
    [
        _by_admin("PATCH", role="viewer"),
        _by_admin("PATCH", password="another password"),
        _by_admin("DELETE"),
        lambda door: door.access.accounts.put("fei", "field", PASSWORD),
        lambda door: door.logged_in("fei").post(
            "/api/me/password", json={"old": PASSWORD, "new": "another password"}
        ),
    ],
    ids=["role", "password", "removed", "at the command line", "one's own password"],
)
def test_what_changes_an_account_ends_its_sessions_and_no_others(
    door: Door, change: Callable[[Door], object]
) -> None:
    browser, other = door.logged_in("fei"), door.logged_in("vera")
    change(door)
    assert browser.get("/for/viewer").status_code == 401
    assert other.get("/for/viewer").status_code == 200


def test_removing_an_account_ends_its_tokens(door: Door) -> None:
    token = door.access.tokens.make("fei")
    headers = {"Authorization": f"Bearer {token}"}
    assert door.browser().get("/for/field", headers=headers).status_code == 200
    door.access.accounts.remove("fei")
    assert door.browser().get("/for/field", headers=headers).status_code == 401


def test_no_account_has_sessions_without_bound(door: Door) -> None:
    first = door.access.sessions.begin("fei")
    for _ in range(60):
        door.clock.now += 1
        newest = door.access.sessions.begin("fei")
    assert door.access.sessions.of_cookie(first) is None
    assert door.access.sessions.of_cookie(newest) is not None


def test_a_cookie_that_was_changed_or_signed_for_something_else_is_nothing(door: Door) -> None:
    cookie = door.access.sessions.begin("fei")
    signer = door.access.signer
    link = signer.link("a-1", "acknowledge", 60, "fei")
    for text in (cookie[:-1], cookie + "A", "", "x", ".", cookie.replace(".", ""), link, "é"):
        assert door.access.sessions.of_cookie(text) is None


def test_two_cookies_of_our_name_are_none(door: Door) -> None:
    """A neighbour host may set one beside ours; which is which can't be known."""
    cookie = door.access.sessions.begin("fei")
    header = {"Cookie": f"cellhound=planted; cellhound={cookie}"}
    assert Browser(door.app).get("/for/field", headers=header).status_code == 401


def test_a_session_that_nobody_uses_ends(door: Door) -> None:
    browser, idle = door.logged_in("fei"), door.logged_in("fei")
    for _ in range(5):
        door.clock.now += 1800
        assert browser.get("/for/field").status_code == 200
        # Another one, begun meanwhile, doesn't bring it back.
        door.access.sessions.begin("fei")
    assert idle.get("/for/field").status_code == 401
    door.clock.now += 3600
    assert browser.get("/for/field").status_code == 401


def _listed(browser: Browser) -> list[dict[str, Any]]:
    return browser.get("/api/me/sessions").json()["sessions"]  # type: ignore[no-any-return]


def test_ones_sessions_are_listed_and_one_can_be_ended_by_the_password(door: Door) -> None:
    first = door.logged_in("fei")
    door.clock.now += 60
    second = door.logged_in("fei")
    door.logged_in("di")
    own, other = _listed(second)
    assert (own["own"], other["own"]) == (True, False)
    assert (other["begun_s"], own["begun_s"]) == (door.clock.now - 60, door.clock.now)
    # What is shown is no credential.
    assert other["id"] not in str(first.cookies)
    address, asked = "/api/me/sessions/end", {"id": other["id"], "password": "something else"}
    assert second.post(address, json=asked).status_code == 403
    assert first.get("/for/field").status_code == 200
    assert second.post(address, json=asked | {"password": PASSWORD}).status_code == 204
    assert first.get("/for/field").status_code == 401
    assert [one["own"] for one in _listed(second)] == [True]
    assert second.post(address, json=asked | {"password": PASSWORD}).status_code == 404


def test_nobody_ends_somebody_elses_session(door: Door) -> None:
    fei, di = door.logged_in("fei"), door.logged_in("di")
    (theirs,) = _listed(di)
    asked = {"id": theirs["id"], "password": PASSWORD}
    assert fei.post("/api/me/sessions/end", json=asked).status_code == 404
    assert di.get("/for/field").status_code == 200


def test_all_other_sessions_can_be_ended_at_once(door: Door) -> None:
    others = [door.logged_in("fei") for _ in range(3)]
    last = door.logged_in("fei")
    assert last.post("/api/me/sessions/end", json={"password": PASSWORD}).status_code == 204
    assert [browser.get("/for/field").status_code for browser in others] == [401] * 3
    assert last.get("/for/field").status_code == 200
    assert door.access.log.read()[0]["event"] == "sessions_ended"
