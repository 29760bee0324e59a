"""Accounts on a PostgreSQL that several consoles share."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from field.console.access import database
from field.console.access.accounts import Accounts, LastAdmin
from field.console.access.credentials.passwords import Passwords
from field.console.access.credentials.stored_keys import SIGNING, stored_key
from field.console.access.database import open_database
from tests.field.console.guarded_app import PASSWORD, QUICK, opened


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine may be busy with other things."""
    monkeypatch.setattr(database, "_BUSY_MS", 120_000)


def key_at(address: str) -> str:
    engine = open_database(address)
    try:
        return stored_key(engine, SIGNING)
    finally:
        engine.dispose()


def test_several_may_begin_at_once_with_one_key(postgres_address: str, tmp_path: Path) -> None:
    for where in (postgres_address, str(tmp_path / "accounts.db")):
        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(key_at, [where] * 8))) == 1


@pytest.mark.parametrize("where", ["file", "server"])
def test_admins_who_remove_each_other_at_once_leave_one(
    where: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    database = str(tmp_path / "some.db")
    if where == "server":
        database = request.getfixturevalue("postgres_address")
    engines = [open_database(database) for _ in range(4)]
    desks = [Accounts(engine, lambda: 0.0, Passwords(QUICK)) for engine in engines]
    names = [f"admin-{number}" for number in range(4)]
    together = Barrier(len(desks))

    def remove_next(number: int, by_role: bool) -> bool:
        other = names[(number + 1) % len(names)]
        together.wait(120)
        try:
            if by_role:
                return desks[number].change(other, role="viewer")
            return desks[number].remove(other)
        except LastAdmin:
            return False

    try:
        with ThreadPoolExecutor(len(desks)) as pool:
            for attempt in range(20):
                for name in names:
                    desks[0].put(name, "admin", PASSWORD)
                ways = [attempt % 2 == 0] * len(desks)
                done = list(pool.map(remove_next, range(len(desks)), ways))
                assert sum(done) == len(desks) - 1
                left = [name for name, role in desks[0].roles().items() if role == "admin"]
                assert len(left) == 1
    finally:
        for name in names:
            desks[0].remove(name, even_last=True)
        for engine in engines:
            engine.dispose()


def test_what_one_console_does_holds_for_the_other(postgres_address: str, tmp_path: Path) -> None:
    with (
        opened(tmp_path, accounts=postgres_address) as one,
        opened(tmp_path, people=False, accounts=postgres_address) as other,
    ):
        browser = one.logged_in("fei")
        elsewhere = other.browser()
        elsewhere.cookies, elsewhere.csrf = browser.cookies, browser.csrf
        assert elsewhere.post("/for/field").status_code == 200
        token = one.access.tokens.make("di", days=1)
        bearer = {"Authorization": f"Bearer {token}"}
        assert other.browser().get("/for/dispatcher", headers=bearer).status_code == 200
        link = "/api/act/" + one.access.action_link("a-1", "arrive", 60, "fei").rpartition("/")[2]
        assert other.browser().post(link).status_code == 200

        ada = other.logged_in("ada")
        changed = ada.ask("PATCH", "/api/accounts/fei", json={"role": "viewer"})
        assert changed.status_code == 200
        assert browser.get("/for/viewer").status_code == 401
        assert ada.ask("DELETE", "/api/accounts/di").status_code == 204
        assert one.browser().get("/for/viewer", headers=bearer).status_code == 401
        assert one.logged_in("fei").get("/for/field").status_code == 403
        assert one.browser().log_in("vera", "wrong password").status_code == 401
        events = [entry["event"] for entry in one.access.log.read()]
        assert events[:3] == ["login_failed", "refused", "login"]
        assert {"role_changed", "account_removed"} <= set(events)


def test_what_postgres_cannot_hold_is_refused_before(postgres_address: str, tmp_path: Path) -> None:
    with opened(tmp_path, accounts=postgres_address) as door:
        ada = door.logged_in("ada")
        for text in ("a\0b", "\ud800"):
            body = {"name": text, "role": "viewer", "password": PASSWORD}
            raw = str(body).replace("'", '"').encode("utf-8", "backslashreplace")
            json = {"Content-Type": "application/json"}
            answer = ada.post("/api/accounts", content=raw, headers=json)
            assert answer.status_code == 422, answer.text
        assert ada.post("/api/tokens", json={"label": "a\0b"}).status_code == 201
        for path in ("/api/accounts/a%00b", "/api/tokens/a%00b", "/api/accounts/%ED%A0%80"):
            assert ada.ask("DELETE", path).status_code == 404
        browser = door.browser()
        assert browser.post("/api/login", json={"name": "a\0", "password": "x"}).status_code == 401
        strange = {"Authorization": b"Bearer \0", "Cookie": b"cellhound=\xff\x00"}
        assert browser.get("/for/viewer", headers=strange).status_code == 401
