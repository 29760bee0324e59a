"""Opens a store: SQLite or PostgreSQL, of our schema and of the right cluster, or emptied.

A store belongs to one source, a cluster and prefix: offsets of another mean nothing. Files in the
state folder are named after their source, so those of several sources lie side by side; a store
that was named by the user is refused where it holds another source's records.
"""

import os
import secrets
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select, text
from sqlalchemy.exc import ArgumentError, DatabaseError

from field.console.databases import (
    POSTGRES_PATIENCE,
    make_private,
    postgres_url,
    shown,
)
from field.console.store.tables import BOXES, META, METADATA, SCHEMA
from streams.config.console import is_database_address
from streams.config.settings import ConfigError
from streams.privacy.hashing_key import state_folder

_BUSY_MS: Final = 15_000
#: How SQLite calls a file that is damaged, or something else.
_BROKEN: Final = ("malformed", "is not a database")
#: One number for all consoles: who makes or empties tables holds this lock of PostgreSQL.
_LOCK: Final = 8340


def default_address(source: str) -> str:
    """The SQLite file in the state folder for a source."""
    name = blake2b(source.encode(), digest_size=6).hexdigest()
    return str(state_folder(os.environ) / f"console-{name}.db")


def open_engine(address: str, source: str) -> Engine:
    """The engine of the store at ``address`` ("": the source's own file), its tables made.

    Raises ConfigError where it can't be used, or holds another source's records.
    """
    address = address or default_address(source)
    engine: Engine | None = None
    try:
        engine = _postgres(address) if is_database_address(address) else _sqlite(address)
        with engine.execution_options(writes=True).begin() as connection:
            _prepare(connection, source, address)
    except (ArgumentError, OSError, DatabaseError, ConfigError) as error:
        if engine is not None:
            engine.dispose()
        if isinstance(error, ConfigError):
            raise
        reason = str(getattr(error, "orig", None) or error).strip()
        what_helps = (
            "Move it away: it is made anew from the topics."
            if any(sign in reason for sign in _BROKEN)
            else "Name an SQLite file that can be written, or postgresql://USER@HOST/DATABASE."
        )
        raise ConfigError(
            f"console.store: {shown(address)} can't be used ({reason}). {what_helps}"
        ) from error
    return engine


def is_sqlite(connection: Connection) -> bool:
    """Whether R*Trees are there to be asked."""
    return connection.dialect.name == "sqlite"


def meta(connection: Connection, name: str) -> str:
    """A value of the meta table."""
    value: str = connection.execute(select(META.c.value).where(META.c.name == name)).scalar_one()
    return value


def _postgres(address: str) -> Engine:
    url = postgres_url(address)
    engine = create_engine(url, pool_size=8, pool_pre_ping=True, connect_args=POSTGRES_PATIENCE)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("writes"):
            # Writers go one after the other, so that events are numbered in the order of commits.
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        else:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")

    return engine


def _sqlite(address: str) -> Engine:
    file = Path(address).absolute()
    make_private(file)
    engine = create_engine(f"sqlite:///{file}", pool_size=16, max_overflow=48)

    @event.listens_for(engine, "connect")
    def connect(raw: Any, _record: Any) -> None:
        # The driver shall begin nothing by itself: see `begin`.
        raw.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={_BUSY_MS}"):
            raw.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _prepare(connection: Connection, source: str, address: str) -> None:
    tables = inspect(connection)
    known: dict[str, str] = {}
    if tables.has_table("meta"):
        known = dict(connection.execute(select(META.c.name, META.c.value)).all())
    if known.get("source", source) != source:
        raise ConfigError(
            f"console.store: {shown(address)} holds what was read from {known['source']}, not from"
            f" {source}. Name another store, or none: then each source has a file of its own."
        )
    if known.get("schema") == SCHEMA:
        return
    foreign = set(tables.get_table_names()) & set(METADATA.tables)
    if is_sqlite(connection):
        for name in BOXES.values():
            connection.execute(text(f"DROP TABLE IF EXISTS {name}"))
    for name in foreign:
        connection.execute(text(f'DROP TABLE "{name}"'))
    METADATA.create_all(connection)
    if is_sqlite(connection):
        for name in BOXES.values():
            columns = "id, west, east, south, north"
            connection.execute(text(f"CREATE VIRTUAL TABLE {name} USING rtree({columns})"))
    values = {"schema": SCHEMA, "source": source, "epoch": secrets.token_hex(6), "seq": "0"}
    connection.execute(META.insert(), [{"name": n, "value": v} for n, v in values.items()])
