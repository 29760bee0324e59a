"""Takes what people do about alerts: the audit trail, and the state that it leads to.

Whoever may write to the topic may write anything, so roles are checked here again, and who signed a
record. From the first signed one on, only those that a console signed count; what was there before
(of an older release) counts by its role. What doesn't count stays in the trail, with the reason.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from detectors.alert.rights import MOST_MUTE_S, may
from field.alerts.life_cycle import Action, State, after
from field.console.scrub import clean
from field.console.store.alert_rows import UNTOUCHED
from field.console.store.queries.actions import is_signed
from field.console.store.tables import ACTIONS, ALERTS, HANDLING
from field.console.store.transaction import Record, Work
from field.trail.chain import TOPIC
from streams.decode.clean_messages import hashed_line
from streams.signed.seals import Voucher, digest

#: States in which an incident's identity and place are muted.
_MUTES = ("not_found", "false_alarm", "honest_cell")


def take_actions(work: Work, records: Sequence[Record]) -> None:
    """Actions of ``fbs.actions``, in their order: the first of two that conflict counts."""
    read = [(record, _action(work, record)) for record in records]
    actions = [(record, *known) for record, known in read if known is not None]
    ids = {action.action_id for _, action, _, _ in actions}
    has_begun = is_signed(work.connection)
    known = set(work.known(ACTIONS.c.action_id, ACTIONS.c.action_id, ids))
    handling = handling_of(work, {action.alert_id for _, action, _, _ in actions})
    rows = []
    for record, action, value, vouched in actions:
        if action.action_id in known:
            continue
        known.add(action.action_id)
        before = handling.get(action.alert_id, UNTOUCHED)
        has_begun = has_begun or vouched == "signed"
        refusal = _refusal(action, vouched, has_begun)
        now = (handled(before, action) if action.alert_id else before) if not refusal else None
        if now is not None:
            handling[action.alert_id] = now
            data = msgspec.to_builtins(action) | now
            if action.alert_id:
                work.events.append(("action", msgspec.json.encode(data)))
        rows.append(
            {
                "action_id": action.action_id,
                "alert_id": action.alert_id,
                "ts": action.ts,
                "action": action.action,
                "person": action.by,
                "accepted": now is not None,
                "refusal": refusal or ("state" if now is None else None),
                "vouched": vouched,
                "digest": digest(record.value or b""),
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
        now["muted_until"] = min(until, action.ts + int(MOST_MUTE_S * 1000))
    elif state != before["state"]:
        now["muted_until"] = None
    return now


def handling_of(work: Work, alert_ids: set[str]) -> dict[str, dict[str, Any]]:
    """What people have made of alerts so far, by id; those that nobody touched are not there."""
    found = work.connection.execute(
        select(HANDLING).where(HANDLING.c.alert_id.in_(sorted(alert_ids)))
    )
    return {row["alert_id"]: _without_id(dict(row)) for row in found.mappings()}


def _refusal(action: Action, vouched: Voucher, has_begun: bool) -> str | None:
    """Why an action counts for nothing, whatever the life cycle says of it."""
    if vouched == "forged" or (has_begun and vouched != "signed"):
        return vouched
    return None if may(action.role, action.action) else "role"


def _action(work: Work, record: Record) -> tuple[Action, bytes, Voucher] | None:
    """The action, how it is kept, and who vouches for it. What a console signed is kept as it came,
    since it hashed people's numbers before it signed; in all else they are hashed here."""
    value = record.value or b""
    try:
        came = msgspec.json.decode(value)
        vouched = work.voucher(came, TOPIC) if isinstance(came, dict) else "unsigned"
        if vouched != "signed":
            value = hashed_line(value, work.hasher.at(record.timestamp_ms))
        # Fields that the console doesn't know are shown with the rest, so they must be readable.
        msgspec.json.decode(value)
        action = msgspec.json.decode(value, type=Action)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        work.unread[record.topic] += 1
        return None
    note = clean(action.note, work.hasher.at(record.timestamp_ms))
    if note != action.note:
        action = msgspec.structs.replace(action, note=note)
        value = msgspec.json.encode(action)
    return action, value, vouched


def _without_id(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "alert_id"}
