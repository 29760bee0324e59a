"""Faust's consumer, changed so that chosen topics come in chunks.

Three things need care:

* Only the topics named are chunked. Table changelogs and the topics between the stages come through
  the same consumer and pass as they are.
* Faust keeps account of offsets one by one, takes what lies between the first offsets of two chunks
  for holes, and drops what lies before the last it read. So for chunked topics its account is
  replaced by `Feed`.
* Faust can fetch records and then drop them: when its fetcher is restarted in a rebalance, a fetch
  under way in the consumer's thread moves the position and hands its records to nobody. So chunks
  are numbered where they are fetched, and when a number is missing the partition is read again from
  the last chunk that was handed out. Nothing is skipped; a repeat is the price.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, cast

import faust
from faust.transport.consumer import ConsumerThread
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage, Message
from faust.types.transports import ConsumerT, TPorTopicSet
from faust.types.tuples import ack_lock
from mode.utils.futures import notify

from streams.chunked.offset_ledger import Chunk, Feed

#: Between two looks whether a rebalance is over.
_REBALANCE_PAUSE_S = 0.05


class ChunkedApp(faust.App):
    """What the consumer needs of its app, which is a `streams.chunked.app.ChunkApp`."""

    chunked_topics: frozenset[str]
    chunk_records: int


class _ChunkThread(driver.AIOKafkaConsumerThread):
    """Faust's consumer thread, which cuts chunks where the records are fetched."""

    app: ChunkedApp

    def __post_init__(self) -> None:
        super().__post_init__()
        self._feeds: dict[TP, Feed] = {}
        #: Positions after the last fetch, and the assignment that they belong to.
        self._positions: dict[TP, int] = {}
        self._positions_of: object = None

    async def on_start(self) -> None:
        await super().on_start()
        fetcher = self._ensure_consumer()._fetcher
        seek_to = fetcher.seek_to

        def forget_and_seek(tp: TP, offset: int) -> None:
            # Every seek, whoever asks for it, ends here, in the thread that fetches.
            self._feeds.pop(tp, None)
            self._positions.pop(tp, None)
            seek_to(tp, offset)

        fetcher.seek_to = forget_and_seek

    async def _fetch_records(
        self,
        consumer: Any,
        active_partitions: set[TP],
        timeout: float | None = None,
        max_records: int | None = None,
    ) -> dict[TP, list[Any]]:
        fetched = await super()._fetch_records(consumer, active_partitions, timeout, max_records)
        # No await from here on: the positions are those right after these records.
        found: dict[TP, list[Any]] = {}
        for tp, records in fetched.items():
            chunked = tp.topic in self.app.chunked_topics
            found[tp] = self._cut(tp, records) if chunked else records
        self._note_positions()
        return found

    def _cut(self, tp: TP, records: list[Any]) -> list[Chunk]:
        assignment = self._assignment()
        feed = self.feed(tp)
        if feed is None:
            feed = self._feeds[tp] = Feed(tp.topic, tp.partition, assignment)
        return feed.cut(records, assignment.state_value(tp).position, self.app.chunk_records)

    def _note_positions(self) -> None:
        assignment = self._positions_of = self._assignment()
        self._positions = {
            tp: assignment.state_value(tp).position
            for tp in (assignment.tps if assignment else ())
            if tp.topic in self.app.chunked_topics and assignment.state_value(tp).has_valid_position
        }

    def _assignment(self) -> Any:
        subscription = self._ensure_consumer()._subscription.subscription
        return subscription.assignment if subscription is not None else None

    def feed(self, tp: TP) -> Feed | None:
        """The account of a partition, unless it was revoked, assigned anew or sought since."""
        feed = self._feeds.get(tp)
        return feed if feed is not None and feed.assignment is self._assignment() else None

    def feeds(self) -> Iterator[tuple[TP, Feed]]:
        """The accounts that hold now."""
        for tp in list(self._feeds):
            if (feed := self.feed(tp)) is not None:
                yield tp, feed

    def progress(self, tp: TP) -> tuple[int | None, int | None]:
        """The position after the last record fetched, and the end by the broker's last answer."""
        assignment = self._assignment()
        state = assignment.state_value(tp) if assignment is not None else None
        if state is None or assignment is not self._positions_of:
            return None, None
        return self._positions.get(tp), state.highwater

    async def seek_in_thread(self, tp: TP, offset: int) -> None:
        """Seek without a fetch in between; a partition that is gone by now is left alone."""
        consumer = self._ensure_consumer()
        if tp in consumer.assignment():
            consumer.seek(driver.ensure_aiokafka_TP(tp), offset)

    async def read_again(self, tp: TP, feed: Feed) -> None:
        """Go back to the end of the last chunk that was handed out, keeping the account."""
        if self.feed(tp) is feed and feed.resume_at is not None:
            await self.seek_in_thread(tp, feed.resume_at)
            feed.rewind()
            self._feeds[tp] = feed


class _ReadOffsets(defaultdict[TP, int | None]):
    """Faust's note of the last offset read, by which it drops what seems to come twice.

    For chunked topics nothing is noted: `Feed` finds what is stale, and keeps what comes
    again after a seek.
    """

    def __init__(self, chunked_topics: frozenset[str]) -> None:
        super().__init__(lambda: None)
        self._chunked_topics = chunked_topics

    def __getitem__(self, tp: TP) -> int | None:
        return None if tp.topic in self._chunked_topics else super().__getitem__(tp)


class ChunkConsumer(driver.Consumer):
    """Faust's consumer, with the account of chunked topics kept by `Feed`."""

    app: ChunkedApp
    _thread: _ChunkThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._last_record_at: dict[TP, float] = {}
        self._read_offset = _ReadOffsets(self.app.chunked_topics)

    def _new_consumer_thread(self) -> ConsumerThread:  # type: ignore[override]
        return _ChunkThread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:
        if self.app.rebalancing and active_partitions is not None:
            # Faust lets partitions flow shortly before it seeks to what was committed: what came in
            # between would come twice.
            active_partitions = {
                tp for tp in active_partitions if tp.topic not in self.app.chunked_topics
            }
            if not active_partitions:
                await self.sleep(_REBALANCE_PAUSE_S)
                return {}
        fetched: Mapping[TP, list[Any]] = await super()._getmany(active_partitions, timeout)
        passed = {
            tp: records
            for tp, records in fetched.items()
            # Chunks from before a seek or a rebalance are dropped: they are read anew.
            if not isinstance(records[0], Chunk) or records[0].feed is self._thread.feed(tp)
        }
        for tp, feed in self._thread.feeds():
            if feed.fetched - feed.handed_out > len(passed.get(tp, ())):
                self.log.warning("Chunks of %r were fetched and lost: reading them again", tp)
                passed.pop(tp, None)
                await self._thread.call_thread(self._thread.read_again, tp, feed)
        return passed

    async def _seek(self, partition: TP, offset: int) -> None:
        await self._thread.call_thread(self._thread.seek_in_thread, partition, offset)

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:
        if not isinstance(record, Chunk):
            return super()._to_message(tp, record)
        if record.feed is not None:
            record.feed.hand_out(record)
        self._last_record_at[tp] = self.loop.time()
        return ConsumerMessage(
            record.topic,
            record.partition,
            record.offset,
            record.timestamps[-1] / 1000.0,
            0,
            None,
            None,
            cast(bytes, record),
            None,
            0,
            0,
            tp,
            generation_id=self.app.consumer_generation_id,
        )

    def ack(self, message: Message) -> bool:
        chunk: object = message.value
        if not isinstance(chunk, Chunk):
            return super().ack(message)
        with ack_lock:
            if message.acked:
                return False
            message.acked = True
            self._unacked_messages.discard(message)
            if chunk.feed is not None:
                chunk.feed.acknowledge(chunk)
            self._n_acked += 1
            notify(self._waiting_for_ack)
            return True

    def _filter_tps_with_pending_acks(self, topics: TPorTopicSet | None = None) -> Iterator[TP]:
        yield from super()._filter_tps_with_pending_acks(topics)
        for tp, _ in self._thread.feeds():
            if topics is None or tp in topics or tp.topic in topics:
                yield TP(*tp)

    def _new_offset(self, tp: TP) -> int | None:
        if tp.topic not in self.app.chunked_topics:
            return super()._new_offset(tp)
        # The position first: what was fetched up to it is then on the account that is asked next.
        position, _ = self._thread.progress(tp)
        feed = self._thread.feed(tp)
        if feed is None:
            return None
        # Transaction markers after the last record come without a chunk, but are done with it.
        return position if position is not None and feed.idle else feed.committable()

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        now = self.loop.time()
        self._last_record_at = {tp: self._last_record_at.get(tp, now) for tp in assigned}
        await super().on_partitions_assigned(assigned, generation_id)

    def handed_out_to(self, tp: TP) -> int | None:
        """The position after the last record given to an agent; None when it isn't known."""
        feed = self._thread.feed(tp)
        if feed is not None:
            return feed.resume_at
        return self._thread.progress(tp)[0]

    def read_to_end(self, tp: TP) -> bool:
        """Whether an assigned chunked partition was read to its end and all of it acknowledged.

        The end is that of the broker's last answer, so it may be a second or two old.
        """
        position, end = self._thread.progress(tp)
        feed = self._thread.feed(tp)
        at_end = position is not None and end is not None and position >= end
        return at_end and (feed is None or feed.idle)

    def idle_s(self, tp: TP) -> float | None:
        """Seconds since the last record of a partition, or since it was assigned; else None."""
        since = self._last_record_at.get(tp)
        return None if since is None else self.loop.time() - since


class ChunkTransport(driver.Transport):
    """Faust's transport over aiokafka, with the consumer above."""

    Consumer: ClassVar[type[ConsumerT]] = ChunkConsumer
