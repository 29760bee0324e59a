"""Secrets beside the accounts, each made once: what consoles that share them sign with."""

import secrets
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from field.console.access.database import KEYS

#: Signs cookies and action links; of the other the key of the trail is made.
SIGNING: Final = "signing"
TRAIL: Final = "trail"
_BYTES: Final = 32


def new_key() -> str:
    """A new secret, in hexadecimal digits."""
    return secrets.token_hex(_BYTES)


def known_key(engine: Engine, name: str) -> str | None:
    """The secret of that name, where a database of accounts has one."""
    with engine.connect() as db:
        found: str | None = db.execute(sa.select(KEYS.c.value).where(KEYS.c.name == name)).scalar()
    return found


def stored_key(engine: Engine, name: str) -> str:
    """The secret of that name; made where there is none yet.

    Several processes may ask at once: all get the same.
    """
    found = known_key(engine, name)
    if found is not None:
        return found
    try:
        with engine.begin() as db:
            db.execute(sa.insert(KEYS).values(name=name, value=new_key()))
    except sa.exc.IntegrityError:
        pass  # Somebody else was first: theirs is the key.
    key = known_key(engine, name)
    assert key is not None
    return key


def put_key(engine: Engine, name: str, value: str) -> None:
    """Writes ``value`` under that name, whatever was there, and whoever does so too."""
    if _changed(engine, name, value):
        return
    try:
        with engine.begin() as db:
            db.execute(sa.insert(KEYS).values(name=name, value=value))
    except sa.exc.IntegrityError:
        _changed(engine, name, value)  # Somebody else made it meanwhile.


def _changed(engine: Engine, name: str, value: str) -> bool:
    with engine.begin() as db:
        change = sa.update(KEYS).where(KEYS.c.name == name).values(value=value)
        return bool(db.execute(change).rowcount)
