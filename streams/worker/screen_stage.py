"""The first stage on Kafka: chunks of input in; findings, observations, watermarks and dead letters
out.

One `ScreenStage` serves all input partitions of a worker. What it keeps of each is short-lived: the
rules' state of single devices, built up again from the topic after a restart, and how far arrival
time has come. A chunk is acknowledged only when all that it gave rise to has been written.
"""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

from faust.types import TP

from detectors.features.rows.travelling import Many
from detectors.model.columns import I8
from detectors.model.finding import Finding, Observation
from detectors.register.register import Register
from streams.chunked.app import Chunk
from streams.decode.codec import decode
from streams.decode.dead_letters import DeadLetter
from streams.decode.records import RecordSlice, arrivals_of
from streams.kafka.aside.offset_reader import read_tail
from streams.kafka.stage_records import Watermark, watermarks_of
from streams.kafka.topics import JOINED
from streams.metrics.worker import sources_of
from streams.wire.answered import until_answered
from streams.worker.context import WorkerContext
from streams.worker.inputs import are_watermarks, records_of
from streams.worker.partition_restore import Partition, joined_with, restore

#: Records of other workers' watermarks that are looked at.
_TAIL = 200
#: Between two looks whether what is at work is done (s).
_PAUSE_S = 0.02


@dataclass(slots=True)
class _Found:
    """What came of a chunk; its columns are gone by then."""

    messages: int = 0
    sources: Counter[str] = field(default_factory=Counter)
    dead: list[DeadLetter] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    many: list[Many] = field(default_factory=list)
    arrivals: list[I8] = field(default_factory=list)


class ScreenStage:
    """See the module's text."""

    def __init__(self, context: WorkerContext) -> None:
        self._context = context
        self._partitions: dict[TP, Partition] = {}
        self._restoring = asyncio.Lock()
        self._at_work = 0
        self._revocations = 0
        #: Set where chunks were worked off, and none is being: promises have grown.
        self.has_screened = asyncio.Event()

    async def take(self, chunk: Chunk) -> None:
        """Works one chunk off: when this returns, all that it gave rise to has been written."""
        self._at_work += 1
        try:
            await self._take(chunk)
        finally:
            self._at_work -= 1
            if not self._at_work:
                self.has_screened.set()

    async def settled(self) -> None:
        """Waits until no chunk is being worked on."""
        while self._at_work:
            await asyncio.sleep(_PAUSE_S)

    def revoked(self, tps: set[TP]) -> None:
        """Forgets partitions that another worker has now.

        A chunk of theirs that is being worked on is finished all the same. Its findings follow on
        what was acknowledged before, as do those of the new owner, so the correlator knows
        repeats.
        """
        self._revocations += 1
        for tp in tps:
            self._partitions.pop(tp, None)

    def assigned(self) -> None:
        """Forgets all partitions, now that all are read from what was committed.

        A chunk that had its turn after partitions were revoked has taken its own up once more, and
        another worker may have read on since.
        """
        self._revocations += 1
        self._partitions.clear()

    async def silent(self, tp: TP, position: int, quiet_s: float) -> None:
        """Notes that a partition was read to its end, ``position``, and that nothing has come since
        for so long."""
        streams, revocations = self._context.settings.streams, self._revocations
        partition = self._partitions.get(tp)
        if partition is None:
            if quiet_s < streams.idle_s:
                return  # Before it is taken up, something may come.
            register = await self._context.register.current()
            partition = await self._partition(tp, position, register, revocations)
        followed_ms = self._context.idle_clock.followed_ms(
            time.monotonic(),
            quiet_s,
            partition.watermark.newest_ms,
            round(streams.disorder_s * 1000),
        )
        if followed_ms:
            partition.watermark.follow(followed_ms)
            await self._passed(tp, partition)

    async def _passed(self, tp: TP, partition: Partition) -> None:
        """In a thread where the lock that joined partitions share is held by the other's chunk."""
        if self._context.plain(tp.topic) in JOINED and not partition.passed(wait=False):
            await asyncio.to_thread(partition.passed)

    async def read_other_workers(self) -> None:
        """Reads aside what other workers promised last: for a worker without a correlator, which
        gets no watermarks of theirs, so that its silent partitions would have nobody to follow."""
        name = self._context.name_of("fbs.census")
        for record in await read_tail(self._context.aside, name, 0, _TAIL):
            for watermark in watermarks_of(record.headers):
                self._context.idle_clock.see_watermark(watermark.until_ms, time.monotonic())

    async def send_watermarks(self) -> None:
        """Sends the promises that have grown since the last time, behind the census up to them."""
        grown: list[tuple[TP, Partition, Watermark]] = []
        for tp, partition in self._partitions.items():
            promise = (partition.watermark.until_ms, partition.watermark.end)
            if promise != partition.sent:
                partition.sent = promise
                topic = self._context.plain(tp.topic)
                grown.append((tp, partition, Watermark(topic, tp.partition, *promise)))
        if not grown:
            return
        counted = await asyncio.to_thread(_counted, grown)
        for tp, partition, promised in grown:
            if self._partitions.get(tp) is partition:
                where = promised.topic, promised.partition
                self._context.metrics.promised(*where, promised.until_ms)
        sending = self._context.output.sending()
        await sending.observations(counted)
        await sending.watermarks([promised for _, _, promised in grown])
        await sending.written()

    async def _take(self, chunk: Chunk) -> None:
        tp, topic = TP(chunk.topic, chunk.partition), self._context.plain(chunk.topic)
        revocations = self._revocations
        register = await self._context.register.current()
        partition = await self._partition(tp, chunk.offset, register, revocations, chunk)
        try:
            await self._work_off(tp, topic, chunk, partition, register)
        finally:
            partition.at_work = False

    async def _work_off(
        self, tp: TP, topic: str, chunk: Chunk, partition: Partition, register: Register
    ) -> None:
        records = records_of(chunk, topic, self._context.settings.limits)
        case = self._context.case_of(partition.screening, partition.stepping, register)
        records = await self._context.guard.examined(records, case, new=True)
        partition.begin(chunk)
        found = _Found()
        if records.condemned or not are_watermarks(chunk.values, chunk.headers):
            found = await asyncio.to_thread(self._screen, partition, records, register)
        sending = self._context.output.sending()
        for letter in found.dead:
            await sending.dead_letter(letter)
        for finding in found.findings:
            await sending.record(finding)
        await sending.observations(found.observations, found.many)
        await sending.written()
        # Only now may a watermark promise that all this has been sent.
        for arrivals in found.arrivals:
            partition.watermark.observe(arrivals)
        partition.promise(chunk.values, chunk.headers, chunk.timestamps)
        await self._passed(tp, partition)
        self._context.idle_clock.see(partition.watermark.newest_ms, time.monotonic())
        self._count(topic, chunk, partition, found)

    def _screen(self, partition: Partition, records: RecordSlice, register: Register) -> "_Found":
        found = _Found()
        for piece in self._context.guard.pieces(records):
            with self._context.guard.at_work(piece):
                self._screen_piece(partition, piece, register, found)
        return found

    def _screen_piece(
        self, partition: Partition, piece: RecordSlice, register: Register, found: "_Found"
    ) -> None:
        limits = self._context.settings.limits
        decoded = decode(piece, self._context.hasher, limits, self._context.trust)
        found.dead += decoded.dead
        found.dropped += decoded.dropped
        if len(decoded.batch):
            found.messages += len(decoded.batch)
            found.sources += sources_of(decoded.batch)
            found.arrivals.append(arrivals_of(decoded.batch))
            with partition.stepping:
                screened = partition.screening.step(decoded.batch, register)
            found.findings += screened.findings
            found.observations += screened.observations
            found.many += screened.many

    def _count(self, topic: str, chunk: Chunk, partition: Partition, found: "_Found") -> None:
        now_ms = time.time_ns() // 1_000_000
        counts, newest_ms = self._context.counts, partition.watermark.newest_ms
        counts.observe(topic, found.messages, len(found.dead), newest_ms, now_ms)
        counts.note_replay(chunk.headers, now_ms)
        counts.findings += len(found.findings)
        observations = len(found.observations) + sum(each.rows.stands_for for each in found.many)
        counts.observations += observations
        counts.dropped_fields.update(found.dropped)
        self._context.metrics.screened(
            topic,
            found.sources,
            found.dead,
            found.findings,
            observations,
            found.dropped.total(),
        )

    async def _partition(
        self,
        tp: TP,
        offset: int,
        register: Register,
        revocations: int,
        chunk: Chunk | None = None,
    ) -> Partition:
        """What is kept of a partition; built from what came before ``offset`` where it is new, or
        isn't what it was before a ``chunk``, which is at work from then on.

        It isn't kept if partitions were revoked since there had been ``revocations``: others may
        read on, and what is known here would be out of date when the partition comes back.
        """
        async with self._restoring:
            partition = self._partitions.get(tp)
            if partition is None or (chunk is not None and not partition.is_before(chunk)):
                partition = await self._restored(tp, offset, register, revocations)
            if chunk is not None:
                partition.at_work = True
            return partition

    async def _restored(
        self, tp: TP, offset: int, register: Register, revocations: int
    ) -> Partition:
        others = [self._partitions.get(other) for other in joined_with(self._context, tp)]
        while any(other is not None and other.at_work for other in others):
            await asyncio.sleep(_PAUSE_S)
        restored = until_answered(
            lambda: restore(self._context, tp, offset, register, self._partitions),
            self._context.stopping,
        )
        found = await self._context.metrics.restoring(restored)
        for one in found.values():
            self._context.idle_clock.see(one.watermark.newest_ms, time.monotonic())
        if revocations == self._revocations:
            self._partitions |= found
        return found[tp]


def _counted(grown: list[tuple[TP, Partition, Watermark]]) -> list[Observation]:
    """What was counted up to new promises. In a thread: a chunk at work holds its partition."""
    return [each for _, partition, to in grown for each in partition.counted(to.until_ms)]
