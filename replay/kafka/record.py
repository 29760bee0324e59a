"""Recording: the topics read back into a trace, the opposite of publishing one.

The order of lines is that of the replay that wrote them (header ``seq``), else that of arrival.
Messages of arrays and Arrow batches are split into one line each. Of what the operator lists all
rows that nothing took out are taken, however old. What phones uploaded on topics of their own goes
to the file of its kind, save what claims to be of somebody who may not write there: in the file it
would be believed. Bytes stay as they are, save that what looks like a bare identifier of a person
is hashed.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from replay.kafka.batches import places_of
from replay.traces.trace_files import FILES
from replay.traces.trace_writer import TraceWriter
from streams.config.settings import Settings
from streams.decode.clean_messages import hashed_line
from streams.decode.schema import SCHEMAS
from streams.decode.topic_reader import arrived_ms, items_of, read_all
from streams.kafka.make_topics import ensure_topics
from streams.kafka.settings import KafkaSettings
from streams.kafka.stage_records import arrival_ms, is_publishers_watermark
from streams.kafka.topics import LISTS, UPLOADS
from streams.privacy.hasher import Hasher
from streams.progress import each
from streams.register.topic_rows import write_register


@dataclass(slots=True)
class _Line:
    """One message to write: ``order`` is what lines of several partitions are merged by."""

    order: tuple[int, int, int]
    value: bytes
    arrival_ms: int


class _Upload(msgspec.Struct):
    source: Any = None


_SOURCE = msgspec.json.Decoder(_Upload)
#: Who may have recorded what phones upload, by topic.
_SOURCES = {
    topic: next(spec.listed or {} for spec in SCHEMAS[topic].fields if spec.name == "source")
    for topic in UPLOADS
}


def record(
    out: Path,
    settings: Settings,
    hasher: Hasher,
    form: str,
    begin_ms: int | None = None,
    end_ms: int | None = None,
) -> dict[str, int]:
    """Writes what is on the topics now as a trace; returns the lines of each topic.

    Only messages that arrived in ``[begin_ms, end_ms)`` are taken. Raises
    `streams.kafka.make_topics.KafkaUnavailable` and `replay.traces.trace.TraceError`.
    """
    kafka = settings.kafka
    partitions = ensure_topics(kafka)
    counts: dict[str, int] = {}
    with TraceWriter(out, form) as writer:
        for topic in FILES.values():
            read = _rows_of if topic in LISTS else _lines
            parts = [
                read(kafka, one, number, hasher)
                for one in (topic, *(each for each, beside in UPLOADS.items() if beside == topic))
                for number in range(partitions[one])
            ]
            merged = heapq.merge(*parts, key=lambda line: line.order)
            lines = [
                line.value
                for line in each(merged, f"record {topic}", unit=" messages")
                if topic in LISTS
                or (
                    (begin_ms is None or line.arrival_ms >= begin_ms)
                    and (end_ms is None or line.arrival_ms < end_ms)
                )
            ]
            if lines:
                writer.write(topic, lines)
                counts[topic] = len(lines)
    rows = _register_lines(kafka, partitions["cell.register"])
    if rows:
        write_register(out / "register.csv", rows)
        counts["cell.register"] = len(rows)
    return counts


def _lines(kafka: KafkaSettings, topic: str, number: int, hasher: Hasher) -> Iterator[_Line]:
    for message in read_all(kafka, topic, number):
        yield from _lines_of(topic, message, hasher)


def _rows_of(kafka: KafkaSettings, topic: str, number: int, hasher: Hasher) -> Iterator[_Line]:
    """The lines of a list, save those that a later record takes out."""
    rows: dict[bytes | None, list[_Line]] = {}
    for message in read_all(kafka, topic, number):
        if message.value is None:
            rows.pop(message.key, None)
        else:
            rows.setdefault(message.key, []).extend(_lines_of(topic, message, hasher))
    yield from sorted((line for own in rows.values() for line in own), key=lambda line: line.order)


def _lines_of(topic: str, message: Any, hasher: Hasher) -> Iterator[_Line]:
    headers = message.headers or []
    if is_publishers_watermark(message.value, headers):
        return
    arrival = arrival_ms(headers, message.timestamp)
    places = places_of(headers)
    # What a replay sent alone was one line, whatever stood in it.
    is_line = len(places) == 1
    items = [message.value or b""] if is_line else items_of(message.value, headers)
    if len(places) != len(items):
        places = [(arrival, 0)] * len(items)
    for place, (order, value) in enumerate(zip(places, items, strict=True)):
        if topic in UPLOADS and not _may_say(topic, value):
            continue
        arrived = arrived_ms(value, arrival)
        yield _Line((*order, place), hashed_line(value, hasher.at(arrived)), arrived)


def _may_say(topic: str, value: bytes) -> bool:
    """Whether a message is of a source that may upload there; not where that can't be read."""
    try:
        return _SOURCE.decode(value).source in _SOURCES[topic]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError):
        return False


def _register_lines(kafka: KafkaSettings, partitions: int) -> list[bytes]:
    """The newest row of each cell, in the order in which they were loaded."""
    newest: dict[bytes | None, tuple[tuple[int, int], bytes | None]] = {}
    for number in range(partitions):
        for message in read_all(kafka, "cell.register", number):
            places = places_of(message.headers or [])
            order = places[0] if places else (message.timestamp, message.offset)
            newest[message.key] = (order, message.value)
    return [value for _, value in sorted(newest.values(), key=lambda pair: pair[0]) if value]
