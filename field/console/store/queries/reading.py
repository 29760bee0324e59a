"""Reads alerts: pages of them, one with all that is known of it, and the events for pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, FromClause, func, select

from detectors.alert.record import Alert
from field.alerts.reading import decode_alert
from field.console.store.alert_rows import ENCODE, HANDLED, joined, summary
from field.console.store.opening import meta
from field.console.store.queries.facets import counts
from field.console.store.queries.query import AlertFilter, after, conditions, source
from field.console.store.tables import (
    ACTIONS,
    ALERTS,
    EVENTS,
    REVISION_VALUES,
    REVISIONS,
    SUMMARIES,
)

#: The columns of a pin, in this order.
PIN_FIELDS: Final = (
    *("alert_id", "lat", "lon", "severity", "probability", "kind", "state", "revision"),
)
Cursor = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Page:
    """Some alerts as encoded summaries; ``counts`` as in `facets.counts`. ``last_event_id`` is
    where to listen on from."""

    alerts: list[bytes]
    counts: dict[str, dict[str, int]]
    following: Cursor | None
    last_event_id: str


@dataclass(frozen=True, slots=True)
class Known:
    """One alert: its summary, the revision itself, all revisions and all actions up to then."""

    summary: bytes
    alert: Alert
    state: str
    case_id: str | None
    revisions: list[dict[str, Any]]
    actions: list[bytes]


def page(
    connection: Connection,
    asked: AlertFilter,
    limit: int,
    cursor: Cursor | None,
    replay_behind_ms: float,
) -> Page:
    """The newest and most severe alerts first: those that are not closed, by severity, by time."""
    rows = source(asked.at)
    where = conditions(connection, rows, asked)
    if cursor is not None:
        where.append(after(rows, cursor))
    c = rows.c
    found = connection.execute(
        _shown(rows)
        .where(*where)
        .order_by(c.urgency.desc(), c.ts.desc(), c.alert_id.desc())
        .limit(limit + 1)
    ).all()
    last = found[limit - 1] if len(found) > limit else None
    return Page(
        [_summary(row, replay_behind_ms, asked.at is not None) for row in found[:limit]],
        counts(connection, rows, asked),
        (last.urgency, last.ts, last.alert_id) if last else None,
        last_event_id(connection),
    )


def place_of(connection: Connection, alert_id: str, at: int | None) -> Cursor | None:
    """Where an alert stands in the order of `page`; ``None`` where it isn't known (at ``at``)."""
    c = source(at).c
    row = connection.execute(select(c.urgency, c.ts).where(c.alert_id == alert_id)).first()
    return None if row is None else (row.urgency, row.ts, alert_id)


def chosen(
    connection: Connection, asked: AlertFilter, limit: int, offset: int = 0
) -> list[tuple[Alert, str]]:
    """Alerts themselves with their states, for exports, in the order of `page`."""
    rows = source(asked.at)
    c = rows.c
    where = conditions(connection, rows, asked)
    names = (
        select(c.alert_id, c.revision, c.state, c.urgency, c.ts)
        .where(*where)
        .order_by(c.urgency.desc(), c.ts.desc(), c.alert_id.desc())
        .limit(limit)
        .offset(offset)
        .subquery()
    )
    v = REVISION_VALUES.c
    same = (names.c.alert_id == v.alert_id) & (names.c.revision == v.revision)
    found = connection.execute(
        select(v.value, names.c.state)
        .select_from(names.join(REVISION_VALUES, same))
        .order_by(names.c.urgency.desc(), names.c.ts.desc(), names.c.alert_id.desc())
    )
    return [(alert, state) for value, state in found if (alert := decode_alert(value))]


def pins(
    connection: Connection, asked: AlertFilter, limit: int
) -> tuple[list[tuple[Any, ...]], bool]:
    """What a map of all alerts needs: those that the filter lets through and that have a place, as
    rows of `PIN_FIELDS`, the most pressing first; and whether there are more than ``limit``."""
    rows = source(asked.at)
    c = rows.c
    found = connection.execute(
        select(*(c[name] for name in PIN_FIELDS))
        .where(*conditions(connection, rows, asked), c.lat.is_not(None))
        .order_by(c.urgency.desc(), c.ts.desc(), c.alert_id.desc())
        .limit(limit + 1)
    ).all()
    return [tuple(row) for row in found[:limit]], len(found) > limit


def matched(connection: Connection, asked: AlertFilter) -> int:
    """How many alerts a filter lets through."""
    rows = source(asked.at)
    where = conditions(connection, rows, asked)
    return connection.execute(select(func.count()).select_from(rows).where(*where)).scalar_one()


def known(
    connection: Connection, alert_id: str, at: int | None, replay_behind_ms: float
) -> Known | None:
    """All about one alert, as it was known at ``at`` (else now); ``None`` where it wasn't."""
    rows = source(at)
    row = connection.execute(_shown(rows).where(rows.c.alert_id == alert_id)).first()
    if row is None:
        return None
    r, a = REVISIONS.c, ACTIONS.c
    shown = select(
        *(r.revision, r.ts, r.status, r.probability, r.severity, r.kind, r.lat, r.lon, r.radius_m)
    )
    before = [] if at is None else [r.ts <= at]
    revisions = connection.execute(
        shown.where(r.alert_id == alert_id, *before).order_by(r.revision)
    ).mappings()
    acted = select(a.value).where(a.alert_id == alert_id, a.accepted)
    acted = acted if at is None else acted.where(a.ts <= at)
    v = REVISION_VALUES.c
    one = (v.alert_id == alert_id) & (v.revision == row.revision)
    alert = decode_alert(connection.execute(select(v.value).where(one)).scalar_one())
    assert alert is not None, "only what was read as an alert is stored"
    return Known(
        _summary(row, replay_behind_ms, at is not None),
        alert,
        row.state,
        row.case_id,
        [dict(revision) for revision in revisions],
        list(connection.execute(acted.order_by(a.place)).scalars()),
    )


def last_event_id(connection: Connection) -> str:
    """Of the newest event: epoch of the store and number."""
    return f"{meta(connection, 'epoch')}-{meta(connection, 'seq')}"


def events_after(connection: Connection, seq: int, limit: int) -> Sequence[tuple[int, str, bytes]]:
    """The events after a number, in order."""
    e = EVENTS.c
    found = connection.execute(
        select(e.seq, e.kind, e.data).where(e.seq > seq).order_by(e.seq).limit(limit)
    )
    return [(number, kind, data) for number, kind, data in found]


def _shown(rows: FromClause) -> Any:
    """Rows with what is needed to show them; ``value`` is the summary, or of the past the alert."""
    c = rows.c
    names = ("alert_id", "revision", "urgency", "ts", "received_ms", *HANDLED)
    if rows is ALERTS:
        values, same = SUMMARIES, c.alert_id == SUMMARIES.c.alert_id
    else:
        v = REVISION_VALUES.c
        values, same = REVISION_VALUES, (c.alert_id == v.alert_id) & (c.revision == v.revision)
    return select(*(c[name] for name in names), values.c.value).select_from(rows.join(values, same))


def _summary(row: Any, replay_behind_ms: float, past: bool) -> bytes:
    value: bytes = row.value
    if past:
        alert = decode_alert(value)
        assert alert is not None, "only what was read as an alert is stored"
        value = ENCODE(summary(alert))
    return joined(value, row._mapping, row.received_ms, row.ts, replay_behind_ms)
