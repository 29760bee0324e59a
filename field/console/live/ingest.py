"""Reads the topics into the store, from where the store stands; no consumer group is needed.

What people wait for (alerts, actions) is read apart from what there may be much of (findings, the
register). What can't be read is counted, never raised; where the database fails, it is tried again
until it answers, and nothing is passed over meanwhile.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any, Final

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from sqlalchemy.exc import SQLAlchemyError

from field.console.databases import reason
from field.console.live.cluster import Cluster, look
from field.console.live.intake_guard import IntakeGuard
from field.console.live.stream import News
from field.console.store import Record, Store
from field.console.store.queries.operations import offsets, topic_ids
from streams.config.settings import ConfigError, KafkaSettings
from streams.kafka.make_topics import KafkaUnavailable
from streams.kafka.security.for_aiokafka import aiokafka_options
from streams.kafka.security.reaching import Refused, is_there
from streams.kafka.security.refusals import refusal
from streams.kafka.topics import topic_name
from streams.wire.fetched_batches import AIOKafkaConsumer

#: What pages wait for.
PROMPT: Final = (
    "fbs.alerts",
    "fbs.actions",
    "fbs.deliveries",
    "fbs.health",
    "field.measurements",
    "field.feedback",
)
#: What there may be millions of.
BULK: Final = ("fbs.evidence", "cell.register", "fbs.register", "number.register", "public.reports")
#: Read only where somebody may see it.
VICTIMS: Final = ("fraud.victims",)
#: As long as on their topic.
_VICTIMS_KEPT_MS: Final = 72 * 3_600_000
_RECORDS: Final = 1000
_AGAIN_S: Final = 1.0
_LOOK_EVERY_S: Final = 30.0
_PROBE_EVERY_S: Final = 2.0
_LOG: Final = logging.getLogger("cellhound.console")


class Ingest:
    """Follows the topics until cancelled. ``caught_up`` is set once all that was there when it
    started, of what pages wait for, is in the store."""

    def __init__(
        self,
        kafka: KafkaSettings,
        cluster: Cluster,
        store: Store,
        news: News,
        victims: bool = False,
        guard: IntakeGuard | None = None,
    ) -> None:
        """``victims``: whether somebody may see notices of victims, so that they are read;
        ``guard`` is what keeps records from ending the console."""
        self._bulk = BULK + VICTIMS * victims
        self._kafka, self._cluster, self._store, self._news = kafka, cluster, store, news
        self._guard = guard
        self._writing = asyncio.Lock()
        self.caught_up = asyncio.Event()
        self._troubles: dict[str, str] = {}

    @property
    def trouble(self) -> str | None:
        """What keeps it from reading on at this moment."""
        return "; ".join(f"{who}: {what}" for who, what in self._troubles.items()) or None

    @property
    def troubled(self) -> tuple[str, ...]:
        """Who keeps it from reading on: ``Kafka``, ``store``."""
        return tuple(self._troubles)

    async def run(self) -> None:
        """Reads for ever. Raises ConfigError where another cluster answers at the address."""
        await self._forget_what_is_gone(PROMPT + self._bulk)
        tasks = [
            asyncio.create_task(self._for_ever(PROMPT, self.caught_up)),
            asyncio.create_task(self._for_ever(self._bulk, asyncio.Event())),
            asyncio.create_task(self._probe()),
            asyncio.create_task(self._look()),
        ]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _probe(self) -> None:
        # A consumer whose broker is away raises nothing: there just seem to be no records.
        while True:
            trouble = f"no broker answers at {self._kafka.bootstrap}"
            try:
                there = await asyncio.to_thread(is_there, self._kafka)
            except Refused as error:
                there, trouble = False, str(error)
            if there:
                self._troubles.pop("Kafka", None)
            else:
                self._complain("Kafka", trouble)
            await asyncio.sleep(_PROBE_EVERY_S)

    async def _for_ever(self, topics: Sequence[str], caught_up: asyncio.Event) -> None:
        while True:
            try:
                await self._follow(topics, caught_up)
            except (KafkaError, KafkaUnavailable) as error:
                self._complain("Kafka", refusal(error, self._kafka))
                await asyncio.sleep(_AGAIN_S)

    async def _follow(self, topics: Sequence[str], caught_up: asyncio.Event) -> None:
        # Made here, since aiokafka binds to the running event loop.
        consumer = AIOKafkaConsumer(
            **aiokafka_options(self._kafka),
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_partition_fetch_bytes=8 << 20,
        )
        try:
            await consumer.start()
            seen = self._seen(topics)
            await self._forget_what_is_gone(topics)
            await self._assign(consumer, topics)
            ends = await consumer.end_offsets(list(consumer.assignment()))
            while True:
                records = await self._next(consumer)
                if records:
                    await self._take(records)
                if not caught_up.is_set() and await _beyond(consumer, ends):
                    caught_up.set()
                if self._seen(topics) != seen:
                    # Done by whoever reads them, so that nothing of the old ones is taken later.
                    seen = self._seen(topics)
                    await self._forget_what_is_gone(topics)
                    await self._assign(consumer, topics)
        finally:
            await consumer.stop()

    async def _assign(self, consumer: AIOKafkaConsumer, topics: Sequence[str]) -> None:
        """All partitions of the topics, from where the store stands, else from their beginnings."""
        partitions = [
            TopicPartition(topic_name(self._kafka.prefix, topic), number)
            for topic in topics
            for number in range(self._cluster.partitions[topic])
        ]
        consumer.assign(partitions)
        stands = await self._ask(lambda: self._store.read(offsets))
        begins = await consumer.beginning_offsets(partitions)
        for tp in partitions:
            topic = tp.topic.removeprefix(self._kafka.prefix)
            consumer.seek(tp, stands.get((topic, tp.partition), begins[tp]))

    async def _next(self, consumer: AIOKafkaConsumer) -> list[Record]:
        try:
            fetched = await consumer.getmany(timeout_ms=500, max_records=_RECORDS)
        except OffsetOutOfRangeError as error:
            # Deleted and made anew, or so old that what was to come next is gone.
            for tp in error.args[0]:
                topic = tp.topic.removeprefix(self._kafka.prefix)
                _LOG.warning("%s is read from its beginning: it was cut or made anew", topic)
                await self._ask(partial(self._store.forget_offsets, [topic], {}))
                await self._assign_anew(consumer, tp.topic)
            return []
        return [
            _record(record, tp.topic.removeprefix(self._kafka.prefix))
            for tp, records in fetched.items()
            for record in records
        ]

    async def _assign_anew(self, consumer: AIOKafkaConsumer, topic: str) -> None:
        partitions = [tp for tp in consumer.assignment() if tp.topic == topic]
        for tp, begin in (await consumer.beginning_offsets(partitions)).items():
            consumer.seek(tp, begin)

    async def _take(self, records: Sequence[Record]) -> None:
        async with self._writing:
            if self._guard is not None:
                records = await self._guard.examined(records, self._cluster.topic_ids.__getitem__)
            if await self._ask(lambda: self._take_in(records)):
                self._news.notify()

    def _take_in(self, records: Sequence[Record]) -> int:
        with nullcontext() if self._guard is None else self._guard.at_work(records):
            return self._store.take(records)

    async def _ask(self, question: Callable[[], Any]) -> Any:
        """Asks the database until it answers."""
        while True:
            try:
                answer = await asyncio.to_thread(question)
            except SQLAlchemyError as error:
                self._complain("store", reason(error))
                await asyncio.sleep(_AGAIN_S)
            else:
                self._troubles.pop("store", None)
                return answer

    async def _look(self) -> None:
        """For ever looks whether topics were made anew, or have more partitions than before; and
        forgets victims that their topic has forgotten."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            over_ms = time.time_ns() // 1_000_000 - _VICTIMS_KEPT_MS
            await self._ask(partial(self._store.forget_victims, over_ms))
            try:
                cluster = await asyncio.to_thread(look, self._kafka)
            except KafkaUnavailable as error:
                self._complain("Kafka", str(error))
                continue
            if cluster.cluster_id != self._cluster.cluster_id:
                raise ConfigError(
                    f"The Kafka at {self._kafka.bootstrap} is another cluster than before"
                    f" ({cluster.cluster_id}, not {self._cluster.cluster_id}). Start the console"
                    " again to read that one."
                )
            self._cluster = cluster

    def _seen(self, topics: Sequence[str]) -> list[tuple[str, int]]:
        return [(self._cluster.topic_ids[one], self._cluster.partitions[one]) for one in topics]

    async def _forget_what_is_gone(self, topics: Sequence[str]) -> bool:
        """Topics that were deleted and made anew are read from their beginnings."""
        stored = await self._ask(lambda: self._store.read(topic_ids))
        known = {topic: number for topic, number in stored.items() if topic in topics}
        ids = {topic: self._cluster.topic_ids[topic] for topic in topics}
        new = [topic for topic, number in ids.items() if known.get(topic, number) != number]
        if ids != known:
            await self._ask(lambda: self._store.forget_offsets(new, ids))
        return bool(new)

    def _complain(self, who: str, what: str) -> None:
        _LOG.warning("%s: %s", who, what)
        self._troubles[who] = what


async def _beyond(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
    for tp, end in ends.items():
        if await consumer.position(tp) < end:
            return False
    return True


def _record(record: ConsumerRecord, topic: str) -> Record:
    return Record(
        topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        record.value,
        record.headers,
    )
