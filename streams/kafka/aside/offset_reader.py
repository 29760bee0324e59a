"""Reading a range of one partition aside from the consumer group: for taking up state again.

``where`` are the clients that a process keeps for that, or else the brokers, for a single reading.
All of it raises aiokafka's KafkaError where no broker answers, which `until_answered` waits for.
"""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaConnectionError

from streams.kafka.aside.clients import AsideClients
from streams.kafka.settings import KafkaSettings
from streams.wire.answered import until_answered
from streams.wire.fetched_batches import AIOKafkaConsumer

Where = AsideClients | KafkaSettings

_T = TypeVar("_T")
_log = logging.getLogger(__name__)

_WAIT_MS = 1000
_AT_ONCE = 5000


async def read_range(
    where: Where, topic: str, partition: int, first: int, end: int
) -> list[ConsumerRecord]:
    """Records of ``[first, end)`` that still exist, in order; offsets may have gaps."""
    if first >= end:
        return []
    tp = TopicPartition(topic, partition)
    async with _reading(where) as consumer:
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


async def read_tail(where: Where, topic: str, partition: int, count: int) -> list[ConsumerRecord]:
    """What still exists of the last ``count`` offsets of a partition, in order."""
    _, end = await _ends(where, TopicPartition(topic, partition))
    return await read_range(where, topic, partition, end - count, end)


async def read_head(where: Where, topic: str, partition: int, count: int) -> list[ConsumerRecord]:
    """What still exists of a partition's first ``count`` offsets, in order."""
    begin, _ = await _ends(where, TopicPartition(topic, partition))
    return await read_range(where, topic, partition, begin, begin + count)


async def read_backwards(
    where: Where, topic: str, partition: int, at_once: int
) -> AsyncIterator[list[ConsumerRecord]]:
    """What still exists of a partition, from its end backwards, of ``at_once`` offsets at a time;
    each part in order."""
    begin, end = await _ends(where, TopicPartition(topic, partition))
    while begin < end:
        first = max(begin, end - at_once)
        yield await read_range(where, topic, partition, first, end)
        end = first


async def read_pieces(
    where: Where,
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
        begin, last = await until_answered(lambda: _ends(where, tp), stopping)
        first, end = max(first, begin), min(end, last)
        to = min(end, first + _AT_ONCE)
        part = partial(read_range, where, topic, partition, first, to)
        yield await until_answered(part, stopping)
        first = to


async def read_whole(
    where: Where, topic: str, partition: int
) -> AsyncIterator[tuple[bytes | None, bytes | None]]:
    """Key and value of each record of a partition up to its end as it is now, in order."""
    tp = TopicPartition(topic, partition)
    async with _reading(where) as consumer:
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


async def read_committed(where: Where, topic: str, partition: int) -> int:
    """Up to where the workers are done with a partition; 0 where they have never committed."""
    tp = TopicPartition(topic, partition)
    kafka = kafka_of(where)
    async with _reading(where, kafka.name_of(kafka.group)) as consumer:
        try:
            return await consumer.committed(tp) or 0
        except AssertionError as error:
            # aiokafka asserts that it knows a node to ask for the coordinator, and doesn't when the
            # broker went away in between.
            raise KafkaConnectionError("no broker is known any more") from error


def kafka_of(where: Where) -> KafkaSettings:
    """The brokers that are read."""
    return where.kafka if isinstance(where, AsideClients) else where


@asynccontextmanager
async def _reading(where: Where, group: str | None = None) -> AsyncIterator[AIOKafkaConsumer]:
    if isinstance(where, AsideClients):
        async with where.client(group) as consumer:
            yield consumer
        return
    once = AsideClients(where)
    try:
        async with once.client(group) as consumer:
            yield consumer
    finally:
        await once.close()


async def _ends(where: Where, tp: TopicPartition) -> tuple[int, int]:
    async with _reading(where) as consumer:
        begin = (await consumer.beginning_offsets([tp]))[tp]
        return begin, (await consumer.end_offsets([tp]))[tp]
