"""The databases that the console's store and accounts may be in: SQLite files and PostgreSQL."""

import os
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from streams.config.console import is_database_address

#: A PostgreSQL that hangs is as good as dead after this: to connect (s), to acknowledge data (ms).
POSTGRES_PATIENCE: Final = {"connect_timeout": 5, "tcp_user_timeout": 10_000}


def postgres_url(where: str) -> URL:
    """The address with our driver. Raises SQLAlchemy's ArgumentError for what is no address."""
    return make_url(where).set(drivername="postgresql+psycopg")


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
