"""The accounts' database is upgraded when it is opened, and loses nothing by it."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyotp
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from field.console.access import database, migrations
from field.console.access.accounts import Accounts
from field.console.access.credentials.passwords import Passwords
from field.console.access.credentials.sessions import Sessions
from field.console.access.credentials.signing import Signer
from field.console.access.credentials.stored_keys import SIGNING, stored_key
from field.console.access.credentials.tokens import MOST_DAYS, Tokens
from field.console.access.database import METADATA, open_database
from field.console.access.factors.codes import SecondFactors
from field.console.access.migrations.upgrade import HEAD
from field.console.access.network.access_log import AccessLog
from streams.config.settings import ConfigError
from tests.field.console.access.factors.authenticator import SECRET
from tests.field.console.guarded_app import PASSWORD, QUICK
from tests.integration.door_process import forking

#: A database that was written before there were versions; and what its people hold.
BEFORE_VERSIONS = (Path(__file__).parent / "accounts_before_versions.sql").read_text("utf-8")
TOKEN = "chd_gES3m8uQk22PzayLPXDhh2csjE4S2TcRcemQDHGUKVA"
COOKIE = (
    "IlJPYWtiOEJjMUxOcXN2MWY1U1VucE10dmE1NVRMTlJJIg.7uUzHaoZBX45OGdC1TeM6e1H5tU6r4tpnVPAAIVfVd0"
)
NOW_S = 1_700_000_100.0

#: How long one waits for another here: the machine may be busy with other things.
BUSY_MS = 120_000


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_BUSY_MS", BUSY_MS)


def old_file(folder: Path) -> str:
    file = folder / "accounts.db"
    with sqlite3.connect(file) as db:
        db.executescript(BEFORE_VERSIONS)
    db.close()
    return str(file)


def old_server(address: str) -> Iterator[str]:
    # What the console made there numbers the log by itself.
    _hold_only(address, BEFORE_VERSIONS.replace("number INTEGER", "number SERIAL"))
    yield address
    # Other files have their tests on the same server: none finds a version that nobody knows.
    _hold_only(address, "")


def _hold_only(address: str, tables: str) -> None:
    engine = sa.create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as db:
        db.exec_driver_sql("DROP SCHEMA public CASCADE")
        db.exec_driver_sql("CREATE SCHEMA public")
        db.exec_driver_sql(tables)
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database from before versions."""
    if request.param == "sqlite":
        yield old_file(tmp_path)
    else:
        yield from old_server(request.getfixturevalue("postgres_address"))


def version_of(engine: sa.Engine) -> list[str]:
    with engine.connect() as db:
        return list(db.exec_driver_sql("SELECT version_num FROM accounts_version").scalars())


def test_a_database_of_before_versions_keeps_all_that_is_in_it(old: str) -> None:
    engine = open_database(old)
    try:
        accounts = Accounts(engine, lambda: NOW_S, Passwords(QUICK))
        assert version_of(engine) == [HEAD]
        assert accounts.roles() == {"ada": "admin", "fei": "field"}
        assert accounts.check("fei", PASSWORD) == "field"
        by_token = Tokens(engine, accounts, lambda: NOW_S).person(TOKEN)
        signer = Signer(stored_key(engine, SIGNING), lambda: NOW_S)
        by_cookie = Sessions(engine, signer, lambda: NOW_S, 12.0).of_cookie(COOKIE)
        assert by_token is not None
        assert by_cookie is not None
        assert (by_token.name, by_cookie.name) == ("fei", "fei")
        assert SecondFactors(engine, lambda: NOW_S).names() == set()
        log = AccessLog(engine, lambda: NOW_S)
        log.write("logout", "fei")
        assert [entry["event"] for entry in log.read()] == ["logout", "login"]
    finally:
        engine.dispose()


def test_what_is_made_new_and_what_is_upgraded_have_the_tables_of_the_code(
    old: str, tmp_path: Path
) -> None:
    for where in (old, str(tmp_path / "new.db")):
        engine = open_database(where)
        with engine.connect() as db:
            options = {"compare_type": True, "version_table": "accounts_version"}
            context = MigrationContext.configure(db, opts=options)
            assert compare_metadata(context, METADATA) == []
        engine.dispose()


def test_second_factors_come_and_go_with_their_account_after_an_upgrade(old: str) -> None:
    engine = open_database(old)
    try:
        accounts = Accounts(engine, lambda: NOW_S, Passwords(QUICK))
        factors = SecondFactors(engine, lambda: NOW_S)
        codes = factors.add("fei", SECRET, pyotp.TOTP(SECRET).at(int(NOW_S)))
        assert codes is not None
        assert factors.check("fei", codes[0]) == "recovery"
        assert (factors.names(), factors.left("fei")) == ({"fei"}, 9)
        accounts.remove("fei")
        assert (factors.names(), factors.left("fei")) == (set(), 0)
    finally:
        engine.dispose()


def test_a_token_that_was_to_last_for_a_century_lasts_for_a_year(tmp_path: Path) -> None:
    where = old_file(tmp_path)
    century_s = NOW_S + 36_525 * 86_400.0
    with sqlite3.connect(where) as db:
        db.execute("UPDATE tokens SET until_s = ?", (century_s,))
    db.close()
    engine = open_database(where)
    accounts = Accounts(engine, lambda: NOW_S, Passwords(QUICK))
    tokens = Tokens(engine, accounts, time.time)
    assert [one.name for one in tokens.all()] == ["fei"]
    year_s = time.time() + MOST_DAYS * 86_400.0
    assert all(year_s - 3600.0 < one.until_s <= year_s for one in tokens.all())
    assert tokens.person(TOKEN) is not None
    engine.dispose()


def test_the_version_of_the_code_is_the_newest_there_is() -> None:
    folder = Path(migrations.__file__).parent
    assert ScriptDirectory(str(folder)).get_heads() == [HEAD]


def test_several_that_open_an_old_database_at_once_upgrade_it_once(old: str) -> None:
    def roles(_number: int) -> dict[str, str]:
        engine = open_database(old)
        try:
            assert version_of(engine) == [HEAD]
            return dict(Accounts(engine, lambda: NOW_S, Passwords(QUICK)).roles())
        finally:
            engine.dispose()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(roles, range(8)))
    assert found == [{"ada": "admin", "fei": "field"}] * 8


@pytest.mark.slow
@pytest.mark.parametrize("old_or_new", [old_file, lambda folder: str(folder / "new.db")])
def test_several_processes_may_upgrade_at_once(
    old_or_new: Callable[[Path], str], tmp_path: Path
) -> None:
    where = old_or_new(tmp_path)
    program = (
        "from field.console.access import database\n"
        f"database._BUSY_MS = {BUSY_MS}\n"
        f"database.open_database({where!r}).dispose()"
    )
    # Forked from one that has imported all that they need, so that they meet.
    running = [forking().Process(target=exec, args=(program, {}), daemon=True) for _ in range(3)]
    for process in running:
        process.start()
    for process in running:
        process.join(timeout=120)
    assert [process.exitcode for process in running] == [0] * 3
    engine = open_database(where)
    assert version_of(engine) == [HEAD]
    engine.dispose()


def test_a_failed_upgrade_leaves_the_database_as_it_was(
    old: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(*_args: object, **_more: object) -> None:
        raise sa.exc.ArgumentError("the disk is full")

    monkeypatch.setattr(sa.MetaData, "create_all", break_off)
    with pytest.raises(ConfigError, match="the disk is full"):
        open_database(old)
    monkeypatch.undo()
    engine = open_database(old)
    assert Accounts(engine, lambda: NOW_S, Passwords(QUICK)).role("ada") == "admin"
    engine.dispose()


def test_a_database_of_a_later_version_is_refused_and_stays(old: str) -> None:
    engine = open_database(old)
    with engine.begin() as db:
        db.exec_driver_sql("UPDATE accounts_version SET version_num = 'later'")
    with pytest.raises(ConfigError, match="was upgraded by a later version of cellhound"):
        open_database(old)
    assert version_of(engine) == ["later"]
    engine.dispose()


def test_one_that_is_up_to_date_is_opened_without_alembic(tmp_path: Path) -> None:
    where = str(tmp_path / "accounts.db")
    open_database(where).dispose()
    program = (
        "import sys\n"
        "from field.console.access.database import open_database\n"
        f"open_database({where!r}).dispose()\n"
        "print('alembic' in sys.modules)"
    )
    root = Path(__file__).parents[5]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
