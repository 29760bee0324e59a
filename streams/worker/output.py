"""The worker's one way out to Kafka: which partition a record goes to, and when it is written.

Records for a zone go to the partition that Kafka's default partitioner gives the zone's name, so
that any producer would find the same one. What acknowledgements wait for is `Sending.written`.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError

from detectors.acting.marks import OwnMark
from detectors.acting.notice import VictimNotice
from detectors.acting.record import FraudAction
from detectors.alert.record import Alert
from detectors.audit.register_health import RegisterHealth
from detectors.context.zone_routing import EVERYWHERE, shared_out, zones_for
from detectors.features.rows.travelling import Many
from detectors.model.finding import Finding, Observation
from detectors.model.rare_messages import OURS
from streams.decode.dead_letters import DeadLetter
from streams.kafka import stage_records
from streams.kafka.heartbeat import WorkerHealth
from streams.kafka.make_topics import KafkaUnavailable
from streams.kafka.partitioning import partition_of
from streams.kafka.security.for_aiokafka import aiokafka_options
from streams.kafka.settings import KafkaSettings
from streams.kafka.stage_records import Headers, Watermark, encode, together
from streams.kafka.topics import BETWEEN, LARGE_MESSAGE_BYTES
from streams.wire.answered import until_answered


def never_given_up(producer: AIOKafkaProducer) -> None:
    """Makes records wait for as long as their partition has no leader.

    aiokafka gives up what has waited for its request's time-out by then, though it is retried for
    ever after any other error. What came behind it would be written all the same, so that whoever
    knows repeats by their order would take the lost record for one when it is sent again.
    """
    producer._message_accumulator._batch_ttl = math.inf


class Output:
    """The producer, and what it knows of topics: ``partitions`` counts those of each by plain name.

    Each unit of work opens a `Sending` of its own, so that it waits for its own records only. While
    no broker answers, it waits for one, unless the worker is ``stopping``.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        partitions: dict[str, int],
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self.kafka, self.partitions, self._stopping = kafka, partitions, stopping
        self._producer: AIOKafkaProducer | None = None

    @property
    def producer(self) -> AIOKafkaProducer:
        """The producer, once `start` has made it."""
        assert self._producer is not None, "the output has not been started"
        return self._producer

    async def start(self) -> None:
        """Connects, once a broker answers."""
        # Made here, since aiokafka binds to the running event loop.
        self._producer = AIOKafkaProducer(
            **aiokafka_options(self.kafka),
            enable_idempotence=True,
            linger_ms=5,
            max_request_size=LARGE_MESSAGE_BYTES,
            max_batch_size=1 << 18,
        )
        never_given_up(self.producer)
        await until_answered(self.producer.start, self._stopping)

    async def stop(self) -> None:
        """Writes what is left and disconnects."""
        await self.producer.stop()

    async def partitions_now(self) -> dict[str, int]:
        """The partitions of each of our topics as they are on the cluster at this moment; none
        while it can't be asked."""
        try:
            found = await self.producer.client.fetch_all_metadata()
        except KafkaError:
            return {}
        counted = {
            topic: len(found.partitions_for_topic(self.kafka.name_of(topic)) or ())
            for topic in self.partitions
        }
        return {topic: count for topic, count in counted.items() if count}

    async def accepted(
        self, name: str, send: Callable[[], Awaitable["asyncio.Future[Any]"]]
    ) -> "asyncio.Future[Any]":
        """What comes of a record once the producer has taken it, which needs to know the topic of
        that name, and room for it. Raises KafkaUnavailable where there is no such topic."""

        async def attempt() -> "asyncio.Future[Any]":
            try:
                return await send()
            except UnknownTopicOrPartitionError as error:
                # So it is, too, where nobody could be asked.
                if await self.partitions_now():
                    raise KafkaUnavailable(f"There is no topic {name} any more.") from error
                raise

        return await until_answered(attempt, self._stopping)

    def sending(self) -> "Sending":
        """A unit of work to send."""
        return Sending(self)

    async def write_notes(self, notes: Sequence[tuple[bytes, bytes | None]]) -> None:
        """Writes what the guard found out, by key, and waits for it; no value takes a note back."""
        sending = self.sending()
        for key, value in notes:
            await sending.note(key, value)
        await sending.written()

    async def write_letters(self, letters: Sequence[DeadLetter]) -> None:
        """Writes dead letters and waits for it."""
        sending = self.sending()
        for letter in letters:
            await sending.dead_letter(letter)
        await sending.written()


class Sending:
    """Records sent together; `written` waits until all are, and raises what went wrong."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._sent: list[asyncio.Future[Any]] = []

    async def record(self, finding: Finding) -> None:
        """Sends a finding, as a record of its own, to the correlators of all zones that it
        concerns."""
        await self.to_zones("fbs.evidence", zones_for(finding), encode(finding))

    async def observations(
        self, observations: Iterable[Observation], many: Iterable[Many] = ()
    ) -> None:
        """Sends observations to the correlators of all zones that they concern, and before them
        what travels together: to each in their order, in as few records as fit."""
        topic = "fbs.census"
        count = self._output.partitions[topic]
        known: dict[tuple[str, ...], set[int]] = {(EVERYWHERE,): set(range(count))}
        encoded: dict[int, list[bytes]] = {}

        def numbers(zones: tuple[str, ...]) -> set[int]:
            if zones not in known:
                known[zones] = {partition_of(zone.encode(), count) for zone in zones}
            return known[zones]

        # Those of many first: the zones of all their places are found at once.
        for each in many:
            for number, part in shared_out(each, numbers):
                encoded.setdefault(number, []).append(encode(part))
        for observation in observations:
            value = encode(observation)
            for number in numbers(zones_for(observation)):
                encoded.setdefault(number, []).append(value)
        for number, values in sorted(encoded.items()):
            for value in together(values):
                await self._send(topic, value, None, number)

    async def to_zones(
        self, topic: str, zones: Iterable[str], value: bytes, headers: Headers = ()
    ) -> None:
        """Sends to the partitions of the zones, once each, keyed by the first zone there."""
        done: set[int] = set()
        for zone in zones:
            number = partition_of(zone.encode(), self._output.partitions[topic])
            if number not in done:
                done.add(number)
                await self._send(topic, value, zone.encode(), number, headers)

    async def watermarks(self, watermarks: Sequence[Watermark]) -> None:
        """Sends watermarks to all partitions between the stages, together."""
        for headers in stage_records.watermark_headers(watermarks):
            for topic in BETWEEN:
                for number in range(self._output.partitions[topic]):
                    await self._send(topic, stage_records.WATERMARK_VALUE, None, number, headers)

    async def alert(self, alert: Alert, replay: bool = False) -> None:
        """Sends an alert revision, keyed by its id; ``replay`` where a recording may be behind it,
        which a header says and nothing in the alert."""
        await self._decided("fbs.alerts", alert.alert_id, alert, replay)

    async def victim(self, notice: VictimNotice, replay: bool = False) -> None:
        """Sends a notice of a victim, keyed by the person; ``replay`` as of an alert."""
        await self._decided("fraud.victims", notice.subscriber, notice, replay)

    async def action(self, action: FraudAction, replay: bool = False) -> None:
        """Sends a proposal, keyed by what it is about; ``replay`` as of an alert."""
        await self._decided("fraud.actions", action.about, action, replay)

    async def mark(self, mark: OwnMark) -> None:
        """Sends our own mark of a number, or that it is taken back, under a key of the number and
        us; as what it is on an input topic, with its arrival time."""
        value = None if mark.valid_until is None else msgspec.json.encode(mark)
        headers = [(stage_records.RX_TS, str(mark.ts).encode())]
        await self._send(
            "number.reputation", value, f"{mark.number}|{OURS}".encode(), None, headers
        )

    async def _decided(self, topic: str, key: str, what: msgspec.Struct, replay: bool) -> None:
        headers = [(stage_records.REPLAY, b"")] if replay else []
        await self._send(topic, msgspec.json.encode(what), key.encode(), headers=headers)

    async def dead_letter(self, letter: DeadLetter) -> None:
        """Sends a dead letter, keyed by where it died."""
        key = f"{letter.topic}/{letter.partition}".encode()
        await self._send("dead.letters", msgspec.json.encode(letter), key)

    async def state(self, partition: int, value: bytes, headers: Headers) -> None:
        """Sends a record of a correlator's state to its own partition."""
        await self._send("fbs.correlators", value, str(partition).encode(), partition, headers)

    async def profile(self, key: str, value: bytes) -> None:
        """Sends a part of an installation's profile."""
        await self._send("fbs.profile", value, key.encode())

    async def note(self, key: bytes, value: bytes | None) -> None:
        """Sends a note of the guard's."""
        await self._send("fbs.guard", value, key)

    async def register_health(self, health: RegisterHealth) -> None:
        """Sends what a zone's reports show of the register, keyed by the zone."""
        await self._send("fbs.register", msgspec.json.encode(health), health.zone.encode())

    async def health(self, health: WorkerHealth) -> None:
        """Sends a worker's sign of life, keyed by the worker."""
        await self._send("fbs.health", msgspec.json.encode(health), health.worker.encode())

    async def written(self) -> None:
        """Waits until all that was sent has been written, in order."""
        sent, self._sent = self._sent, []
        if sent:
            await asyncio.gather(*sent)

    async def _send(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        partition: int | None = None,
        headers: Headers = (),
    ) -> None:
        name = self._output.kafka.name_of(topic)
        producer, given = self._output.producer, list(headers)
        self._sent.append(
            await self._output.accepted(
                name, lambda: producer.send(name, value, key, partition, headers=given)
            )
        )
