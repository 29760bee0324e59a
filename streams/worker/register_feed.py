"""The register as the worker knows it: read from the compacted topic, kept up to date.

Before a chunk of messages is screened, the feed makes sure that it holds every register row that
was written before; so a replay that sends the register first is judged by that register, at any
speed.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import nullcontext

import numpy as np
from aiokafka import ConsumerRecord, TopicPartition

from detectors.model.columns import RegisterRows
from detectors.register.register import Register
from detectors.register.rows import joined
from streams.decode.codec import decode
from streams.decode.dead_letters import DeadLetter
from streams.decode.records import RecordSlice, pieces
from streams.guard.case import InputCase
from streams.guard.guard import Guard
from streams.kafka.offset_reader import read_pieces
from streams.kafka.security.for_aiokafka import aiokafka_options
from streams.kafka.settings import KafkaSettings
from streams.limits import DEFAULT, Limits
from streams.privacy.hasher import Hasher
from streams.signed.settings import TrustSettings
from streams.wire.answered import until_answered
from streams.wire.fetched_batches import AIOKafkaConsumer
from streams.worker.output import Output

#: Records that are decoded, and noted as being decoded, together.
_AT_ONCE = 5000


class RegisterFeed:
    """Follows the register topic. `current` is the only thing that its users need."""

    def __init__(
        self,
        kafka: KafkaSettings,
        hasher: Hasher,
        limits: Limits = DEFAULT,
        guard: Guard | None = None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._kafka, self._hasher, self._limits, self._guard = kafka, hasher, limits, guard
        self._stopping = stopping
        self._consumer: AIOKafkaConsumer = None
        # Asks for ends only: one that fetches too would keep each question waiting behind a fetch.
        self._asker: AIOKafkaConsumer = None
        self._partitions: list[TopicPartition] = []
        self._register = Register.empty()
        self._lock = asyncio.Lock()
        self.rejected = 0
        #: By partition, up to where it was read.
        self.read_to: dict[int, int] = {}

    async def start(self) -> None:
        """Connects, once a broker answers, and reads the topic to its end."""
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
        for client in (self._consumer, self._asker):
            await until_answered(client.start, self._stopping)
        while not (assigned := self._consumer.assignment()):
            await asyncio.sleep(0.05)
        self._partitions = sorted(assigned)
        await self.current()

    async def stop(self) -> None:
        """Disconnects."""
        await self._consumer.stop()
        await self._asker.stop()

    async def current(self) -> Register:
        """The register with all that was written to the topic before this call; waits for a broker
        where none answers."""
        async with self._lock:
            ends = await until_answered(
                lambda: self._asker.end_offsets(self._partitions), self._stopping
            )
            parts: list[RegisterRows] = []
            while True:
                behind = [
                    tp for tp in self._partitions if await self._consumer.position(tp) < ends[tp]
                ]
                if not behind:
                    break
                fetched = await self._consumer.getmany(*behind, timeout_ms=1000)
                # At once, to columns: a million records as they come take most of a GiB.
                parts += [await self._rows(tp.partition, some) for tp, some in fetched.items()]
            self.read_to |= {tp.partition: end for tp, end in ends.items()}
            if parts:
                # Partitions hold different cells, so only the order within each matters.
                self._register = await asyncio.to_thread(
                    lambda: self._register.updated(joined(parts))
                )
            return self._register

    async def _rows(self, partition: int, records: Sequence[ConsumerRecord]) -> RegisterRows:
        slices = [
            register_slice(records[begin : begin + _AT_ONCE], partition)
            for begin in range(0, len(records), _AT_ONCE)
        ]
        if self._guard is not None:
            slices = [await self._guard.examined(one, self._case) for one in slices]
        return await asyncio.to_thread(self._decoded, slices)

    def _decoded(self, slices: Sequence[RecordSlice]) -> RegisterRows:
        batches: list[RegisterRows] = []
        for piece in (piece for one in slices for piece in pieces(one, self._limits)):
            with nullcontext() if self._guard is None else self._guard.at_work(piece):
                decoded = decode(piece, self._hasher, self._limits)
            self.rejected += len(decoded.dead)
            batches.append(decoded.batch)
        return joined(batches)

    def _case(self, records: RecordSlice) -> InputCase:
        trust, register = TrustSettings(), Register.empty()
        return InputCase(records, self._hasher, self._limits, trust, None, register)


class RegisterLetters:
    """Writes a dead letter of each row that can't be read, once: by the one worker that holds the
    first partition of the first input, which notes on ``fbs.guard`` how far it has come.

    The feed can't do it: each worker reads the whole register, at each start.
    """

    def __init__(
        self, kafka: KafkaSettings, feed: RegisterFeed, hasher: Hasher, limits: Limits, guard: Guard
    ) -> None:
        self._kafka, self._feed, self._guard = kafka, feed, guard
        self._hasher, self._limits = hasher, limits
        self._is_ours = False

    async def write_due(self, is_ours: bool, output: Output, stopping: Callable[[], bool]) -> None:
        """Writes those of rows that the feed has read since; ``is_ours`` where it is this worker
        that does it now. A broker that is away is waited for, unless the worker is ``stopping``."""
        before, self._is_ours = self._is_ours, is_ours
        if not is_ours:
            return
        known = self._guard.known
        if not before:
            await until_answered(self._guard.refresh, stopping)
        for number, end in list(self._feed.read_to.items()):
            first = known.lettered.get(number, 0)
            if first > end:  # The topic was made anew.
                first = 0
            if first == end:
                continue
            name = self._kafka.name_of("cell.register")
            async for records in read_pieces(self._kafka, name, number, first, end, stopping):
                rows = known.marked(register_slice(records, number))
                letters = await asyncio.to_thread(self._letters, rows)
                await output.write_letters(letters)
            await output.write_notes(known.note_lettered(number, end))

    def _letters(self, rows: RecordSlice) -> list[DeadLetter]:
        with self._guard.at_work(rows):
            return decode(rows, self._hasher, self._limits).dead


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
