"""Where records go: Kafka's own partitioner, each partition once, and errors that are raised."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaTimeoutError,
    UnknownTopicOrPartitionError,
)
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from detectors.context import core_attestation
from detectors.context.zone_routing import zones_for
from detectors.model.finding import Observation, Place, Source
from streams.kafka.make_topics import KafkaUnavailable
from streams.kafka.partitioning import partition_of
from streams.kafka.settings import KafkaSettings
from streams.kafka.stage_records import (
    WATERMARK_VALUE,
    Watermark,
    decode_observations,
    watermarks_of,
)
from streams.wire import answered
from streams.worker.output import Output, never_given_up

_ZONES = ("8340e3fffffffff", "8340c1fffffffff", "placeless")


class _Producer:
    """Instead of aiokafka's: notes what was sent, and may refuse it later."""

    def __init__(self, error: Exception | None = None, refusals: Sequence[Exception] = ()) -> None:
        self.sent: list[tuple[Any, ...]] = []
        self._error, self._refusals = error, list(refusals)
        self.client = SimpleNamespace(fetch_all_metadata=self._metadata)
        #: Partitions by full name as a broker has them; ``None`` where none answers.
        self.known: dict[str, set[int]] | None = None

    async def _metadata(self) -> Any:
        if self.known is None:
            raise KafkaConnectionError("nobody")
        return SimpleNamespace(partitions_for_topic=self.known.get)

    async def send(
        self, topic: str, value: bytes, key: bytes | None, partition: int | None, headers: Any
    ) -> "asyncio.Future[None]":
        if self._refusals:
            raise self._refusals.pop(0)
        self.sent.append((topic, value, key, partition, headers))
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._error is not None:
            done.set_exception(self._error)
        else:
            done.set_result(None)
        return done


def _output(producer: _Producer, partitions: int = 4) -> Output:
    outlet = Output(
        KafkaSettings(bootstrap="nowhere:1", prefix="p-"),
        {"fbs.evidence": partitions, "fbs.census": partitions},
    )
    outlet._producer = producer
    return outlet


@given(key=st.binary(min_size=1, max_size=40), partitions=st.integers(1, 64))
def test_partitions_are_those_of_any_kafka_producer(key: bytes, partitions: int) -> None:
    numbers = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, numbers, numbers)


def test_a_record_goes_once_to_each_partition_of_its_zones() -> None:
    producer = _Producer()

    async def send() -> None:
        sending = _output(producer, 1).sending()
        await sending.to_zones("fbs.evidence", _ZONES, b"{}")
        await sending.written()

    asyncio.run(send())
    assert [(topic, key, number) for topic, _, key, number, _ in producer.sent] == [
        ("p-fbs.evidence", _ZONES[0].encode(), 0)
    ]


def _observation(offset: int, place: Place | None, detector: str = "odd_level") -> Observation:
    source = Source("cell.measurements", 0, offset, -1)
    return Observation(
        **{"detector": detector, "kind": "k", "ts": 1, "rx_ts": 2, "space": "device"},
        **{"who": "d", "place": place, "source": source},
    )


def test_observations_go_to_each_partition_of_their_zones_in_one_record_in_order() -> None:
    producer, places = _Producer(), [Place(30.65, 104.06), Place(39.9, 116.4), None]
    sent = [_observation(offset, places[offset % 3]) for offset in range(30)]
    sent.append(_observation(30, None, core_attestation.NAME))

    async def send() -> None:
        sending = _output(producer).sending()
        await sending.observations(sent)
        await sending.written()

    asyncio.run(send())
    found = {number: decode_observations(value) for _, value, _, number, _ in producer.sent}
    assert len(found) == len(producer.sent) == 4
    for number, records in found.items():
        assert records == [
            one
            for one in sent
            if one.detector == core_attestation.NAME
            or number in {partition_of(zone.encode(), 4) for zone in zones_for(one)}
        ]
    assert sum(len(records) > 1 for records in found.values()) > 1


def test_a_watermark_goes_everywhere() -> None:
    producer = _Producer()
    promised = [Watermark("sms.metadata", 2, 1_748_916_000_000, False)]
    promised.append(Watermark("device.sms", 2, 1_748_916_000_001, True))

    async def send() -> None:
        sending = _output(producer, 3).sending()
        await sending.watermarks(promised)
        await sending.written()

    asyncio.run(send())
    assert {(topic, number) for topic, _, _, number, _ in producer.sent} == {
        (f"p-{topic}", number) for topic in ("fbs.evidence", "fbs.census") for number in range(3)
    }
    assert {value for _, value, *_ in producer.sent} == {WATERMARK_VALUE}
    assert all(watermarks_of(headers) == promised for *_, headers in producer.sent)
    assert len(producer.sent) == 6


def test_what_was_not_written_is_not_passed_over() -> None:
    async def send() -> None:
        sending = _output(_Producer(OSError("the broker refused"))).sending()
        await sending.watermarks([Watermark("sms.metadata", 2, 1, False)])
        await sending.written()

    with pytest.raises(OSError, match="the broker refused"):
        asyncio.run(send())


def _send_one(producer: _Producer) -> None:
    async def send() -> None:
        sending = _output(producer, 1).sending()
        await sending.to_zones("fbs.census", _ZONES[:1], b"{}")
        await sending.written()

    asyncio.run(send())


def test_a_broker_that_is_away_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nobody knows a topic that nothing was sent to yet, and there may be no room."""
    monkeypatch.setattr(answered, "_AGAIN_S", 0.0)
    producer = _Producer(refusals=[UnknownTopicOrPartitionError(), KafkaTimeoutError("40 s")])
    _send_one(producer)
    assert len(producer.sent) == 1


def test_a_topic_that_is_gone_is_not_waited_for() -> None:
    producer = _Producer(refusals=[UnknownTopicOrPartitionError()] * 5)
    producer.known = {"p-fbs.evidence": {0}}
    with pytest.raises(KafkaUnavailable, match=r"p-fbs\.census any more"):
        _send_one(producer)


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_record_waits_for_a_leader_of_its_partition(is_kept: bool) -> None:
    """Longer than any request may take; by the library's own rule it would be given up."""

    async def is_given_up() -> bool:
        producer = AIOKafkaProducer(bootstrap_servers="nowhere:1")
        if is_kept:
            never_given_up(producer)
        waiting = producer._message_accumulator
        at = TopicPartition("fbs.census", 0)
        sent = await waiting.add_message(at, None, b"{}", timeout=1.0)
        waiting._batches[at][0]._ctime -= 86_400.0
        waiting.drain_by_nodes(ignore_nodes=[])
        producer._closed = True  # It was never started.
        return sent.done() and sent.exception() is not None

    assert asyncio.run(is_given_up()) is not is_kept
