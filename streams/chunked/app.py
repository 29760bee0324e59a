"""Faust fed in chunks: an agent gets some thousands of records at once, not one.

Faust spends 70 to 90 microseconds on each message whatever it holds. Here its consumer makes one
`Chunk` of what was fetched from a partition, and that chunk is the message. How it is done, and
what needs care, stands in `streams.chunked.consumer` and `streams.chunked.offset_ledger`.

Agents read `stream.noack().events()` and call `event.ack()` when the work is done and sent.
"""

from collections.abc import Iterable
from typing import Any, cast

from faust.topics import Topic
from faust.types import TopicT, TransportT

from streams.chunked.consumer import ChunkConsumer, ChunkTransport
from streams.chunked.flow_control import ChunkedApp
from streams.chunked.offset_ledger import Chunk

__all__ = ["Chunk", "ChunkApp"]

#: A chunk of reports of 230 bytes is then about 4 MB; one fetch brings half of that of a
#: partition, at most.
_CHUNK_RECORDS = 20_000
_FETCH_BYTES = 2 << 20
#: Chunks waiting for one agent: with 2 MB each enough to keep it busy, and bounded in memory.
_CHUNKS_WAITING = 8
#: At 300,000 records a second each second between commits is 300,000 repeats after a crash.
_COMMIT_INTERVAL_S = 0.5


class ChunkApp(ChunkedApp):
    """A Faust app that is fed some of its topics in chunks.

    `chunked_topics` are full names, with the prefix; `chunk_records` is the most that a chunk
    holds, `chunks_waiting` how many wait for one agent before fetching pauses. All else is Faust's.
    """

    def __init__(
        self,
        id: str,
        *,
        chunked_topics: Iterable[str] = (),
        chunk_records: int = _CHUNK_RECORDS,
        chunks_waiting: int = _CHUNKS_WAITING,
        **options: Any,
    ) -> None:
        self.chunked_topics = frozenset(chunked_topics)
        self.chunk_records = chunk_records
        self.chunks_waiting = chunks_waiting
        defaults = {
            "broker_commit_interval": _COMMIT_INTERVAL_S,
            "consumer_max_fetch_size": _FETCH_BYTES,
            # Faust would turn each print into a log line.
            "worker_redirect_stdouts": False,
        }
        super().__init__(id, **defaults | options)

    def chunk_topic(self, name: str) -> TopicT:
        """The topic for an agent that takes chunks; `name` must be among `chunked_topics`."""
        if name not in self.chunked_topics:
            raise ValueError(
                f"{name} is not among the chunked topics: {', '.join(sorted(self.chunked_topics))}."
            )
        # Not by App.topic(), which takes a `maxsize` and drops it.
        topic_class = cast(type[Topic], self.conf.Topic)
        return topic_class(
            self,
            topics=(name,),
            key_type=bytes,
            value_type=bytes,
            key_serializer="raw",
            value_serializer="raw",
            maxsize=self.chunks_waiting,
        )

    @property
    def chunk_consumer(self) -> ChunkConsumer:
        """Says of chunked partitions how far they were read."""
        return cast(ChunkConsumer, self.consumer)

    def _new_transport(self) -> TransportT:
        return ChunkTransport(self.conf.broker_consumer, self)
