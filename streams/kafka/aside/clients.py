"""Clients that read single partitions aside from the consumer group, kept for the next reading.

A worker that takes up its partitions reads some dozens of short ranges: what others found out, what
its correlators stored, how far the group has come. A client for each of them would open three
connections and ask for the cluster anew, which took a worker longer than all it read.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from streams.kafka.security.for_aiokafka import aiokafka_options
from streams.kafka.settings import KafkaSettings
from streams.wire.fetched_batches import AIOKafkaConsumer

#: Clients of a group that are kept while nobody reads: partitions begin together, few at once.
_MOST_KEPT: Final = 4
#: How long the broker may hold back an answer where nothing new has come (ms). It answers what
#: comes over one connection in order: a fetch at a partition's end would delay the next reading.
_HELD_BACK_MS: Final = 1


class AsideClients:
    """Of one process and one event loop, which closes them before it ends."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self.kafka = kafka
        self._kept: dict[str | None, list[AIOKafkaConsumer]] = {}
        self._closed = False

    @asynccontextmanager
    async def client(self, group: str | None = None) -> AsyncIterator[AIOKafkaConsumer]:
        """A client that fetches nothing yet, for one at a time; one that failed isn't kept.

        Raises aiokafka's KafkaError where no broker answers.
        """
        kept = self._kept.setdefault(group, [])
        consumer = kept.pop() if kept else await self._started(group)
        whole = False
        try:
            yield consumer
            whole = True
        finally:
            # Else it would go on fetching; to assign nothing would ask for all topics there are.
            consumer.pause(*consumer.assignment())
            if whole and not self._closed and len(kept) < _MOST_KEPT:
                kept.append(consumer)
            else:
                await consumer.stop()

    async def close(self) -> None:
        """Closes those that nobody uses; all others close when their reading ends."""
        self._closed = True
        idle = [consumer for kept in self._kept.values() for consumer in kept]
        self._kept.clear()
        await asyncio.gather(*(consumer.stop() for consumer in idle))

    async def _started(self, group: str | None) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            **aiokafka_options(self.kafka),
            group_id=group,
            enable_auto_commit=False,
            fetch_max_wait_ms=_HELD_BACK_MS,
        )
        try:
            await consumer.start()
        except BaseException:
            await consumer.stop()
            raise
        return consumer
