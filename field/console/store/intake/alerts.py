"""Takes alerts: all revisions, and the newest of each as it is shown."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import text

from detectors.alert.record import AlertNumber
from field.alerts.checks import checked
from field.alerts.reading import decode_alert
from field.console.store.alert_rows import ENCODE, UNTOUCHED, facts, joined, summary
from field.console.store.intake.actions import handling_of
from field.console.store.intake.numbers import put_alert_numbers
from field.console.store.opening import is_sqlite
from field.console.store.tables import ALERTS, BOXES, REVISION_VALUES, REVISIONS, SUMMARIES
from field.console.store.transaction import Record, Work
from field.formats.scrubbed import scrubbed


class _Revision(NamedTuple):
    """A revision as it is shown, as columns, and as bytes."""

    summary: dict[str, Any]
    facts: dict[str, Any]
    value: bytes
    numbers: list[AlertNumber]


def take_alerts(work: Work, records: Sequence[Record]) -> None:
    """Revisions of ``fbs.alerts``: all are kept, the highest of each alert is its newest state."""
    revisions: dict[tuple[str, int], dict[str, Any]] = {}
    values: dict[tuple[str, int], dict[str, Any]] = {}
    highest: dict[str, _Revision] = {}
    named: list[tuple[str, int, list[AlertNumber]]] = []
    for record in records:
        one = _read(record)
        if one is None:
            work.unread[record.topic] += 1
            continue
        which, revision = one.summary["alert_id"], one.summary["revision"]
        named.append((which, revision, one.numbers))
        revisions.setdefault((which, revision), one.facts)
        key = {"alert_id": which, "revision": revision}
        values.setdefault((which, revision), key | {"value": one.value})
        if which not in highest or highest[which].summary["revision"] < revision:
            highest[which] = one
    work.add(REVISIONS, list(revisions.values()))
    work.add(REVISION_VALUES, list(values.values()))
    put_alert_numbers(work, named)
    _show(work, highest)


def _read(record: Record) -> _Revision | None:
    if record.value is None or (decoded := decode_alert(record.value)) is None:
        return None
    try:
        alert = checked(decoded)
        if alert is None:
            return None
        alert = scrubbed(alert)
        shown = summary(alert)
        # Encoded anew: what came may have fields that nobody knows, and anything in them.
        kept = ENCODE(alert)
        columns = facts(alert, shown["headline_zh"], record.timestamp_ms)
        return _Revision(shown, columns, kept, alert.numbers)
    except Exception:
        # Whatever a foreign writer's words do to ours: one record must not stop all others.
        return None


def _show(work: Work, highest: Mapping[str, _Revision]) -> None:
    shown = work.known(ALERTS.c.alert_id, ALERTS.c.revision, set(highest))
    handling = handling_of(work, set(highest))
    rows, summaries = [], []
    for which, one in highest.items():
        if which in shown and shown[which] >= one.summary["revision"]:
            continue
        encoded, now = ENCODE(one.summary), handling.get(which, UNTOUCHED)
        rows.append(one.facts | now)
        summaries.append({"alert_id": which, "value": encoded})
        received_ms, ts = one.facts["received_ms"], one.summary["ts"]
        work.events.append(("alert", joined(encoded, now, received_ms, ts, work.replay_behind_ms)))
    work.put(ALERTS, ["alert_id"], rows)
    work.put(SUMMARIES, ["alert_id"], summaries)
    if is_sqlite(work.connection):
        placed = [row for row in rows if row["west"] is not None]
        places = work.known(ALERTS.c.alert_id, ALERTS.c.place, {row["alert_id"] for row in rows})
        put_boxes(work, "alerts", [(places[row["alert_id"]], row) for row in placed])


def put_boxes(work: Work, table: str, rows: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Writes the boxes of rows, by their place, into the R*Tree of a table."""
    if rows and is_sqlite(work.connection):
        names = ("west", "east", "south", "north")
        boxes = [{"id": place, **{name: row[name] for name in names}} for place, row in rows]
        statement = f"INSERT OR REPLACE INTO {BOXES[table]} VALUES (:id,:west,:east,:south,:north)"
        work.connection.execute(text(statement), boxes)
