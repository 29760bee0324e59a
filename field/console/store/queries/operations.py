"""Asks the store about everything else: deliveries, workers, findings, and how far it has read."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, and_, func, or_, select

from detectors.model.finding import Identity
from field.console.store.tables import DELIVERIES, FINDINGS, OFFSETS, TOPICS, UNREAD, WORKERS

_OK: Final = "sent"


def deliveries(
    connection: Connection, limit: int, channel: str = "", alert_id: str = ""
) -> list[bytes]:
    """Deliveries as they stand on their topic, the newest first."""
    d = DELIVERIES.c
    where = [d.channel == channel] if channel else []
    where += [d.alert_id == alert_id] if alert_id else []
    found = connection.execute(
        select(d.value).where(*where).order_by(d.ts.desc(), d.digest).limit(limit)
    )
    return list(found.scalars())


def channel_health(connection: Connection) -> dict[str, dict[str, Any]]:
    """By channel: ``last_ok_ms``, and ``last_error`` where that is newer."""
    d = DELIVERIES.c
    health: dict[str, dict[str, Any]] = {}
    newest = select(d.channel, d.outcome, func.max(d.ts)).group_by(d.channel, d.outcome)
    for channel, outcome, ts in connection.execute(newest).all():
        entry = health.setdefault(channel, {"last_ok_ms": None, "failed_ms": None})
        name = "last_ok_ms" if outcome == _OK else "failed_ms"
        entry[name] = max(ts, entry[name] or ts)
    for channel, entry in health.items():
        entry["last_error"] = None
        if entry["failed_ms"] and entry["failed_ms"] >= (entry["last_ok_ms"] or 0):
            failed = select(d.value).where(d.channel == channel, d.ts == entry["failed_ms"])
            value = connection.execute(failed.where(d.outcome != _OK).limit(1)).scalar()
            detail = msgspec.json.decode(value or b"{}").get("detail")
            entry["last_error"] = str(detail or "failed")
    return health


def workers(connection: Connection) -> list[tuple[int, dict[str, Any]]]:
    """When each worker last reported (ms), and its report."""
    found = connection.execute(select(WORKERS.c.received_ms, WORKERS.c.value))
    return [(received_ms, msgspec.json.decode(value)) for received_ms, value in found]


def unread(connection: Connection) -> dict[str, int]:
    """How many records of each topic could not be read."""
    return dict(connection.execute(select(UNREAD.c.topic, UNREAD.c.records)).all())


def offsets(connection: Connection) -> dict[tuple[str, int], int]:
    """The offset to read next, by topic and partition."""
    o = OFFSETS.c
    found = connection.execute(select(o.topic, o.partition, o.next_offset))
    return {(topic, partition): offset for topic, partition, offset in found}


def topic_ids(connection: Connection) -> dict[str, str]:
    """The ids of the topics that the offsets are of."""
    return dict(connection.execute(select(TOPICS.c.topic, TOPICS.c.topic_id)).all())


def findings(
    connection: Connection, claimed: Sequence[Identity], begin: int, end: int, limit: int
) -> list[bytes]:
    """Findings about any of the identities from ``begin`` to ``end`` (event time), as they
    stand on their topic, in order of time."""
    f = FINDINGS.c
    about = []
    for who in claimed:
        known = [("rat", who.rat), ("mcc", who.mcc), ("mnc", who.mnc), ("area", who.area)]
        known.append(("cell", who.cell))
        about.append(and_(*(or_(f[n] == v, f[n].is_(None)) for n, v in known if v is not None)))
    if not about:
        return []
    found = connection.execute(
        select(f.value)
        .where(f.ts >= begin, f.ts <= end, f.area.is_not(None), or_(*about))
        .order_by(f.ts, f.digest)
        .limit(limit)
    )
    return list(found.scalars())
