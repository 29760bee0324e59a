"""Chunks that wait together are joined; one that comes alone doesn't wait."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from streams.chunked.offset_ledger import Chunk
from streams.chunked.together import Joined, joined, together

MOST = 10


def event(partition: int, offset: int, records: int = 2, bytes_each: int = 1, **other: Any) -> Any:
    offsets = list(range(offset, offset + records))
    chunk = Chunk(
        topic="in",
        partition=partition,
        offset=offset,
        last_offset=offset + records - 1,
        next_offset=offset + records,
        offsets=offsets,
        values=[b"v" * bytes_each] * records,
        headers=[()] * records,
        timestamps=offsets,
    )
    message = SimpleNamespace(tp=TP("in", partition), generation_id=other.get("generation", 0))
    return SimpleNamespace(value=chunk, message=message)


def spans(found: list[Joined]) -> list[tuple[int, int, int, int]]:
    """Of each its partition, where it begins and where reading goes on, and of how many events."""
    return [
        (one.chunk.partition, one.chunk.offset, one.chunk.next_offset, len(one.events))
        for one in found
    ]


def test_successive_chunks_of_a_partition_are_one() -> None:
    events = [event(0, 0), event(1, 50), event(0, 2), event(0, 4, records=3)]
    found = joined(events, MOST)
    assert spans(found) == [(0, 0, 7, 3), (1, 50, 52, 1)]
    whole = found[0].chunk
    assert (whole.offset, whole.last_offset, len(whole)) == (0, 6, 7)
    assert whole.offsets == whole.timestamps == list(range(7))
    assert len(whole.values) == len(whole.headers) == 7
    assert [each.value.offset for each in found[0].events] == [0, 2, 4]


def test_no_more_is_joined_than_may_be_worked_on_at_once() -> None:
    events = [event(0, 0, records=6), event(0, 6, records=4), event(0, 10, records=1)]
    assert spans(joined(events, MOST)) == [(0, 0, 10, 2), (0, 10, 11, 1)]
    large = [event(0, 0, 1, 6 << 20), event(0, 1, 1, 2 << 20), event(0, 2, 1)]
    assert spans(joined(large, MOST)) == [(0, 0, 2, 2), (0, 2, 3, 1)]


def test_what_is_read_again_is_no_part_of_what_was_read_before() -> None:
    assert spans(joined([event(0, 4), event(0, 0), event(0, 2)], MOST)) == [
        (0, 4, 6, 1),
        (0, 0, 4, 2),
    ]
    later = [event(0, 0), event(0, 2, generation=1)]
    assert spans(joined(later, MOST)) == [(0, 0, 2, 1), (0, 2, 4, 1)]


class Stream:
    """As much of Faust's as is read here."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Any] = asyncio.Queue()
        self.channel = self

    def noack(self) -> "Stream":
        return self

    async def events(self) -> AsyncIterator[Any]:
        while (one := await self.queue.get()) is not None:
            # As Faust skips what was fetched before a rebalance.
            if one != "skipped":
                yield one


class Agent:
    """One that works chunks off when it is let."""

    def __init__(self, **app: Any) -> None:
        fixed = {"chunks_waiting": 8, "chunk_records": MOST, "consumer_generation_id": 0}
        self.app: Any = SimpleNamespace(**{**fixed, **app})
        self.stream, self.taken = Stream(), list[Joined]()
        self.free = asyncio.Event()

    async def run(self) -> None:
        stream: Any = self.stream
        async for one in together(self.app, stream):
            self.taken.append(one)
            await self.free.wait()

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)


def test_what_comes_alone_is_taken_at_once_and_what_comes_meanwhile_together() -> None:
    async def main() -> None:
        agent = Agent()
        running = asyncio.create_task(agent.run())
        agent.stream.queue.put_nowait(event(0, 0))
        await agent.settle()
        assert spans(agent.taken) == [(0, 0, 2, 1)]
        for one in (event(0, 2), event(1, 50), event(0, 4)):
            agent.stream.queue.put_nowait(one)
        await agent.settle()
        assert len(agent.taken) == 1
        agent.free.set()
        await agent.settle()
        assert spans(agent.taken) == [(0, 0, 2, 1), (0, 2, 6, 2), (1, 50, 52, 1)]
        agent.stream.queue.put_nowait(None)
        await running

    asyncio.run(main())


def test_what_was_handed_out_before_a_rebalance_is_not_taken_after_it() -> None:
    async def main() -> None:
        agent = Agent()
        running = asyncio.create_task(agent.run())
        for one in (event(0, 0), event(1, 50)):
            agent.stream.queue.put_nowait(one)
        await agent.settle()
        assert spans(agent.taken) == [(0, 0, 2, 1)]
        agent.app.consumer_generation_id = 1
        agent.stream.queue.put_nowait(event(0, 0, generation=1))
        agent.free.set()
        await agent.settle()
        assert spans(agent.taken) == [(0, 0, 2, 1), (0, 0, 2, 1)]
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(main())


def test_what_waits_is_taken_where_the_rest_of_the_queue_comes_to_nothing() -> None:
    async def main() -> None:
        agent = Agent()
        agent.free.set()
        agent.stream.queue.put_nowait(event(0, 0))
        agent.stream.queue.put_nowait("skipped")
        running = asyncio.create_task(agent.run())
        await asyncio.wait([running], timeout=0.2)
        assert spans(agent.taken) == [(0, 0, 2, 1)]
        running.cancel()

    asyncio.run(main())
