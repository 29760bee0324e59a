"""Requests put together: all of a moment in one batch, bounded, and each has its own answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from field.ingest.batching import Batcher, NoRoomError, NotWrittenError, Room
from field.ingest.packing import Packer
from streams.config.ingest import IngestSettings
from streams.privacy.hasher import Hasher
from tests.field.ingest.writer import Written, awaited, measurement

_TOPIC = "cell.measurements"


@asynccontextmanager
async def _running(writer: Written, **settings: Any) -> AsyncIterator[Batcher]:
    asked = IngestSettings(**{"wait_s": 0.05} | settings)
    packer = Packer(Hasher(b"key"), asked.messages, asked.bytes)
    batcher = Batcher(asked, packer, writer, lambda *_: None)
    running = asyncio.create_task(batcher.run())
    try:
        yield batcher
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@awaited
async def test_what_comes_within_a_moment_is_one_batch() -> None:
    writer = Written()
    async with _running(writer) as batcher:
        sent = [batcher.submit(_TOPIC, [measurement(number)]) for number in range(50)]
        wrong = batcher.submit(_TOPIC, [measurement(50), b"{", measurement(51), b"[]"])
        *right, letters = await asyncio.gather(*sent, wrong)
    assert right == [[]] * 50
    assert [(one.place, one.reason) for one in letters] == [(1, "not_json"), (3, "not_an_object")]
    assert len(writer.batches) == 1
    assert sorted(writer.forms) == ["arrow", "json", "json"]
    assert len(writer.messages) == 54


@awaited
async def test_a_batch_that_is_full_waits_no_longer() -> None:
    writer = Written()
    # So long that nothing but a full batch can have done it.
    async with _running(writer, wait_s=3600.0, messages=10) as batcher:
        await asyncio.gather(
            *(batcher.submit(_TOPIC, [measurement(number)]) for number in range(20))
        )
    assert [len(batch) for batch in writer.batches] == [1, 1]
    assert len(writer.messages) == 20


@awaited
async def test_topics_have_batches_of_their_own() -> None:
    writer = Written()
    async with _running(writer) as batcher:
        await asyncio.gather(
            batcher.submit(_TOPIC, [measurement(1)]),
            batcher.submit("device.sms", [b"7"]),
        )
    assert {record.topic for record in writer.records} == {_TOPIC, "device.sms"}


@awaited
async def test_without_kafka_all_are_asked_to_come_again() -> None:
    writer = Written()
    writer.away = True
    async with _running(writer) as batcher:
        tries = [batcher.submit(_TOPIC, [measurement(number)]) for number in range(3)]
        found = await asyncio.gather(*tries, return_exceptions=True)
        assert [type(one) for one in found] == [NotWrittenError] * 3
        writer.away = False
        assert await batcher.submit(_TOPIC, [measurement(4)]) == []
    assert len(writer.messages) == 1


@awaited
async def test_who_waits_behind_a_batch_that_is_stuck_is_not_kept_waiting() -> None:
    writer = Written()
    writer.still = True
    async with _running(writer, answer_s=0.2, messages=1) as batcher:
        tries = [batcher.submit(_TOPIC, [measurement(number)]) for number in range(5)]
        found = await asyncio.gather(*tries, return_exceptions=True)
        assert [type(one) for one in found] == [NotWrittenError] * 5
        writer.still = False
        while not writer.messages:
            with suppress(NotWrittenError):
                await batcher.submit(_TOPIC, [measurement(9)])
    # What nobody waited for any more was not written; the second may have been on its way already.
    assert set(writer.messages) <= {measurement(1), measurement(9)}


@awaited
async def test_who_hangs_up_leaves_nothing_behind() -> None:
    writer = Written()
    async with _running(writer) as batcher:
        task = asyncio.create_task(batcher.submit(_TOPIC, [measurement(1)]))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await batcher.submit(_TOPIC, [measurement(2)]) == []
    assert len(writer.messages) == 1


def test_what_waits_is_bounded() -> None:
    room = Room(1000)
    with room.take() as one, room.take() as other:
        one.more(600)
        with pytest.raises(NoRoomError):
            other.more(401)
        other.hold([b"x" * 100])
        assert room.taken > 700
    assert room.taken == 0
