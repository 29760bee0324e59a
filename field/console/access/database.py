"""The accounts' own database: its tables, and how it is opened.

Accounts, second factors, sessions, tokens, the signing key and the access log are in no topic: they
can't be read back from Kafka, and must not be. SQLite by default, PostgreSQL where several consoles
share them.
"""

import os
import random
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from field.console.access.migrations.upgrade import NewerDatabase, upgrade
from field.console.databases import (
    POSTGRES_PATIENCE,
    make_private,
    postgres_url,
    read_tables,
    reason,
)
from streams.config.console import is_database_address
from streams.config.settings import ConfigError
from streams.privacy.hashing_key import state_folder

METADATA: Final = read_tables(Path(__file__).with_suffix(".toml"))
ACCOUNTS: Final = METADATA.tables["accounts"]
SESSIONS: Final = METADATA.tables["sessions"]
TOKENS: Final = METADATA.tables["tokens"]
FEEDS: Final = METADATA.tables["feeds"]
FACTORS: Final = METADATA.tables["second_factors"]
RECOVERY: Final = METADATA.tables["recovery_codes"]
KEYS: Final = METADATA.tables["keys"]
LOG: Final = METADATA.tables["access_log"]
_BUSY_MS: Final = 10_000
_RETRY_S: Final = 0.2


def open_database(where: str, env: Mapping[str, str] | None = None) -> Engine:
    """The database at ``where``: a file, a ``postgresql://`` address, or "" for the state folder.

    It is upgraded to our version. Raises `ConfigError` where it can't be opened.
    """
    shown = "the PostgreSQL of console.accounts"
    try:
        if is_database_address(where):
            url, options = postgres_url(where), POSTGRES_PATIENCE
            engine = sa.create_engine(url, pool_pre_ping=True, connect_args=options)
        else:
            file = _file(where, env)
            shown = str(file)
            make_private(file)
            engine = sa.create_engine(f"sqlite:///{file}")
            sa.event.listen(engine, "connect", _prepare_sqlite)
        try:
            _upgrade(engine)
        except BaseException:
            engine.dispose()
            raise
    except NewerDatabase as error:
        raise ConfigError(
            f"console.accounts: {shown} was upgraded by a later version of cellhound ({error})."
            " Install that one, or name another database."
        ) from error
    except OSError as error:
        raise ConfigError(
            f"console.accounts: {shown} can't be opened ({error.strerror}). Name a file that you"
            " may write, or set CELLHOUND_HOME."
        ) from error
    except (sa.exc.SQLAlchemyError, ImportError) as error:
        raise ConfigError(
            f"console.accounts: {shown} can't be opened ({reason(error)}). Name a SQLite file or a"
            " postgresql:// address."
        ) from error
    return engine


def place(where: str, env: Mapping[str, str] | None = None) -> str:
    """The path or address of the database at ``where``, for `field.console.databases.asked`."""
    return where if is_database_address(where) else str(_file(where, env))


def _file(where: str, env: Mapping[str, str] | None) -> Path:
    return Path(where).expanduser() if where else state_folder(env or os.environ) / "accounts.db"


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _upgrade(engine: Engine) -> None:
    """`upgrade`, tried again for a while where other processes are in the way.

    SQLite waits for nobody while a new file becomes one with a write-ahead log.
    """
    deadline_s = time.monotonic() + _BUSY_MS / 1000.0
    while True:
        try:
            return upgrade(engine)
        except sa.exc.OperationalError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(random.uniform(0.0, _RETRY_S))  # Not all of them at the same time again.
