"""Chunks that an agent was given, until they are done: first they wait for their turn, then for the
state that holds what came of them to be stored. Only then are they acknowledged."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, cast

from faust.types import EventT

from streams.chunked.offset_ledger import Chunk

#: More may not wait for a turn: records, and bytes of their values, which may be large.
_MOST_RECORDS: Final = 20_000
_MOST_BYTES: Final = 16 << 20


class Taken(NamedTuple):
    """One record of a chunk, by the names that aiokafka has for it; ``timestamp`` in ms."""

    topic: str
    offset: int
    timestamp: int
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class Gathered:
    """See the module's text. The chunks may be of several topics."""

    def __init__(self) -> None:
        self._waiting: list[EventT[Any]] = []
        self._worked_off: list[EventT[Any]] = []
        self._records = self._bytes = 0

    @property
    def is_full(self) -> bool:
        """Whether so much waits that no more should come before the next turn."""
        return self._records >= _MOST_RECORDS or self._bytes >= _MOST_BYTES

    @property
    def is_unstored(self) -> bool:
        """Whether anything was worked off that isn't acknowledged yet."""
        return bool(self._worked_off)

    def put(self, event: EventT[Any]) -> None:
        """Takes in an event whose value is a chunk."""
        chunk = cast(Chunk, event.value)
        self._waiting.append(event)
        self._records += len(chunk)
        self._bytes += chunk.value_bytes

    def turn(self) -> tuple[list[Taken], dict[str, int]]:
        """The records that wait, in order, and by topic where reading goes on behind them. They
        count as worked off from now on."""
        events, self._waiting = self._waiting, []
        self._records = self._bytes = 0
        records: list[Taken] = []
        ends: dict[str, int] = {}
        for event in events:
            chunk = cast(Chunk, event.value)
            columns = chunk.offsets, chunk.timestamps, chunk.values, chunk.headers
            records += (Taken(chunk.topic, *row) for row in zip(*columns, strict=True))
            ends[chunk.topic] = max(chunk.next_offset, ends.get(chunk.topic, 0))
            # Storing may take long: until then the account of the chunk is all that is needed.
            chunk.let_go()
        self._worked_off += events
        return records, ends

    def acknowledge(self) -> None:
        """Acknowledges all that was worked off: it is stored."""
        events, self._worked_off = self._worked_off, []
        for event in events:
            event.ack()
