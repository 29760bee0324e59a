"""Sends messages by the clock, as they would arrive: benign reports, and those of a land."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from aiokafka import AIOKafkaProducer

from benchmarks.measuring.latency.land import Arriving
from benchmarks.measuring.stream.city import BEGIN_MS, Reports
from benchmarks.measuring.stream.topics import Form, Topics
from streams.decode.records import ARROW
from streams.kafka.partitioning import key_of, partition_of
from streams.kafka.stage_records import CONTENT_TYPE

#: How often what has arrived is sent.
_TICK_S: Final = 0.05
_HEADERS: Final = {"arrow": [(CONTENT_TYPE, ARROW.encode())]}


@dataclass(frozen=True, slots=True)
class Timed:
    """What is sent: benign reports in a form, and a land's messages; both in order of arrival."""

    benign: Reports
    form: Form
    land: Sequence[Arriving] = ()


async def send(load: Timed, topics: Topics, partitions: dict[str, int]) -> float:
    """All of it as it arrives, by the clock; how late (s) at most."""
    producer = AIOKafkaProducer(
        bootstrap_servers=topics.kafka.bootstrap, max_request_size=8 << 20, linger_ms=20
    )
    await producer.start()
    begin_ms, begun_s = time.time_ns() // 1_000_000, time.monotonic()
    benign = load.benign.later(begin_ms - BEGIN_MS)
    at = next_ = late_ms = 0
    try:
        while at < len(benign) or next_ < len(load.land):
            now_ms = int((time.monotonic() - begun_s) * 1000.0)
            until = int(np.searchsorted(benign.rx_ts, begin_ms + now_ms, "right"))
            if until > at:
                late_ms = max(late_ms, begin_ms + now_ms - int(benign.rx_ts[at]))
            for number, value in _records(benign, at, until, load.form, topics.partitions):
                headers = _HEADERS.get(load.form, [])
                await producer.send(topics.name, value, partition=number, headers=headers)
            at = until
            while next_ < len(load.land) and load.land[next_].at_ms <= now_ms:
                late_ms = max(late_ms, now_ms - max(0, load.land[next_].at_ms))
                await _send_one(producer, load.land[next_], begin_ms, topics, partitions)
                next_ += 1
            await asyncio.sleep(_TICK_S)
    finally:
        await producer.stop()
    return late_ms / 1000.0


async def _send_one(
    producer: AIOKafkaProducer,
    one: Arriving,
    begin_ms: int,
    topics: Topics,
    partitions: dict[str, int],
) -> None:
    value = one.begun_at(begin_ms)
    key = key_of(one.topic, value)
    number = 0 if key is None else partition_of(key, partitions[one.topic])
    await producer.send(topics.kafka.name_of(one.topic), value, key, partition=number)


def _records(
    benign: Reports, begin: int, end: int, form: Form, partitions: int
) -> Iterator[tuple[int, bytes]]:
    """Some of the reports by partition, each phone's in one."""
    rows = np.arange(begin, end)
    for number in range(partitions):
        some = rows[benign.device[begin:end] % partitions == number]
        if form == "arrow" and len(some):
            yield number, benign.arrow(some)
        elif form == "single":
            yield from ((number, line) for line in benign.some(some).lines())
