"""Frames of a connection are those that asyncio's own reader gives, however they come in."""

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from aiokafka import conn
from hypothesis import given
from hypothesis import strategies as st

from streams.wire import fetched_batches
from streams.wire.frames import Frames

LIMIT = 8


class Transport:
    """Whether it is read from, and how often that was stopped."""

    def __init__(self) -> None:
        self.reads, self.pauses = True, 0

    def pause_reading(self) -> None:
        self.reads, self.pauses = False, self.pauses + 1

    def resume_reading(self) -> None:
        self.reads = True


def reader(kind: type[Any], transport: Transport) -> Any:
    made = asyncio.StreamReader(limit=LIMIT, loop=asyncio.get_running_loop())
    made.set_transport(transport)  # type: ignore[arg-type]
    return Frames.instead_of(made) if kind is Frames else made


async def read(
    kind: type[Any], sent: bytes, pieces: Sequence[int], asked: Sequence[int], seed: int
) -> list[bytes]:
    """What is read, and what was left where the stream ended."""
    transport, chance = Transport(), Random(seed)
    made = reader(kind, transport)

    async def feed() -> None:
        at = 0
        for size in pieces:
            while not transport.reads:
                await asyncio.sleep(0)
            made.feed_data(sent[at : at + size])
            at += size
            if chance.random() < 0.5:
                await asyncio.sleep(0)
        made.feed_eof()

    feeding, found = asyncio.create_task(feed()), []
    try:
        for size in asked:
            found.append(await made.readexactly(size))
    except asyncio.IncompleteReadError as error:
        found.append(error.partial)
    await asyncio.wait_for(feeding, 5)
    return found


@given(
    st.lists(st.integers(1, 30), max_size=20),
    st.lists(st.integers(0, 60), max_size=12),
    st.integers(0, 9),
)
def test_what_is_read_is_what_asyncio_reads(pieces: list[int], asked: list[int], seed: int) -> None:
    sent = bytes(range(256)) * 3
    # All that comes is asked for: else who feeds would wait for ever.
    asked = [*asked, sum(pieces) + 1]

    def found(kind: type[Any]) -> list[bytes]:
        return asyncio.run(read(kind, sent, pieces, asked, seed))

    assert found(Frames) == found(asyncio.StreamReader)


def test_no_more_is_taken_in_than_is_waited_for_and_a_little() -> None:
    async def take() -> None:
        transport = Transport()
        frames = reader(Frames, transport)
        reading = asyncio.create_task(frames.readexactly(100))
        await asyncio.sleep(0)
        for _ in range(11):
            frames.feed_data(b"0123456789")
        assert transport.reads
        frames.feed_data(b"0123456789")
        assert not transport.reads
        assert await reading == b"0123456789" * 10
        assert frames.at_eof() is False
        assert await frames.readexactly(15) == b"012345678901234"
        assert transport.reads
        assert transport.pauses == 1

    asyncio.run(take())


def test_who_waits_is_woken_once_for_an_answer() -> None:
    async def take() -> None:
        frames = reader(Frames, Transport())
        reading = asyncio.create_task(frames.readexactly(4))
        await asyncio.sleep(0)
        waiter = frames._waiter
        frames.feed_data(b"ab")
        assert frames._waiter is waiter
        frames.feed_data(b"cd")
        assert frames._waiter is None
        assert await reading == b"abcd"

    asyncio.run(take())


def test_an_error_of_the_connection_is_raised() -> None:
    async def take() -> None:
        frames = reader(Frames, Transport())
        reading = asyncio.create_task(frames.readexactly(4))
        await asyncio.sleep(0)
        frames.set_exception(ConnectionResetError())
        with pytest.raises(ConnectionResetError):
            await reading
        with pytest.raises(ConnectionResetError):
            await frames.readexactly(1)

    asyncio.run(take())


def test_clients_of_aiokafka_read_so() -> None:
    async def connect() -> Any:
        loop = asyncio.get_running_loop()
        made = asyncio.StreamReader(loop=loop)
        protocol = conn.AIOKafkaProtocol(loop.create_future(), made, loop=loop)
        assert protocol._stream_reader is made
        return made

    assert fetched_batches.AIOKafkaConsumer is not None
    assert isinstance(asyncio.run(connect()), Frames)
