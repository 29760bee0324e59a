"""Backup and restore of accounts, by the very lines of docs/operations.md."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from field.console.access.accounts import Accounts
from field.console.access.credentials.passwords import Passwords
from field.console.access.credentials.stored_keys import SIGNING, stored_key
from field.console.access.database import SESSIONS, open_database
from tests.field.console.guarded_app import PASSWORD, QUICK, opened

_PAGE = (Path(__file__).parents[4] / "docs" / "operations.md").read_text("utf-8")
_BLOCKS = dict(re.findall(r"```sh (\S+)\n(.*?)```", _PAGE, re.DOTALL))


def run(block: str, **variables: object) -> None:
    """The lines of the page, as an administrator would run them."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    path = os.pathsep.join([*(str(folder) for folder in programs[-1:]), os.environ["PATH"]])
    env = os.environ | {"PATH": path} | {name: str(value) for name, value in variables.items()}
    subprocess.run(["sh", "-euc", _BLOCKS[block]], env=env, check=True, timeout=300)


def test_accounts_in_a_file_come_back_and_people_log_in(tmp_path: Path) -> None:
    live, backup = tmp_path / "accounts.db", tmp_path / "backup.db"
    names = {"PYTHON": sys.executable, "ACCOUNTS": live, "BACKUP": backup}
    with opened(tmp_path) as door:
        before = door.logged_in("ada")
        with door.access.engine.connect() as reader:  # somebody is at work meanwhile
            reader.execute(sa.select(SESSIONS)).all()
            run("backup-sqlite", **names)
        assert backup.stat().st_mode & 0o077 == 0
        key = stored_key(door.access.engine, SIGNING)
        door.access.accounts.put("mallory", "admin", PASSWORD)
        door.access.accounts.put("vera", "viewer", "another long password")
    run("restore-sqlite", **names)
    with opened(tmp_path, people=False) as door:
        assert "mallory" not in door.access.accounts.roles()
        assert door.logged_in("vera").ask("GET", "/for/viewer").json() == {"name": "vera"}
        assert stored_key(door.access.engine, SIGNING) == key
        stranger = door.browser()
        stranger.cookies = before.cookies
        assert stranger.ask("GET", "/for/viewer").status_code == 401


def test_accounts_in_postgres_come_back(postgres_address: str, tmp_path: Path) -> None:
    names = {"DATABASE": postgres_address, "BACKUP": tmp_path / "accounts.dump"}

    def accounts() -> tuple[sa.Engine, Accounts]:
        engine = open_database(postgres_address)
        return engine, Accounts(engine, lambda: 0.0, Passwords(QUICK))

    engine, then = accounts()
    then.put("backed-up", "dispatcher", PASSWORD)
    key = stored_key(engine, SIGNING)
    run("backup-postgres", **names)
    then.put("mallory", "admin", PASSWORD)
    then.remove("backed-up", even_last=True)
    engine.dispose()
    run("restore-postgres", **names)
    engine, now = accounts()
    try:
        assert now.check("backed-up", PASSWORD) == "dispatcher"
        assert "mallory" not in now.roles()
        assert stored_key(engine, SIGNING) == key
    finally:
        now.remove("backed-up", even_last=True)
        engine.dispose()


@pytest.mark.parametrize("block", ["backup-sqlite", "restore-sqlite"])
def test_a_failure_is_no_success(block: str, tmp_path: Path) -> None:
    names = {
        "PYTHON": sys.executable,
        "ACCOUNTS": tmp_path / "a",
        "BACKUP": tmp_path / "none" / "b",
    }
    with pytest.raises(subprocess.CalledProcessError):
        run(block, **names)
