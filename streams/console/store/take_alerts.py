"""Takes alerts and what people do about them: revisions, newest states, the audit trail."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, select, text

from streams.actions import Action, State, after
from streams.alert_checks import checked
from streams.alerts import decode_alert
from streams.console.store.facts import Summary, facts, summary
from streams.console.store.opening import is_sqlite
from streams.console.store.shown import ENCODE, joined
from streams.console.store.tables import (
    ACTIONS,
    ALERTS,
    BOXES,
    HANDLING,
    REVISION_VALUES,
    REVISIONS,
    SUMMARIES,
)
from streams.console.store.work import Record, Work
from streams.formats.scrubbed import scrubbed


class _Told(NamedTuple):
    """A revision as it is shown, as columns, and as bytes."""

    summary: Summary
    facts: dict[str, Any]
    value: bytes


_UNTOUCHED: dict[str, Any] = {
    "state": "new",
    "assignee": None,
    "muted_until": None,
    "case_id": None,
}
#: States in which an incident's identity and place are muted.
_MUTES = ("not_found", "false_alarm", "honest_cell")


def take_alerts(work: Work, records: Sequence[Record]) -> None:
    """Revisions of ``fbs.alerts``: all are kept, the highest of each alert is its newest state."""
    revisions: dict[tuple[str, int], dict[str, Any]] = {}
    values: dict[tuple[str, int], dict[str, Any]] = {}
    highest: dict[str, _Told] = {}
    for record in records:
        told = _told(record)
        if told is None:
            work.unread[record.topic] += 1
            continue
        which, revision = told.summary.alert_id, told.summary.revision
        revisions.setdefault((which, revision), told.facts)
        key = {"alert_id": which, "revision": revision}
        values.setdefault((which, revision), key | {"value": told.value})
        if which not in highest or highest[which].summary.revision < revision:
            highest[which] = told
    work.add(REVISIONS, list(revisions.values()))
    work.add(REVISION_VALUES, list(values.values()))
    _show(work, highest)


def take_actions(work: Work, records: Sequence[Record]) -> None:
    """Actions of ``fbs.actions``, in their order: the first of two that conflict counts."""
    actions = [(record, _action(work, record)) for record in records]
    ids = {action.action_id for _, action in actions if action}
    told = _column(work, ACTIONS.c.action_id, ACTIONS.c.action_id, ids)
    handling = _handling(work, {action.alert_id for _, action in actions if action})
    rows = []
    for record, action in actions:
        if action is None or action.action_id in told:
            continue
        told.add(action.action_id)
        before = handling.get(action.alert_id, _UNTOUCHED)
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
                "heard_ms": record.timestamp_ms,
                "value": record.value,
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
            [{"which": which, **_without(now, "alert_id")} for which, now in touched.items()],
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


def _told(record: Record) -> _Told | None:
    if record.value is None or (told := decode_alert(record.value)) is None:
        return None
    try:
        alert = checked(told)
        if alert is None:
            return None
        alert = scrubbed(alert)
        value = record.value if alert == told else ENCODE(alert)
        shown = summary(alert)
        return _Told(shown, facts(alert, shown.headline_zh, record.timestamp_ms), value)
    except Exception:
        # Whatever a foreign writer's words do to ours: one record must not stop all others.
        return None


def _show(work: Work, highest: Mapping[str, _Told]) -> None:
    shown = _column(work, ALERTS.c.alert_id, ALERTS.c.revision, set(highest), pairs=True)
    handling = _handling(work, set(highest))
    rows, summaries = [], []
    for which, told in highest.items():
        if which in shown and shown[which] >= told.summary.revision:
            continue
        encoded, now = ENCODE(told.summary), handling.get(which, _UNTOUCHED)
        rows.append(told.facts | now)
        summaries.append({"alert_id": which, "value": encoded})
        heard_ms, ts = told.facts["heard_ms"], told.summary.ts
        work.events.append(("alert", joined(encoded, now, heard_ms, ts, work.replay_behind_ms)))
    work.put(ALERTS, ["alert_id"], rows)
    work.put(SUMMARIES, ["alert_id"], summaries)
    if is_sqlite(work.connection):
        placed = [row for row in rows if row["west"] is not None]
        places = _column(
            work, ALERTS.c.alert_id, ALERTS.c.place, {r["alert_id"] for r in rows}, pairs=True
        )
        put_boxes(work, "alerts", [(places[row["alert_id"]], row) for row in placed])


def put_boxes(work: Work, table: str, rows: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Writes the boxes of rows, by their place, into the R*Tree of a table."""
    if rows and is_sqlite(work.connection):
        names = ("west", "east", "south", "north")
        boxes = [{"id": place, **{name: row[name] for name in names}} for place, row in rows]
        statement = f"INSERT OR REPLACE INTO {BOXES[table]} VALUES (:id,:west,:east,:south,:north)"
        work.connection.execute(text(statement), boxes)


def _action(work: Work, record: Record) -> Action | None:
    try:
        action = msgspec.json.decode(record.value or b"", type=Action)
    except (msgspec.DecodeError, UnicodeDecodeError):
        work.unread[record.topic] += 1
        return None
    return action


def _handling(work: Work, alert_ids: set[str]) -> dict[str, dict[str, Any]]:
    found = work.connection.execute(
        select(HANDLING).where(HANDLING.c.alert_id.in_(sorted(alert_ids)))
    )
    return {row["alert_id"]: _without(dict(row), "alert_id") for row in found.mappings()}


def _column(work: Work, key: Any, value: Any, keys: set[str], pairs: bool = False) -> Any:
    found = work.connection.execute(select(key, value).where(key.in_(sorted(keys)))).all()
    return {row[0]: row[1] for row in found} if pairs else {row[0] for row in found}


def _without(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}
