"""What the measured programs read: topics of their own on a broker, filled at once.

A topic holds the same reports in one of three forms: single JSON messages, JSON arrays, Arrow
batches. A phone's reports lie in one partition. Records are put into batches by hand, which is
several times as fast as sending them one at a time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from zlib import crc32

import numpy as np
from aiokafka import AIOKafkaProducer
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from benchmarks.measuring.stream.city import City, Reports, encoded
from streams.capacity.costs import FORMS as FORMS
from streams.capacity.costs import Form as Form
from streams.decode.rare.topics import COMPACTED
from streams.decode.records import ARROW
from streams.kafka.make_topics import ensure_topics
from streams.kafka.settings import KafkaSettings
from streams.kafka.stage_records import (
    CONTENT_TYPE,
    END,
    RX_TS,
    WATERMARK_KEY,
    WATERMARK_VALUE,
)
from streams.kafka.topics import BETWEEN, INPUTS
from streams.register.topic_rows import register_messages

TOPIC: Final = "cell.measurements"
#: Reports in one message of each form.
IN_ONE: Final[Mapping[Form, int]] = {"single": 1, "arrays": 500, "arrow": 1000}
_HEADERS: Final = {"arrow": [(CONTENT_TYPE, ARROW.encode())]}
#: An end of the last reports' arrival (ms) behind all of them.
_BEHIND_MS = 1000
_BATCH_BYTES = 1 << 20

#: Key, value, headers, and the record's own time (ms).
Record = tuple[bytes | None, bytes, Sequence[tuple[str, bytes]], int]


@dataclass(frozen=True, slots=True)
class Load:
    """Records by partition, and how many reports they hold."""

    form: Form
    reports: int
    parts: list[list[Record]]
    until_ms: int

    @property
    def records(self) -> int:
        """How many there are."""
        return sum(map(len, self.parts))

    @property
    def bytes_a_report(self) -> float:
        """Of the records' values."""
        return sum(len(value) for part in self.parts for _, value, _, _ in part) / self.reports


def load_of(
    reports: Reports, form: Form, partitions: int, first: Iterable[dict[str, Any]] = ()
) -> Load:
    """All reports in a form, each phone's in one partition; in front of them ``first``, one to a
    message."""
    lines = reports.lines() if form != "arrow" else []
    parts: list[list[Record]] = [[] for _ in range(partitions)]
    count, size = len(reports), IN_ONE[form]
    for one in first:
        key = one["device"].encode()
        parts[crc32(key) % partitions].append((key, encoded(one), (), one["rx_ts"]))
        count += 1
    headers = _HEADERS.get(form, [])
    for number in range(partitions):
        rows = np.flatnonzero(reports.device % partitions == number)
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            last = int(some[-1])
            key = b"d-%07d" % reports.device[last]
            if form == "arrow":
                value = reports.arrow(some)
            elif form == "arrays":
                value = b"[" + b",".join([lines[row] for row in some.tolist()]) + b"]"
            else:
                value = lines[last]
            parts[number].append((key, value, headers, int(reports.rx_ts[last])))
    return Load(form, count, parts, int(reports.rx_ts.max()) + _BEHIND_MS)


class Topics:
    """The topics under one prefix."""

    def __init__(self, bootstrap: str, prefix: str, partitions: int = 4) -> None:
        self.kafka = KafkaSettings(
            bootstrap=bootstrap, prefix=prefix, partitions={TOPIC: partitions}
        )
        self.partitions = partitions

    @property
    def name(self) -> str:
        """That of the reports."""
        return self.kafka.name_of(TOPIC)

    def make(self) -> dict[str, int]:
        """Makes all of them; the partitions of each."""
        return ensure_topics(self.kafka, 60.0)

    def make_one(self, plain: str, partitions: int) -> None:
        """Makes only that one, with room for large messages."""
        admin = KafkaAdminClient(bootstrap_servers=self.kafka.bootstrap)
        try:
            configs = {"max.message.bytes": str(8 << 20)}
            made = {"num_partitions": partitions, "configs": configs}
            admin.create_topics({self.kafka.name_of(plain): made})
            admin.wait_for_topics([self.kafka.name_of(plain)], timeout_ms=60_000)
        finally:
            admin.close()

    def delete(self) -> None:
        """Deletes whatever has the prefix; a broker that is gone has nothing to delete."""
        try:
            admin = KafkaAdminClient(bootstrap_servers=self.kafka.bootstrap)
            try:
                names = [n for n in admin.list_topics() if n.startswith(self.kafka.prefix)]
                if names:
                    admin.delete_topics(names)
            finally:
                admin.close()
        except KafkaError:
            return

    async def fill(self, load: Load) -> None:
        """Writes the reports."""
        await self._write(TOPIC, enumerate(load.parts))

    async def fill_register(self, city: City, partitions: int) -> None:
        """Writes the operator's list of cells."""
        parts: list[list[Record]] = [[] for _ in range(partitions)]
        for number, (key, value) in enumerate(register_messages(city.register())):
            parts[number % partitions].append((key, value, (), 1_700_000_000_000))
        await self._write("cell.register", enumerate(parts))

    async def end(self, load: Load, partitions: Mapping[str, int]) -> None:
        """Ends each input partition, as a replay does: all that is due can be decided then."""
        headers = [(RX_TS, b"%d" % load.until_ms), (END, b"1")]
        for topic in INPUTS:
            key = WATERMARK_KEY if topic in COMPACTED else None
            record: Record = (key, WATERMARK_VALUE, headers, load.until_ms)
            await self._write(topic, ((number, [record]) for number in range(partitions[topic])))

    async def _write(self, plain: str, parts: Iterable[tuple[int, list[Record]]]) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self.kafka.bootstrap,
            max_batch_size=_BATCH_BYTES,
            max_request_size=8 << 20,
            request_timeout_ms=120_000,
        )
        await producer.start()
        try:
            written = []
            for number, records in parts:
                at = 0
                while at < len(records):
                    batch, at = _batch(producer, records, at)
                    name = self.kafka.name_of(plain)
                    written.append(await producer.send_batch(batch, name, partition=number))
            for each in written:
                await each
        finally:
            await producer.stop()

    @contextmanager
    def looking(self, group: str) -> Iterator[Callable[[], tuple[int, dict[str, int]]]]:
        """Looks, as often as one likes, how many reports' records a group has done, and by topic
        how many records it still has to."""
        consumer = KafkaConsumer(
            bootstrap_servers=self.kafka.bootstrap, enable_auto_commit=False, group_id=None
        )
        admin = KafkaAdminClient(bootstrap_servers=self.kafka.bootstrap)
        parts = [
            (plain, TopicPartition(self.kafka.name_of(plain), number))
            for plain in (*INPUTS, *BETWEEN)
            for number in consumer.partitions_for_topic(self.kafka.name_of(plain)) or ()
        ]

        def look() -> tuple[int, dict[str, int]]:
            # Asked first: what equals ends that were looked up later was all that there was.
            committed = admin.list_group_offsets({group: None})[group]
            ends = consumer.end_offsets([tp for _, tp in parts])
            behind: dict[str, int] = {}
            done = 0
            for plain, tp in parts:
                at = max(committed[tp].offset, 0) if tp in committed else 0
                behind[plain] = behind.get(plain, 0) + ends[tp] - at
                done += at if plain == TOPIC else 0
            return done, behind

        try:
            yield look
        finally:
            consumer.close()
            admin.close()

    def written(self, plain: str) -> int:
        """How many records were written to a topic."""
        consumer = KafkaConsumer(bootstrap_servers=self.kafka.bootstrap, group_id=None)
        try:
            name = self.kafka.name_of(plain)
            parts = [TopicPartition(name, n) for n in consumer.partitions_for_topic(name) or ()]
            return sum(consumer.end_offsets(parts).values())
        finally:
            consumer.close()

    def read(self, plain: str) -> list[Any]:
        """All records of a topic as they are now."""
        consumer = KafkaConsumer(bootstrap_servers=self.kafka.bootstrap, group_id=None)
        try:
            name = self.kafka.name_of(plain)
            parts = [TopicPartition(name, n) for n in consumer.partitions_for_topic(name) or ()]
            ends = {tp: end for tp, end in consumer.end_offsets(parts).items() if end}
            found: list[Any] = []
            if ends:
                consumer.assign(list(ends))
                consumer.seek_to_beginning()
            while any(consumer.position(tp) < end for tp, end in ends.items()):
                for records in consumer.poll(timeout_ms=500).values():
                    found += records
            return found
        finally:
            consumer.close()


def _batch(producer: AIOKafkaProducer, records: list[Record], at: int) -> tuple[Any, int]:
    """As many of the records as one batch takes, at least one, and where the next begins."""
    batch = producer.create_batch()
    begun = at
    while at < len(records):
        key, value, headers, at_ms = records[at]
        if batch.append(key=key, value=value, timestamp=at_ms, headers=list(headers)) is None:
            break
        at += 1
    if at == begun:
        raise ValueError(f"a record of {len(records[at][1])} bytes fits into no batch")
    batch.close()
    return batch, at
