"""Faust's consumer, changed so that chosen topics come in chunks.

Five things need care:

* Only the topics named are chunked. Table changelogs come through the same consumer and pass as
  they are.
* Faust keeps account of offsets one by one, takes what lies between the first offsets of two chunks
  for holes, and drops what lies before the last it read. So for chunked topics its account is
  replaced by `Feed`.
* Faust can fetch records and then drop them: when its fetcher is restarted in a rebalance, a fetch
  under way in the consumer's thread moves the position and hands its records to nobody. So chunks
  are numbered where they are fetched, and when a number is missing the partition is read again from
  the last chunk that was handed out. Nothing is skipped; a repeat is the price.
* Faust seeks the changelogs of standby tables at the end of a recovery, and doesn't look whether a
  second rebalance has changed meanwhile which those are. Where one of them begins isn't known yet,
  and the worker would end of it (seen once in many restarts); the recovery begins anew instead.
* Faust empties the agents' queues whenever it lets records flow again, at the end of a rebalance,
  and chunks may be in them by then: fetched under the new assignment by a fetch that was under way
  when the rebalance began. They would never be acknowledged, and nothing behind them committed. So
  no chunk is handed out while a rebalance is on, and where queues were emptied all the same, the
  partition is read again from the first chunk that wasn't acknowledged. A flag alone would not do:
  a second rebalance that begins while the first one ends goes on without it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, cast

from faust.tables.recovery import RebalanceAgain
from faust.transport.consumer import ConsumerThread
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage, Message
from faust.types.transports import ConsumerT, ProducerT, TPorTopicSet
from faust.types.tuples import ack_lock
from mode.utils.futures import notify

from streams.chunked.fetch_thread import ChunkThread
from streams.chunked.flow_control import ChunkedApp
from streams.chunked.offset_ledger import Chunk
from streams.wire.answered import patient

#: Between two looks whether a rebalance is over.
_REBALANCE_PAUSE_S = 0.05


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
    _thread: ChunkThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._last_record_at: dict[TP, float] = {}
        self._read_offset = _ReadOffsets(self.app.chunked_topics)
        self.app.flow_control.on_emptied = self._queues_emptied

    def _new_consumer_thread(self) -> ConsumerThread:  # type: ignore[override]
        return ChunkThread(self, loop=self.loop, beacon=self.beacon)

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
            if not isinstance(records[0], Chunk) or self._may_hand_out(tp, records[0])
        }
        for tp, feed in self._thread.feeds():
            if feed.broken:
                self.log.warning("Chunks of %r were in a queue that was emptied: reading again", tp)
                passed.pop(tp, None)
                await self._thread.call_thread(self._thread.start_anew, tp, feed)
            elif feed.fetched - feed.handed_out > len(passed.get(tp, ())):
                self.log.warning("Chunks of %r were fetched and lost: reading them again", tp)
                passed.pop(tp, None)
                await self._thread.call_thread(self._thread.read_again, tp, feed)
        return passed

    def _may_hand_out(self, tp: TP, chunk: Chunk) -> bool:
        """Whether the chunk is neither from before a seek or a rebalance nor in the midst of one:
        else it is dropped, and read anew."""
        return chunk.feed is self._thread.feed(tp) and not self.app.rebalancing

    def _queues_emptied(self) -> None:
        """Note that what waited in the queues of agents is gone."""
        for _, feed in self._thread.feeds():
            feed.queue_emptied()

    async def seek_wait(self, partitions: Mapping[TP, int | None]) -> None:
        """Seek, and wait for it; `RebalanceAgain` where an offset isn't known, which Faust takes as
        the word to begin its recovery anew."""
        if None in partitions.values():
            raise RebalanceAgain
        await super().seek_wait(cast(Mapping[TP, int], partitions))

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

        The end is that of the broker's last answer, so it may be old: a quarter of a second mostly,
        longer while a broker or the worker stands.
        """
        position, end = self._thread.progress(tp)
        feed = self._thread.feed(tp)
        at_end = position is not None and end is not None and position >= end
        return at_end and (feed is None or feed.idle)

    def idle_s(self, tp: TP) -> float | None:
        """Seconds since the last record of a partition, or since it was assigned; else None."""
        since = self._last_record_at.get(tp)
        return None if since is None else self.loop.time() - since


class PatientProducer(driver.Producer):
    """Faust's producer, which begins once a broker answers."""

    def _new_producer(self, transactional_id: str | None = None) -> Any:
        made = super()._new_producer(transactional_id)
        return patient(made, lambda: bool(self.app.should_stop))


class ChunkTransport(driver.Transport):
    """Faust's transport over aiokafka, with the consumer and the producer above."""

    Consumer: ClassVar[type[ConsumerT]] = ChunkConsumer
    Producer: ClassVar[type[ProducerT]] = PatientProducer
