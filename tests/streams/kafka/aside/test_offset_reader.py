"""Reading aside while no broker answers: it is waited for, nothing is left out or read twice."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    TopicAuthorizationFailedError,
)
from faust.types import TP

from streams.chunked.offset_ledger import Chunk
from streams.config.settings import load_settings
from streams.kafka.aside import offset_reader
from streams.kafka.aside.offset_reader import read_pieces
from streams.kafka.settings import KafkaSettings
from streams.kafka.topics import INPUTS
from streams.privacy.hasher import Hasher
from streams.wire import answered
from streams.wire.answered import until_answered
from streams.worker import correlation_stage, screen_stage
from streams.worker.context import WorkerContext
from streams.worker.register_feed import RegisterFeed


class Away:
    """Fails as often as it is given errors, then answers."""

    def __init__(self, answer: Any, *errors: KafkaError) -> None:
        self.errors, self.answer = list(errors), answer

    async def __call__(self, *_: Any) -> Any:
        if self.errors:
            raise self.errors.pop(0)
        return self.answer


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answered, "_AGAIN_S", 0.0)


def test_it_waits_for_a_broker_and_for_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    def never() -> bool:
        return False

    read = Away("an answer", KafkaConnectionError("nobody"), KafkaTimeoutError("40 s"))
    assert asyncio.run(until_answered(read, never)) == "an answer"
    assert caplog.text.count("waits until a broker answers") == 1
    with pytest.raises(TopicAuthorizationFailedError):
        asyncio.run(until_answered(Away("", TopicAuthorizationFailedError("x")), never))


def test_a_worker_that_stops_waits_no_longer() -> None:
    looks = iter([False, False, True])
    read = Away("", *(KafkaConnectionError("nobody") for _ in range(5)))
    with pytest.raises(KafkaConnectionError):
        asyncio.run(until_answered(read, lambda: next(looks)))
    assert len(read.errors) == 2


def test_a_gap_is_read_on_where_the_broker_went_away(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = [KafkaConnectionError("nobody"), None, KafkaTimeoutError("40 s"), None, None]

    async def read_range(_: Any, __: str, ___: int, first: int, end: int) -> list[Any]:
        if (error := gone.pop(0)) is not None:
            raise error
        return list(range(first, end))

    monkeypatch.setattr(offset_reader, "_AT_ONCE", 3)
    monkeypatch.setattr(offset_reader, "read_range", read_range)
    monkeypatch.setattr(offset_reader, "_ends", Away((0, 9), KafkaConnectionError("nobody")))

    async def read() -> list[int]:
        pieces = read_pieces(KafkaSettings(), "fbs.census", 0, 1, 8, lambda: False)
        return [offset async for piece in pieces for offset in piece]

    assert asyncio.run(read()) == list(range(1, 8))


def test_a_broker_that_goes_before_the_coordinator_is_known_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @asynccontextmanager
    async def reading(*_: Any) -> AsyncIterator[Any]:
        async def committed(_: Any) -> int:
            raise AssertionError("Did we not perform bootstrap?")

        yield SimpleNamespace(assign=lambda _: None, committed=committed)

    monkeypatch.setattr(offset_reader, "_reading", reading)
    with pytest.raises(KafkaConnectionError):
        asyncio.run(offset_reader.read_committed(KafkaSettings(), "sms.metadata", 0))


def test_the_register_waits_for_a_broker_too() -> None:
    """It is asked for with each chunk, and each time that a partition is silent."""
    feed = RegisterFeed(KafkaSettings(), Hasher(b"k" * 32))
    feed._asker = SimpleNamespace(end_offsets=Away({}, KafkaTimeoutError("40 s")))
    assert len(asyncio.run(feed.current()).rows) == 0


def _context(stopping: Callable[[], bool]) -> WorkerContext:
    settings, hasher = load_settings(env={}), Hasher(b"k" * 32)
    partitions = dict.fromkeys((*INPUTS, "fbs.evidence"), 1)
    return WorkerContext.of(settings, hasher, partitions, stopping=stopping)


def test_both_stages_take_up_their_work_when_the_broker_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each would have ended its worker for that the broker was away at this moment."""

    async def take_up() -> None:
        context = _context(lambda: False)
        correlators = correlation_stage.CorrelationStage(context)
        opening = Away(correlation_stage._Partition(SimpleNamespace(state=None), {}))
        opening.errors = [KafkaConnectionError("nobody")]
        monkeypatch.setattr(correlators, "_open", opening)
        chunk = Chunk("fbs.evidence", 0, 0, 0, 1, [0], [b"{}"], [()], [0])
        monkeypatch.setattr(correlation_stage, "read_pieces", _nothing)
        await correlators.take(SimpleNamespace(value=chunk))  # type: ignore[arg-type]
        assert not correlators.idle

        screens = screen_stage.ScreenStage(context)
        partition = SimpleNamespace(watermark=SimpleNamespace(newest_ms=5))
        tp = TP("cell.measurements", 0)
        restored = Away({tp: partition}, KafkaTimeoutError("40 s"))
        monkeypatch.setattr(screen_stage, "restore", restored)
        assert await screens._partition(tp, 1, None, 0) is partition  # type: ignore[arg-type]

    asyncio.run(take_up())


async def _nothing(*_: Any) -> Any:
    for piece in ():
        yield piece
