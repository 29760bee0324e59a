"""Restoring what is kept of an input partition, by reading again what came before; nothing of that
is sent a second time.

Where the records of two topics are joined, the partitions of one number are restored together and
share what rules keep of them: else the one that is read first would miss the other's past.

The rules need as much of it as their horizon. At least the newest records are read: they show how
far arrival time had come, and whether a replay was over. The worker that read them first may have
been killed before it sent that on, and perhaps nothing comes after them.
"""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from aiokafka import ConsumerRecord
from faust.types import TP

from detectors.context.census import TAKEN_MS
from detectors.features.facts import Origin
from detectors.features.rows.window_tiles import WINDOW_MS
from detectors.features.rule import AnyRule
from detectors.model.columns import Measurements
from detectors.model.finding import Observation
from detectors.register.register import Register
from detectors.screen.screening import Screening
from streams.chunked.offset_ledger import Chunk
from streams.decode.codec import decode
from streams.decode.records import RecordSlice, arrivals_of
from streams.kafka.aside.offset_reader import read_committed, read_range
from streams.kafka.stage_records import (
    END,
    WATERMARK_VALUE,
    Headers,
    arrival_ms,
    header,
    is_publishers_watermark,
    latest_ms,
)
from streams.kafka.topics import JOINED
from streams.limits import Limits
from streams.worker.context import WorkerContext
from streams.worker.inputs import BATCHES, slice_of
from streams.worker.watermarks import WatermarkTracker

#: Records read again at once: for rules with a horizon, and for progress alone.
_REWIND = 5000
_TAIL = 200


@dataclass(slots=True)
class Partition:
    """What is kept of one input partition."""

    screening: Screening
    watermark: WatermarkTracker
    limits: Limits
    #: The last promise that was sent.
    sent: tuple[int, bool] = (0, False)
    #: Held by whoever steps the screening: chunks in threads, watermarks in the event loop.
    stepping: threading.Lock = field(default_factory=threading.Lock)
    #: The offset up to which the screening has been stepped, and the account of the chunk before.
    next_offset: int = 0
    feed: object = None
    #: Whether a chunk of it is at work: what came of that may not all be written yet.
    at_work: bool = False
    #: What the rules were let know of last.
    passed_ms: int = 0

    def is_before(self, chunk: Chunk) -> bool:
        """Whether it is as it was when all before a chunk had been worked off, and nothing else.

        It isn't where the chunk was at work already and is read again, nor where another worker
        had the partition meanwhile. Within one account there may be holes between chunks.
        """
        follows = self.feed is not None and chunk.feed is self.feed
        return chunk.offset == self.next_offset or (follows and chunk.offset > self.next_offset)

    def begin(self, chunk: Chunk) -> None:
        """Notes that its screening is about to be stepped through a chunk."""
        self.next_offset, self.feed = chunk.next_offset, chunk.feed

    def passed(self, wait: bool = True) -> bool:
        """Lets the rules know how far it has come: other topics' records may wait for that.

        False where somebody steps the screening and the caller doesn't ``wait``.
        """
        until_ms = self.watermark.until_ms
        if until_ms == self.passed_ms:
            return True
        if not self.stepping.acquire(blocking=wait):
            return False
        try:
            self.screening.passed(until_ms)
            self.passed_ms = until_ms
        finally:
            self.stepping.release()
        return True

    def counted(self, until_ms: int) -> list[Observation]:
        """As `detectors.screen.screening.Screening.counted`, while nothing else steps it."""
        with self.stepping:
            return self.screening.counted(until_ms)

    def promise(
        self,
        values: Sequence[bytes | None],
        headers: Sequence[Headers],
        timestamps: Sequence[int],
    ) -> None:
        """Takes in the publishers' own watermarks among some records, in order.

        One that is further ahead of its record's timestamp (ms) than a message may be is none,
        unless a replay sent it.
        """
        if values and WATERMARK_VALUE not in values:
            self.watermark.end = False
            return
        for value, some, written_ms in zip(values, headers, timestamps, strict=True):
            if not is_publishers_watermark(value, some):
                self.watermark.end = False
                continue
            until_ms = arrival_ms(some, 0)
            if until_ms <= latest_ms(some, written_ms, self.limits):
                self.watermark.promise(until_ms, header(some, END) is not None)


def joined_with(context: WorkerContext, tp: TP) -> list[TP]:
    """The partitions that share the state of their rules with one."""
    topic = context.plain(tp.topic)
    others = [other for other in JOINED if other != topic] if topic in JOINED else []
    return [TP(context.name_of(other), tp.partition) for other in others]


async def restore(
    context: WorkerContext, tp: TP, offset: int, register: Register, known: Mapping[TP, Partition]
) -> dict[TP, Partition]:
    """A partition as it is when all that lies before ``offset`` has been worked off, and with it
    those that it shares its rules' state with: each as far as that which is ``known`` of it, none
    of which may be at work, and else as far as the group has committed."""
    topic = context.plain(tp.topic)
    screening = Screening(context.settings.rules, Origin(topic, tp.partition))
    await context.guard.refresh()
    first = await _restored(context, tp, offset, register, screening, threading.Lock())
    found = {tp: first}
    for own in joined_with(context, tp):
        before = known.get(own)
        done = (
            await read_committed(context.aside, own.topic, own.partition)
            if before is None
            else before.next_offset
        )
        beside = screening.beside(Origin(context.plain(own.topic), own.partition))
        found[own] = await _restored(context, own, done, register, beside, first.stepping)
        found[own].feed = None if before is None else before.feed
    return found


async def _restored(
    context: WorkerContext,
    tp: TP,
    offset: int,
    register: Register,
    screening: Screening,
    stepping: threading.Lock,
) -> Partition:
    rules, topic = context.settings.rules, context.plain(tp.topic)
    disorder_ms = int(context.settings.streams.disorder_s * 1000)
    limits = context.settings.limits
    tracker = WatermarkTracker(disorder_ms)
    partition = Partition(screening, tracker, limits, stepping=stepping, next_offset=offset)
    horizon_ms = _horizon_ms(rules, topic)
    at_once = _REWIND if horizon_ms else _TAIL
    guard, make = context.guard, context.case_of(screening, stepping, register)
    parts: list[tuple[list[RecordSlice], list[Any], list[ConsumerRecord]]] = []
    newest_ms = oldest_ms = 0
    while offset > 0:
        begin = max(0, offset - at_once)
        records = await read_range(context.aside, tp.topic, tp.partition, begin, offset)
        offset = begin
        if not records:
            break
        part = await guard.examined(slice_of(records, topic, tp.partition, limits), make)
        pieces, batches = await asyncio.to_thread(_decoded, context, part)
        parts.append((pieces, batches, records))
        arrivals = np.concatenate([arrivals_of(batch) for batch in batches])
        if len(arrivals):
            newest_ms, oldest_ms = max(newest_ms, int(arrivals.max())), int(arrivals.min())
            if int(arrivals.min()) <= newest_ms - horizon_ms:
                break
    for pieces, batches, records in reversed(parts):
        await asyncio.to_thread(_step, partition, context, pieces, batches, register)
        for batch in batches:
            partition.watermark.observe(arrivals_of(batch))
        values, headers = [r.value for r in records], [r.headers for r in records]
        partition.promise(values, headers, [r.timestamp for r in records])
    if offset > 0 and oldest_ms:
        # Of a window that began before, a part is missing. All others are sent again: whoever
        # counted them may not have sent them, and correlators drop those that they have had.
        partition.counted(oldest_ms + WINDOW_MS - 1)
    partition.passed()
    return partition


def _decoded(context: WorkerContext, part: RecordSlice) -> tuple[list[RecordSlice], list[Any]]:
    """The pieces of a part, and the batch of each."""
    limits, pieces = context.settings.limits, context.guard.pieces(part)
    batches: list[Any] = []
    for piece in pieces:
        with context.guard.at_work(piece):
            batches.append(decode(piece, context.hasher, limits, context.trust).batch)
    return pieces, batches


def _step(
    partition: Partition,
    context: WorkerContext,
    pieces: Sequence[RecordSlice],
    batches: Sequence[Any],
    register: Register,
) -> None:
    """Steps through batches again, as they were decoded; what is in them was sent before."""
    for piece, batch in zip(pieces, batches, strict=True):
        if len(batch):
            with context.guard.at_work(piece):
                partition.screening.step(batch, register)


def _horizon_ms(rules: tuple[AnyRule, ...], topic: str) -> int:
    reading = BATCHES.get(topic)
    horizons = [rule.horizon_ms for rule in rules if rule.enabled and reading in rule.reads]
    if reading is Measurements:
        horizons.append(TAKEN_MS)
    return max(horizons, default=0)
