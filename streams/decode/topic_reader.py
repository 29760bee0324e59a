"""Topics read once, outside of any consumer group: whole, from a moment on, or record by record.

What recording, evidence bundles and searches need: they look at what is there now, then stop, and
leave no trace in the broker. Records that retention has deleted are no error: they are missing.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
from kafka import TopicPartition

from streams.decode.arrow.rows import rows_as_json
from streams.decode.arrow.stream import read_stream
from streams.decode.json.rows import array_items
from streams.decode.raw_rows import Fault
from streams.decode.records import ARROW, own_arrival
from streams.kafka.make_topics import KafkaUnavailable
from streams.kafka.security.for_kafka_python import kafka_python_options
from streams.kafka.security.reaching import Refused, is_open
from streams.kafka.settings import KafkaSettings
from streams.kafka.stage_records import CONTENT_TYPE, header
from streams.wire.in_hand import one_by_one
from streams.wire.polled_batches import KafkaConsumer


class _Arrival(msgspec.Struct):
    rx_ts: Any = None


_ARRIVAL: Final = msgspec.json.Decoder(_Arrival)
_WAIT_MS: Final = 1000
#: Offsets farther apart than this are sought, nearer ones are read through.
_SEEK_OVER: Final = 2000


def read_all(kafka: KafkaSettings, topic: str, number: int) -> Iterator[Any]:
    """All records of a partition up to its end as it is now."""
    with Topics(kafka) as topics:
        yield from topics.partition(topic, number)


class Topics:
    """The topics of one prefix; names are plain. Use it in a ``with``, and in one thread only.

    Making one raises KafkaUnavailable where no broker answers or it doesn't take us, ConfigError.
    """

    def __init__(self, kafka: KafkaSettings) -> None:
        # kafka-python leaves sockets open when nobody listens, so the door is tried first.
        try:
            if not is_open(kafka):
                raise KafkaUnavailable(
                    f"No Kafka broker answers at {kafka.bootstrap}. Start one with: cellhound"
                    " broker up, or name yours with --bootstrap HOST:PORT or KAFKA_BOOTSTRAP."
                )
            self._prefix = kafka.prefix
            self._consumer = KafkaConsumer(
                **kafka_python_options(kafka),
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                allow_auto_create_topics=False,
            )
        except Refused as error:
            raise KafkaUnavailable(str(error)) from error

    def __enter__(self) -> "Topics":
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def numbers(self, topic: str) -> list[int]:
        """The partitions of a topic; none where it doesn't exist."""
        return sorted(self._consumer.partitions_for_topic(self._prefix + topic) or ())

    def all(self, topic: str) -> Iterator[Any]:
        """All records of a topic as it is now, partition by partition."""
        for number in self.numbers(topic):
            yield from self.partition(topic, number)

    def partition(self, topic: str, number: int, since_ms: int | None = None) -> Iterator[Any]:
        """The records of a partition up to its end as it is now.

        With ``since_ms`` only from the first record on whose timestamp, the broker's, is not
        earlier.
        """
        tp, first, end = self._assigned(topic, number)
        if since_ms is not None:
            found = self._consumer.offsets_for_times({tp: since_ms})[tp]
            first = end if found is None else found.offset
        yield from one_by_one(topic, number, self._between(tp, first, end))

    def ends(self, topic: str) -> dict[int, tuple[int, int]]:
        """The first offset that is still there, and the next to be written, by partition."""
        parts = [TopicPartition(self._prefix + topic, number) for number in self.numbers(topic)]
        begins = self._consumer.beginning_offsets(parts) if parts else {}
        ends = self._consumer.end_offsets(parts) if parts else {}
        return {tp.partition: (begins[tp], ends[tp]) for tp in parts}

    def offset_at(self, topic: str, number: int, since_ms: int) -> int:
        """The offset of the first record on whose timestamp is not earlier; else the end."""
        tp, _, end = self._assigned(topic, number)
        found = self._consumer.offsets_for_times({tp: since_ms})[tp]
        return end if found is None else int(found.offset)

    def newest(self, topic: str, number: int, most: int) -> list[Any]:
        """The records at the last ``most`` offsets of a partition, in order."""
        tp, begin, end = self._assigned(topic, number)
        return list(one_by_one(topic, number, self._between(tp, max(begin, end - most), end)))

    def range(self, topic: str, number: int, first: int, end: int) -> Iterator[Any]:
        """The records of a partition at offsets of ``[first, end)``, in order."""
        tp, begin, last = self._assigned(topic, number)
        found = self._between(tp, max(begin, first), min(end, last))
        yield from one_by_one(topic, number, found)

    def last(self, topic: str, number: int) -> Any:
        """The newest record of a partition; ``None`` for an empty one."""
        found = self.newest(topic, number, 1)
        return found[-1] if found else None

    def at(self, topic: str, number: int, offsets: Iterable[int]) -> Iterator[tuple[int, Any]]:
        """Each of the offsets with its record, in order; ``None`` for one that is not there."""
        wanted = sorted(set(offsets))
        if not wanted:
            return
        if number not in self.numbers(topic):
            yield from ((offset, None) for offset in wanted)
            return
        tp, begin, end = self._assigned(topic, number)
        start = 0
        while start < len(wanted):
            stop = start + 1
            while stop < len(wanted) and wanted[stop] - wanted[stop - 1] <= _SEEK_OVER:
                stop += 1
            found = self._run(tp, wanted[start:stop], begin, end)
            for offset in wanted[start:stop]:
                record = None
                for record in one_by_one(topic, number, filter(None, [found.get(offset)])):
                    yield offset, record
                if record is None:
                    yield offset, None
            start = stop

    def _run(self, tp: TopicPartition, wanted: list[int], begin: int, end: int) -> dict[int, Any]:
        read = self._between(tp, max(wanted[0], begin), min(wanted[-1] + 1, end))
        asked = set(wanted)
        return {one.offset: one for one in read if one.offset in asked}

    def _assigned(self, topic: str, number: int) -> tuple[TopicPartition, int, int]:
        """A partition, to be read now, with its first offset and the next to be written."""
        tp = TopicPartition(self._prefix + topic, number)
        self._consumer.assign([tp])
        begin = self._consumer.beginning_offsets([tp])[tp]
        return tp, begin, self._consumer.end_offsets([tp])[tp]

    def _between(self, tp: TopicPartition, first: int, end: int) -> Iterator[Any]:
        """The records of the partition assigned at ``[first, end)``."""
        if first < end:
            self._consumer.seek(tp, first)
        while first < end and self._consumer.position(tp) < end:
            for batch in self._consumer.poll(timeout_ms=_WAIT_MS).values():
                yield from (record for record in batch if record.offset < end)


def items_of(value: bytes | None, headers: Any) -> list[bytes]:
    """The messages in a record, each as one line of JSON; what is broken stays one line."""
    if value is None:
        return []
    kind = (header(headers, CONTENT_TYPE) or b"").decode("utf-8", "replace")
    if kind.partition(";")[0].strip().lower() == ARROW:
        table = read_stream(value)
        if not isinstance(table, Fault):
            return rows_as_json(table, range(table.num_rows))
    if value.lstrip()[:1] == b"[":
        items = array_items(value)
        if not isinstance(items, Fault):
            return items
    return [value]


def arrived_ms(item: bytes, stand_in_ms: int) -> int:
    """When a message arrived (ms): its own ``rx_ts``, else the time that stands in for it.

    >>> arrived_ms(b'{"rx_ts": 7}', 5), arrived_ms(b'{"rx_ts": true}', 5), arrived_ms(b"[", 5)
    (7, 5, 5)
    """
    try:
        rx_ts = _ARRIVAL.decode(item).rx_ts
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return stand_in_ms
    return own_arrival(rx_ts, stand_in_ms)
