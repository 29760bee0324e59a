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
#: So long an account's page shows what became of its credentials, and so many of them.
CHANGES_DAYS: Final = 7.0
_MOST_CHANGES: Final = 20
_TIDY_EVERY_MS: Final = 3_600_000
#: Refusals kept, of logins and of requests; what became of accounts is never dropped.
_MOST_REFUSED: Final = 100_000
_REFUSED: Final = ("login_failed", "login_limited", "refused")
#: What changes how somebody gets into an account.
CREDENTIALS: Final = (
    *("password_changed", "account_changed", "role_changed", "mfa_added", "mfa_removed"),
    *("token_made", "recovery_code_used"),
)
#: Who did it, where somebody at the keyboard of this computer did.
COMMAND_LINE: Final = "command line"
#: Whoever does one of these to an account may be the one who logs in by it, for so long (ms).
_SETS: Final = (
    *("account_added", "account_changed", "role_changed", "password_changed"),
    *("mfa_added", "mfa_removed"),
)
_SETS_MS: Final = 30 * _DAY_MS
#: By the command line: role and password are another's from then on.
_ANEW: Final = ("account_added", "account_changed")


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

    def changes(self, name: str, days: float = CHANGES_DAYS) -> list[dict[str, Any]]:
        """What became of an account's credentials in the last days, the newest first: event, time
        (``ts``, ms) and who did it (``by``)."""
        since = int(self._clock() * 1000 - days * _DAY_MS)
        these = (LOG.c.name == name) & LOG.c.event.in_(CREDENTIALS) & (LOG.c.ts >= since)
        query = sa.select(LOG.c.event, LOG.c.ts, LOG.c.by).where(these)
        with self._engine.connect() as db:
            rows = db.execute(query.order_by(LOG.c.number.desc()).limit(_MOST_CHANGES))
            return [dict(row._mapping) for row in rows]

    def knows(self, name: str, address: str) -> bool:
        """Whether the account has logged in from the address in the days that addresses stay."""
        here = (LOG.c.name == name) & (LOG.c.address == printable(address)[:64])
        recent = LOG.c.ts > int(self._clock() * 1000) - self._address_ms
        query = sa.select(LOG.c.number).where((LOG.c.event == "login") & here & recent).limit(1)
        if not address:
            return False
        with self._engine.connect() as db:
            return db.execute(query).first() is not None

    def set_by(self) -> set[tuple[str, str]]:
        """Of accounts that others added, or gave a role, a password or another second factor, in
        the last 30 days: (account, who did it).

        The command line is nobody's account; what it adds or changes is nobody's any more.
        """
        log = LOG.c
        since = int(self._clock() * 1000) - _SETS_MS
        query = (
            sa.select(log.name, log.by, log.event, sa.func.max(log.number).label("number"))
            .where(log.event.in_(_SETS), log.ts >= since, log.name != log.by)
            .group_by(log.name, log.by, log.event)
        )
        with self._engine.connect() as db:
            rows = db.execute(query.order_by("number")).all()
        anew = {
            row.name: row.number for row in rows if row.by == COMMAND_LINE and row.event in _ANEW
        }
        return {
            (row.name, row.by)
            for row in rows
            if row.by != COMMAND_LINE and row.number > anew.get(row.name, 0)
        }

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
