"""The access log: who came in, who was refused, and what became of accounts.

Accounts are in no topic, so neither is this. Addresses are emptied after some days; the rest stays,
up to a bound that only a flood of refusals can reach.
"""

from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from field.console.access.accounts import printable
from field.console.access.database import LOG

_DAY_MS: Final = 86_400_000
_TIDY_EVERY_MS: Final = 3_600_000
#: Refused logins kept; what became of accounts is never dropped.
_MOST_REFUSED: Final = 100_000
_REFUSED: Final = ("login_failed", "login_limited")


class AccessLog:
    """``clock`` gives seconds since the epoch; ``address_days`` is how long addresses stay."""

    def __init__(
        self, engine: Engine, clock: Callable[[], float], address_days: float = 30.0
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._address_ms = int(address_days * _DAY_MS)
        self._tidied_ms = -_TIDY_EVERY_MS

    def write(
        self, event: str, name: str = "", *, by: str = "", detail: str = "", address: str = ""
    ) -> None:
        """One thing that happened to the account ``name``; ``by`` whoever did it, else itself."""
        row = {
            "ts": int(self._clock() * 1000),
            "event": event,
            "name": name,
            "by": by or name,
            "detail": printable(detail)[:200],
            "address": printable(address)[:64],
        }
        with self._engine.begin() as db:
            db.execute(sa.insert(LOG).values(**row))
        self.tidy()

    def read(self, limit: int = 200, before: int | None = None) -> list[dict[str, Any]]:
        """The newest entries first, those with a lower number than ``before`` alone."""
        self.tidy()
        query = sa.select(LOG).order_by(LOG.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(LOG.c.number < before)
        with self._engine.connect() as db:
            return [dict(row._mapping) for row in db.execute(query)]

    def knows(self, name: str, address: str) -> bool:
        """Whether the account has logged in from the address in the days that addresses stay."""
        here = (LOG.c.name == name) & (LOG.c.address == printable(address)[:64])
        recent = LOG.c.ts > int(self._clock() * 1000) - self._address_ms
        query = sa.select(LOG.c.number).where((LOG.c.event == "login") & here & recent).limit(1)
        if not address:
            return False
        with self._engine.connect() as db:
            return db.execute(query).first() is not None

    def tidy(self) -> None:
        """Empties addresses past their time, hourly."""
        now = int(self._clock() * 1000)
        if now - self._tidied_ms < _TIDY_EVERY_MS:
            return
        self._tidied_ms = now
        old = (LOG.c.ts < now - self._address_ms) & (LOG.c.address != "")
        refused = sa.select(LOG.c.number).where(LOG.c.event.in_(_REFUSED))
        surplus = refused.order_by(LOG.c.number.desc()).offset(_MOST_REFUSED).limit(1)
        with self._engine.begin() as db:
            db.execute(sa.update(LOG).where(old).values(address=""))
            newest = db.execute(surplus).scalar()
            if newest is not None:
                gone = LOG.c.event.in_(_REFUSED) & (LOG.c.number <= newest)
                db.execute(sa.delete(LOG).where(gone))
