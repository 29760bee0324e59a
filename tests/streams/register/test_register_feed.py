"""What the feed of lists asks of brokers: on clients that are made up, which count."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import nullcontext
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from streams.decode.dead_letters import DeadLetter
from streams.guard.journal import Span
from streams.guard.known import Known
from streams.kafka.settings import KafkaSettings
from streams.limits import DEFAULT
from streams.privacy.hasher import Hasher
from streams.wire.columns import Columns
from streams.worker import register_feed
from streams.worker.register_feed import RegisterFeed

TP = TopicPartition("cell.register", 0)
_NOW_MS = 1_780_000_000_000
_ROW = b'{"radio":"LTE","mcc":460,"net":0,"area":1,"cell":257,"lat":31.0,"lon":121.0}'


class Broker:
    """Both clients of a feed: where the list ends, how often that was asked, what was read."""

    def __init__(self) -> None:
        self.end = self.read = self.asked = 0
        self.paused = False

    async def end_offsets(self, _: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Answers after a while with what was there when it was asked."""
        self.asked += 1
        end = self.end
        await asyncio.sleep(0.01)
        return {TP: end}

    async def position(self, _: TopicPartition) -> int:
        """Up to where it was read."""
        return self.read

    def pause(self, _: TopicPartition) -> None:
        """Fetches no more."""
        self.paused = True

    def resume(self, _: TopicPartition) -> None:
        """Fetches again."""
        self.paused = False

    async def getmany(self, *_: TopicPartition, timeout_ms: int) -> dict[TopicPartition, Any]:
        """Reads all, of which nothing is a row."""
        assert not self.paused
        self.read = self.end
        return {}


def feed_of(broker: Broker) -> RegisterFeed:
    """A feed whose clients are a broker that is made up."""
    feed: Any = RegisterFeed(KafkaSettings(), Hasher(b"a key of tests alone"))
    feed._consumer = feed._asker = broker
    feed._partitions = [TP]
    return feed  # type: ignore[no-any-return]


def test_those_who_wait_for_their_turn_share_an_answer_that_is_newer_than_their_question() -> None:
    broker = Broker()
    feed = feed_of(broker)

    async def ask() -> None:
        broker.end = 3
        first = asyncio.create_task(feed.current())
        await asyncio.sleep(0)  # The first has asked; what is written now it need not know.
        broker.end = 5
        await asyncio.gather(first, *(feed.current() for _ in range(4)))

    asyncio.run(ask())
    assert broker.asked == 2
    assert feed.read_to == {("cell.register", 0): 5}
    assert broker.read == 5


def test_a_list_that_grew_while_nobody_asked_is_read_by_the_next_who_asks() -> None:
    broker = Broker()
    feed = feed_of(broker)

    async def ask() -> None:
        for broker.end in (2, 2, 7):
            await feed.current()
            assert broker.read == broker.end

    asyncio.run(ask())
    assert broker.asked == 3


def test_nothing_is_fetched_of_a_list_that_was_read_to_its_end() -> None:
    broker = Broker()
    feed = feed_of(broker)

    async def ask() -> list[bool]:
        paused = []
        for end in (0, 3, 3, 7):
            broker.end = end
            await feed.current()
            paused.append(broker.paused and broker.read == end)
        return paused

    assert asyncio.run(ask()) == [True] * 4


def test_a_list_that_was_made_anew_is_fetched_until_that_was_found_out() -> None:
    broker = Broker()
    feed = feed_of(broker)

    async def ask() -> None:
        for end in (7, 2):
            broker.end = end
            await feed.current()
        assert not broker.paused
        # A fetch has found that there is nothing at 7, and begins anew; then more comes.
        broker.read, broker.end = 0, 3
        await feed.current()

    asyncio.run(ask())
    assert broker.paused
    assert broker.read == 3


class Rows(Broker):
    """One on which records lie, of which some are no rows."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[bytes] = []

    def write(self, *values: bytes) -> None:
        """Adds records."""
        self.values += values
        self.end = len(self.values)

    def records(self, first: int, end: int) -> list[Any]:
        """Those between two offsets, as a client has them."""
        return [
            SimpleNamespace(offset=at, key=None, value=value, headers=(), timestamp=_NOW_MS)
            for at, value in enumerate(self.values[first:end], start=first)
        ]

    async def getmany(self, *_: TopicPartition, timeout_ms: int) -> dict[TopicPartition, Any]:
        """All that was not read yet."""
        first, self.read = self.read, self.end
        return {TP: [Columns.of(self.records(first, self.end))]}


class Letters:
    """The letters of a feed's list: what is read for them, and written."""

    def __init__(self, broker: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
        self.feed, self.known = feed_of(broker), Known()
        self.read: list[tuple[int, int]] = []
        self.written: list[int] = []

        async def pieces(*where: Any) -> AsyncIterator[list[Any]]:
            *_, first, end, _ = where
            if first < end:
                self.read.append((first, end))
                yield broker.records(first, end)

        async def noted(_: Any) -> None:
            pass

        monkeypatch.setattr(register_feed, "read_pieces", pieces)
        guard: Any = SimpleNamespace(known=self.known, aside=None, at_work=nullcontext)
        guard.refresh = partial(noted, None)
        self._letters = register_feed.RegisterLetters(
            KafkaSettings(), self.feed, Hasher(b"a key of tests alone"), DEFAULT, guard
        )
        self._output: Any = SimpleNamespace(write_letters=self._write, write_notes=noted)

    async def _write(self, letters: list[DeadLetter]) -> None:
        self.written += [letter.offset for letter in letters]

    def write_due(self) -> tuple[list[tuple[int, int]], list[int]]:
        """What was read for letters that are due by now, and of which records these are."""
        self.read, self.written = [], []

        async def write() -> None:
            await self.feed.current()
            await self._letters.write_due(True, self._output, lambda: False)

        asyncio.run(write())
        return self.read, self.written


def test_for_letters_only_what_lies_between_rows_that_cant_be_read_is_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broker = Rows()
    letters = Letters(broker, monkeypatch)
    broker.write(_ROW, b"{", _ROW, b"[", _ROW)
    assert letters.write_due() == ([(1, 4)], [1, 3])
    assert letters.known.lettered == {("cell.register", 0): 5}
    broker.write(_ROW)
    assert letters.write_due() == ([], [])
    broker.write(_ROW, b"{")
    assert letters.write_due() == ([(6, 8)], [7])
    assert letters.known.lettered == {("cell.register", 0): 8}


def test_for_letters_all_is_read_again_where_a_worker_has_died(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broker = Rows()
    letters = Letters(broker, monkeypatch)
    letters.known.note_suspects([Span("cell.register", 0, 0, 0)])
    broker.write(_ROW, b"{", _ROW)
    assert letters.write_due() == ([(0, 3)], [1])
