"""Asks the store what people did: one action, the trail of all, verdicts that are missing."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, exists, select

from field.alerts.life_cycle import REOPEN, VERDICTS, Action, verdict_of
from field.console.store.tables import ACTIONS, FEEDBACK


def action_of(connection: Connection, action_id: str) -> dict[str, Any] | None:
    """The row of an action, ``action`` the record itself; ``None`` where it hasn't been read."""
    a = ACTIONS.c
    row = connection.execute(select(ACTIONS).where(a.action_id == action_id)).mappings().first()
    return None if row is None else dict(row)


def actions_named(
    connection: Connection, alert_id: str, names: Sequence[str], since_ms: int, most: int
) -> list[Action]:
    """Actions of an alert with one of these names that counted, the newest ``most`` since then, in
    the trail's order."""
    a = ACTIONS.c
    named = [a.accepted, a.alert_id == alert_id, a.action.in_(list(names)), a.ts >= since_ms]
    found = connection.execute(select(a.value).where(*named).order_by(a.place.desc()).limit(most))
    return [msgspec.json.decode(value, type=Action) for value in found.scalars()][::-1]


def audit(
    connection: Connection, before: int | None, limit: int, alert_id: str = ""
) -> list[dict[str, Any]]:
    """All actions, also refused ones, the newest first; ``before`` is a ``place`` to go on from."""
    a = ACTIONS.c
    where = [a.place < before] if before is not None else []
    where += [a.alert_id == alert_id] if alert_id else []
    found = connection.execute(
        select(a.place, a.accepted, a.refusal, a.vouched, a.state, a.received_ms, a.value)
        .where(*where)
        .order_by(a.place.desc())
        .limit(limit)
    )
    return [
        {
            **msgspec.json.decode(value),
            **{"place": place, "accepted": accepted, "state": state, "received_ms": received_ms},
            **{"refusal": refusal, "vouched": vouched},
        }
        for place, accepted, refusal, vouched, state, received_ms, value in found
    ]


def newest_digest(connection: Connection) -> str:
    """What names the newest record of the trail that was read; "" before there is one."""
    found = select(ACTIONS.c.digest).order_by(ACTIONS.c.place.desc()).limit(1)
    return connection.execute(found).scalar() or ""


def is_signed(connection: Connection) -> bool:
    """Whether the trail has a record that a console signed."""
    signed = exists().where(ACTIONS.c.vouched == "signed")
    return bool(connection.execute(select(signed)).scalar())


def unsent_verdicts(connection: Connection, received_before_ms: int) -> list[Action]:
    """Verdicts that counted and haven't been passed on to ``field.feedback``, the oldest first."""
    a = ACTIONS.c
    sent = select(FEEDBACK.c.action_id).where(FEEDBACK.c.action_id == a.action_id).exists()
    found = connection.execute(
        select(a.value)
        .where(
            a.accepted, a.action.in_([*VERDICTS, REOPEN]), a.received_ms < received_before_ms, ~sent
        )
        .order_by(a.place)
        .limit(100)
    )
    actions = [msgspec.json.decode(value, type=Action) for value in found.scalars()]
    return [action for action in actions if verdict_of(action) is not None]
