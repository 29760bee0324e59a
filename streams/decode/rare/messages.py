"""The rare messages from records or a table, item by item."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa

from detectors.model.columns import I8
from detectors.model.finding import Source
from detectors.model.rare_messages import (
    Change,
    Feedback,
    NumberRow,
    Reputation,
)
from streams.decode.arrow.stream import read_stream
from streams.decode.dead_letters import DeadItem
from streams.decode.json.fallback import parsed
from streams.decode.rare.call_reading import About, deleted, read_about_numbers
from streams.decode.rare.call_tables import CALL_FIELDS
from streams.decode.rare.reading import read_change, read_feedback
from streams.decode.rare.topics import COMPACTED
from streams.decode.raw_rows import Fault
from streams.decode.records import (
    Decoded,
    RecordSlice,
    letters,
    own_arrival,
    sorted_by_content,
    table_letters,
)
from streams.limits import DEFAULT, Limits
from streams.privacy.hasher import Hasher
from streams.signed.trust import Trust

Rare = Change | Feedback | About
_Reader = Callable[[Mapping[str, Any], int, Source, Hasher, Counter[str], Trust], Rare | Fault]
_READERS: Final[dict[str, _Reader]] = {
    "network.changes": read_change,
    "field.feedback": read_feedback,
    **dict.fromkeys(CALL_FIELDS, read_about_numbers),
}


#: A message between the stages, which each becomes, must fit into a record there.
_MOST_BYTES: Final = 256 << 10
#: Messages in a record. They are read one by one, and a few come a day.
_MOST_ROWS: Final = 1000


def decode_rare(
    records: RecordSlice, hasher: Hasher, limits: Limits = DEFAULT, trust: Trust | None = None
) -> Decoded[list[Rare]]:
    """The messages in some records, in order; ``trust`` says whose verdicts count."""
    trust = trust or Trust()
    _, arrow_places, _ = sorted_by_content(records)
    rx_ms = np.asarray(records.rx_ms, dtype=np.int64).tolist()
    found: Decoded[list[Rare]] = Decoded([], [], Counter())
    dead: list[DeadItem] = []
    alive: set[int] = set()
    for place, index, content in items_in(records, limits):
        latest = None if records.latest_ms is None else int(records.latest_ms[place])
        offset = int(records.offsets[place])
        source = Source(records.topic, records.partition, offset, index)
        key = None if records.keys is None else records.keys[place]
        if records.values[place] is None and key is not None and records.topic in COMPACTED:
            content = deleted(key, rx_ms[place], source, hasher)
        fault = _take(content, (rx_ms[place], latest), source, hasher, found, trust)
        if fault is None:
            alive.add(place)
        else:
            dead.append(DeadItem(place, index, rx_ms[place], fault))
    found.dead.extend(letters(records, dead, arrow_places, hasher, limits, alive))
    return found


def items_in(records: RecordSlice, limits: Limits = DEFAULT) -> Iterator[tuple[int, int, Any]]:
    """Each item in some records: the place of its record among them, its own place in that (-1:
    it is the whole), and what it holds, or the `Fault` of what can't be read."""
    _, arrow_places, bad = sorted_by_content(records)
    yield from ((item.record, -1, item.fault) for item in bad)
    strange, is_arrow = {item.record for item in bad}, frozenset(arrow_places)
    for place, value in enumerate(records.values):
        if place not in strange:
            for index, content in _items(value, place in is_arrow, records.arrays, limits):
                yield place, index, content


def decode_rare_table(
    topic: str,
    table: pa.Table,
    hasher: Hasher,
    rx_ms: I8,
    offsets: I8,
    partition: int,
    trust: Trust | None = None,
) -> Decoded[list[Rare]]:
    """The messages in a table, one a row."""
    trust = trust or Trust()
    found: Decoded[list[Rare]] = Decoded([], [], Counter())
    dead: list[DeadItem] = []
    for row, content in enumerate(_plain_rows(table)):
        source = Source(topic, partition, int(offsets[row]), -1)
        fault = _take(content, (int(rx_ms[row]), None), source, hasher, found, trust)
        if fault is not None:
            dead.append(DeadItem(row, -1, int(rx_ms[row]), fault))
    found.dead.extend(table_letters(topic, partition, offsets, table, dead, hasher))
    return found


def _take(
    content: Any,
    arrival_ms: tuple[int, int | None],
    source: Source,
    hasher: Hasher,
    found: Decoded[list[Rare]],
    trust: Trust,
) -> Fault | None:
    """Takes one message, or names its fault; ``arrival_ms`` are the time that stands in and the
    latest that there can be."""
    if isinstance(content, Fault):
        return content
    stand_in_ms, latest_ms = arrival_ms
    if isinstance(content, NumberRow | Reputation):
        found.batch.append(content)
        return None
    if not isinstance(content, dict):
        return Fault("not_an_object", f"an object is due, this is a {type(content).__name__}")
    read = _READERS[source.topic]
    hasher = hasher.at(own_arrival(content.get("rx_ts"), stand_in_ms))
    message = read(content, stand_in_ms, source, hasher, found.dropped, trust)
    if isinstance(message, Fault):
        return message
    if latest_ms is not None and message.rx_ts > latest_ms:
        detail = f"the arrival time is {message.rx_ts}, at most {latest_ms} is due"
        return Fault("arrival_ahead", detail)
    found.batch.append(message)
    return None


def _items(
    value: bytes | None, arrow: bool, arrays: bool, limits: Limits
) -> Iterator[tuple[int, Any]]:
    """Each item of a record with its place in it, or what is wrong with it."""
    if value is None:
        yield -1, Fault("tombstone", "the record has no value")
        return
    most = min(limits.bytes, _MOST_BYTES)
    if len(value) > most:
        yield -1, Fault("too_large", f"{len(value)} bytes are more than {most}")
        return
    if arrow:
        table = read_stream(value, msgspec.structs.replace(limits, bytes=most))
        content = table if isinstance(table, Fault) else _plain_rows(table)
    else:
        content = parsed(value)
    if not isinstance(content, list) or not (arrow or arrays):
        yield -1, content
    elif len(content) > min(limits.rows, _MOST_ROWS):
        yield -1, Fault("too_large", f"{len(content)} messages are more than {_MOST_ROWS}")
    else:
        yield from enumerate(content)


def _plain_rows(table: pa.Table) -> list[Any]:
    """The rows as Python objects, or a `Fault` in the place of one that has none."""
    try:
        return list(table.to_pylist())
    except Exception as error:  # A value that Python can't hold mustn't raise.
        return [Fault("not_arrow", str(error))] * table.num_rows
