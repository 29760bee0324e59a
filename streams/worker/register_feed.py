"""The register as the worker knows it: read from the compacted topic, kept up to date.

Before a chunk of messages is screened, the feed makes sure that it holds every register row that
was written before; so a replay that sends the register first is judged by that register, at any
speed.
"""

import asyncio
from collections.abc import Sequence

import numpy as np
from aiokafka import ConsumerRecord, TopicPartition

from detectors.register.register import Register
from streams.decode.codec import decode
from streams.decode.records import RecordSlice
from streams.kafka.security.for_aiokafka import aiokafka_options
from streams.kafka.settings import KafkaSettings
from streams.limits import DEFAULT, Limits
from streams.privacy.hasher import Hasher
from streams.wire.fetched_batches import AIOKafkaConsumer


class RegisterFeed:
    """Follows the register topic. `current` is the only thing that its users need."""

    def __init__(self, kafka: KafkaSettings, hasher: Hasher, limits: Limits = DEFAULT) -> None:
        self._kafka, self._hasher, self._limits = kafka, hasher, limits
        self._consumer: AIOKafkaConsumer = None
        # Asks for ends only: one that fetches too would keep each question waiting behind a fetch.
        self._asker: AIOKafkaConsumer = None
        self._partitions: list[TopicPartition] = []
        self._register = Register.empty()
        self._lock = asyncio.Lock()
        self.rejected = 0

    async def start(self) -> None:
        """Connects and reads the topic to its end."""
        # Made here, since aiokafka binds to the running event loop.
        self._consumer = AIOKafkaConsumer(
            self._kafka.name_of("cell.register"),
            **aiokafka_options(self._kafka),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=50,
            max_partition_fetch_bytes=8 << 20,
        )
        self._asker = AIOKafkaConsumer(**aiokafka_options(self._kafka), enable_auto_commit=False)
        await self._consumer.start()
        await self._asker.start()
        while not (assigned := self._consumer.assignment()):
            await asyncio.sleep(0.05)
        self._partitions = sorted(assigned)
        await self.current()

    async def stop(self) -> None:
        """Disconnects."""
        await self._consumer.stop()
        await self._asker.stop()

    async def current(self) -> Register:
        """The register with all that was written to the topic before this call."""
        async with self._lock:
            ends = await self._asker.end_offsets(self._partitions)
            records: list[ConsumerRecord] = []
            while True:
                behind = [
                    tp for tp in self._partitions if await self._consumer.position(tp) < ends[tp]
                ]
                if not behind:
                    break
                fetched = await self._consumer.getmany(*behind, timeout_ms=1000)
                for batch in fetched.values():
                    records += batch
            if records:
                self._register = await asyncio.to_thread(self._updated, records)
            return self._register

    def _updated(self, records: list[ConsumerRecord]) -> Register:
        # Partitions hold different cells, so only the order within each matters.
        decoded = decode(register_slice(records), self._hasher, self._limits)
        self.rejected += len(decoded.dead)
        return self._register.updated(decoded.batch)


def register_slice(records: Sequence[ConsumerRecord], partition: int = 0) -> RecordSlice:
    """Records of the register as the codec reads them."""
    return RecordSlice(
        "cell.register",
        partition,
        [record.offset for record in records],
        [record.value for record in records],
        np.array([record.timestamp for record in records], dtype=np.int64),
        keys=[record.key for record in records],
    )
