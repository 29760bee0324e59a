"""The chunked consumer in a rebalance, over a partition that lies in memory."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import nullcontext
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import ConsumerRecord
from aiokafka.consumer.fetcher import FetchError, PartitionRecords
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from faust.tables.manager import TableManager
from faust.tables.recovery import RebalanceAgain
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, Message

from streams.chunked.app import ChunkApp
from streams.chunked.consumer import ChunkConsumer
from streams.chunked.fetch_thread import ChunkThread, fetch_by_need
from streams.chunked.offset_ledger import Chunk
from streams.wire.columns import Columns
from streams.wire.fetched_batches import Batches, fetch_columns

_TP = TP("input", 0)


@dataclass
class _Position:
    """A partition's state as aiokafka keeps it."""

    position: int = 0
    highwater: int = 6
    has_valid_position: bool = True


@dataclass
class _Assignment:
    state: _Position = field(default_factory=_Position)
    tps: tuple[TP, ...] = (_TP,)

    def state_value(self, tp: TP) -> _Position:
        assert tp == _TP
        return self.state


class _Fetcher:
    """aiokafka's fetcher, with a partition of six records."""

    _closed = False
    _subscriptions = SimpleNamespace(fetch_context=nullcontext)
    _fetch_min_bytes, _fetch_max_wait_ms = 1, 500

    def __init__(self) -> None:
        self.assignment = _Assignment()
        self._records: dict[TP, Any] = {}
        #: Called when a fetch has its records, before it returns them.
        self.on_fetched: Callable[[], None] = lambda: None

    def seek_to(self, tp: TP, offset: int) -> None:
        assert tp == _TP
        self.assignment.state.position = offset

    async def _proc_fetch_request(self, *_: object) -> bool:
        return self.assignment.state.position < self.assignment.state.highwater

    async def fetched_records(self, *_: Any, **__: Any) -> dict[TP, list[Columns]]:
        state = self.assignment.state
        offsets = list(range(state.position, state.highwater))
        count, state.position = len(offsets), state.highwater
        self.on_fetched()
        return {_TP: [Columns(offsets, [5] * count, [b"v"] * count, [()] * count)]} if count else {}


class _Thread(ChunkThread):
    """The fetching thread, within the event loop."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.fetcher = _Fetcher()

    def _ensure_consumer(self) -> Any:
        return SimpleNamespace(
            _closed=False,
            _fetcher=self.fetcher,
            _max_poll_records=None,
            _subscription=SimpleNamespace(
                subscription=SimpleNamespace(assignment=self.fetcher.assignment)
            ),
            assignment=lambda: {_TP},
            highwater=lambda tp: self.fetcher.assignment.state_value(tp).highwater,
            seek=lambda tp, offset: self.fetcher.seek_to(tp, offset),
        )

    async def call_thread(self, fun: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return await fun(*args, **kwargs)


async def _consumer() -> tuple[ChunkConsumer, _Fetcher]:
    app = ChunkApp(
        "test", chunked_topics=[_TP.topic], chunk_records=2, broker="kafka://127.0.0.1:1"
    )
    consumer = cast(ChunkConsumer, app.consumer)
    thread = cast(_Thread, consumer._thread)
    await thread.on_start()
    consumer.resume_partitions({_TP})
    return consumer, thread.fetcher


async def _fetch(consumer: ChunkConsumer) -> list[Message]:
    return [message async for _, message in consumer.getmany(timeout=0.0)]


def _offsets(messages: list[Message]) -> list[int]:
    return [offset for message in messages for offset in cast(Chunk, message.value).offsets]


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(_: Any) -> None:
        pass

    def thread(consumer: ChunkConsumer) -> _Thread:
        return _Thread(consumer, loop=consumer.loop, thread_loop=consumer.loop)

    monkeypatch.setattr(driver.AIOKafkaConsumerThread, "on_start", nothing)
    monkeypatch.setattr(ChunkConsumer, "_new_consumer_thread", thread)


def _run(test: Callable[[ChunkConsumer, _Fetcher], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        await test(*await _consumer())

    asyncio.run(run())


def test_all_is_done_when_every_chunk_is_acknowledged() -> None:
    async def test(consumer: ChunkConsumer, _: _Fetcher) -> None:
        messages = await _fetch(consumer)
        assert _offsets(messages) == [0, 1, 2, 3, 4, 5]
        assert not consumer.read_to_end(_TP)
        for message in messages:
            consumer.ack(message)
        assert await _fetch(consumer) == []
        assert consumer.read_to_end(_TP)

    _run(test)


def test_what_a_fetch_under_way_brings_in_a_rebalance_is_read_again_after_it() -> None:
    async def test(consumer: ChunkConsumer, fetcher: _Fetcher) -> None:
        fetcher.on_fetched = consumer.app.on_rebalance_start
        # Whatever is handed out now goes into a queue that is emptied before the rebalance ends.
        assert await _fetch(consumer) == []
        fetcher.on_fetched = lambda: None
        consumer.app.flow_control.resume()
        consumer.app.on_rebalance_end()
        assert _offsets(await _fetch(consumer)) == [0, 1, 2, 3, 4, 5]

    _run(test)


def test_what_was_in_a_queue_that_was_emptied_is_read_again() -> None:
    async def test(consumer: ChunkConsumer, _: _Fetcher) -> None:
        first, second, third = await _fetch(consumer)
        consumer.ack(first)
        # As at the end of a rebalance during which another has begun: nothing else shows it.
        consumer.app.flow_control.resume()
        assert await _fetch(consumer) == []
        again = await _fetch(consumer)
        assert _offsets(again) == [2, 3, 4, 5]
        # These were with an agent after all: they count for the account that was given up.
        consumer.ack(second)
        consumer.ack(third)
        assert not consumer.read_to_end(_TP)
        for message in again:
            consumer.ack(message)
        assert await _fetch(consumer) == []
        assert consumer.read_to_end(_TP)

    _run(test)


def test_an_emptied_queue_costs_nothing_when_all_was_done() -> None:
    async def test(consumer: ChunkConsumer, _: _Fetcher) -> None:
        for message in await _fetch(consumer):
            consumer.ack(message)
        consumer.app.flow_control.resume()
        assert await _fetch(consumer) == []
        assert await _fetch(consumer) == []
        assert consumer.read_to_end(_TP)

    _run(test)


def test_a_recovery_that_a_rebalance_overtook_begins_anew() -> None:
    changelog = TP("changelog", 0)

    async def test(consumer: ChunkConsumer, _: _Fetcher) -> None:
        recovery = cast(TableManager, consumer.app.tables).recovery
        table = consumer.app.Table("table", partitions=1)
        # As Faust notes a standby partition that has just been assigned.
        recovery.add_standby(table, changelog)
        with pytest.raises(RebalanceAgain):
            await recovery._seek_offsets(
                consumer, recovery.standby_tps, recovery.standby_offsets, "standby"
            )

    _run(test)


def test_a_broker_that_had_something_waits_for_more_and_one_that_had_nothing_does_not() -> None:
    fetcher = _Fetcher()
    fetch_by_need(fetcher)

    async def asked() -> tuple[int, int]:
        await fetcher._proc_fetch_request(None, None, None)
        return fetcher._fetch_min_bytes, fetcher._fetch_max_wait_ms

    quiet = fetcher._fetch_min_bytes, fetcher._fetch_max_wait_ms
    least_bytes, wait_ms = asyncio.run(asked())
    assert least_bytes > quiet[0]
    assert wait_ms < quiet[1]
    fetcher.assignment.state.position = fetcher.assignment.state.highwater
    assert asyncio.run(asked()) == quiet


def test_what_becomes_chunks_comes_in_columns_from_where_it_was_asked_for() -> None:
    fetcher = _Fetcher()
    fetch_columns(fetcher, lambda: {_TP.topic})
    partitions = _TP, TP("other", 0)
    fetched = {tp: PartitionRecords(tp, Batches(_batch()), None, 1, *_PLAIN) for tp in partitions}
    fetcher._records = {tp: SimpleNamespace(_partition_records=fetched[tp]) for tp in partitions}
    fetcher._records[TP("broken", 0)] = FetchError(error=None, backoff=0.1)
    asyncio.run(fetcher._proc_fetch_request(None, None, None))
    (columns,), as_theirs = (list(fetched[tp]) for tp in partitions)
    assert {type(record) for record in as_theirs} == {ConsumerRecord}
    assert columns == Columns.of(as_theirs)
    assert columns.offsets == [1, 2]
    assert {fetched[tp].next_fetch_offset for tp in partitions} == {3}


#: No deserializers, checksums are looked at, and all records are read.
_PLAIN = None, None, True, 0


def _batch() -> bytes:
    """Three records, the last without a value, as a broker sends them."""
    building = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 20)
    for offset, value in enumerate((b"one", b"two", None)):
        headers = [("rx-ts", b"17")] * offset
        building.append(offset, timestamp=1000 + offset, key=b"k", value=value, headers=headers)
    return bytes(building.build())
