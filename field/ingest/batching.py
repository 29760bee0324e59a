"""Messages of many requests put together: what comes within a moment goes to Kafka as one.

Those who sent them wait for their answer until Kafka has them. What waits is bounded in bytes: for
what comes beyond there is no room, and whoever sent it is asked to come again. Of each topic one
batch is made at a time, and the next is filled meanwhile.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

from aiokafka.errors import KafkaError

from field.ingest.packing import Packed, Packer, Refusal
from streams.config.ingest import IngestSettings
from streams.kafka.resilient_producer import Outgoing

_LOG: Final = logging.getLogger("cellhound.ingest")
#: A message costs so many bytes beside its own.
_BESIDE: Final = 200

Note = Callable[[str, int, Packed], None]


class Writer(Protocol):
    """As `streams.kafka.resilient_producer.Writing`."""

    async def partitions(self, topic: str) -> int:
        """How many partitions a topic has. Raises KafkaError."""
        ...

    async def write_all(self, records: Iterable[Outgoing], timeout_s: float | None) -> None:
        """Returns once all are written. Raises KafkaError."""
        ...


async def write(
    packer: Packer, writer: Writer, topic: str, values: Sequence[bytes], rx_ms: int, answer_s: float
) -> Packed:
    """Packs messages and returns once they are written; Kafka has ``answer_s`` for each answer.

    Raises KafkaError, TimeoutError.
    """
    async with asyncio.timeout(answer_s):
        partitions = await writer.partitions(packer.prefix + topic)
    packed = await asyncio.to_thread(packer.packed, topic, partitions, values, rx_ms)
    await writer.write_all(packed.records, answer_s)
    return packed


class NoRoomError(Exception):
    """What waits is at its bound."""


class NotWrittenError(Exception):
    """Kafka did not take it, or not in time; part of it may be there all the same."""


class Room:
    """At most ``most`` bytes of what waits.

    >>> room = Room(10)
    >>> with room.take() as place:
    ...     place.more(8)
    ...     room.taken
    8
    """

    def __init__(self, most: int) -> None:
        self._most, self.taken = most, 0

    @contextmanager
    def take(self) -> "Iterator[Place]":
        """A place in it, whose bytes are free again when the block ends."""
        place = Place(self)
        try:
            yield place
        finally:
            self.taken -= place.size

    def has(self, size: int) -> bool:
        """Whether so many more bytes find room."""
        return self.taken + size <= self._most


@dataclass
class Place:
    """What one request takes of the room."""

    room: Room
    size: int = 0

    def more(self, size: int) -> None:
        """Takes more. Raises NoRoomError."""
        if not self.room.has(size):
            raise NoRoomError
        self.size += size
        self.room.taken += size

    def hold(self, values: Sequence[bytes]) -> None:
        """Takes what some messages need while they wait. Raises NoRoomError."""
        self.more(sum(len(value) + _BESIDE for value in values))


@dataclass(eq=False)
class _Sent:
    values: Sequence[bytes]
    answer: asyncio.Future[list[Refusal]]
    size: int


@dataclass
class _Queue:
    topic: str
    waiting: list[_Sent] = field(default_factory=list)
    messages: int = 0
    size: int = 0
    #: Set when something came, and when there is enough for a batch.
    came: asyncio.Event = field(default_factory=asyncio.Event)
    full: asyncio.Event = field(default_factory=asyncio.Event)


class Batcher:
    """Takes messages of all topics; `run` has to be running. ``note`` is given what each batch was
    made of: topic, messages, records. ``clock`` gives seconds since the epoch: the arrival time of
    messages that carry none is when their batch is made."""

    def __init__(
        self,
        settings: IngestSettings,
        packer: Packer,
        writer: Writer,
        note: Note,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings, self._packer, self._writer, self._note = settings, packer, writer, note
        self._clock = clock
        self._queues = {str(topic): _Queue(topic) for topic in settings.topics}

    async def submit(self, topic: str, values: Sequence[bytes]) -> list[Refusal]:
        """Returns once Kafka has all of them: those that will be dead letters. Raises
        NotWrittenError."""
        if not values:
            return []
        queue = self._queues[topic]
        size = sum(map(len, values))
        sent = _Sent(values, asyncio.get_running_loop().create_future(), size)
        queue.waiting.append(sent)
        queue.messages += len(values)
        queue.size += size
        queue.came.set()
        if queue.messages >= self._settings.messages or queue.size >= self._settings.bytes:
            queue.full.set()
        try:
            async with asyncio.timeout(self._settings.wait_s + self._settings.answer_s):
                return await sent.answer
        except TimeoutError:
            raise NotWrittenError("it was not written in time") from None
        finally:
            if sent in queue.waiting:
                # Nobody waits for it any more, and none of it was written.
                queue.waiting.remove(sent)
                self._left(queue, [sent])

    async def run(self) -> None:
        """Makes batches until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            for queue in self._queues.values():
                group.create_task(self._work(queue))

    async def _work(self, queue: _Queue) -> None:
        while True:
            await queue.came.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._settings.wait_s):
                    await queue.full.wait()
            # All may have given up meanwhile.
            if queue.waiting:
                await self._send(queue.topic, self._next(queue))

    def _next(self, queue: _Queue) -> list[_Sent]:
        """What goes together: whole requests, at least one."""
        taken: list[_Sent] = []
        messages = size = 0
        for sent in queue.waiting:
            messages, size = messages + len(sent.values), size + sent.size
            if taken and (messages > self._settings.messages or size > self._settings.bytes):
                break
            taken.append(sent)
        del queue.waiting[: len(taken)]
        self._left(queue, taken)
        return taken

    def _left(self, queue: _Queue, gone: Sequence[_Sent]) -> None:
        queue.messages -= sum(len(sent.values) for sent in gone)
        queue.size -= sum(sent.size for sent in gone)
        if not queue.waiting:
            queue.came.clear()
        if queue.messages < self._settings.messages and queue.size < self._settings.bytes:
            queue.full.clear()

    async def _send(self, topic: str, batch: Sequence[_Sent]) -> None:
        # Who has hung up meanwhile gets no answer; what was read of it is sent all the same.
        values = [value for sent in batch for value in sent.values]
        rx_ms = int(self._clock() * 1000)
        try:
            packed = await write(
                self._packer, self._writer, topic, values, rx_ms, self._settings.answer_s
            )
        except (KafkaError, TimeoutError) as error:
            _LOG.warning("Kafka did not take a batch: %s", error or type(error).__name__)
            for sent in batch:
                if not sent.answer.done():
                    sent.answer.set_exception(NotWrittenError(str(error)))
            return
        self._note(topic, len(values), packed)
        begin = 0
        for sent in batch:
            end = begin + len(sent.values)
            own = [
                Refusal(refusal.place - begin, refusal.reason, refusal.detail)
                for refusal in packed.refused
                if begin <= refusal.place < end
            ]
            if not sent.answer.done():
                sent.answer.set_result(own)
            begin = end
