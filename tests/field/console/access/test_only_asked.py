"""Commands that only look make no database, and leave an old one as it is."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from field.console.access.credentials.stored_keys import SIGNING, stored_key
from field.console.access.database import open_database
from field.console.access.network.outside import outside_link
from field.console.databases import asked
from field.console.trail_check import keys_here, sealer
from field.doctor import host
from streams.config.console import ConsoleSettings
from streams.config.settings import Settings


def settings(path: Path) -> Settings:
    return Settings(console=ConsoleSettings(accounts=str(path), public_url="https://desk.example"))


def look(path: Path) -> None:
    """All that commands ask the accounts."""
    sealer(settings(path))
    keys_here(settings(path))
    outside_link(settings(path).console)
    host.accounts(settings(path).console, str(path))


def tables(path: Path) -> dict[str, Any]:
    with sqlite3.connect(path) as db:
        found = dict(db.execute("SELECT name, sql FROM sqlite_master"))
    db.close()
    return found


def test_what_is_not_there_is_not_made(tmp_path: Path) -> None:
    look(tmp_path / "no" / "accounts.db")
    assert not (tmp_path / "no").exists()


def test_a_database_of_an_earlier_release_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "accounts.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE keys (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
        db.execute("INSERT INTO keys VALUES ('trail', ?)", ("11" * 32,))
    db.close()
    before = tables(path)
    look(path)
    assert tables(path) == before
    assert sealer(settings(path)) is not None, "its key is had all the same"


def test_engines_are_let_go_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "accounts.db"
    engine = open_database(str(path))
    stored_key(engine, SIGNING)
    engine.dispose()
    made: list[sa.Engine] = []
    let_go: list[sa.Engine] = []
    create, dispose = sa.create_engine, sa.Engine.dispose

    def noted(*given: Any, **more: Any) -> sa.Engine:
        made.append(create(*given, **more))
        return made[-1]

    def gone(engine: sa.Engine, close: bool = True) -> None:
        let_go.append(engine)
        dispose(engine, close)

    monkeypatch.setattr(sa, "create_engine", noted)
    monkeypatch.setattr(sa.Engine, "dispose", gone)
    look(path)

    def fails(_engine: sa.Engine) -> None:
        raise sa.exc.OperationalError("", None, Exception("away"))

    assert asked(str(path), fails) is None
    assert made
    assert made == let_go


def test_without_a_consoles_key_nothing_is_sealed(tmp_path: Path) -> None:
    open_database(str(tmp_path / "accounts.db")).dispose()
    assert sealer(settings(tmp_path / "accounts.db")) is None
