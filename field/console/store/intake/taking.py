"""Takes records in: one transaction for what they brought, the offsets, and the events for pages.

Whatever the moment of a crash, either all of a batch is there or nothing, and records before the
stored offsets are never taken twice, also where two consoles fill one store.
"""

import logging
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Final

from sqlalchemy import Connection, Engine, delete, select, update
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError, StatementError

from field.console.store.intake.actions import take_actions
from field.console.store.intake.alerts import take_alerts
from field.console.store.intake.bounds import LOOK_EVERY, drop_surplus
from field.console.store.intake.ground import take_cells, take_measurements, take_register_health
from field.console.store.intake.numbers import take_numbers
from field.console.store.intake.operations import (
    take_deliveries,
    take_feedback,
    take_findings,
    take_health,
)
from field.console.store.intake.people import take_reports, take_victims
from field.console.store.opening import meta
from field.console.store.tables import EVENTS, META, OFFSETS, UNREAD
from field.console.store.transaction import Record, Work
from streams.privacy.hasher import Hasher
from streams.signed.keys import Believed

TAKERS: Final[dict[str, Callable[[Work, Sequence[Record]], None]]] = {
    "fbs.alerts": take_alerts,
    "fbs.actions": take_actions,
    "fbs.evidence": take_findings,
    "fbs.deliveries": take_deliveries,
    "fbs.health": take_health,
    "field.measurements": take_measurements,
    "field.feedback": take_feedback,
    "cell.register": take_cells,
    "number.register": take_numbers,
    "public.reports": take_reports,
    "fraud.victims": take_victims,
    "fbs.register": take_register_health,
}
_LOG: Final = logging.getLogger("cellhound.console")
_BUG = (
    "The record of %s, partition %d, offset %d is left out, since to take it in raises %s: this is"
    " a bug, please report it."
)
#: What a value may raise that no column holds, or JSON that is nested too deeply.
_REFUSED: Final = (DataError, IntegrityError, OverflowError, RecursionError, StatementError)
#: So many events are kept for pages that were cut off; one that missed more loads anew.
KEPT_EVENTS: Final = 4000


def take(
    engine: Engine,
    records: Sequence[Record],
    hasher: Hasher,
    bounds: tuple[float, float],
    believed: Believed,
) -> int:
    """Takes a batch in; how many of its records were new. Those of a partition are in order.

    ``bounds`` (ms): how late is a replay, and how long findings are kept. ``believed`` are
    the consoles whose actions count.

    A record that the database refuses (a number that fits no column, a NUL in a text) is counted
    as one that can't be read, and so is one over which a bug raises anything else. Raises what
    means that the database itself failed.
    """
    try:
        return _take(engine, records, (hasher, *bounds, believed), _take_all)
    # Whatever it is, it would end the console again at each start.
    except Exception as error:
        if not _is_about_data(error):
            raise
    return _take(engine, records, (hasher, *bounds, believed), _take_each)


def _take(
    engine: Engine,
    records: Sequence[Record],
    by: tuple[Hasher, float, float, Believed],
    take_fresh: Callable[[Work, Sequence[Record]], None],
) -> int:
    with engine.execution_options(writes=True).begin() as connection:
        fresh = _fresh(connection, records)
        work = Work(connection, *by)
        work.unread.update(one.topic for one in fresh if one.set_aside)
        take_fresh(work, [one for one in fresh if not one.set_aside])
        _finish(work, fresh)
        return len(fresh)


def _is_about_data(error: Exception) -> bool:
    """Whether a value was refused, and not the whole: a full disk must not skip records."""
    if isinstance(error, SQLAlchemyError):
        return isinstance(error, DataError | IntegrityError) or type(error) is StatementError
    return not isinstance(error, OSError)


def _take_all(work: Work, records: Sequence[Record]) -> None:
    by_topic = sorted(records, key=lambda record: record.topic)
    for topic, some in groupby(by_topic, key=lambda record: record.topic):
        TAKERS[topic](work, list(some))


def _take_each(work: Work, records: Sequence[Record]) -> None:
    for record in records:
        _take_one(work, record)


def _take_one(work: Work, record: Record) -> None:
    before = len(work.events)
    try:
        with work.connection.begin_nested():
            TAKERS[record.topic](work, [record])
    # As above.
    except Exception as error:
        if not _is_about_data(error):
            raise
        if not isinstance(error, _REFUSED):
            where = record.topic, record.partition, record.offset
            _LOG.error(_BUG, *where, type(error).__name__)
        del work.events[before:]
        work.unread[record.topic] += 1


def _fresh(connection: Connection, records: Sequence[Record]) -> list[Record]:
    known = {
        (topic, partition): offset
        for topic, partition, offset in connection.execute(
            select(OFFSETS.c.topic, OFFSETS.c.partition, OFFSETS.c.next_offset)
        )
    }
    return [r for r in records if r.offset >= known.get((r.topic, r.partition), 0)]


def _finish(work: Work, records: Sequence[Record]) -> None:
    ends = {(r.topic, r.partition): r.offset + 1 for r in records}
    rows = [{"topic": t, "partition": p, "next_offset": end} for (t, p), end in ends.items()]
    work.put(OFFSETS, ["topic", "partition"], rows)
    for topic in {r.topic for r in records if r.offset % LOOK_EVERY == 0}:
        drop_surplus(work, topic)
    for topic, count in work.unread.items():
        if count:
            row = {"topic": topic, "records": count}
            work.put(UNREAD, ["topic"], [row], {"records": UNREAD.c.records + count})
    _write_events(work)


def _write_events(work: Work) -> None:
    if not work.events:
        return
    connection = work.connection
    last = int(meta(connection, "seq"))
    numbered = list(enumerate(work.events, last + 1))
    rows = [{"seq": seq, "kind": kind, "data": data} for seq, (kind, data) in numbered]
    connection.execute(EVENTS.insert(), rows[-KEPT_EVENTS:])
    end = last + len(rows)
    connection.execute(delete(EVENTS).where(EVENTS.c.seq <= end - KEPT_EVENTS))
    connection.execute(update(META).where(META.c.name == "seq").values(value=str(end)))
