"""API tokens: shown once, kept as their SHA-256, for programs that have no page.

A token has as much chance in it as a key, so that nothing can be guessed from its plain hash.
"""

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from field.alerts.life_cycle import Role
from field.console.access.accounts import Accounts, printable
from field.console.access.credentials.digests import digest_of
from field.console.access.database import ACCOUNTS, TOKENS
from field.console.access.person import ROLES, Person
from field.console.databases import FAILING
from streams.config.settings import ConfigError

_DAY_S: Final = 86_400.0
#: A token of a program that nobody looks after any more shall not outlive its van by years.
DAYS: Final = 90.0
MOST_DAYS: Final = 366.0
#: So long beforehand (s), who uses a token and whose it is learn that it ends.
SOON_S: Final = 14 * _DAY_S
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
    scope: Role
    made_s: float
    until_s: float
    used_s: float | None


class Tokens:
    """The tokens of ``accounts``. ``clock`` gives seconds since the epoch."""

    def __init__(self, engine: Engine, accounts: Accounts, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._accounts = accounts
        self._clock = clock

    def make(
        self, name: str, label: str = "", days: float | None = None, scope: str | None = None
    ) -> str:
        """A new API token of the account; it is kept nowhere. Raises `ConfigError`.

        It ends after ``days`` (`DAYS` without), and may what the role ``scope`` may (without: that
        of the account now), but never more than the account.
        """
        role = self._accounts.role(name)
        if role is None:
            raise ConfigError(f"there is no account {name!r}; {self._accounts.known()}")
        days = DAYS if days is None else days
        if not 0.0 < days <= MOST_DAYS:
            raise ConfigError(
                f"a token can't last {days} days; give a number above 0, at most {MOST_DAYS:.0f}"
            )
        if scope is not None and scope not in ROLES:
            raise ConfigError(f"{scope!r} is no scope; scopes are {', '.join(ROLES)}")
        token = _TOKEN + secrets.token_urlsafe(32)
        now = self._clock()
        with self._engine.begin() as db:
            db.execute(
                sa.insert(TOKENS).values(
                    prefix=token[:_PREFIX_LENGTH],
                    digest=digest_of(token),
                    name=name,
                    label=printable(label)[:_LABEL_LENGTH],
                    scope=scope or role,
                    made_s=now,
                    until_s=now + days * _DAY_S,
                )
            )
        return token

    def person(self, token: str) -> Person | None:
        """Who an API token stands for; ``None`` for one that isn't known or is past its end."""
        both = sa.join(TOKENS, ACCOUNTS, TOKENS.c.name == ACCOUNTS.c.name)
        query = (
            sa.select(TOKENS, ACCOUNTS.c.role)
            .select_from(both)
            .where(TOKENS.c.digest == digest_of(token))
        )
        now = self._clock()
        with self._engine.connect() as db:
            row = db.execute(query).first()
        if row is None or row.until_s <= now:
            return None
        if row.used_s is None or abs(now - row.used_s) >= _USED_EVERY_S:
            this = TOKENS.c.prefix == row.prefix
            # On a disk that is full it can't be noted, which is no reason to let nobody in.
            with suppress(*FAILING), self._engine.begin() as db:
                db.execute(sa.update(TOKENS).where(this).values(used_s=now))
        role = min(row.role, row.scope, key=ROLES.index)
        ends_s = row.until_s if row.until_s <= now + SOON_S else None
        return Person(row.name, role, by_token=True, token_ends_s=ends_s)

    def all(self, name: str | None = None) -> list[Token]:
        """All tokens, or those of an account."""
        query = sa.select(TOKENS).order_by(TOKENS.c.name, TOKENS.c.made_s, TOKENS.c.prefix)
        if name is not None:
            query = query.where(TOKENS.c.name == name)
        with self._engine.connect() as db:
            return [
                Token(*(getattr(row, field.name) for field in fields(Token)))
                for row in db.execute(query)
            ]

    def ending(self, name: str) -> list[Token]:
        """The tokens of an account that end soon."""
        now = self._clock()
        return [one for one in self.all(name) if now < one.until_s <= now + SOON_S]

    def remove(self, prefix: str, name: str | None = None) -> bool:
        """Remove the token of that prefix (and of that account, where one is named)."""
        this = TOKENS.c.prefix == prefix
        if name is not None:
            this &= TOKENS.c.name == name
        with self._engine.begin() as db:
            return bool(db.execute(sa.delete(TOKENS).where(this)).rowcount)
