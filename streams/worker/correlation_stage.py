"""The second stage on Kafka: a correlator for each partition of ``fbs.evidence``, and its memory.

Events are gathered as they come and worked off in turns, outside the event loop. After each turn
the alerts are written, then the correlator's whole state as one record of ``fbs.correlators``, and
only then are the events acknowledged. The record holds the offsets up to which it has taken the two
topics in, so after a crash a correlator goes on from its last record and skips what it had,
whatever the group had committed; where the group is ahead of the record, the gap is read again
aside.
"""

import asyncio
import logging
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from faust.types import EventT

from detectors.audit.register_health import ZoneEvidence
from detectors.correlate.correlator import FINDINGS, OBSERVATIONS, Correlator, Decided
from detectors.correlate.profiles import learning
from detectors.profile.age import Learning, busiest_first
from streams.kafka.offset_reader import read_last, read_range
from streams.kafka.stage_records import (
    JUDGED,
    Headers,
    decode_finding,
    decode_observation,
    encode,
    header,
    watermark_of,
)
from streams.roads.road_file import road_map
from streams.worker.context import WorkerContext
from streams.worker.output import partition_of
from streams.worker.profile_keeper import ProfileKeeper

_log = logging.getLogger(__name__)

#: Stream of the correlator by plain topic name.
STREAM_OF = {"fbs.evidence": FINDINGS, "fbs.census": OBSERVATIONS}

_OFFSETS = "offsets"
_MOST_A_TURN = 20_000
#: A state has some megabytes; packed it fits into 8 MiB.
_MOST_STATE_BYTES = 512 << 20
_ANEW = (
    "The state in partition %s/%d is of another release or damaged (%s). This correlator begins "
    "anew, from what fbs.evidence and fbs.census still hold."
)
_RULE_ANEW = (
    "The state of the rule %s in zone %s is of another release. The rule begins anew there."
)


@dataclass(slots=True)
class _Partition:
    """One partition's correlator, the offsets (next to take) of its topics, and events not yet
    worked off."""

    correlator: Correlator
    next_offset: dict[str, int]
    #: By topic, the offset behind the newest event that was gathered.
    gathered_to: dict[str, int] = field(default_factory=dict)
    events: list[EventT[Any]] = field(default_factory=list)
    unstored: list[EventT[Any]] = field(default_factory=list)
    stored_s: float = 0.0
    learning: list[Learning] = field(default_factory=list)


class CorrelationStage:
    """See the module's text."""

    def __init__(self, context: WorkerContext) -> None:
        self._context = context
        self._roads = road_map(context.settings.roads)
        self._profiles = ProfileKeeper(context)
        self._partitions: dict[int, _Partition] = {}
        self._lock = asyncio.Lock()
        self.alerts = 0

    @property
    def idle(self) -> bool:
        """Whether there is no correlator here, so that no watermarks of other workers come in."""
        return not self._partitions

    @property
    def late(self) -> int:
        """Findings and observations that came later than watermarks had promised, at the
        correlators as they are."""
        return sum(partition.correlator.state.late for partition in self._partitions.values())

    @property
    def learning(self) -> list[Learning]:
        """How far the zones here had come after their last turn, the busiest first."""
        partitions = self._partitions.values()
        return busiest_first(each for partition in partitions for each in partition.learning)

    async def take(self, event: EventT[Any]) -> None:
        """Gathers one event; waits while too many are waiting for their turn."""
        number = event.message.partition
        topic = self._context.plain(event.message.topic)
        async with self._lock:
            partition = self._partitions.get(number)
            if partition is None:
                partition = self._partitions[number] = await self._open(number)
            offset, expected = event.message.offset, partition.gathered_to.get(topic)
            if expected is None or offset > expected:
                await self._read_gap(partition, topic, number, offset)
            partition.gathered_to[topic] = max(offset + 1, expected or 0)
        while len(partition.events) >= _MOST_A_TURN:
            await asyncio.sleep(0.02)
        partition.events.append(event)

    async def revoked(self, partitions: set[int]) -> None:
        """Forgets correlators that another worker has now; their last records are their memory."""
        async with self._lock:
            for number in partitions:
                self._partitions.pop(number, None)
                self._profiles.forget(number)

    async def store(self) -> None:
        """Works off and stores everything, before a stop."""
        async with self._lock:
            for number, partition in list(self._partitions.items()):
                partition.stored_s = 0.0
                await self._turn(number, partition)
                await self._profiles.write(partition.correlator, number, now=True)

    async def turn(self) -> None:
        """Works off what was gathered, everywhere; stores and acknowledges when that is due."""
        async with self._lock:
            for number, partition in list(self._partitions.items()):
                await self._turn(number, partition)

    async def register_evidence(self) -> list[ZoneEvidence]:
        """What an audit of the register rests on, a copy for each zone of the correlators here."""
        found: list[ZoneEvidence] = []
        for number in list(self._partitions):
            async with self._lock:
                if (partition := self._partitions.get(number)) is not None:
                    found += await asyncio.to_thread(partition.correlator.register_evidence)
        return found

    async def _turn(self, number: int, partition: _Partition) -> None:
        if partition.events:
            events, partition.events = partition.events, []
            decided = await asyncio.to_thread(self._work, partition, events)
            partition.unstored += events
            await self._publish(decided)
        due = (
            time.monotonic() - partition.stored_s >= self._context.settings.streams.snapshot_every_s
        )
        if partition.unstored and due and self._partitions.get(number) is partition:
            await self._store(number, partition)

    def _work(self, partition: _Partition, events: list[EventT[Any]]) -> Decided:
        for event in events:
            message = event.message
            topic = self._context.plain(message.topic)
            self._take(partition, topic, message.offset, message.value, _headers(message.headers))
        decided = partition.correlator.advance()
        partition.learning = learning(partition.correlator.state.zones)
        return decided

    def _take(
        self, partition: _Partition, topic: str, offset: int, value: bytes | None, headers: Headers
    ) -> None:
        if offset < partition.next_offset.get(topic, 0):
            return
        partition.next_offset[topic] = offset + 1
        watermark = watermark_of(headers)
        if watermark is not None:
            partition.correlator.promise(
                STREAM_OF[topic],
                watermark.topic,
                watermark.partition,
                watermark.until_ms,
                watermark.end,
            )
            self._context.idle_clock.see_watermark(watermark.until_ms, time.monotonic())
        elif value is not None and header(headers, JUDGED) is None:
            record = decode_finding(value) if topic == "fbs.evidence" else decode_observation(value)
            if record is not None:
                partition.correlator.take(record)

    async def _publish(self, decided: Decided) -> None:
        sending = self._context.output.sending()
        for zone, finding in decided.findings:
            await sending.to_zones("fbs.evidence", [zone], encode(finding), [(JUDGED, b"1")])
        replay = self._context.counts.has_replayed(time.time_ns() // 1_000_000)
        for alert in decided.alerts:
            await sending.alert(alert, replay)
        await sending.written()
        self.alerts += len(decided.alerts)

    async def _store(self, number: int, partition: _Partition) -> None:
        snapshot = await asyncio.to_thread(
            lambda: zlib.compress(partition.correlator.snapshot(), 1)
        )
        sending = self._context.output.sending()
        offsets = msgspec.json.encode(partition.next_offset)
        await sending.snapshot(number, snapshot, [(_OFFSETS, offsets)])
        await sending.written()
        for event in partition.unstored:
            event.ack()
        partition.unstored = []
        partition.stored_s = time.monotonic()
        await self._profiles.write(partition.correlator, number)

    async def _open(self, number: int) -> _Partition:
        """A correlator as its last record left it."""
        name = self._context.name_of("fbs.correlators")
        last = await read_last(self._context.kafka, name, number)
        state = None
        offsets: dict[str, int] = {}
        if last is not None and last.value is not None:
            try:
                state = Correlator.restore(_unpacked(last.value))
                stored = header(last.headers, _OFFSETS)
                offsets = msgspec.json.decode(stored, type=dict[str, int]) if stored else {}
            except (zlib.error, msgspec.DecodeError, ValueError, RecursionError) as error:
                # Of another release, or damaged. To end here would be to end at each start.
                state, offsets = None, {}
                _log.error(_ANEW, name, number, error)
        settings, partitions = self._context.settings, self._context.partitions["fbs.evidence"]
        correlator = Correlator(
            settings.rules,
            settings.incidents,
            self._context.sources,
            lambda zone: partition_of(zone.encode(), partitions) == number,
            state,
            self._roads,
        )
        for zone, rule in correlator.unreadable:
            _log.warning(_RULE_ANEW, rule, zone)
        if state is None:
            await self._profiles.take_up(correlator, number)
        return _Partition(correlator, offsets)

    async def _read_gap(self, partition: _Partition, topic: str, number: int, end: int) -> None:
        """Takes in what lies before ``end`` and the correlator doesn't hold: what the group had
        committed beyond its last record, and what Faust fetched and lost in a rebalance."""
        first = partition.next_offset.get(topic, 0)
        name = self._context.name_of(topic)
        for record in await read_range(self._context.kafka, name, number, first, end):
            self._take(partition, topic, record.offset, record.value, record.headers)


def _unpacked(value: bytes) -> bytes:
    """A state's bytes; a ValueError for what unpacks to more than any state has."""
    unpacking = zlib.decompressobj()
    state = unpacking.decompress(value, _MOST_STATE_BYTES)
    if unpacking.unconsumed_tail:
        raise ValueError(f"it unpacks to more than {_MOST_STATE_BYTES} bytes")
    return state


def _headers(given: Headers | Mapping[str, bytes] | None) -> Headers:
    return list(given.items()) if isinstance(given, Mapping) else given or ()
