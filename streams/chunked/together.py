"""Chunks that wait together for an agent, joined by partition: few large ones while much is to be
done, and each at once while there is little.

What a chunk costs besides its records is paid once for all that came meanwhile.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from itertools import chain
from typing import Any, Final, NamedTuple, cast

from faust.types import TP, EventT, StreamT

from streams.chunked.app import ChunkApp
from streams.chunked.offset_ledger import Chunk
from streams.wire.values import chained

#: No more of a partition is joined: bytes of values, beside `ChunkApp.chunk_records`.
_MOST_BYTES: Final = 8 << 20
#: So long (s) an event is waited for that is in the queue. In a rebalance Faust may empty it.
_AT_ONCE_S: Final = 0.05


class Joined(NamedTuple):
    """Successive chunks of one partition as one, and the events by which they came: all are to be
    acknowledged when it is done."""

    chunk: Chunk
    events: list[EventT[Any]]


async def together(app: ChunkApp, stream: StreamT[Any]) -> AsyncIterator[Joined]:
    """All chunks of a stream that an agent reads with ``noack``, those that wait joined."""
    faust_stream = cast(Any, stream)  # More than its interface declares.
    events, queue = aiter(faust_stream.noack().events()), faust_stream.channel.queue
    coming = asyncio.create_task(_next(events))
    try:
        while (event := await coming) is not None:
            waiting = [event]
            coming = asyncio.create_task(_next(events))
            while len(waiting) < app.chunks_waiting and (coming.done() or not queue.empty()):
                await asyncio.wait([coming], timeout=_AT_ONCE_S)
                if not coming.done() or (event := coming.result()) is None:
                    break
                waiting.append(event)
                coming = asyncio.create_task(_next(events))
            for one in joined(waiting, app.chunk_records):
                # As Faust does with what is still in its queue: a rebalance has begun since, and
                # what isn't acknowledged is read again, here or by another worker.
                if one.events[0].message.generation_id == app.consumer_generation_id:
                    yield one
    finally:
        coming.cancel()


async def _next(events: AsyncIterator[EventT[Any]]) -> EventT[Any] | None:
    """The next event; ``None`` where the stream ends."""
    return await anext(events, None)


def joined(events: Iterable[EventT[Any]], most_records: int) -> list[Joined]:
    """Events of one topic, their chunks joined by partition as far as they follow on one another
    and are no more than so many records, and `_MOST_BYTES`."""
    runs: list[list[EventT[Any]]] = []
    newest: dict[tuple[TP, int | None], list[EventT[Any]]] = {}
    for event in events:
        key = event.message.tp, event.message.generation_id
        run = newest.get(key)
        if run is None or not _fits([*_chunks(run), _chunk(event)], most_records):
            run = newest[key] = []
            runs.append(run)
        run.append(event)
    return [Joined(_as_one(_chunks(run)), run) for run in runs]


def _fits(chunks: list[Chunk], most_records: int) -> bool:
    """Whether the last follows on the others, and is not too much with them."""
    before, last = chunks[-2:]
    return (
        before.next_offset <= last.offset
        and sum(map(len, chunks)) <= most_records
        and sum(chunk.value_bytes for chunk in chunks) <= _MOST_BYTES
    )


def _as_one(chunks: list[Chunk]) -> Chunk:
    if len(chunks) == 1:
        return chunks[0]
    first, last = chunks[0], chunks[-1]
    return Chunk(
        topic=first.topic,
        partition=first.partition,
        offset=first.offset,
        last_offset=last.last_offset,
        next_offset=last.next_offset,
        offsets=list(chain.from_iterable(chunk.offsets for chunk in chunks)),
        values=chained(chunk.values for chunk in chunks),
        headers=list(chain.from_iterable(chunk.headers for chunk in chunks)),
        timestamps=list(chain.from_iterable(chunk.timestamps for chunk in chunks)),
        feed=last.feed,
    )


def _chunks(events: list[EventT[Any]]) -> list[Chunk]:
    return [_chunk(event) for event in events]


def _chunk(event: EventT[Any]) -> Chunk:
    return cast(Chunk, event.value)
