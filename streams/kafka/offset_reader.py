"""Reading a range of one partition aside from the consumer group: for taking up state again.

All of it raises aiokafka's KafkaError where no broker answers, which `until_answered` waits for.
"""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaConnectionError

from streams.kafka.security.for_aiokafka import aiokafka_options
from streams.kafka.settings import KafkaSettings
from streams.wire.answered import until_answered
from streams.wire.fetched_batches import AIOKafkaConsumer

_T = TypeVar("_T")
_log = logging.getLogger(__name__)

_WAIT_MS = 1000
_AT_ONCE = 5000


async def read_range(
    kafka: KafkaSettings, topic: str, partition: int, first: int, end: int
) -> list[ConsumerRecord]:
    """Records of ``[first, end)`` that still exist, in order; offsets may have gaps."""
    if first >= end:
        return []
    tp = TopicPartition(topic, partition)
    async with _reading(kafka) as consumer:
        begin = (await consumer.beginning_offsets([tp]))[tp]
        end = min(end, (await consumer.end_offsets([tp]))[tp])
        at = max(first, begin)
        records: list[ConsumerRecord] = []
        # Sought at once: else it would first wait for news at the partition's end.
        consumer.assign([tp])
        consumer.seek(tp, at)
        while at < end:
            fetched = await consumer.getmany(tp, timeout_ms=_WAIT_MS, max_records=_AT_ONCE)
            batch: Sequence[ConsumerRecord] = fetched.get(tp, [])
            records += [record for record in batch if record.offset < end]
            at = await consumer.position(tp)
        return records


async def read_tail(
    kafka: KafkaSettings, topic: str, partition: int, count: int
) -> list[ConsumerRecord]:
    """What still exists of the last ``count`` offsets of a partition, in order."""
    _, end = await _ends(kafka, TopicPartition(topic, partition))
    return await read_range(kafka, topic, partition, end - count, end)


async def read_head(
    kafka: KafkaSettings, topic: str, partition: int, count: int
) -> list[ConsumerRecord]:
    """What still exists of a partition's first ``count`` offsets, in order."""
    begin, _ = await _ends(kafka, TopicPartition(topic, partition))
    return await read_range(kafka, topic, partition, begin, begin + count)


async def read_backwards(
    kafka: KafkaSettings, topic: str, partition: int, at_once: int
) -> AsyncIterator[list[ConsumerRecord]]:
    """What still exists of a partition, from its end backwards, of ``at_once`` offsets at a time;
    each part in order."""
    begin, end = await _ends(kafka, TopicPartition(topic, partition))
    while begin < end:
        first = max(begin, end - at_once)
        yield await read_range(kafka, topic, partition, first, end)
        end = first


async def read_pieces(
    kafka: KafkaSettings,
    topic: str,
    partition: int,
    first: int,
    end: int,
    stopping: Callable[[], bool],
) -> AsyncIterator[list[ConsumerRecord]]:
    """Records of ``[first, end)`` that still exist, in order, some thousands at a time; each is
    waited for as `until_answered` does."""
    tp = TopicPartition(topic, partition)
    while first < end:
        begin, last = await until_answered(lambda: _ends(kafka, tp), stopping)
        first, end = max(first, begin), min(end, last)
        to = min(end, first + _AT_ONCE)
        part = partial(read_range, kafka, topic, partition, first, to)
        yield await until_answered(part, stopping)
        first = to


async def read_whole(
    kafka: KafkaSettings, topic: str, partition: int
) -> AsyncIterator[tuple[bytes | None, bytes | None]]:
    """Key and value of each record of a partition up to its end as it is now, in order."""
    tp = TopicPartition(topic, partition)
    async with _reading(kafka) as consumer:
        at = (await consumer.beginning_offsets([tp]))[tp]
        end = (await consumer.end_offsets([tp]))[tp]
        consumer.assign([tp])
        consumer.seek(tp, at)
        while at < end:
            fetched = await consumer.getmany(tp, timeout_ms=_WAIT_MS, max_records=_AT_ONCE)
            for record in fetched.get(tp, []):
                if record.offset < end:
                    yield record.key, record.value
            at = await consumer.position(tp)


async def read_committed(kafka: KafkaSettings, topic: str, partition: int) -> int:
    """Up to where the workers are done with a partition; 0 where they have never committed."""
    tp = TopicPartition(topic, partition)
    async with _reading(kafka, kafka.name_of(kafka.group)) as consumer:
        consumer.assign([tp])
        try:
            return await consumer.committed(tp) or 0
        except AssertionError as error:
            # aiokafka asserts that it knows a node to ask for the coordinator, and doesn't when the
            # broker went away in between.
            raise KafkaConnectionError("no broker is known any more") from error


@asynccontextmanager
async def _reading(
    kafka: KafkaSettings, group: str | None = None
) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(**aiokafka_options(kafka), group_id=group, enable_auto_commit=False)
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def _ends(kafka: KafkaSettings, tp: TopicPartition) -> tuple[int, int]:
    async with _reading(kafka) as consumer:
        begin = (await consumer.beginning_offsets([tp]))[tp]
        return begin, (await consumer.end_offsets([tp]))[tp]
