"""Bytes to batches: the records of one partition become columns, or dead letters.

Total by law: whatever the bytes, `decode` returns. What can be read is in the batch, in the order
of the records; what can't is a dead letter, item by item; what was left out of a message is counted
by field. Nothing is lost: the items of the records are the rows and the dead letters.
"""

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from detectors.model.columns import I8, Batch
from streams.decode.arrow.rows import missing_column, read_table
from streams.decode.arrow.stream import read_stream
from streams.decode.assemble import assembled
from streams.decode.dead_letters import DeadItem
from streams.decode.json.rows import JsonReader
from streams.decode.rare.messages import decode_rare, decode_rare_table
from streams.decode.rare.topics import RARE_FIELDS
from streams.decode.raw_rows import BadItem, Fault, RawRows, by_record, joined
from streams.decode.records import (
    Decoded,
    RecordSlice,
    letters,
    sorted_by_content,
    table_letters,
)
from streams.decode.row_checks import check
from streams.decode.schema import SCHEMAS, Schema
from streams.limits import DEFAULT, Limits
from streams.privacy.hasher import Hasher
from streams.signed.trust import Trust

_READERS: Final = {topic: JsonReader(wanted) for topic, wanted in SCHEMAS.items()}
_REGISTER_KEY: Final = re.compile(rb"([a-z]+)-(\d{1,3})-(\d{1,3})-(\d{1,8})-(\d{1,11})")
_KEY_FIELDS: Final = ("radio", "mcc", "net", "area", "cell")


#: The input topics.
TOPICS: Final = (
    *("cell.measurements", "cell.signalling", "sms.metadata", "cell.register"),
    *("device.signalling", "device.sms"),
    *("network.changes", "field.measurements", "field.feedback"),
    *("call.signalling", "number.register", "subscriber.changes"),
    *("public.reports", "number.reputation"),
)


class ReadAhead(NamedTuple):
    """What lines were read to: rows, and of lines that gave none the faults."""

    rows: RawRows
    bad: list[BadItem]


def read_ahead(
    topic: str, lines: Sequence[bytes | None], limits: Limits = DEFAULT
) -> ReadAhead | None:
    """JSON lines, an object each, read before it is known when they arrived; ``None`` for a topic
    without a schema. Raises KeyError for a topic that is no input topic."""
    if topic in RARE_FIELDS:
        return None
    return ReadAhead(*_READERS[topic].read(lines, range(len(lines)), False, limits))


def decode(
    records: RecordSlice,
    hasher: Hasher,
    limits: Limits = DEFAULT,
    trust: Trust | None = None,
    ahead: ReadAhead | None = None,
) -> Decoded[Any]:
    """The records of any input topic, one of `TOPICS`; else KeyError is raised.

    ``trust`` says whose verdicts count, and which instruments are taken; ``ahead`` is what the
    values, lines of a file, were read to already.

    The batch is of the topic's type: that of its schema, or a list of rare messages. In
    `cell.register` a null value deletes the cell that its key names, in `number.register` and
    `number.reputation` the row or mark.
    """
    if records.topic in RARE_FIELDS:
        return decode_rare(records, hasher, limits, trust)
    return _decode_columns(SCHEMAS[records.topic], records, hasher, limits, trust, ahead)


def is_plain(topic: str, value: bytes) -> bool:
    """Whether a message of a topic with a schema is an object whose known fields have the types
    that are due: such a one is decoded alike alone and in an array. Raises KeyError for others."""
    return _READERS[topic].takes(value)


def decode_table(
    topic: str,
    table: pa.Table,
    hasher: Hasher,
    *,
    rx_ms: I8,
    offsets: I8 | None = None,
    partition: int = 0,
    trust: Trust | None = None,
) -> Decoded[Any]:
    """The same from a table each of whose rows is a record: a Parquet trace, or a register's CSV.

    ``rx_ms`` and ``offsets`` (by default the row numbers) go row by row. Raises KeyError for a
    topic that is no input topic.
    """
    count = table.num_rows
    offsets = np.arange(count, dtype=np.int64) if offsets is None else offsets
    if topic in RARE_FIELDS:
        return decode_rare_table(topic, table, hasher, rx_ms, offsets, partition, trust)
    wanted = SCHEMAS[topic]
    whole = np.full(count, -1, dtype=np.int64)
    try:
        rows = read_table(wanted, table, np.arange(count, dtype=np.int64), whole)
    except Exception as error:  # Arrow types are many: one that can't be read mustn't raise.
        fault = Fault("not_arrow", str(error))
        rows = RawRows(np.arange(count), whole, faults=dict.fromkeys(range(count), fault))
    checked = check(wanted, rows, rx_ms, enrolled=None if trust is None else trust.instruments)
    batch = assembled(wanted, checked, offsets, hasher, frozenset())
    dead_letters = table_letters(topic, partition, offsets, table, checked.dead, hasher)
    return Decoded(batch, dead_letters, checked.dropped)


def _decode_columns(
    wanted: Schema,
    records: RecordSlice,
    hasher: Hasher,
    limits: Limits,
    trust: Trust | None,
    ahead: ReadAhead | None,
) -> Decoded[Batch]:
    values, deleted = _with_deletions(wanted, records)
    json_places, arrow_places, bad = sorted_by_content(records)
    if ahead is None:
        json_values = values if not arrow_places and not bad else [values[p] for p in json_places]
        read = _READERS[wanted.topic].read(json_values, json_places, records.arrays, limits)
        ahead = ReadAhead(*read)
    rows = ahead.rows
    bad += ahead.bad
    if arrow_places:
        parts = [rows, *_read_streams(wanted, values, arrow_places, bad, limits)]
        rows = joined([part for part in parts if len(part)], wanted)
        rows = by_record(rows)
    rx_ms = np.asarray(records.rx_ms, dtype=np.int64)
    latest_ms = None if records.latest_ms is None else records.latest_ms[rows.record]
    checked = check(
        wanted,
        rows,
        rx_ms[rows.record],
        latest_ms,
        limits,
        None if trust is None else trust.instruments,
    )
    offsets = np.asarray(records.offsets, dtype=np.int64)
    batch = assembled(wanted, checked, offsets, hasher, deleted)
    dead = checked.dead
    dead += [DeadItem(b.record, b.index, int(rx_ms[b.record]), b.fault, b.count) for b in bad]
    if not dead:
        return Decoded(batch, [], checked.dropped)
    alive = frozenset(checked.rows.record.tolist())
    made = letters(records, dead, arrow_places, hasher, limits, alive)
    return Decoded(batch, made, checked.dropped)


def _read_streams(
    wanted: Schema,
    values: Sequence[bytes | None],
    places: Sequence[int],
    bad: list[BadItem],
    limits: Limits,
) -> list[RawRows]:
    """The rows of Arrow records; neighbours of one schema are read as one table."""
    groups: list[list[tuple[int, pa.Table]]] = []
    for place in places:
        table = read_stream(values[place] or b"", limits)
        if isinstance(table, Fault):
            bad.append(BadItem(place, -1, table))
        elif table.num_rows > 1 and (name := missing_column(wanted, table)) is not None:
            detail = f"{name!r} is missing, in all of {table.num_rows} rows"
            bad.append(BadItem(place, -1, Fault("missing_field", detail)))
        elif groups and groups[-1][0][1].schema.equals(table.schema):
            groups[-1].append((place, table))
        else:
            groups.append([(place, table)])
    parts: list[RawRows] = []
    while groups:
        group = groups.pop(0)
        try:
            parts.append(_read_group(wanted, group))
        except Exception as error:  # As in `decode_table`; one by one, only the culprit dies.
            if len(group) > 1:
                groups[:0] = [[one] for one in group]
            else:
                bad.append(BadItem(group[0][0], -1, Fault("not_arrow", str(error))))
    return parts


def _read_group(wanted: Schema, group: Sequence[tuple[int, pa.Table]]) -> RawRows:
    counts = [table.num_rows for _, table in group]
    record = np.repeat(np.array([place for place, _ in group], dtype=np.int64), counts)
    index = np.concatenate([np.arange(count, dtype=np.int64) for count in counts])
    return read_table(wanted, pa.concat_tables([table for _, table in group]), record, index)


def _with_deletions(
    wanted: Schema, records: RecordSlice
) -> tuple[Sequence[bytes | None], frozenset[int]]:
    """The values, with each register deletion as a row of what its key says."""
    if not wanted.tombstones or records.keys is None or None not in records.values:
        return records.values, frozenset()
    values = list(records.values)
    deleted: set[int] = set()
    for place, (value, key) in enumerate(zip(records.values, records.keys, strict=True)):
        named = _REGISTER_KEY.fullmatch(key) if value is None and key is not None else None
        if named is not None:
            radio, *numbers = named.groups()
            parts = (radio.decode(), *map(int, numbers))
            values[place] = msgspec.json.encode(dict(zip(_KEY_FIELDS, parts, strict=True)))
            deleted.add(place)
    return values, frozenset(deleted)
