"""Takes what people do about alerts: the audit trail, and the state that it leads to."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from field.alerts.life_cycle import Action, State, after
from field.console.scrub import clean
from field.console.store.alert_rows import UNTOUCHED
from field.console.store.tables import ACTIONS, ALERTS, HANDLING
from field.console.store.transaction import Record, Work

#: States in which an incident's identity and place are muted.
_MUTES = ("not_found", "false_alarm", "honest_cell")


def take_actions(work: Work, records: Sequence[Record]) -> None:
    """Actions of ``fbs.actions``, in their order: the first of two that conflict counts."""
    read = [(record, _action(work, record)) for record in records]
    actions = [(record, *known) for record, known in read if known is not None]
    ids = {action.action_id for _, action, _ in actions}
    known = set(work.known(ACTIONS.c.action_id, ACTIONS.c.action_id, ids))
    handling = handling_of(work, {action.alert_id for _, action, _ in actions})
    rows = []
    for record, action, value in actions:
        if action.action_id in known:
            continue
        known.add(action.action_id)
        before = handling.get(action.alert_id, UNTOUCHED)
        now = handled(before, action) if action.alert_id else before
        if now is not None:
            handling[action.alert_id] = now
            data = msgspec.to_builtins(action) | now
            work.events.append(("action", msgspec.json.encode(data)))
        rows.append(
            {
                "action_id": action.action_id,
                "alert_id": action.alert_id,
                "ts": action.ts,
                "action": action.action,
                "person": action.by,
                "accepted": now is not None,
                "received_ms": record.timestamp_ms,
                "value": value,
                **(now or before),
            }
        )
    if not rows:
        return
    work.connection.execute(ACTIONS.insert(), rows)
    touched = {
        row["alert_id"]: {"alert_id": row["alert_id"], **handling[row["alert_id"]]}
        for row in rows
        if row["alert_id"] in handling and row["alert_id"]
    }
    work.put(HANDLING, ["alert_id"], list(touched.values()))
    if touched:
        change = ALERTS.update().where(ALERTS.c.alert_id == bindparam("which"))
        work.connection.execute(
            change,
            [{"which": which, **_without_id(now)} for which, now in touched.items()],
        )


def handled(before: dict[str, Any], action: Action) -> dict[str, Any] | None:
    """What an action makes of an alert; ``None`` where the life cycle forbids it."""
    state: State | None = after(before["state"], action.action)
    if state is None:
        return None
    details = action.details
    now = before | {"state": state}
    if isinstance(who := details.get("assignee"), str):
        now["assignee"] = who or None
    elif action.action == "assign":
        now["assignee"] = None
    if action.action in ("link", "unlink"):
        case = details.get("case_id")
        now["case_id"] = case if action.action == "link" and isinstance(case, str) else None
    until = details.get("mute_until_ts")
    if action.action in _MUTES and isinstance(until, int) and not isinstance(until, bool):
        now["muted_until"] = until
    elif state != before["state"]:
        now["muted_until"] = None
    return now


def handling_of(work: Work, alert_ids: set[str]) -> dict[str, dict[str, Any]]:
    """What people have made of alerts so far, by id; those that nobody touched are not there."""
    found = work.connection.execute(
        select(HANDLING).where(HANDLING.c.alert_id.in_(sorted(alert_ids)))
    )
    return {row["alert_id"]: _without_id(dict(row)) for row in found.mappings()}


def _action(work: Work, record: Record) -> tuple[Action, bytes] | None:
    """The action and how it is kept: as it came, but for a person's number in its note, which the
    console hashes in its own before they are written."""
    value = record.value or b""
    try:
        action = msgspec.json.decode(value, type=Action)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        work.unread[record.topic] += 1
        return None
    note = clean(action.note, work.hasher)
    if note != action.note:
        action = msgspec.structs.replace(action, note=note)
        value = msgspec.json.encode(action)
    return action, value


def _without_id(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "alert_id"}
