"""The access log: what is written of whom, who reads it, and what is forgotten."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from field.console.access.network import access_log
from tests.field.console.guarded_app import PASSWORD, Browser, Door, opened


def entries(door: Door) -> list[dict[str, Any]]:
    return door.access.log.read()


def test_a_login_is_written_with_its_address_and_a_failure_without_its_password(
    door: Door, tmp_path: Path
) -> None:
    door.browser(address="192.0.2.1").log_in("fei")
    door.browser(address="192.0.2.2").log_in("fei", "a wrong secret")
    door.browser(address="192.0.2.3").log_in("my secret typed as a name", "x")
    unknown, wrong, right = entries(door)
    assert (right["event"], right["name"], right["address"]) == ("login", "fei", "192.0.2.1")
    assert (wrong["event"], wrong["name"], wrong["address"]) == ("login_failed", "fei", "192.0.2.2")
    assert (unknown["event"], unknown["name"]) == ("login_failed", "")
    held = b"".join(file.read_bytes() for file in tmp_path.glob("accounts.db*"))
    assert b"secret" not in held
    assert PASSWORD.encode() not in held


def test_a_flood_is_written_once_a_minute(door: Door) -> None:
    browser = door.browser()
    for _ in range(30):
        browser.log_in("fei", "wrong password")
    events = [entry["event"] for entry in entries(door)]
    assert (events.count("login_failed"), events.count("login_limited")) == (10, 1)


@pytest.mark.parametrize(
    ("act", "event", "detail"),
    [
        (
            lambda ada: ada.post(
                "/api/accounts", json={"name": "new", "role": "field", "password": PASSWORD}
            ),
            "account_added",
            "field",
        ),
        (
            lambda ada: ada.ask("PATCH", "/api/accounts/fei", json={"role": "viewer"}),
            "role_changed",
            "viewer",
        ),
        (
            lambda ada: ada.ask("PATCH", "/api/accounts/fei", json={"password": PASSWORD + "!"}),
            "password_changed",
            "",
        ),
        (lambda ada: ada.ask("DELETE", "/api/accounts/fei"), "account_removed", ""),
        (lambda ada: ada.post("/api/logout"), "logout", ""),
    ],
)
def test_what_becomes_of_accounts_is_written(
    door: Door, act: Callable[[Browser], Any], event: str, detail: str
) -> None:
    assert act(door.logged_in("ada")).is_success
    newest = entries(door)[0]
    assert (newest["event"], newest["by"], newest["detail"]) == (event, "ada", detail)


def test_tokens_are_written_by_their_first_signs_alone(door: Door) -> None:
    ada = door.logged_in("ada")
    made = ada.post("/api/tokens", json={"name": "fei", "label": "van"}).json()
    assert ada.ask("DELETE", f"/api/tokens/{made['prefix']}").status_code == 204
    removed, added = entries(door)[:2]
    assert (added["event"], removed["event"]) == ("token_made", "token_removed")
    assert added["detail"] == removed["detail"] == made["prefix"]
    assert len(made["token"]) > len(made["prefix"]) + 30


def test_only_an_admin_reads_it_page_by_page(door: Door) -> None:
    assert door.logged_in("di").get("/api/audit/access").status_code == 403
    ada = door.logged_in("ada")
    page = ada.get("/api/audit/access?limit=1").json()
    assert [entry["name"] for entry in page["entries"]] == ["ada"]
    rest = ada.get(f"/api/audit/access?before={page['next']}").json()
    assert [entry["event"] for entry in rest["entries"]] == ["refused", "login"]
    assert rest["next"] is None
    for wrong in ("limit=0", "limit=1001", "before=x", f"before={10**30}"):
        assert ada.get(f"/api/audit/access?{wrong}").status_code == 422


def test_addresses_are_forgotten_in_time_and_the_rest_is_not(tmp_path: Path) -> None:
    with opened(tmp_path, address_days=2) as door:
        door.browser(address="192.0.2.1").log_in("fei")
        door.clock.now += 86_400
        door.browser(address="192.0.2.2").log_in("fei")
        assert [entry["address"] for entry in entries(door)] == ["192.0.2.2", "192.0.2.1"]
        door.clock.now += 86_401
        assert [entry["address"] for entry in entries(door)] == ["192.0.2.2", ""]
    with opened(tmp_path, people=False, address_days=0) as later:
        later.clock.now += 3 * 86_400
        assert [entry["address"] for entry in entries(later)] == ["", ""]


def test_refusals_are_kept_up_to_a_bound(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_log, "_MOST_REFUSED", 5)
    door.access.log.write("account_added", "fei", by="ada")
    for _ in range(20):
        door.access.log.write("login_failed", "fei")
    door.clock.now += 3601
    kept = [entry["event"] for entry in entries(door)]
    assert kept == ["login_failed"] * 5 + ["account_added"]


def test_who_set_an_account_is_known_for_thirty_days(door: Door) -> None:
    log = door.access.log
    log.write("password_changed", "fei")
    log.write("login_failed", "fei", by="di")
    assert log.set_by() == set()
    for event, name in (("account_added", "eve"), ("role_changed", "fei"), ("mfa_removed", "di")):
        log.write(event, name, by="ada")
    door.clock.now += 29 * 86_400
    log.write("password_changed", "fei", by="eve")
    assert log.set_by() == {("eve", "ada"), ("fei", "ada"), ("di", "ada"), ("fei", "eve")}
    door.clock.now += 86_401
    assert log.set_by() == {("fei", "eve")}


def test_what_the_command_line_gives_anew_is_in_nobodys_hand(door: Door) -> None:
    log = door.access.log
    log.write("account_added", "eve", by="ada")
    log.write("mfa_removed", "eve", by=access_log.COMMAND_LINE)
    assert log.set_by() == {("eve", "ada")}, "that alone gives no password"
    log.write("account_changed", "eve", by=access_log.COMMAND_LINE)
    assert log.set_by() == set()
    log.write("password_changed", "eve", by="ada")
    assert log.set_by() == {("eve", "ada")}


def test_what_somebody_is_refused_is_written_without_what_was_asked(door: Door) -> None:
    fei = door.logged_in("fei", address="192.0.2.1")
    assert fei.get("/for/admin?number=13812345678").status_code == 403
    assert fei.ask("PUT", "/for/field").status_code == 405
    method, route = entries(door)[:2]
    assert (route["event"], route["name"], route["address"]) == ("refused", "fei", "192.0.2.1")
    assert route["detail"] == "403 GET /for/admin"
    assert method["detail"] == "405 PUT /for/field"
    # What nobody is refused is not written, and neither is what a stranger asks.
    before = len(entries(door))
    assert fei.get("/for/field").status_code == 200
    assert door.browser().get("/for/admin").status_code == 401
    assert len(entries(door)) == before


def test_refusals_are_bounded_and_push_nothing_else_out(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_log, "_MOST_REFUSED", 5)
    fei = door.logged_in("fei")
    for _ in range(9):
        fei.get("/for/admin")
    door.clock.now += 3600.0
    door.access.log.tidy()
    events = [entry["event"] for entry in entries(door)]
    assert (events.count("refused"), events.count("login")) == (5, 1)


def test_a_refusal_that_cannot_be_written_is_answered_all_the_same(
    door: Door, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fei = door.logged_in("fei")

    def full(*_: Any, **__: Any) -> None:
        raise OperationalError("INSERT", {}, OSError("no space left"))

    monkeypatch.setattr(door.access.log, "write", full)
    assert fei.get("/for/admin").status_code == 403
    assert "can't be noted" in caplog.text


def test_what_became_of_ones_credentials_is_shown_for_a_week(door: Door) -> None:
    door.logged_in("ada").ask("PATCH", "/api/accounts/fei", json={"password": PASSWORD + "!"})
    fei = door.browser()
    fei.log_in("fei", PASSWORD + "!")
    (change,) = fei.get("/api/me").json()["changes"]
    assert (change["event"], change["by"]) == ("password_changed", "ada")
    assert door.logged_in("di").get("/api/me").json()["changes"] == []
    door.clock.now += 8 * 86_400
    fei.log_in("fei", PASSWORD + "!")
    assert fei.get("/api/me").json()["changes"] == []
