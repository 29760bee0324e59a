"""Publishing a trace: its messages to the topics, in order of arrival, at a chosen speed.

The register goes first, and the list of numbers: both hold before anything else does, as in
`replay.detect`. Then all files are merged by arrival time and sent as they are, broken
lines too, save that bare identifiers of people are hashed, to the partition of their device or
subscriber. What lies near in time and shares a partition goes as one record
(`replay.kafka.batches`). Each record carries two headers: ``rx-ts``, the arrival time that stands
in where a message has none of its own, and ``seq``, the places of its messages in this replay, by
which `replay.kafka.record` restores the order of lines. Once a second, and at the end, watermarks
go to every partition: empty arrays which promise that every message with an earlier arrival time
has been sent.
"""

import heapq
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from kafka import KafkaProducer
from tqdm import tqdm

from replay.kafka.batches import Batches, Place, Timed
from replay.kafka.room_for import check_room
from replay.traces.trace import Message, read_messages
from replay.traces.trace_files import Trace, open_trace
from streams.config.settings import Settings
from streams.decode.clean_messages import hashed_line
from streams.decode.rare.topics import COMPACTED
from streams.kafka.make_topics import KafkaUnavailable, ensure_topics
from streams.kafka.partitioning import key_of, partition_of
from streams.kafka.security.for_kafka_python import kafka_python_options
from streams.kafka.security.refusals import refusal
from streams.kafka.settings import KafkaSettings
from streams.kafka.stage_records import (
    END,
    REPLAY,
    RX_TS,
    SEQ,
    WATERMARK_KEY,
    WATERMARK_VALUE,
    Headers,
)
from streams.kafka.topics import INPUTS, LISTS, topic_name
from streams.privacy.hashing_key import load_key
from streams.progress import each
from streams.register.csv_file import read_register
from streams.register.csv_result import RegisterFile
from streams.register.topic_rows import register_messages
from streams.worker.watermarks import WatermarkTracker

_WATERMARK_EVERY_S = 1.0
#: A single arrival time so far ahead is not believed (docs/messages.md, conventions).
_LEAP_MS = 86_400_000
#: Where a message can't be read there is no key; one partition keeps such lines in order.
_KEYLESS = 0
#: Where the clock sets the pace, a message waits for others so long (s) at most.
_HELD_S = 0.1
#: Messages in a record. Those that are wrong have a dead letter each, as if they came alone, only
#: up to `limits.letters`.
_MOST_TOGETHER = 100


def publish(
    trace_dir: Path,
    settings: Settings,
    speed: float | None,
    max_gap_s: float,
    though_late: bool = False,
    single: bool = False,
) -> dict[str, int]:
    """Publishes a trace; returns how many messages went to each topic.

    ``speed`` is times real time, ``None`` for as fast as it goes; gaps above ``max_gap_s`` are cut.
    ``single``: each message is a record of its own.
    Raises `replay.traces.trace.TraceError`, `streams.kafka.make_topics.KafkaUnavailable`, and
    `replay.kafka.room_for.LateTrace` where the topics hold what is newer, unless ``though_late``.
    """
    trace = open_trace(trace_dir)
    kafka = settings.kafka
    partitions = ensure_topics(kafka)
    first = next(_merged(trace), None)
    if first is not None and not though_late:
        check_room(settings, first[1].arrival_ms)
    producer = Producer(kafka)
    try:
        counts: dict[str, int] = {}
        if trace.register is not None:
            counts["cell.register"] = publish_register(
                producer, kafka.prefix, read_register(trace.register)
            )
        pace = _Pace(speed, max_gap_s)
        _publish_messages(producer, settings, trace, partitions, counts, pace, single)
        producer.flush()
    finally:
        producer.close()
    return counts


class Producer:
    """Keeps order and loses nothing: what the broker refused is raised by `flush`.

    Raises ConfigError, kafka's errors.
    """

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._refused: list[BaseException] = []
        self._producer = KafkaProducer(
            **kafka_python_options(kafka),
            acks="all",
            linger_ms=10,
            batch_size=1 << 18,
            max_request_size=8 << 20,
        )

    def send(self, topic: str, *args: Any, **kwargs: Any) -> Any:
        """As kafka-python's; what becomes of the record is watched."""
        return self._producer.send(topic, *args, **kwargs).add_errback(self._note)

    def flush(self) -> None:
        """Waits until all is written. Raises KafkaUnavailable where a record was refused."""
        self._producer.flush()
        if self._refused:
            raise KafkaUnavailable(
                f"The Kafka at {self._kafka.bootstrap} refused records:"
                f" {refusal(self._refused[0], self._kafka)}."
            )

    def close(self) -> None:
        """Disconnects."""
        self._producer.close()

    def _note(self, error: BaseException) -> None:
        # One is enough to know why; there may be millions.
        self._refused[:] = self._refused or [error]


def publish_register(producer: Producer, prefix: str, register: RegisterFile) -> int:
    """Sends a register to its topic and waits until it is written; returns the cells sent."""
    sent = 0
    name = topic_name(prefix, "cell.register")
    run = time.time_ns() // 1_000_000
    cells = each(register_messages(register), "load", len(register.rows), " cells")
    for key, value in cells:
        producer.send(name, value, key, headers=[(SEQ, b"%d:%d" % (run, sent))])
        sent += 1
    producer.flush()
    return sent


def _publish_messages(
    producer: Producer,
    settings: Settings,
    trace: Trace,
    partitions: dict[str, int],
    counts: dict[str, int],
    pace: "_Pace",
    single: bool,
) -> None:
    hasher = load_key(os.environ).hasher(settings.senders)
    prefix, disorder_ms = settings.kafka.prefix, int(settings.streams.disorder_s * 1000)

    def added(messages: Batches, message: Message, sent: int, now_s: float = 0.0) -> None:
        value = hashed_line(message.value, hasher.at(message.arrival_ms))
        place = _place(message.topic, value, partitions, sent)
        messages.add(place, Timed(value, message.arrival_ms, message.stand_in_ms, sent), now_s)
        counts[message.topic] = counts.get(message.topic, 0) + 1

    def send(topic: str, value: bytes, key: bytes | None, partition: int, headers: Headers) -> None:
        producer.send(topic_name(prefix, topic), value, key, partition=partition, headers=headers)

    most = 1 if single else min(_MOST_TOGETHER, settings.limits.letters)
    run = time.time_ns() // 1_000_000
    rows = 0
    # Each row alone, since of a key only the newest record stays.
    alone = Batches(send, run, 1, 0)
    for rows, message in enumerate(_listed(trace), 1):
        added(alone, message, rows - 1)
    producer.flush()
    batches = Batches(send, run, most, disorder_ms // 2)
    watermarks = {topic: WatermarkTracker(0) for topic in trace.files}
    watermark_s = time.monotonic()
    bar = tqdm(unit=" messages", file=sys.stderr, disable=None, desc="replay")
    for sent, (newest_ms, message) in enumerate(_merged(trace), rows):
        pace.wait_for(message.arrival_ms, batches)
        watermarks[message.topic].observe(np.array([message.arrival_ms]))
        now_s = time.monotonic()
        if now_s - watermark_s >= _WATERMARK_EVERY_S:
            watermark_s = now_s
            batches.flush()
            _send_watermarks(producer, prefix, partitions, newest_ms - disorder_ms, end=False)
        added(batches, message, sent, now_s)
        bar.update()
    bar.close()
    batches.flush()
    last_ms = max((each.newest_ms for each in watermarks.values()), default=0)
    _send_watermarks(producer, prefix, partitions, last_ms + 1, end=True)


def _place(topic: str, value: bytes, partitions: dict[str, int], sent: int) -> Place:
    key = key_of(topic, value)
    number = _KEYLESS if key is None else partition_of(key, partitions[topic])
    if key is None and topic in COMPACTED:
        # Such a topic takes nothing without a key; one of its own lets each line stay.
        key = b"line %d" % sent
    return Place(topic, number, key)


@dataclass(slots=True)
class _Pace:
    """Holds messages back until their turn; without a speed it holds nothing back."""

    speed: float | None
    max_gap_s: float
    _last_ms: int | None = None
    _due_s: float = field(default_factory=time.monotonic)

    def wait_for(self, arrival_ms: int, batches: Batches) -> None:
        """What waits for others in ``batches`` is sent before it would wait too long."""
        if self.speed is None:
            return
        if self._last_ms is not None and arrival_ms > self._last_ms:
            gap_s = min((arrival_ms - self._last_ms) / 1000, self.max_gap_s)
            self._due_s += gap_s / self.speed
        self._last_ms = max(arrival_ms, self._last_ms or 0)
        now_s = time.monotonic()
        batches.flush_before(max(self._due_s, now_s), _HELD_S)
        if self._due_s > now_s:
            time.sleep(self._due_s - now_s)


def _listed(trace: Trace) -> Iterator[Message]:
    """The rows of what the operator lists, save cells, which are no messages of a trace."""
    for topic in trace.files:
        if topic in LISTS:
            yield from read_messages(trace, topic)


def _merged(trace: Trace) -> Iterator[tuple[int, Message]]:
    """All other messages of a trace in order of arrival, each with the newest arrival so far in its
    file; each file keeps its own order."""
    streams = [_in_step(read_messages(trace, topic)) for topic in trace.files if topic not in LISTS]
    yield from heapq.merge(*streams, key=lambda pair: pair[0])


def _in_step(messages: Iterator[Message]) -> Iterator[tuple[int, Message]]:
    """With the running maximum of arrival, by which files are merged without reordering any."""
    newest = 0
    for message in messages:
        if message.arrival_ms - newest <= _LEAP_MS or not newest:
            newest = max(newest, message.arrival_ms)
        yield newest, message


def _send_watermarks(
    producer: Producer, prefix: str, partitions: dict[str, int], until_ms: int, end: bool
) -> None:
    headers = [(RX_TS, b"%d" % until_ms), (REPLAY, b"")]
    headers += [(END, b"1")] if end else []
    for topic in INPUTS:
        for number in range(partitions[topic]):
            producer.send(
                topic_name(prefix, topic),
                WATERMARK_VALUE,
                WATERMARK_KEY if topic in COMPACTED else None,
                partition=number,
                headers=headers,
            )
