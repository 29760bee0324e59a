"""How many rows of each table there may be at most: whoever may write to a topic may write much.

Not bounded are alerts, their revisions and what people did: their topics keep these for ever, and
so does the store; nor the register's cells, of which there is one for each key.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Table, delete, exists, not_, select, true

from field.console.store.tables import (
    ACTIONS,
    DELIVERIES,
    FEEDBACK,
    FINDINGS,
    MEASUREMENTS,
    REGISTER_HEALTH,
    REPORTS,
    VICTIMS,
    WORKERS,
)
from field.console.store.transaction import Work

#: Looked at whenever a topic's offset is a multiple of this: so far it may be beyond its bound.
LOOK_EVERY: Final = 1000


class Bound(NamedTuple):
    """Of the rows that ``where`` picks ``most`` stay, those with the highest ``by``."""

    table: Table
    by: ColumnElement[Any]
    most: int
    where: ColumnElement[bool] = true()


#: A verdict that is in the trail would be passed on again, were it forgotten.
_NOBODYS: Final = not_(exists().where(ACTIONS.c.action_id == FEEDBACK.c.action_id))
BOUNDS: Final[Mapping[str, Bound]] = {
    "fbs.evidence": Bound(FINDINGS, FINDINGS.c.received_ms, 2_000_000),
    "fbs.deliveries": Bound(DELIVERIES, DELIVERIES.c.ts, 200_000),
    # A worker that reported once has a row, under whatever name.
    "fbs.health": Bound(WORKERS, WORKERS.c.received_ms, 1_000),
    # As many zones as a correlator has.
    "fbs.register": Bound(REGISTER_HEALTH, REGISTER_HEALTH.c.received_ms, 4_096),
    "field.measurements": Bound(MEASUREMENTS, MEASUREMENTS.c.rx_ts, 1_000_000),
    # Of a province some thousands a month, of a country some millions a year.
    "public.reports": Bound(REPORTS, REPORTS.c.received_ms, 5_000_000),
    "fraud.victims": Bound(VICTIMS, VICTIMS.c.ts, 100_000),
    "field.feedback": Bound(FEEDBACK, FEEDBACK.c.received_ms, 200_000, _NOBODYS),
}


def drop_surplus(work: Work, topic: str) -> None:
    """Deletes what is beyond the bound of a topic's table, the oldest first."""
    bound = BOUNDS.get(topic)
    if bound is None:
        return
    table, by, most, where = bound
    one_more = select(by).where(where).order_by(by.desc()).offset(most).limit(1)
    if work.connection.execute(one_more).first() is None:
        return
    [key] = table.primary_key
    # By the key among equals, so that two consoles keep the same.
    surplus = select(key).where(where).order_by(by.desc(), key).offset(most)
    work.connection.execute(delete(table).where(key.in_(surplus)))
