"""API tokens: shown once, kept as their SHA-256, for programs that have no page.

A token has as much chance in it as a key, so that nothing can be guessed from its plain hash.
"""

import hashlib
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from field.console.access.accounts import Accounts, printable
from field.console.access.database import ACCOUNTS, TOKENS
from field.console.access.person import Person
from field.console.databases import FAILING
from streams.config.settings import ConfigError

_DAY_S: Final = 86_400.0
_MOST_DAYS: Final = 36_500.0
_TOKEN: Final = "chd_"
_PREFIX_LENGTH: Final = len(_TOKEN) + 8
_LABEL_LENGTH: Final = 100
#: When a token was used is written down so often at most.
_USED_EVERY_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Token:
    """What may be shown of a token; times in seconds since the epoch, ``None`` for never."""

    prefix: str
    name: str
    label: str
    made_s: float
    until_s: float | None
    used_s: float | None


class Tokens:
    """The tokens of ``accounts``. ``clock`` gives seconds since the epoch."""

    def __init__(self, engine: Engine, accounts: Accounts, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._accounts = accounts
        self._clock = clock

    def make(self, name: str, label: str = "", days: float | None = None) -> str:
        """A new API token of the account; it is kept nowhere. Raises `ConfigError`."""
        if self._accounts.role(name) is None:
            raise ConfigError(f"there is no account {name!r}; {self._accounts.known()}")
        if days is not None and not 0.0 < days <= _MOST_DAYS:
            raise ConfigError(f"a token can't last {days} days; give a number above 0, or none")
        token = _TOKEN + secrets.token_urlsafe(32)
        now = self._clock()
        until = None if days is None else now + days * _DAY_S
        with self._engine.begin() as db:
            db.execute(
                sa.insert(TOKENS).values(
                    prefix=token[:_PREFIX_LENGTH],
                    digest=_digest(token),
                    name=name,
                    label=printable(label)[:_LABEL_LENGTH],
                    made_s=now,
                    until_s=until,
                )
            )
        return token

    def person(self, token: str) -> Person | None:
        """Who an API token stands for; ``None`` for one that isn't known or is past its end."""
        both = sa.join(TOKENS, ACCOUNTS, TOKENS.c.name == ACCOUNTS.c.name)
        query = (
            sa.select(TOKENS, ACCOUNTS.c.role)
            .select_from(both)
            .where(TOKENS.c.digest == _digest(token))
        )
        now = self._clock()
        with self._engine.connect() as db:
            row = db.execute(query).first()
        if row is None or (row.until_s is not None and row.until_s <= now):
            return None
        if row.used_s is None or abs(now - row.used_s) >= _USED_EVERY_S:
            this = TOKENS.c.prefix == row.prefix
            # On a disk that is full it can't be noted, which is no reason to let nobody in.
            with suppress(*FAILING), self._engine.begin() as db:
                db.execute(sa.update(TOKENS).where(this).values(used_s=now))
        return Person(row.name, row.role, by_token=True)

    def all(self, name: str | None = None) -> list[Token]:
        """All tokens, or those of an account."""
        query = sa.select(TOKENS).order_by(TOKENS.c.name, TOKENS.c.made_s, TOKENS.c.prefix)
        if name is not None:
            query = query.where(TOKENS.c.name == name)
        with self._engine.connect() as db:
            return [
                Token(row.prefix, row.name, row.label, row.made_s, row.until_s, row.used_s)
                for row in db.execute(query)
            ]

    def remove(self, prefix: str, name: str | None = None) -> bool:
        """Remove the token of that prefix (and of that account, where one is named)."""
        this = TOKENS.c.prefix == prefix
        if name is not None:
            this &= TOKENS.c.name == name
        with self._engine.begin() as db:
            return bool(db.execute(sa.delete(TOKENS).where(this)).rowcount)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
