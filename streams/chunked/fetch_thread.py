"""Faust's consumer thread, which cuts chunks where the records are fetched.

`streams.chunked.consumer` has the whole of it, and why.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams.chunked.flow_control import ChunkedApp
from streams.chunked.offset_ledger import Chunk, Feed
from streams.wire import fetched_batches
from streams.wire.answered import patient

#: Faust makes its consumers itself, of aiokafka as that module leaves it.
__all__ = ["ChunkThread", "fetched_batches"]

#: A broker that had something answers at once the next time where it has so many bytes, and else
#: waits so long (ms) for more: each answer makes a chunk of each partition, whose cost beside its
#: records is that of hundreds. The bytes are fewer than one partition may bring at once, so that
#: what lags waits for nothing. One that had nothing answers as soon as there is anything, and is
#: asked again only after the client's own, longer time: an idle worker costs it less.
_LEAST_BYTES, _WAIT_MS = 1 << 20, 250


class ChunkThread(driver.AIOKafkaConsumerThread):
    """See the module's text."""

    app: ChunkedApp

    def __post_init__(self) -> None:
        super().__post_init__()
        self._feeds: dict[TP, Feed] = {}
        #: Positions after the last fetch, and the assignment that they belong to.
        self._positions: dict[TP, int] = {}
        self._positions_of: object = None

    def _create_consumer(self, loop: asyncio.AbstractEventLoop) -> Any:
        consumer = super()._create_consumer(loop)
        return patient(consumer, lambda: bool(self.app.should_stop))

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
        fetch_by_need(fetcher)
        fetched_batches.fetch_columns(fetcher, lambda: self.app.chunked_topics)

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

    async def start_anew(self, tp: TP, feed: Feed) -> None:
        """Go back to the first record that isn't known to be done; the account ends here."""
        if self.feed(tp) is feed and feed.undone_from is not None:
            await self.seek_in_thread(tp, feed.undone_from)


def fetch_by_need(fetcher: Any) -> None:
    """Makes a fetcher of aiokafka's wait for more where there is much, and not where there is
    little.

    aiokafka has both as settings that never change, and Faust has no name for one of them.
    """
    quiet = fetcher._fetch_min_bytes, fetcher._fetch_max_wait_ms
    busy = _LEAST_BYTES, _WAIT_MS
    # Raises where aiokafka has other names for them, or Faust other values.
    assert quiet[0] < busy[0]
    assert quiet[1] > busy[1]
    proceed = fetcher._proc_fetch_request

    async def proceed_and_note(assignment: Any, node: Any, request: Any) -> bool:
        found: bool = await proceed(assignment, node, request)
        fetcher._fetch_min_bytes, fetcher._fetch_max_wait_ms = busy if found else quiet
        return found

    fetcher._proc_fetch_request = proceed_and_note
