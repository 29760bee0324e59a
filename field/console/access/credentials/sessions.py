"""Sessions: a random name in a signed cookie, its SHA-256 in the database until it ends."""

import hashlib
import secrets
from collections.abc import Callable
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from field.console.access.credentials.signing import Signer
from field.console.access.database import ACCOUNTS, SESSIONS
from field.console.access.person import Person

#: A person has some browsers; whoever logs in again and again ends their own oldest sessions.
_MOST: Final = 50


class Sessions:
    """Sessions of one database; each lasts ``hours``. ``clock`` gives seconds since the epoch."""

    def __init__(
        self, engine: Engine, signer: Signer, clock: Callable[[], float], hours: float
    ) -> None:
        self._engine = engine
        self._signer = signer
        self._clock = clock
        self.lifetime_s = hours * 3600.0

    def begin(self, name: str) -> str:
        """A new session of the account; the value of its cookie."""
        session = secrets.token_urlsafe(24)
        now = self._clock()
        own = sa.select(SESSIONS.c.id).where(SESSIONS.c.name == name)
        too_many = own.order_by(SESSIONS.c.until_s.desc()).offset(_MOST - 1)
        with self._engine.begin() as db:
            db.execute(sa.delete(SESSIONS).where(SESSIONS.c.until_s <= now))
            old = [row.id for row in db.execute(too_many)]
            db.execute(sa.delete(SESSIONS).where(SESSIONS.c.id.in_(old)))
            until = now + self.lifetime_s
            row = {"id": _digest(session), "name": name, "until_s": until}
            db.execute(sa.insert(SESSIONS).values(**row))
        return self._signer.cookie(session)

    def of_cookie(self, cookie: str) -> Person | None:
        """Whose session a cookie is; ``None`` for what isn't ours, has ended or was ended."""
        session = self._signer.session(cookie)
        if session is None:
            return None
        both = sa.join(SESSIONS, ACCOUNTS, SESSIONS.c.name == ACCOUNTS.c.name)
        this = (SESSIONS.c.id == _digest(session)) & (SESSIONS.c.until_s > self._clock())
        query = sa.select(ACCOUNTS.c.name, ACCOUNTS.c.role).select_from(both).where(this)
        with self._engine.connect() as db:
            row = db.execute(query).first()
        if row is None:
            return None
        return Person(row.name, row.role, csrf=self._signer.csrf(session))

    def end(self, cookie: str) -> None:
        """End the session of a cookie, wherever else the cookie may be."""
        session = self._signer.session(cookie)
        if session is not None:
            with self._engine.begin() as db:
                db.execute(sa.delete(SESSIONS).where(SESSIONS.c.id == _digest(session)))


def _digest(session: str) -> str:
    return hashlib.sha256(session.encode("utf-8", "replace")).hexdigest()
