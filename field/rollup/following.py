"""Follows topics from their beginning, also those that come to be while it runs.

Outside of any consumer group: all that is kept is made of the topics, and made anew at each start.
"""

import time
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from aiokafka import TopicPartition

from streams.kafka.security.for_aiokafka import aiokafka_options
from streams.kafka.settings import KafkaSettings
from streams.wire.fetched_batches import AIOKafkaConsumer

_POLL_MS: Final = 250
#: A topic that MirrorMaker has made is noticed after so long.
_LOOK_EVERY_S: Final = 10.0
_AT_ONCE: Final = 2_000


class Following:
    """The topics whose names on the cluster ``wanted`` says yes to."""

    def __init__(self, kafka: KafkaSettings, wanted: Callable[[str], bool]) -> None:
        self._kafka, self._wanted = kafka, wanted
        self._consumer: Any = None
        self._looked_s = 0.0
        self._ends: dict[TopicPartition, int] = {}

    async def start(self) -> None:
        """Connects. Raises KafkaError."""
        self._consumer = AIOKafkaConsumer(
            **aiokafka_options(self._kafka), enable_auto_commit=False, auto_offset_reset="earliest"
        )
        await self._consumer.start()
        await self._look()

    async def stop(self) -> None:
        """Disconnects."""
        if self._consumer is not None:
            await self._consumer.stop()

    async def next(self) -> list[tuple[TopicPartition, list[Any]]]:
        """What has come, by partition; waits for a moment where nothing has. Raises KafkaError."""
        if time.monotonic() - self._looked_s > _LOOK_EVERY_S:
            await self._look()
        found = await self._consumer.getmany(timeout_ms=_POLL_MS, max_records=_AT_ONCE)
        return sorted(found.items())

    async def backlog(self) -> AsyncIterator[list[tuple[TopicPartition, list[Any]]]]:
        """All that there is now. Raises KafkaError."""
        ends = dict(self._ends)
        while any([await self._consumer.position(place) < end for place, end in ends.items()]):
            yield await self.next()

    async def _look(self) -> None:
        """Takes in partitions that are new, each from its beginning; where it is in the others it
        stays."""
        self._looked_s = time.monotonic()
        # Once it reads some topics, a consumer knows of these alone.
        cluster = await self._consumer._client.fetch_all_metadata()
        places = {
            TopicPartition(name, number)
            for name in cluster.topics()
            if self._wanted(name)
            for number in cluster.partitions_for_topic(name) or ()
        }
        known = self._consumer.assignment()
        if not places or places == known:
            return
        at = {place: await self._consumer.position(place) for place in known & places}
        begins = await self._consumer.beginning_offsets(list(places))
        self._ends = await self._consumer.end_offsets(list(places))
        self._consumer.assign(list(places))
        for place in places:
            self._consumer.seek(place, at.get(place, begins[place]))
