"""Chunks of one partition, and the account of which of them may be committed.

A `Feed` follows one partition from the moment it is assigned (or sought) until it is taken away or
sought again. It numbers the chunks that were fetched, knows which were handed to an agent and which
of those were acknowledged, and says up to where the partition is done. Offsets are never taken to
be contiguous: compaction and transaction markers leave holes, so a chunk is done up to the position
that the broker itself gave as the next one.

Nothing here knows Faust; `streams.chunked.app` joins the two.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from streams.wire.columns import Columns, Headers
from streams.wire.values import bytes_of


@dataclass(slots=True, eq=False)
class Chunk:
    """Successive records of one partition, each field with one entry for each record.

    `offset` and `last_offset` are those of the first and the last record, `next_offset` is where
    reading goes on; `timestamps` are the records' own, in ms. A tombstone's value is None.
    """

    topic: str
    partition: int
    offset: int
    last_offset: int
    next_offset: int
    offsets: list[int]
    values: Sequence[bytes | None]
    headers: list[Headers]
    timestamps: list[int]
    #: The account that the chunk belongs to and its place there; None in tests of agents.
    feed: "Feed | None" = field(default=None, repr=False)
    number: int = field(default=0, repr=False)
    #: Of all values together, also when those were let go.
    value_bytes: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.value_bytes = bytes_of(self.values)

    def __len__(self) -> int:
        return len(self.offsets)

    def let_go(self) -> None:
        """Forgets the records: what is left is enough to acknowledge the chunk."""
        self.offsets, self.values, self.headers, self.timestamps = [], [], [], []


@dataclass(slots=True)
class _Span:
    """A chunk that was handed out, without its records."""

    number: int
    next_offset: int
    done: bool = False


class Feed:
    """The account of one partition, from its assignment or a seek onwards.

    `cut` runs in the fetching thread, all else in the event loop; each of the two writes fields of
    its own only, save `rewind`, which runs in the thread while the loop waits for it.
    """

    def __init__(self, topic: str, partition: int, assignment: object) -> None:
        self.topic = topic
        self.partition = partition
        #: aiokafka makes a new one at each rebalance, which makes this feed a thing of the past.
        self.assignment = assignment
        #: How many chunks were fetched, and how many handed to agents.
        self.fetched = 0
        self.handed_out = 0
        #: Where to read again if chunks were fetched but lost before they were handed out.
        self.resume_at: int | None = None
        #: The chunks below this number may have been in an agent's queue that was emptied.
        self._emptied_below = 0
        self._spans: deque[_Span] = deque()
        self._starts_at: int | None = None
        self._done_to: int | None = None

    def cut(self, fetched: Sequence[Columns], next_offset: int, limit: int) -> list[Chunk]:
        """Make chunks of at most `limit` records of what was fetched in one go, piece by piece.

        `next_offset` is the broker's position after the last of these records.
        """
        records = Columns.joined(fetched)
        if self.resume_at is None:
            self.resume_at = self._starts_at = records.offsets[0]
        parts = [records.part(start, start + limit) for start in range(0, len(records), limit)]
        ends = [part.offsets[0] for part in parts[1:]] + [next_offset]
        return [self._chunk(part, end) for part, end in zip(parts, ends, strict=True)]

    def hand_out(self, chunk: Chunk) -> None:
        """Note that an agent is about to be given the chunk."""
        self._spans.append(_Span(chunk.number, chunk.next_offset))
        self.handed_out = chunk.number + 1
        self.resume_at = chunk.next_offset

    def acknowledge(self, chunk: Chunk) -> None:
        """Note that the chunk is done, in whatever order."""
        for span in self._spans:
            if span.number == chunk.number:
                span.done = True
                break
        while self._spans and self._spans[0].done:
            self._done_to = self._spans.popleft().next_offset

    def committable(self) -> int | None:
        """The position before which all is done; None when nothing is."""
        return self._done_to

    def rewind(self) -> None:
        """Forget the chunks that were fetched and lost; those handed out stay on the account."""
        self.fetched = self.handed_out

    def queue_emptied(self) -> None:
        """Note that the agents' queues were emptied: what is not done may have been in them."""
        self._emptied_below = self.handed_out

    @property
    def broken(self) -> bool:
        """Whether a chunk that was handed out may have been lost on its way to the agent, so that
        it is never acknowledged: then the account can't go on."""
        return bool(self._spans) and self._spans[0].number < self._emptied_below

    @property
    def undone_from(self) -> int | None:
        """Where the first record lies that isn't known to be done; None before the first chunk."""
        return self._starts_at if self._done_to is None else self._done_to

    @property
    def idle(self) -> bool:
        """Whether every chunk that was fetched has been handed out and acknowledged."""
        return self.fetched == self.handed_out and not self._spans

    def _chunk(self, records: Columns, next_offset: int) -> Chunk:
        number, self.fetched = self.fetched, self.fetched + 1
        return Chunk(
            topic=self.topic,
            partition=self.partition,
            offset=records.offsets[0],
            last_offset=records.offsets[-1],
            next_offset=next_offset,
            offsets=records.offsets,
            values=records.values,
            headers=records.headers,
            timestamps=records.timestamps,
            feed=self,
            number=number,
        )
