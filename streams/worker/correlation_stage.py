"""The second stage on Kafka: a correlator for each partition of ``fbs.evidence``, and its memory.

Events are gathered as they come and worked off in turns, outside the event loop. After each turn
the alerts are written, then the correlator's whole state as one record of ``fbs.correlators``, and
only then are the events acknowledged. The record holds the offsets up to which it has taken the two
topics in, so after a crash a correlator goes on from its last record and skips what it had,
whatever the group had committed; where the group is ahead of the record, the gap is read again
aside.
"""

import asyncio
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from faust.types import EventT

from detectors.context.zone_routing import zones_for
from detectors.correlate.correlator import FINDINGS, OBSERVATIONS, Correlator, Decided
from detectors.correlate.settings import IncidentSettings
from detectors.features.rule import AnyRule
from geo.track.road_graph import RoadMap
from streams.kafka.heartbeat import Counts
from streams.kafka.offset_reader import read_last, read_range
from streams.kafka.stage_records import (
    JUDGED,
    Headers,
    decode_finding,
    decode_observation,
    encode,
    header,
    mark_of,
)
from streams.kafka.topics import topic_name
from streams.worker.output import Outlet, partition_of
from streams.worker.watermarks import IdlePartitionClock

#: Stream of the correlator by plain topic name.
STREAM_OF = {"fbs.evidence": FINDINGS, "fbs.census": OBSERVATIONS}

_OFFSETS = "offsets"
_MOST_A_TURN = 20_000


@dataclass(slots=True)
class _Shelf:
    """One partition's correlator, the offsets (next to take) of its topics, and events not yet
    worked."""

    correlator: Correlator
    next_offset: dict[str, int]
    joined: set[str] = field(default_factory=set)
    events: list[EventT[Any]] = field(default_factory=list)
    unstored: list[EventT[Any]] = field(default_factory=list)
    stored_s: float = 0.0


class CorrelationStage:
    """See the module's text."""

    def __init__(
        self,
        bootstrap: str,
        prefix: str,
        rules: tuple[AnyRule, ...],
        settings: IncidentSettings,
        sources: frozenset[tuple[str, int]],
        partitions: int,
        outlet: Outlet,
        elsewhere: IdlePartitionClock,
        counts: Counts,
        snapshot_every_s: float,
        roads: RoadMap | None = None,
    ) -> None:
        self._bootstrap, self._prefix = bootstrap, prefix
        self._rules, self._settings, self._sources = rules, settings, sources
        self._partitions, self._outlet = partitions, outlet
        self._elsewhere, self._counts = elsewhere, counts
        self._every_s, self._roads = snapshot_every_s, roads
        self._shelves: dict[int, _Shelf] = {}
        self._lock = asyncio.Lock()
        self.alerts = 0

    @property
    def idle(self) -> bool:
        """Whether there is no correlator here, so that nothing is heard of other workers."""
        return not self._shelves

    @property
    def late(self) -> int:
        """Findings and observations that came later than marks had promised, at the correlators as
        they are."""
        return sum(shelf.correlator.state.late for shelf in self._shelves.values())

    async def take(self, event: EventT[Any]) -> None:
        """Gathers one event; waits while too many are waiting for their turn."""
        number = event.message.partition
        topic = event.message.topic.removeprefix(self._prefix)
        async with self._lock:
            shelf = self._shelves.get(number)
            if shelf is None:
                shelf = self._shelves[number] = await self._open(number)
            if topic not in shelf.joined:
                shelf.joined.add(topic)
                await self._read_gap(shelf, topic, number, event.message.offset)
        while len(shelf.events) >= _MOST_A_TURN:
            await asyncio.sleep(0.02)
        shelf.events.append(event)

    async def revoked(self, partitions: set[int]) -> None:
        """Forgets correlators that another worker has now; their last records are their memory."""
        async with self._lock:
            for number in partitions:
                self._shelves.pop(number, None)

    async def store(self) -> None:
        """Works off and stores everything, before a stop."""
        async with self._lock:
            for number, shelf in list(self._shelves.items()):
                shelf.stored_s = 0.0
                await self._turn(number, shelf)

    async def turn(self) -> None:
        """Works off what was gathered, everywhere; stores and acknowledges when that is due."""
        async with self._lock:
            for number, shelf in list(self._shelves.items()):
                await self._turn(number, shelf)

    async def _turn(self, number: int, shelf: _Shelf) -> None:
        if shelf.events:
            events, shelf.events = shelf.events, []
            decided = await asyncio.to_thread(self._work, shelf, events)
            shelf.unstored += events
            await self._tell(decided)
        due = time.monotonic() - shelf.stored_s >= self._every_s
        if shelf.unstored and due and self._shelves.get(number) is shelf:
            await self._store(number, shelf)

    def _work(self, shelf: _Shelf, events: list[EventT[Any]]) -> Decided:
        for event in events:
            message = event.message
            topic = message.topic.removeprefix(self._prefix)
            self._take(shelf, topic, message.offset, message.value, _headers(message.headers))
        return shelf.correlator.advance()

    def _take(
        self, shelf: _Shelf, topic: str, offset: int, value: bytes | None, headers: Headers
    ) -> None:
        if offset < shelf.next_offset.get(topic, 0):
            return
        shelf.next_offset[topic] = offset + 1
        mark = mark_of(headers)
        if mark is not None:
            shelf.correlator.mark(
                STREAM_OF[topic], mark.topic, mark.partition, mark.until_ms, mark.end
            )
            self._elsewhere.see_mark(mark.until_ms, time.monotonic())
        elif value is not None and header(headers, JUDGED) is None:
            record = decode_finding(value) if topic == "fbs.evidence" else decode_observation(value)
            if record is not None:
                shelf.correlator.take(record)

    async def _tell(self, decided: Decided) -> None:
        sending = self._outlet.sending()
        for finding in decided.findings:
            own = zones_for(finding)[:1]
            await sending.to_zones("fbs.evidence", own, encode(finding), [(JUDGED, b"1")])
        replay = self._counts.has_replayed(time.time_ns() // 1_000_000)
        for alert in decided.alerts:
            await sending.alert(alert, replay)
        await sending.written()
        self.alerts += len(decided.alerts)

    async def _store(self, number: int, shelf: _Shelf) -> None:
        snapshot = await asyncio.to_thread(lambda: zlib.compress(shelf.correlator.snapshot(), 1))
        sending = self._outlet.sending()
        offsets = msgspec.json.encode(shelf.next_offset)
        await sending.snapshot(number, snapshot, [(_OFFSETS, offsets)])
        await sending.written()
        for event in shelf.unstored:
            event.ack()
        shelf.unstored = []
        shelf.stored_s = time.monotonic()

    async def _open(self, number: int) -> _Shelf:
        """A correlator as its last record left it."""
        name = topic_name(self._prefix, "fbs.correlators")
        last = await read_last(self._bootstrap, name, number)
        state = None
        offsets: dict[str, int] = {}
        if last is not None and last.value is not None:
            state = Correlator.restore(zlib.decompress(last.value))
            told = header(last.headers, _OFFSETS)
            offsets = msgspec.json.decode(told, type=dict[str, int]) if told else {}
        correlator = Correlator(
            self._rules,
            self._settings,
            self._sources,
            lambda zone: partition_of(zone.encode(), self._partitions) == number,
            state,
            self._roads,
        )
        return _Shelf(correlator, offsets)

    async def _read_gap(self, shelf: _Shelf, topic: str, number: int, end: int) -> None:
        """Takes in what the group had committed but the correlator's last record doesn't hold."""
        first = shelf.next_offset.get(topic, 0)
        name = topic_name(self._prefix, topic)
        for record in await read_range(self._bootstrap, name, number, first, end):
            self._take(shelf, topic, record.offset, record.value, record.headers)


def _headers(given: Headers | Mapping[str, bytes] | None) -> Headers:
    return list(given.items()) if isinstance(given, Mapping) else given or ()
