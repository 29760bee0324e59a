"""Writes to topics by an idempotent producer that is made anew once it has failed.

Such a producer numbers its records. After one that was refused, or once its sender has ended, all
that follow are refused too, for as long as the process lives. And what waits for a broker that is
away would be written when that comes back, long after its sender was answered that it failed. So
whatever goes wrong, the producer is given up with all that it still holds.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError

from streams.kafka.security.for_aiokafka import aiokafka_options
from streams.kafka.settings import KafkaSettings
from streams.kafka.stage_records import Headers

_FLUSH_S: Final = 3.0
_LOG: Final = logging.getLogger(__name__)


class Outgoing(NamedTuple):
    """A record to write. Without a ``partition``, its ``key`` decides. Without a value it takes
    back what has the key."""

    topic: str
    value: bytes | None
    key: bytes | None = None
    partition: int | None = None
    headers: Headers = ()


class Writing:
    """Writes for one event loop; records of at most ``most_bytes``, by default as Kafka's own."""

    def __init__(self, kafka: KafkaSettings, most_bytes: int = 1 << 20) -> None:
        self._kafka, self._most_bytes = kafka, most_bytes
        self._producer: Any = None
        #: Done once the producer of this moment is given up.
        self._gone: asyncio.Future[None] | None = None
        self._making = asyncio.Lock()
        self._going: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Connects. Raises KafkaError."""
        await self._ready()

    async def stop(self) -> None:
        """Writes what is left, for a few seconds at most, and disconnects."""
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                async with asyncio.timeout(_FLUSH_S):
                    await producer.flush()
            except TimeoutError:
                _LOG.warning("Kafka did not take all that was to be written")
            self._give_up(producer)
        if self._going:
            _, slow = await asyncio.wait(self._going, timeout=_FLUSH_S)
            for task in slow:
                task.cancel()
            await asyncio.gather(*slow, return_exceptions=True)

    async def write(
        self,
        topic: str,
        records: Iterable[tuple[bytes, bytes]],
        timeout_s: float | None = None,
        headers: Headers = (),
    ) -> None:
        """Writes keys and values, each with ``headers``, as `write_all` does."""
        given = [Outgoing(topic, value, key, headers=headers) for key, value in records]
        await self.write_all(given, timeout_s)

    async def write_all(self, records: Iterable[Outgoing], timeout_s: float | None = None) -> None:
        """Writes records, those of a partition in order; returns once all are written.

        Raises KafkaError where they can't be, or were not within ``timeout_s``. Those that were
        under way may have been written all the same.
        """
        producer = None
        try:
            async with asyncio.timeout(timeout_s):
                producer, gone = await self._ready()
                sent = [
                    await producer.send(
                        one.topic,
                        one.value,
                        one.key,
                        partition=one.partition,
                        headers=list(one.headers),
                    )
                    for one in records
                ]
                for future in sent:
                    await asyncio.wait({future, gone}, return_when=asyncio.FIRST_COMPLETED)
                    if not future.done():
                        raise KafkaError("it was given up with others that failed")
                    future.result()
        except TimeoutError:
            self._forget(producer)
            raise KafkaTimeoutError(f"it was not written within {timeout_s:g} s") from None
        except MessageSizeTooLargeError:
            # Refused before it was sent: nothing is broken.
            raise
        except KafkaError:
            self._forget(producer)
            raise

    async def partitions(self, topic: str) -> int:
        """How many partitions a topic has, as clients of Kafka know it: looked at anew every few
        minutes. Raises KafkaError."""
        producer, _ = await self._ready()
        return len(await producer.partitions_for(topic))

    async def _ready(self) -> tuple[Any, asyncio.Future[None]]:
        async with self._making:
            if self._producer is None or self._gone is None:
                # Made here, since aiokafka binds to the running event loop.
                made = AIOKafkaProducer(
                    **aiokafka_options(self._kafka),
                    acks="all",
                    enable_idempotence=True,
                    max_request_size=self._most_bytes,
                )
                try:
                    await made.start()
                except BaseException:
                    await made.stop()
                    raise
                self._producer, self._gone = made, asyncio.get_running_loop().create_future()
            return self._producer, self._gone

    def _forget(self, producer: Any) -> None:
        if producer is not None and producer is self._producer:
            self._producer = None
            self._give_up(producer)

    def _give_up(self, producer: Any) -> None:
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)
        task = asyncio.create_task(_end(producer))
        self._going.add(task)
        task.add_done_callback(self._going.discard)


async def _end(producer: Any) -> None:
    """Ends a producer; what it holds is not written. aiokafka itself can only wait until it is."""
    producer._closed = True
    try:
        await producer._sender.close()
    except KafkaError as broken:
        _LOG.debug("the producer's sender had ended: %s", broken)
    finally:
        await producer.client.close()
