"""The databases that the console's store and accounts may be in: SQLite files and PostgreSQL,
their tables, and their errors."""

import os
import sqlite3
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import (
    ArgumentError,
    InterfaceError,
    InternalError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from streams.config.console import is_database_address

T = TypeVar("T")

#: A PostgreSQL that hangs is as good as dead after this: to connect (s), to acknowledge data (ms).
POSTGRES_PATIENCE: Final = {"connect_timeout": 5, "tcp_user_timeout": 10_000}

#: Errors of a database that does not answer, or does not let itself be written to. A full disk, a
#: server that is away or restarts: all that passes, so the caller is asked to try again.
FAILING: Final = (OperationalError, InterfaceError, InternalError, PoolTimeout)
#: Numbers that the database itself gives: SQLite gives only plain integers.
_GIVEN: Final = {
    "number": sa.Integer(),
    "place": sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
}
_KINDS: Final[dict[str, Any]] = _GIVEN | {
    "text": sa.Text(),
    "integer": sa.Integer(),
    "big": sa.BigInteger(),
    "float": sa.Float(),
    "bytes": sa.LargeBinary(),
    "flag": sa.Boolean(),
}
_FLAGS: Final = frozenset(("key", "null", "unique", "index"))
#: Who only looks waits so long (s) for a file that is being written.
_BUSY_S: Final = 3.0


def read_tables(file: Path) -> sa.MetaData:
    """The tables that a TOML file describes.

    A column is its kind, a word of `_KINDS`, and flags of `_FLAGS`; without ``null`` it must have a
    value, and ``TABLE.COLUMN`` names the row that it goes with. ``with`` adds columns of
    ``[shared]``, and ``[indexes]`` has each index's table and columns.
    """
    described: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    indexes, shared = described.pop("indexes", {}), described.pop("shared", {})
    metadata = sa.MetaData()
    for name, columns in described.items():
        for part in columns.pop("with", ()):
            columns.update({c: kind for c, kind in shared[part].items() if c not in columns})
        sa.Table(name, metadata, *(_column(*column) for column in columns.items()))
    for name, (table, *columns) in indexes.items():
        sa.Index(name, *(metadata.tables[table].c[column] for column in columns))
    return metadata


def _column(name: str, described: str) -> sa.Column[Any]:
    kind, *flags = described.split()
    owners = [sa.ForeignKey(flag, ondelete="CASCADE") for flag in flags if "." in flag]
    assert len(owners) + len(_FLAGS & set(flags)) == len(flags), f"{name}: {described}"
    return sa.Column(
        name,
        _KINDS[kind],
        *owners,
        primary_key="key" in flags,
        autoincrement=kind in _GIVEN,
        nullable="null" in flags,
        unique="unique" in flags or None,
        index="index" in flags or None,
    )


def postgres_url(where: str) -> URL:
    """The address with our driver. Raises SQLAlchemy's ArgumentError for what is no address."""
    return make_url(where).set(drivername="postgresql+psycopg")


def asked(where: str, question: Callable[[Engine], T]) -> T | None:
    """The answer of a database, a file or an address, that is only looked at: nothing is made or
    upgraded. ``None`` where it can't be had, or doesn't have the tables that are asked for."""
    try:
        engine = _as_it_is(where)
        try:
            return question(engine)
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError, OSError):
        return None


def _as_it_is(where: str) -> Engine:
    if is_database_address(where):
        return sa.create_engine(postgres_url(where), connect_args=POSTGRES_PATIENCE)
    name = f"{Path(where).resolve().as_uri()}?mode=ro"
    return sa.create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(name, uri=True, timeout=_BUSY_S)
    )


def shown(where: str) -> str:
    """A file, or an address without its password."""
    if not is_database_address(where):
        return where
    try:
        return make_url(where).render_as_string()
    except ArgumentError:
        return "an address of PostgreSQL that is malformed"


def make_private(file: Path) -> None:
    """Makes a file, unless it is there, that its user alone may read. Raises OSError.

    SQLite gives its companions the same mode.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))


def reason(error: BaseException) -> str:
    """The database's own words in a line, without the statement and its values.

    >>> reason(ValueError("no space left\\nLINE 1"))
    'no space left'
    """
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
