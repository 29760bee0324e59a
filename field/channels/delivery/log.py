"""The delivery log: what was sent by which channel and how that went, on ``fbs.deliveries``.

It is also a channel's memory: a process that starts reads there what has been sent, so that nobody
gets it twice.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from typing import Annotated, Final, Literal

import msgspec
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from detectors.model.described import means
from field.channels.delivery.outbox import Entry
from field.channels.delivery.policy import LastSent, remember
from streams.kafka.resilient_producer import Writing
from streams.kafka.security.for_aiokafka import aiokafka_options
from streams.kafka.settings import KafkaSettings
from streams.wire.fetched_batches import AIOKafkaConsumer

TOPIC: Final = "fbs.deliveries"
Result = Literal["sent", "retry", "dropped", "dead"]
#: How long a target is remembered: alerts are open for hours, seldom for days.
_MEMORY_MS: Final = 7 * 86_400_000
_POLL_MS: Final = 500
_AGAIN_S: Final = 1.0
_LOG: Final = logging.getLogger(__name__)
#: Outcomes after which a revision is not sent again.
_DONE: Final = ("sent", "dead")


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt or its end; ``ts`` by the sender's clock (ms).

    ``latency_ms`` runs from the revision's writing to its topic. ``severity``, ``status`` and
    ``alert_ts`` are the revision's own.
    """

    ts: Annotated[int, means("When, by the clock of the sender.", "ms")]
    channel: Annotated[str, means("Name of the channel.")]
    alert_id: Annotated[str, means("The alert.")]
    revision: Annotated[int, means("Its revision.")]
    outcome: Annotated[Result, means("How it went: `retry` will be tried again, `dead` will not.")]
    attempts: Annotated[int, means("Attempts so far.")]
    detail: Annotated[str, means("What the other side or the network said.")]
    latency_ms: Annotated[int, means("Since the revision was written to its topic.", "ms")]
    severity: Annotated[str, means("Severity of the revision.")] = ""
    status: Annotated[str, means("Status of the revision.")] = ""
    alert_ts: Annotated[int, means("`ts` of the revision.", "ms")] = 0


def delivery(
    channel: str, entry: Entry, result: Result, attempts: int, detail: str, now_s: float
) -> Delivery:
    """What became of an entry by now (seconds since the epoch)."""
    alert = entry.alert
    return Delivery(
        ts=int(now_s * 1000),
        channel=channel,
        alert_id=alert.alert_id,
        revision=alert.revision,
        outcome=result,
        attempts=attempts,
        detail=detail,
        latency_ms=max(round((now_s - entry.record_s) * 1000), 0),
        severity=alert.severity,
        status=alert.status,
        alert_ts=alert.ts,
    )


_DECODER = msgspec.json.Decoder(Delivery)


def decode_delivery(value: bytes | None) -> Delivery | None:
    """The delivery that a record holds; ``None`` for what is none."""
    if value is None:
        return None
    try:
        return _DECODER.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def last_sent_by(channel: str, deliveries: Iterable[Delivery]) -> dict[str, LastSent]:
    """What a channel sent last about each target, by its deliveries."""
    last: dict[str, LastSent] = {}
    for one in deliveries:
        if one.channel != channel or one.outcome not in _DONE:
            continue
        now = LastSent(
            one.revision, one.severity, one.ts / 1000, one.alert_ts, one.status == "closed"
        )
        remember(last, one.alert_id, now)
    return last


class DeliveryLog:
    """Writes and reads the log; one for all channels of a process."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._topic = kafka.name_of(TOPIC)
        self._writing = Writing(kafka)

    async def start(self) -> None:
        """Connects."""
        await self._writing.start()

    async def stop(self) -> None:
        """Disconnects."""
        await self._writing.stop()

    async def write(self, deliveries: Iterable[Delivery]) -> None:
        """Writes, and waits until it is written, however long Kafka is away.

        Some may then be written twice; the copies are equal.
        """
        records = [(one.channel.encode(), msgspec.json.encode(one)) for one in deliveries]
        while records:
            try:
                return await self._writing.write(self._topic, records)
            except MessageSizeTooLargeError:
                raise
            except KafkaError as error:
                # Going on without it would send people everything again after a restart.
                _LOG.warning("deliveries can't be logged yet: %s", error)
                await asyncio.sleep(_AGAIN_S)

    async def recall(self, channel: str) -> dict[str, LastSent]:
        """What a channel sent last about each target, by the last days of the log."""
        consumer = AIOKafkaConsumer(**aiokafka_options(self._kafka), enable_auto_commit=False)
        try:
            await consumer.start()
            place = TopicPartition(self._topic, 0)
            consumer.assign([place])
            since = int(time.time() * 1000) - _MEMORY_MS
            found = (await consumer.offsets_for_times({place: since})).get(place)
            end = (await consumer.end_offsets([place]))[place]
            if found is None:
                return {}
            consumer.seek(place, found.offset)
            last: dict[str, LastSent] = {}
            while await consumer.position(place) < end:
                batch = await consumer.getmany(place, timeout_ms=_POLL_MS)
                read = [decode_delivery(record.value) for record in batch.get(place, ())]
                for name, now in last_sent_by(channel, (one for one in read if one)).items():
                    remember(last, name, now)
            return last
        finally:
            await consumer.stop()
