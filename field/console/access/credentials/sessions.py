"""Sessions: a random name in a signed cookie, its SHA-256 in the database until it ends."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from field.console.access.credentials.digests import digest_of
from field.console.access.credentials.signing import Signer
from field.console.access.database import ACCOUNTS, SESSIONS
from field.console.access.person import Person
from field.console.databases import FAILING

#: A person has some browsers; whoever logs in again and again ends their own oldest sessions.
_MOST: Final = 50
#: When a session was used is written down so often at most.
_USED_EVERY_S: Final = 60.0
#: Signs of a digest that are shown.
_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Session:
    """What may be shown of a session: the first signs of its digest, times in seconds since the
    epoch, and whether it is the one by which it is asked."""

    id: str
    begun_s: float
    used_s: float
    until_s: float
    own: bool


class Sessions:
    """Sessions of one database; each lasts ``hours``, or until nothing was asked by it for
    ``idle_minutes``. ``clock`` gives seconds since the epoch."""

    def __init__(
        self,
        engine: Engine,
        signer: Signer,
        clock: Callable[[], float],
        hours: float,
        idle_minutes: float = 60.0,
    ) -> None:
        self._engine = engine
        self._signer = signer
        self._clock = clock
        self.lifetime_s = hours * 3600.0
        self._idle_s = idle_minutes * 60.0

    def begin(self, name: str) -> str:
        """A new session of the account; the value of its cookie."""
        session = secrets.token_urlsafe(24)
        now = self._clock()
        own = sa.select(SESSIONS.c.id).where(SESSIONS.c.name == name)
        too_many = own.order_by(SESSIONS.c.until_s.desc()).offset(_MOST - 1)
        with self._engine.begin() as db:
            over = (SESSIONS.c.until_s <= now) | (SESSIONS.c.used_s <= now - self._idle_s)
            db.execute(sa.delete(SESSIONS).where(over))
            old = [row.id for row in db.execute(too_many)]
            db.execute(sa.delete(SESSIONS).where(SESSIONS.c.id.in_(old)))
            until = now + self.lifetime_s
            row = {"id": digest_of(session), "name": name, "until_s": until, "used_s": now}
            db.execute(sa.insert(SESSIONS).values(**row))
        return self._signer.cookie(session)

    def of_cookie(self, cookie: str) -> Person | None:
        """Whose session a cookie is; ``None`` for what isn't ours, has ended or was ended."""
        session = self._signer.session(cookie)
        if session is None:
            return None
        both = sa.join(SESSIONS, ACCOUNTS, SESSIONS.c.name == ACCOUNTS.c.name)
        now, which = self._clock(), SESSIONS.c.id == digest_of(session)
        this = which & (SESSIONS.c.until_s > now) & (SESSIONS.c.used_s > now - self._idle_s)
        columns = (ACCOUNTS.c.name, ACCOUNTS.c.role, SESSIONS.c.used_s)
        with self._engine.connect() as db:
            row = db.execute(sa.select(*columns).select_from(both).where(this)).first()
        if row is None:
            return None
        if abs(now - row.used_s) >= min(_USED_EVERY_S, self._idle_s / 4.0):
            # On a disk that is full it can't be noted, which is no reason to let nobody in.
            with suppress(*FAILING), self._engine.begin() as db:
                db.execute(sa.update(SESSIONS).where(which).values(used_s=now))
        return Person(row.name, row.role, csrf=self._signer.csrf(session))

    def end(self, cookie: str) -> None:
        """End the session of a cookie, wherever else the cookie may be."""
        session = self._signer.session(cookie)
        if session is not None:
            with self._engine.begin() as db:
                db.execute(sa.delete(SESSIONS).where(SESSIONS.c.id == digest_of(session)))

    def all(self, name: str, cookie: str) -> list[Session]:
        """The sessions of an account, the one used last first."""
        own, now = digest_of(self._signer.session(cookie) or ""), self._clock()
        live = (SESSIONS.c.until_s > now) & (SESSIONS.c.used_s > now - self._idle_s)
        query = sa.select(SESSIONS).where((SESSIONS.c.name == name) & live)
        with self._engine.connect() as db:
            rows = db.execute(query.order_by(SESSIONS.c.used_s.desc(), SESSIONS.c.id)).all()
        return [_shown(row, self.lifetime_s, row.id == own) for row in rows]

    def end_one(self, name: str, shown: str) -> bool:
        """End the session of an account that is shown by that name; whether there was one."""
        this = (SESSIONS.c.name == name) & (sa.func.substr(SESSIONS.c.id, 1, _SHOWN) == shown)
        with self._engine.begin() as db:
            return bool(db.execute(sa.delete(SESSIONS).where(this)).rowcount)

    def end_others(self, name: str, cookie: str) -> None:
        """End all sessions of the account but that of the cookie."""
        kept = digest_of(self._signer.session(cookie) or "")
        others = (SESSIONS.c.name == name) & (SESSIONS.c.id != kept)
        with self._engine.begin() as db:
            db.execute(sa.delete(SESSIONS).where(others))


def _shown(row: Any, lifetime_s: float, own: bool) -> Session:
    begun_s = row.until_s - lifetime_s
    return Session(row.id[:_SHOWN], begun_s, row.used_s, row.until_s, own)
