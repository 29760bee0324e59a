"""Takes what is about people: complaints, and notices of victims."""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, delete

from detectors.acting.notice import VictimNotice
from detectors.model.rare_messages import PublicReport
from field.alerts.checks import MOST_MS
from field.console.scrub import clean
from field.console.store.tables import REPORTS, VICTIMS
from field.console.store.transaction import Record, Work, sliced
from streams.decode.rare.messages import decode_rare
from streams.kafka.stage_records import WATERMARK_VALUE

_REPORTED: Final = (
    *("ts", "rx_ts", "about", "number", "prefix", "length", "category", "case_ref"),
)
_PSEUDONYM: Final = re.compile(r"h-[0-9a-f]{24}", re.ASCII)
_ALERT: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
#: Reasons and alerts of a notice that are kept, and letters of a reason.
_MOST: Final = 16
_LONGEST: Final = 200


def take_reports(work: Work, records: Sequence[Record]) -> None:
    """Complaints, one row an item; who complained is not kept."""
    given = [record for record in records if record.value not in (None, WATERMARK_VALUE)]
    if not given:
        return
    decoded = decode_rare(sliced(given), work.hasher)
    work.unread["public.reports"] += len(decoded.dead)
    rows: dict[bytes, dict[str, Any]] = {}
    for one in decoded.batch:
        assert isinstance(one, PublicReport)
        record = given[one.source.offset]
        name = work.name(record.value or b"", one.source.index)
        rows[name] = {
            **{"digest": name, "source": one.by, "received_ms": record.timestamp_ms},
            **{field: getattr(one, field) for field in _REPORTED},
        }
    work.add(REPORTS, list(rows.values()))


def take_victims(work: Work, records: Sequence[Record]) -> None:
    """Notices: the newest of each person. What is over by the newest of them is forgotten."""
    newest: dict[str, tuple[VictimNotice, int]] = {}
    for record in records:
        notice = _notice(record.value, work)
        if notice is None:
            work.unread[record.topic] += record.value != WATERMARK_VALUE
            continue
        known = newest.get(notice.subscriber)
        if known is None or known[0].ts <= notice.ts:
            newest[notice.subscriber] = notice, record.timestamp_ms
    if not newest:
        return
    statement = work.insert(VICTIMS)
    names = ("level", "since", "ts", "valid_until", "received_ms", "value")
    work.connection.execute(
        statement.on_conflict_do_update(
            index_elements=["subscriber"],
            set_={name: statement.excluded[name] for name in names},
            where=statement.excluded["ts"] >= VICTIMS.c.ts,
        ),
        [_row(*each) for each in newest.values()],
    )
    now_ms = max(notice.ts for notice, _ in newest.values())
    work.connection.execute(delete(VICTIMS).where(VICTIMS.c.valid_until < now_ms))


def _notice(value: bytes | None, work: Work) -> VictimNotice | None:
    """A notice that names nobody, whoever wrote it; ``None`` for what is none."""
    try:
        notice = msgspec.json.decode(value or b"", type=VictimNotice)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not all(0 <= ts <= MOST_MS for ts in (notice.since, notice.ts, notice.valid_until)):
        return None
    who = notice.subscriber
    return msgspec.structs.replace(
        notice,
        subscriber=who if _PSEUDONYM.fullmatch(who) else work.hasher.renamed(who),
        reasons=tuple(clean(reason, work.hasher)[:_LONGEST] for reason in notice.reasons[:_MOST]),
        alert_ids=tuple(each for each in notice.alert_ids[:_MOST] if _ALERT.fullmatch(each)),
    )


def forget_victims(connection: Connection, before_ms: int) -> None:
    """Deletes what was received before a time: no longer than the topic itself are they kept."""
    connection.execute(delete(VICTIMS).where(VICTIMS.c.received_ms < before_ms))


def _row(notice: VictimNotice, received_ms: int) -> dict[str, Any]:
    fields: dict[str, Any] = {
        name: getattr(notice, name) for name in ("subscriber", "level", "since", "ts")
    }
    value = msgspec.json.encode(notice)
    more = {"valid_until": notice.valid_until, "received_ms": received_ms, "value": value}
    return fields | more
