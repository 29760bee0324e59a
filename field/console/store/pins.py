"""Alerts as a map of all of them needs them: a few columns, no regions, in the order of lists."""

from typing import Any, Final

from sqlalchemy import Connection, select

from field.console.store.queries.query import AlertFilter, conditions, source

#: The columns of a pin, in this order.
FIELDS: Final = (
    "alert_id",
    "lat",
    "lon",
    "severity",
    "probability",
    "kind",
    "state",
    "revision",
)


def pins(
    connection: Connection, asked: AlertFilter, limit: int
) -> tuple[list[tuple[Any, ...]], bool]:
    """Those that the filter lets through and that have a place, as rows of `FIELDS`, the most
    pressing first; and whether there are more than ``limit`` of them."""
    rows = source(asked.at)
    c = rows.c
    found = connection.execute(
        select(*(c[name] for name in FIELDS))
        .where(*conditions(connection, rows, asked), c.lat.is_not(None))
        .order_by(c.urgency.desc(), c.ts.desc(), c.alert_id.desc())
        .limit(limit + 1)
    ).all()
    return [tuple(row) for row in found[:limit]], len(found) > limit
