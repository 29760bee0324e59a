"""Accounts and tokens: who there is, what they may be called, what is stored of them."""

import sqlite3
import stat
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from field.console.access import database
from field.console.access.accounts import Accounts, LastAdmin
from field.console.access.credentials.passwords import Passwords
from field.console.access.database import open_database
from streams.config.settings import ConfigError
from tests.field.console.guarded_app import PASSWORD, QUICK, Door


def test_the_file_holds_neither_passwords_nor_tokens_and_is_its_users_alone(
    door: Door, tmp_path: Path
) -> None:
    token = door.access.tokens.make("fei")
    cookie = door.access.sessions.begin("fei")
    assert door.access.tokens.person(token) is not None
    for file in tmp_path.glob("accounts.db*"):
        held = file.read_bytes()
        assert PASSWORD.encode() not in held
        assert token.encode() not in held
        assert cookie.encode() not in held
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "-a", "a\nb", "a/b", "x" * 65, "channel:x", "ann'", "\ud800", "a\0"]
)
def test_what_is_no_name_is_refused(door: Door, name: str) -> None:
    with pytest.raises(ConfigError, match="no name for an account"):
        door.access.accounts.put(name, "viewer", PASSWORD)


@pytest.mark.parametrize("name", ["13812345678", "a1234567", "local", "System"])
def test_a_name_that_may_be_a_telephone_or_is_ours_is_refused(door: Door, name: str) -> None:
    with pytest.raises(ConfigError, match="reserved, or has seven digits"):
        door.access.accounts.put(name, "viewer", PASSWORD)


@pytest.mark.parametrize("name", ["王伟", "anna.k", "van-3", "a@b.example", " Anna "])
def test_names_of_any_script_do(door: Door, name: str) -> None:
    assert door.access.accounts.put(name, "viewer", PASSWORD)


@pytest.mark.parametrize(
    ("password", "problem"),
    [("123456789", "9 characters"), ("x" * 1025, "1025"), ("0123456789ab\0", "control characters")],
)
def test_what_is_no_password_is_refused(door: Door, password: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        door.access.accounts.put("new", "viewer", password)
    assert door.access.accounts.check("fei", password) is None


def test_one_account_however_its_name_is_written(door: Door) -> None:
    assert not door.access.accounts.put("ＦEI", "viewer", PASSWORD)
    assert door.access.accounts.role("fei") == "viewer"


def test_a_password_typed_with_composed_or_combined_accents_is_the_same(door: Door) -> None:
    door.access.accounts.put("cafe", "viewer", "caf\u00e9 au lait")
    assert door.access.accounts.check("cafe", "cafe\u0301 au lait") == "viewer"


def test_a_hash_of_other_parameters_is_renewed_at_login(door: Door, tmp_path: Path) -> None:
    def stored() -> str:
        with sqlite3.connect(tmp_path / "accounts.db") as db:
            found: str = db.execute("SELECT password FROM accounts WHERE name='fei'").fetchone()[0]
        db.close()
        return found

    before = stored()
    other = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    accounts = Accounts(door.access.engine, door.clock, Passwords(other))
    assert accounts.check("fei", "wrong password") is None
    assert stored() == before
    assert accounts.check("fei", PASSWORD) == "field"
    assert "m=16,t=2" in stored() != before
    assert accounts.check("fei", PASSWORD) == "field"


def test_the_last_admin_stays(door: Door) -> None:
    with pytest.raises(LastAdmin):
        door.access.accounts.remove("ada")
    with pytest.raises(LastAdmin):
        door.access.accounts.change("ada", role="field")
    door.access.accounts.put("abe", "admin", PASSWORD)
    assert door.access.accounts.remove("ada")


def test_a_token_ends_and_can_be_taken_back(door: Door) -> None:
    tokens = door.access.tokens
    token = tokens.make("fei", "scanner\n3", days=1)
    (shown,) = tokens.all("fei")
    assert token.startswith(shown.prefix)
    assert (shown.label, shown.used_s) == ("scanner3", None)
    person = tokens.person(token)
    assert person is not None
    assert (person.name, person.role, person.by_token) == ("fei", "field", True)
    assert tokens.all("fei")[0].used_s == door.clock.now
    assert tokens.person(token[:-1]) is None
    door.clock.now += 86_400
    assert tokens.person(token) is None
    assert not tokens.remove(shown.prefix, "vera")
    assert tokens.remove(shown.prefix, "fei")
    assert tokens.all() == []


@pytest.mark.parametrize("days", [0.0, -1.0, float("nan"), float("inf")])
def test_a_token_that_never_works_is_refused(door: Door, days: float) -> None:
    with pytest.raises(ConfigError, match="can't last"):
        door.access.tokens.make("fei", days=days)


def test_no_token_for_nobody(door: Door) -> None:
    with pytest.raises(ConfigError, match="accounts are ada, di, fei, vera"):
        door.access.tokens.make("nobody")


def test_a_database_that_cannot_be_opened_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_MS", 300)  # How long it is tried again.
    (tmp_path / "text").write_text("no database, but longer than a header would be" * 100)
    (tmp_path / "old").mkdir()
    for where in ("text", "old", "text/below"):
        with pytest.raises(ConfigError, match=r"console\.accounts: .*can't be opened"):
            open_database(str(tmp_path / where))
    with pytest.raises(ConfigError, match=r"the PostgreSQL of console\.accounts can't be opened"):
        open_database("postgresql://nobody:secret@127.0.0.1:1/x")


def test_without_a_name_it_lies_in_the_state_folder(tmp_path: Path) -> None:
    open_database("", {"CELLHOUND_HOME": str(tmp_path / "home")}).dispose()
    assert (tmp_path / "home" / "accounts.db").is_file()


def test_quick_parameters_are_for_tests_only() -> None:
    """The library's own are what people get: RFC 9106's second choice, 64 MiB."""
    assert PasswordHasher().memory_cost == 65536 > QUICK.memory_cost


@pytest.mark.parametrize("way", ["change", "put"])
def test_another_password_ends_tokens_and_another_role_does_not(door: Door, way: str) -> None:
    tokens, accounts = door.access.tokens, door.access.accounts
    mine, theirs = tokens.make("fei"), tokens.make("di")
    accounts.change("fei", role="dispatcher")
    assert tokens.person(mine) is not None
    if way == "put":
        accounts.put("fei", "field", "another password")
    else:
        accounts.change("fei", password="another password")
    assert tokens.person(mine) is None
    assert tokens.all("fei") == []
    assert tokens.person(theirs) is not None


def test_a_token_may_what_its_scope_may_and_no_more_than_its_account(door: Door) -> None:
    tokens, accounts = door.access.tokens, door.access.accounts

    def role(token: str) -> str:
        person = tokens.person(token)
        assert person is not None
        return person.role

    narrow, wide = tokens.make("di", scope="viewer"), tokens.make("di", scope="admin")
    plain = tokens.make("di")
    assert (role(narrow), role(wide), role(plain)) == ("viewer", "dispatcher", "dispatcher")
    accounts.change("di", role="admin")
    assert (role(narrow), role(wide), role(plain)) == ("viewer", "admin", "dispatcher")
    accounts.change("di", role="field")
    assert (role(narrow), role(wide), role(plain)) == ("viewer", "field", "field")
    with pytest.raises(ConfigError, match="'king' is no scope; scopes are viewer"):
        tokens.make("di", scope="king")


def test_every_token_ends(door: Door) -> None:
    tokens = door.access.tokens
    token = tokens.make("fei")
    assert tokens.all("fei")[0].until_s == door.clock.now + 90 * 86_400
    with pytest.raises(ConfigError, match="at most 366"):
        tokens.make("fei", days=367)
    door.clock.now += 90 * 86_400
    assert tokens.person(token) is None


@pytest.mark.parametrize(
    "password",
    [
        *("password1234", "Passw0rd2024", "qwertyuiop12", "123456789012", "aaaaaaaaaaaaaaa"),
        *("admin-admin-admin", "cellhound2024!", "abcdefghijkl", "New-Person-1", "1q2w3e4r5t6y"),
    ],
)
def test_what_is_guessed_at_once_is_no_password(door: Door, password: str) -> None:
    with pytest.raises(ConfigError, match="easily guessed"):
        door.access.accounts.put("new-person", "viewer", password)
    assert door.access.accounts.role("new-person") is None


@pytest.mark.parametrize(
    "password",
    ["another password", "correct horse battery", "Tr0ub4dor&3x", "我的旧车是蓝色的还没有门"],
)
def test_what_takes_guessing_is_a_password(door: Door, password: str) -> None:
    assert door.access.accounts.put("new-person", "viewer", password)


@pytest.mark.parametrize("name", ["fe\u0456", "\u0430da", "anna\u03bf", "王anna"])
def test_a_name_of_several_scripts_is_refused(door: Door, name: str) -> None:
    with pytest.raises(ConfigError, match="mixes letters of several scripts"):
        door.access.accounts.put(name, "viewer", PASSWORD)


@pytest.mark.parametrize(
    ("there", "new"),
    [
        ("cop", "\u0441\u043e\u0440"),
        ("model", "m0de1"),
        ("modem", "rnodern"),
        ("anna", "\u00e1nna"),
    ],
)
def test_a_name_that_looks_like_anothers_is_refused(door: Door, there: str, new: str) -> None:
    door.access.accounts.put(there, "viewer", PASSWORD)
    with pytest.raises(ConfigError, match=f"looks like {there!r}"):
        door.access.accounts.put(new, "viewer", PASSWORD)
    assert not door.access.accounts.put(there, "viewer", PASSWORD)


def test_who_uses_a_token_and_whose_it_is_learn_in_time_that_it_ends(door: Door) -> None:
    token = door.access.tokens.make("fei", "van", days=20.0)
    held = {"Authorization": f"Bearer {token}"}
    assert "token-ends" not in door.browser().get("/for/field", headers=held).headers
    assert door.logged_in("fei").get("/api/me").json()["ending"] == []
    door.clock.now += 7 * 86_400
    answer = door.browser().get("/for/field", headers=held)
    assert answer.headers["token-ends"] == "2023-12-04T22:13:20+00:00"
    (ending,) = door.logged_in("fei").get("/api/me").json()["ending"]
    assert ending["label"] == "van"
    assert door.logged_in("di").get("/api/me").json()["ending"] == []
