"""What the feed of lists asks of brokers: on clients that are made up, which count."""

import asyncio
from typing import Any

from aiokafka import TopicPartition

from streams.kafka.settings import KafkaSettings
from streams.privacy.hasher import Hasher
from streams.worker.register_feed import RegisterFeed

TP = TopicPartition("cell.register", 0)


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
