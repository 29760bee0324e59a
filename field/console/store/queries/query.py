"""What may be asked of alerts, and the SQL for it."""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, FromClause, and_, func, or_, select

from field.console.store.alert_rows import HANDLED
from field.console.store.opening import is_sqlite
from field.console.store.tables import ACTIONS, ALERTS, BOXES, REVISIONS

_TREES: Final = {
    name: sa.table(tree, *(sa.column(side) for side in ("id", "west", "east", "south", "north")))
    for name, tree in BOXES.items()
}


class Box(NamedTuple):
    """West, south, east, north in degrees. West of east, or it goes over the date line."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFilter:
    """A filter of alerts: empty and ``None`` ask for all. Times in ms.

    ``begin`` and ``end`` bound the span from ``first_seen`` to ``last_seen``. ``at`` asks for the
    world as it was known then: revisions and actions up to it. Operators as in
    `alert_rows.operator`.
    """

    statuses: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    rats: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    begin: int | None = None
    end: int | None = None
    box: Box | None = None
    terms: str = ""
    campaign: str = ""
    at: int | None = None


def source(at: int | None) -> FromClause:
    """Where alerts are read from: their newest state, or what was known at a time."""
    if at is None:
        return ALERTS
    newest = (
        select(REVISIONS.c.alert_id, func.max(REVISIONS.c.revision).label("revision"))
        .where(REVISIONS.c.ts <= at)
        .group_by(REVISIONS.c.alert_id)
        .subquery()
    )
    last = (
        select(ACTIONS.c.alert_id, func.max(ACTIONS.c.place).label("place"))
        .where(ACTIONS.c.ts <= at, ACTIONS.c.accepted)
        .group_by(ACTIONS.c.alert_id)
        .subquery()
    )
    same = and_(
        REVISIONS.c.alert_id == newest.c.alert_id, REVISIONS.c.revision == newest.c.revision
    )
    state = func.coalesce(ACTIONS.c.state, sa.literal("new")).label("state")
    return (
        select(
            *REVISIONS.c,
            ALERTS.c.place,
            state,
            *(ACTIONS.c[name] for name in HANDLED[1:]),
        )
        .select_from(
            REVISIONS.join(newest, same)
            .join(ALERTS, ALERTS.c.alert_id == REVISIONS.c.alert_id)
            .outerjoin(last, last.c.alert_id == REVISIONS.c.alert_id)
            .outerjoin(ACTIONS, ACTIONS.c.place == last.c.place)
        )
        .subquery()
    )


def conditions(
    connection: Connection, rows: FromClause, asked: AlertFilter, facets: bool = True
) -> list[ColumnElement[bool]]:
    """The filter's conditions; without ``facets`` all but status, state, severity, kind and
    technology."""
    c = rows.c
    found: list[ColumnElement[bool]] = []
    if facets:
        facets_of = (
            *(("status", asked.statuses), ("state", asked.states)),
            *(("severity", asked.severities), ("kind", asked.kinds)),
        )
        found += [c[name].in_(values) for name, values in facets_of if values]
    if asked.campaign:
        found.append(c.campaign == asked.campaign)
    rats = asked.rats if facets else ()
    for stored, values in ((c.rats, rats), (c.operators, asked.operators)):
        if values:
            found.append(or_(*(stored.contains(f"|{value}|", autoescape=True) for value in values)))
    if asked.begin is not None:
        found.append(c.last_seen >= asked.begin)
    if asked.end is not None:
        found.append(c.first_seen <= asked.end)
    if asked.box is not None:
        found.append(touching(connection, rows, asked.box, asked.at is None))
    terms = asked.terms.lower().split()[:8]
    found += [c.search_text.contains(term, autoescape=True) for term in terms]
    return found


def touching(
    connection: Connection, rows: FromClause, box: Box, indexed: bool = True
) -> ColumnElement[bool]:
    """Whether an alert's box touches ``box``."""
    if box.west > box.east:
        parts = (box._replace(east=180.0), box._replace(west=-180.0))
        return or_(*(touching(connection, rows, part, indexed) for part in parts))
    c = rows.c
    exact = and_(c.west <= box.east, c.east >= box.west, c.south <= box.north, c.north >= box.south)
    if indexed and is_sqlite(connection):
        return and_(c.place.in_(in_tree("alerts", box)), exact)
    return exact


def in_tree(name: str, box: Box) -> sa.ScalarSelect[Any]:
    """Places of a table's rows whose boxes touch ``box``, by its R*Tree, which is a little wide."""
    c = _TREES[name].c
    inside = (c.west <= box.east, c.east >= box.west, c.south <= box.north, c.north >= box.south)
    return select(c.id).where(*inside).scalar_subquery()


def after(rows: FromClause, cursor: tuple[int, int, str]) -> ColumnElement[bool]:
    """What stands after a place in the order of lists."""
    urgency, ts, alert_id = cursor
    c = rows.c
    return or_(
        c.urgency < urgency,
        and_(c.urgency == urgency, c.ts < ts),
        and_(c.urgency == urgency, c.ts == ts, c.alert_id < alert_id),
    )
