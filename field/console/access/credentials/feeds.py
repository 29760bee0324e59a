"""Feeds: addresses with a secret in them, by which programs without cookies or headers read alerts.

Google Earth and ATAK open addresses and nothing else. So whoever has one of these reads what it is
of, and no more: one format, one filter, until its end, as long as its maker may see that, at so
many requests a minute. The secret has as much chance in it as a key and is kept as its SHA-256.
"""

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from field.alerts.life_cycle import Role
from field.console.access.accounts import Accounts, printable
from field.console.access.credentials.digests import digest_of
from field.console.access.credentials.logins import LoginLimit
from field.console.access.database import ACCOUNTS, FEEDS
from field.console.access.person import ROLES, Person
from field.console.databases import FAILING
from streams.config.settings import ConfigError

Format = Literal["kml", "geojson", "csv", "cot", "stix"]
_DAY_S: Final = 86_400.0
#: Whoever it was given to hands it on: it shall not outlive a season.
DAYS: Final = 7.0
MOST_DAYS: Final = 92.0
#: Feeds that an account may have at once.
MOST_FEEDS: Final = 20
#: Requests of one feed a minute: a screen that loads anew each second.
PER_MINUTE: Final = 60
#: Wrong secrets that an address may try a minute.
WRONG_PER_MINUTE: Final = 10
LEAST_REFRESH_S: Final = 2
MOST_REFRESH_S: Final = 3600
_SECRET: Final = "chf_"
_LABEL_LENGTH: Final = 100
#: When a feed was used is written down so often at most.
_USED_EVERY_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Feed:
    """What may be shown of a feed; ``asked`` is its filter as JSON, times are in seconds since the
    epoch, ``None`` for never. ``uses`` counts minutes in which it was used."""

    id: str
    name: str
    label: str
    format: Format
    asked: str
    refresh_s: int
    made_s: float
    until_s: float
    used_s: float | None
    uses: int


class Feeds:
    """The feeds of ``accounts``. ``clock`` gives seconds since the epoch."""

    def __init__(
        self,
        engine: Engine,
        accounts: Accounts,
        clock: Callable[[], float],
        least: Role | Literal[""] = "viewer",
    ) -> None:
        """``least`` is the role that whoever makes one must have, and keep; "": nobody."""
        self._engine, self._least = engine, least
        self._accounts = accounts
        self._clock = clock
        self._limit = LoginLimit(PER_MINUTE, clock)
        self._wrong = LoginLimit(WRONG_PER_MINUTE, clock)

    def make(
        self,
        name: str,
        kind: Format,
        asked: str,
        label: str = "",
        days: float = DAYS,
        refresh_s: int = 10,
    ) -> tuple[Feed, str]:
        """A new feed of the account and its secret, which is kept nowhere; ``days`` and
        ``refresh_s`` are within the bounds above. Raises `ConfigError`."""
        role = self._accounts.role(name)
        if role is None:
            raise ConfigError(f"there is no account {name!r}; {self._accounts.known()}")
        if not self.may_share(role):
            raise ConfigError(f"console.feeds lets nobody of the role {role} hand on feeds")
        self._tidy()
        secret, now = _SECRET + secrets.token_urlsafe(32), self._clock()
        feed = Feed(
            id=secrets.token_hex(6),
            name=name,
            label=printable(label)[:_LABEL_LENGTH],
            format=kind,
            asked=asked,
            refresh_s=refresh_s,
            made_s=now,
            until_s=now + days * _DAY_S,
            used_s=None,
            uses=0,
        )
        with self._engine.begin() as db:
            _leave_room(db, name, now)
            db.execute(sa.insert(FEEDS).values(**asdict(feed), digest=digest_of(secret)))
        return feed, secret

    def may_share(self, role: Role) -> bool:
        """Whether accounts of that role may hand on feeds."""
        return self._least != "" and ROLES.index(role) >= ROLES.index(self._least)

    def opened(self, secret: str) -> tuple[Feed, Person] | None:
        """The feed of a secret, and its maker with no role but to see; ``None`` for one that isn't
        known, is over, or whose maker is gone or may hand on none any more."""
        if not secret.startswith(_SECRET) or len(secret) > 100:
            return None
        both = sa.join(FEEDS, ACCOUNTS, FEEDS.c.name == ACCOUNTS.c.name)
        query = sa.select(FEEDS, ACCOUNTS.c.role).select_from(both)
        query = query.where(FEEDS.c.digest == digest_of(secret))
        now = self._clock()
        with self._engine.connect() as db:
            row = db.execute(query).first()
        if row is None or row.until_s <= now or not self.may_share(row.role):
            return None
        if row.used_s is None or abs(now - row.used_s) >= _USED_EVERY_S:
            used = {"used_s": now, "uses": FEEDS.c.uses + 1}
            # On a disk that is full it can't be noted, which is no reason to show nothing.
            with suppress(*FAILING), self._engine.begin() as db:
                db.execute(sa.update(FEEDS).where(FEEDS.c.id == row.id).values(**used))
        return _feed(row), Person(row.name, "viewer", by_token=True)

    def wait_s(self, feed: Feed) -> float:
        """Counts a request of a feed; 0 where it may be answered, else the seconds till one may."""
        return self._limit.wait_s(feed.id)

    def wrong_s(self, address: str) -> float:
        """Counts a secret that is none of ours; the seconds until the address may try again."""
        return self._wrong.wait_s(address)

    def all(self, name: str | None = None) -> list[Feed]:
        """All feeds that aren't over, or those of an account, the newest first."""
        query = sa.select(FEEDS).where(FEEDS.c.until_s > self._clock())
        query = query if name is None else query.where(FEEDS.c.name == name)
        with self._engine.connect() as db:
            rows = db.execute(query.order_by(FEEDS.c.made_s.desc(), FEEDS.c.id)).all()
        return [_feed(row) for row in rows]

    def remove(self, feed_id: str, name: str | None = None) -> Feed | None:
        """Removes a feed (of that account, where one is named), and returns it; ``None`` where
        there is none."""
        this = FEEDS.c.id == feed_id
        this = this if name is None else this & (FEEDS.c.name == name)
        with self._engine.begin() as db:
            row = db.execute(sa.select(FEEDS).where(this)).first()
            db.execute(sa.delete(FEEDS).where(this))
        return None if row is None else _feed(row)

    def _tidy(self) -> None:
        with self._engine.begin() as db:
            db.execute(sa.delete(FEEDS).where(FEEDS.c.until_s <= self._clock()))


def _leave_room(db: sa.Connection, name: str, now_s: float) -> None:
    """Raises `ConfigError` where an account has as many feeds as it may. Whoever else makes one of
    that account waits until the transaction is over, as its row is written first."""
    row = sa.update(ACCOUNTS).where(ACCOUNTS.c.name == name).values(name=name)
    if not db.execute(row).rowcount:
        raise ConfigError(f"there is no account {name!r} any more")
    those = (FEEDS.c.name == name) & (FEEDS.c.until_s > now_s)
    count = db.execute(sa.select(sa.func.count()).select_from(FEEDS).where(those)).scalar_one()
    if count >= MOST_FEEDS:
        raise ConfigError(f"an account has {MOST_FEEDS} feeds at most; remove one first")


def _feed(row: Any) -> Feed:
    return Feed(*(getattr(row, field.name) for field in fields(Feed)))
