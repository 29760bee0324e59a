"""Accounts: made, changed, removed, looked up; their tokens are beside them.

What changes who somebody is (password, role, removal) ends that account's sessions in the same
transaction, and another password its tokens and feeds too: whoever had the old one may have made
some.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from field.alerts.life_cycle import Role
from field.console.access.credentials.look_alikes import scripts, skeleton
from field.console.access.credentials.passwords import Passwords
from field.console.access.database import ACCOUNTS, FEEDS, SESSIONS, TOKENS
from field.console.access.person import ROLES
from streams.config.settings import ConfigError

_NAME: Final = re.compile(r"\w[\w.@-]{0,63}")
#: A name stands beside every action: nobody's phone number may be one.
_NUMBER: Final = re.compile(r"\d{7}")
_RESERVED: Final = ("local", "system")


class LastAdmin(Exception):  # noqa: N818 - it names what is the matter
    """Without its last administrator a console could not be administered."""


class Accounts:
    """The accounts of one database. ``clock`` gives seconds since the epoch."""

    def __init__(
        self, engine: Engine, clock: Callable[[], float], passwords: Passwords | None = None
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._passwords = passwords or Passwords()

    def put(self, name: str, role: str, password: str) -> bool:
        """Add the account, or give it this role and password; whether it is new.

        Raises `ConfigError` for a bad name, role or password.
        """
        name = checked_name(name)
        if role not in ROLES:
            raise ConfigError(f"{role!r} is no role; roles are {', '.join(ROLES)}")
        row = {"role": role, "password": self._passwords.hash(password, name)}
        with self._engine.begin() as db:
            done = db.execute(sa.update(ACCOUNTS).where(ACCOUNTS.c.name == name).values(**row))
            if done.rowcount:
                _end_sessions(db, name)
                _end_tokens(db, name)
                return False
            _refuse_look_alike(db, name)
            db.execute(sa.insert(ACCOUNTS).values(name=name, made_s=self._clock(), **row))
        return True

    def change(self, name: str, role: Role | None = None, password: str | None = None) -> bool:
        """Another role or password or both; False where there is no such account.

        Raises `ConfigError` for a bad password, `LastAdmin`.
        """
        values: dict[str, str] = {}
        if role is not None:
            values["role"] = role
        if password is not None:
            values["password"] = self._passwords.hash(password, name)
        with self._engine.begin() as db:
            if role is not None and role != "admin":
                _keep_an_admin(db, name)
            found = db.execute(
                sa.update(ACCOUNTS)
                .where(ACCOUNTS.c.name == name)
                .values(**values or {"name": name})
            )
            if values:
                _end_sessions(db, name)
            if password is not None:
                _end_tokens(db, name)
        return bool(found.rowcount)

    def remove(self, name: str, even_last: bool = False) -> bool:
        """Remove it with its tokens and sessions; False where there is none. Raises `LastAdmin`."""
        with self._engine.begin() as db:
            if not even_last:
                _keep_an_admin(db, name)
            done = db.execute(sa.delete(ACCOUNTS).where(ACCOUNTS.c.name == name))
        return bool(done.rowcount)

    def roles(self) -> dict[str, Role]:
        """All accounts and their roles, by name."""
        query = sa.select(ACCOUNTS.c.name, ACCOUNTS.c.role).order_by(ACCOUNTS.c.name)
        with self._engine.connect() as db:
            return {row.name: row.role for row in db.execute(query)}

    def role(self, name: str) -> Role | None:
        """The role of an account; ``None`` where there is none."""
        query = sa.select(ACCOUNTS.c.role).where(ACCOUNTS.c.name == name)
        with self._engine.connect() as db:
            found: Role | None = db.execute(query).scalar()
        return found

    def exist(self) -> bool:
        """Whether there is any account."""
        with self._engine.connect() as db:
            return db.execute(sa.select(ACCOUNTS.c.name).limit(1)).first() is not None

    def check(self, name: str, password: str) -> Role | None:
        """The role of the account whose name and password these are; else ``None``.

        Takes as long for an account that isn't there.
        """
        query = sa.select(ACCOUNTS.c.role, ACCOUNTS.c.password).where(ACCOUNTS.c.name == name)
        with self._engine.connect() as db:
            row = db.execute(query).first()
        if not self._passwords.fits(password, row.password if row else None) or row is None:
            return None
        if self._passwords.is_old(row.password):
            same = (ACCOUNTS.c.name == name) & (ACCOUNTS.c.password == row.password)
            with self._engine.begin() as db:
                renewed = self._passwords.hash(password)
                db.execute(sa.update(ACCOUNTS).where(same).values(password=renewed))
        found: Role = row.role
        return found

    def mark(self, name: str) -> str:
        """A digest that changes with the password, for what shall end with it; "" for nobody."""
        query = sa.select(ACCOUNTS.c.password).where(ACCOUNTS.c.name == name)
        with self._engine.connect() as db:
            stored = db.execute(query).scalar()
        return hashlib.sha256(stored.encode()).hexdigest()[:32] if stored else ""

    def known(self) -> str:
        """A sentence that names the accounts, for errors."""
        names = ", ".join(self.roles())
        return f"accounts are {names}" if names else "there are none yet"


def normal_name(name: str) -> str:
    """One form of a name, however it is typed; what no database takes is in no account's name.

    >>> normal_name(" Anna ")
    'anna'
    """
    normal = unicodedata.normalize("NFKC", name).strip().casefold()
    return "".join(sign if printable(sign) else "\ufffd" for sign in normal)


def checked_name(name: str) -> str:
    """The normal form of a name that an account may have. Raises `ConfigError`."""
    normal = normal_name(name)
    if not _NAME.fullmatch(normal):
        raise ConfigError(
            f"{printable(name)!r} is no name for an account; use 1 to 64 letters, digits, and"
            " . _ @ - after the first"
        )
    if len(scripts(normal)) > 1:
        raise ConfigError(
            f"{normal!r} can't be an account's name: it mixes letters of several scripts"
            f" ({', '.join(sorted(scripts(normal)))}), which may look like another name"
        )
    if _NUMBER.search(normal) or normal in _RESERVED:
        raise ConfigError(
            f"{normal!r} can't be an account's name: it is reserved, or has seven digits in a row,"
            " which might be a telephone number"
        )
    return normal


def printable(text: str) -> str:
    """``text`` without what can't be stored or shown: control characters, lone surrogates."""
    return "".join(sign for sign in text if unicodedata.category(sign) not in ("Cc", "Cs"))


def _end_sessions(db: sa.Connection, name: str) -> None:
    db.execute(sa.delete(SESSIONS).where(SESSIONS.c.name == name))


def _end_tokens(db: sa.Connection, name: str) -> None:
    """Ends what stands for the password: tokens, and feeds that were handed on."""
    for held in (TOKENS, FEEDS):
        db.execute(sa.delete(held).where(held.c.name == name))


def _refuse_look_alike(db: sa.Connection, name: str) -> None:
    shape = skeleton(name)
    for row in db.execute(sa.select(ACCOUNTS.c.name)):
        if skeleton(row.name) == shape:
            raise ConfigError(
                f"{name!r} looks like {row.name!r}, which is an account already; use another name"
            )


def _keep_an_admin(db: sa.Connection, name: str) -> None:
    """Of two who remove each other at the same instant, the second waits here for the first."""
    if db.dialect.name == "sqlite":
        # Its driver begins a transaction with the first write, and only one writes at a time.
        db.execute(sa.update(ACCOUNTS).where(ACCOUNTS.c.name == name).values(name=name))
    admins = sa.select(ACCOUNTS.c.name).where(ACCOUNTS.c.role == "admin")
    query = admins.order_by(ACCOUNTS.c.name).with_for_update()
    if [row.name for row in db.execute(query)] == [name]:
        raise LastAdmin(f"{name} is the only admin; make another one first")
