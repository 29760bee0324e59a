"""Stands for Kafka: what is written to it, and whether it takes anything."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from functools import wraps
from typing import Any

from aiokafka.errors import KafkaConnectionError

from streams.decode.records import ARROW
from streams.decode.topic_reader import items_of
from streams.kafka.resilient_producer import Outgoing
from streams.kafka.stage_records import CONTENT_TYPE, header


def awaited(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A test that is a coroutine, run to its end."""

    @wraps(test)
    def run(*given: Any, **named: Any) -> None:
        asyncio.run(test(*given, **named))

    return run


AT_MS = 1_748_916_000_000


class Written:
    """Takes records; while it is ``away`` it raises, while it is ``still`` it never ends."""

    def __init__(self) -> None:
        self.batches: list[list[Outgoing]] = []
        self.away = self.still = False

    async def partitions(self, _topic: str) -> int:
        return 4

    async def write_all(self, records: Iterable[Outgoing], timeout_s: float | None) -> None:
        if self.still:
            async with asyncio.timeout(timeout_s):
                await asyncio.Event().wait()
        if self.away:
            raise KafkaConnectionError("nobody is there")
        self.batches.append(list(records))

    @property
    def records(self) -> list[Outgoing]:
        return [record for batch in self.batches for record in batch]

    @property
    def messages(self) -> list[bytes]:
        return [item for one in self.records for item in items_of(one.value, one.headers)]

    @property
    def forms(self) -> list[str]:
        kinds = [header(one.headers, CONTENT_TYPE) for one in self.records]
        return ["arrow" if kind == ARROW.encode() else "json" for kind in kinds]


def measurement(number: int, device: str = "d") -> bytes:
    """A message that is right."""
    return (
        b'{"ts":%d,"rx_ts":%d,"device":"%b","rat":"lte","mcc":460,"mnc":0,"area":4100,'
        b'"cell":100000001,"signal_dbm":-80.0}'
    ) % (AT_MS + number, AT_MS + number, device.encode())
