"""Takes in findings, verdicts, deliveries and workers' health."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import delete

from field.channels.delivery.log import Delivery
from field.console.scrub import clean
from field.console.store.tables import DELIVERIES, FEEDBACK, FINDINGS, WORKERS
from field.console.store.transaction import Record, Work, last_of_each, sliced
from streams.decode.clean_messages import NUMBERS, hashed_finding, hashed_line, numeric_fields
from streams.decode.rare.messages import items_in
from streams.kafka.heartbeat import WorkerHealth
from streams.kafka.stage_records import WATERMARK_VALUE, decode_finding

#: Fields of deliveries and signs of life whose numbers are no identifiers.
_SENT: Final = NUMBERS | numeric_fields(Delivery)
_REPORTED: Final = NUMBERS | numeric_fields(WorkerHealth)
_CLAIMED: Final = ("rat", "mcc", "mnc", "area", "cell")


class DeliveryFields(msgspec.Struct, frozen=True):
    """What the console reads of a delivery; the rest is kept as it came."""

    ts: int
    channel: str
    outcome: str
    alert_id: str | None = None


class HealthFields(msgspec.Struct, frozen=True):
    """What the console files a worker's sign of life by."""

    worker: str
    ts: int


class FeedbackFields(msgspec.Struct, frozen=True):
    """What the console reads of feedback; ``action_id`` only where a console sent it."""

    ts: int | None = None
    alert_id: str | None = None
    verdict: str | None = None
    by: str | None = None
    action_id: str | None = None


def take_findings(work: Work, records: Sequence[Record]) -> None:
    """Findings of ``fbs.evidence``, the newest for so long; watermarks are passed over."""
    rows: dict[bytes, dict[str, Any]] = {}
    for record in records:
        if record.value == WATERMARK_VALUE:
            continue
        # A worker's have no identifiers; a foreign writer's may.
        value = hashed_finding(record.value or b"", work.hasher)
        finding = decode_finding(value)
        if finding is None or record.value is None:
            work.unread[record.topic] += 1
            continue
        claimed, place = finding.claimed, finding.place
        name = work.name(record.value)
        rows[name] = {
            "digest": name,
            "detector": finding.detector,
            "version": finding.version,
            "ts": finding.ts,
            "rx_ts": finding.rx_ts,
            "weight": finding.weight,
            **{name: getattr(claimed, name, None) for name in _CLAIMED},
            **{name: getattr(place, name, None) for name in ("lat", "lon")},
            "number": getattr(finding.of_calls, "number", None),
            "received_ms": record.timestamp_ms,
            "value": value,
        }
    work.add(FINDINGS, list(rows.values()))
    if rows:
        # By the topic's own times, so that a store which is made anew comes to the same.
        newest = max(row["received_ms"] for row in rows.values())
        too_old = FINDINGS.c.received_ms < newest - work.keep_findings_ms
        work.connection.execute(delete(FINDINGS).where(too_old))


def take_feedback(work: Work, records: Sequence[Record]) -> None:
    """Verdicts on ``field.feedback``, so that those which are missing are seen; as workers read
    them, alone, in arrays and as Arrow."""
    given = [one for one in records if one.value not in (None, WATERMARK_VALUE)]
    rows = {}
    for place, index, content in items_in(sliced(given)) if given else ():
        record = given[place]
        try:
            item = msgspec.convert(content, FeedbackFields)
        except (msgspec.ValidationError, RecursionError):
            # What can't be read at all comes as a fault, and is no feedback either.
            work.unread[record.topic] += 1
            continue
        name = work.name(record.value or b"", max(index, 0))
        rows[name] = {
            "digest": name,
            "ts": item.ts,
            "alert_id": _clean(item.alert_id, work),
            "verdict": _clean(item.verdict, work),
            "person": _clean(item.by, work),
            "action_id": _clean(item.action_id, work),
            "received_ms": record.timestamp_ms,
        }
    work.add(FEEDBACK, list(rows.values()))


def take_deliveries(work: Work, records: Sequence[Record]) -> None:
    """What channels sent, or failed to."""
    rows = {}
    for record in records:
        delivery, value = _decoded(work, record, DeliveryFields, _SENT)
        if delivery is None:
            continue
        name = work.name(record.value or b"")
        if name not in rows:
            work.events.append(("delivery", _one_line(value)))
        rows[name] = {"digest": name, **msgspec.to_builtins(delivery), "value": value}
    work.add(DELIVERIES, list(rows.values()))


def take_health(work: Work, records: Sequence[Record]) -> None:
    """Workers' signs of life: the newest of each."""
    rows = []
    for record in records:
        health, value = _decoded(work, record, HealthFields, _REPORTED)
        if health is not None:
            row = {"worker": health.worker, "received_ms": record.timestamp_ms}
            rows.append(row | {"value": value})
    work.put(WORKERS, ["worker"], last_of_each(rows, "worker"))


def _clean(text: str | None, work: Work) -> str | None:
    return None if text is None else clean(text, work.hasher)


def _decoded(
    work: Work, record: Record, kind: type[Any], numbers: frozenset[str]
) -> tuple[Any, bytes]:
    """As its type, and how it is kept: as it came, but for identifiers, which a foreign writer may
    have put in. All of it must be readable, fields that nobody files it by too: it is shown
    whole."""
    try:
        msgspec.json.decode(record.value or b"")
        value = hashed_line(record.value or b"", work.hasher, numbers)
        return msgspec.json.decode(value, type=kind), value
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        work.unread[record.topic] += 1
        return None, b""


def _one_line(value: bytes) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(value))
