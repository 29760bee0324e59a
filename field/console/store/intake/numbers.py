"""Takes numbers: those that alerts name, and the rows of the register of numbers."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import delete

from detectors.alert.record import AlertNumber
from detectors.model.rare_messages import NumberRow
from field.console.store.alert_rows import between_bars
from field.console.store.tables import ALERT_NUMBERS, NUMBERS
from field.console.store.transaction import Record, Work, sliced
from streams.decode.rare.messages import decode_rare
from streams.kafka.stage_records import WATERMARK_VALUE

_AS_THEY_ARE: Final = (
    *("prefix", "number", "length", "carrier", "region"),
    *("protected", "trusted", "do_not_originate", "valid_from", "valid_to"),
)


def put_alert_numbers(work: Work, named: Iterable[tuple[str, int, list[AlertNumber]]]) -> None:
    """The numbers that revisions name: alert, revision, numbers. Of a number that several name the
    highest revision counts, whatever the order in which they come."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for alert_id, revision, numbers in named:
        for one in numbers:
            known = rows.get((alert_id, one.number))
            if known is None or known["revision"] <= revision:
                rows[alert_id, one.number] = {
                    **{"alert_id": alert_id, "number": one.number, "revision": revision},
                    **{"prefix": one.prefix, "class": one.kind, "role": one.role},
                }
    if not rows:
        return
    statement = work.insert(ALERT_NUMBERS)
    new = {name: statement.excluded[name] for name in ("revision", "prefix", "class", "role")}
    is_later = statement.excluded["revision"] >= ALERT_NUMBERS.c.revision
    keys = ["alert_id", "number"]
    work.connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_=new, where=is_later),
        list(rows.values()),
    )


def take_numbers(work: Work, records: Sequence[Record]) -> None:
    """The register of numbers: the last row of each key, which a record without a value removes."""
    given = [record for record in records if record.value != WATERMARK_VALUE]
    if not given:
        return
    decoded = decode_rare(sliced(given), work.hasher)
    work.unread["number.register"] += len(decoded.dead)
    rows: dict[str, dict[str, Any] | None] = {}
    for one in decoded.batch:
        assert isinstance(one, NumberRow)
        received_ms = given[one.source.offset].timestamp_ms
        key = f"+{one.prefix}" if one.number is None else one.number
        rows[key] = None if one.deleted else _row(one, key, received_ms)
    gone = [key for key, row in rows.items() if row is None]
    if gone:
        work.connection.execute(delete(NUMBERS).where(NUMBERS.c.key.in_(gone)))
    work.put(NUMBERS, ["key"], [row for row in rows.values() if row is not None])


def _row(one: NumberRow, key: str, received_ms: int) -> dict[str, Any]:
    fields = msgspec.structs.asdict(one)
    flags = {name: fields[name] for name in _AS_THEY_ARE}
    flags |= {n: int(value) for n, value in flags.items() if isinstance(value, bool)}
    more = {"class": one.number_class, "rights": between_bars(list(one.rights))}
    return {"key": key, **flags, **more, "received_ms": received_ms}
