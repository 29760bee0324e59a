"""The first stage on Kafka: chunks of input in; findings, norms, marks and dead letters out.

One `ScreenStage` serves all input partitions of a worker. What it keeps of each is short-lived: the
rules' state of single devices, built up again from the topic after a restart, and how far arrival
time has come. A chunk is acknowledged only when all that it gave rise to has been written.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from aiokafka import ConsumerRecord
from faust.types import TP
from numpy.typing import NDArray

from detectors.census import TAKEN_MS, WINDOW_MS
from detectors.columns import Batch, Measurements, Signalling, Sms
from detectors.register import Register
from detectors.routing import EVERYWHERE, zones_for
from detectors.rule import Origin, Rule, Screened
from detectors.screening import Screening
from streams.chunks import Chunk
from streams.codec import decode
from streams.outlet import Outlet
from streams.privacy import Hasher
from streams.progress import Elsewhere, Progress
from streams.ranges import read_range, read_tail
from streams.records import Decoded, RecordSlice
from streams.register_feed import RegisterFeed
from streams.settings import StreamSettings
from streams.topics import topic_name
from streams.wire import (
    CONTENT_TYPE,
    END,
    Headers,
    Mark,
    arrival_ms,
    encode,
    header,
    is_publishers_mark,
    mark_of,
)

#: Topics that are screened, and whose partitions all marks wait for.
SCREENED = (
    "cell.measurements",
    "cell.signalling",
    "sms.metadata",
    "network.changes",
    "field.measurements",
)
#: Which batch type each of them decodes to.
BATCHES: dict[str, type[Batch]] = {
    "cell.measurements": Measurements,
    "cell.signalling": Signalling,
    "sms.metadata": Sms,
}
#: Topics that are only decoded so far, so that what is broken becomes a dead letter.
DECODED_ONLY = ("field.feedback",)

#: Records read again at once: for rules with a horizon, and for progress alone.
_REWIND = 5000
_TAIL = 200


@dataclass(slots=True)
class _Partition:
    screening: Screening
    progress: Progress
    marked: tuple[int, bool] = (0, False)
    #: Held by whoever steps the screening: chunks in threads, marks in the event loop.
    stepping: threading.Lock = field(default_factory=threading.Lock)


@dataclass(slots=True)
class Counts:
    """What a worker has seen since it started, for its log and metrics."""

    messages: int = 0
    findings: int = 0
    norms: int = 0
    dead_letters: int = 0
    dropped_fields: Counter[str] = field(default_factory=Counter)

    def add(self, messages: int, screened: Screened, decoded: Decoded[Any]) -> None:
        """Counts one chunk."""
        self.messages += messages
        self.findings += len(screened.findings)
        self.norms += len(screened.norms)
        self.dead_letters += len(decoded.dead)
        self.dropped_fields.update(decoded.dropped)


class ScreenStage:
    """See the module's text. ``strip`` is the prefix of topic names on the cluster."""

    def __init__(
        self,
        bootstrap: str,
        prefix: str,
        rules: tuple[Rule, ...],
        settings: StreamSettings,
        hasher: Hasher,
        register: RegisterFeed,
        outlet: Outlet,
    ) -> None:
        self._bootstrap, self._prefix = bootstrap, prefix
        self._rules, self._settings, self._hasher = rules, settings, hasher
        self._register, self._outlet = register, outlet
        self._partitions: dict[TP, _Partition] = {}
        self._taking_up = asyncio.Lock()
        self._at_work = 0
        self._revocations = 0
        self.elsewhere = Elsewhere(settings.idle_s)
        self.counts = Counts()

    async def take(self, chunk: Chunk) -> None:
        """Works one chunk off: when this returns, all that it gave rise to has been written."""
        self._at_work += 1
        try:
            await self._take(chunk)
        finally:
            self._at_work -= 1

    async def settled(self) -> None:
        """Waits until no chunk is being worked on."""
        while self._at_work:
            await asyncio.sleep(0.02)

    def revoked(self, tps: set[TP]) -> None:
        """Forgets partitions that another worker has now.

        A chunk of theirs that is being worked on is finished all the same. Its findings follow on
        what was acknowledged before, as do those of the new owner, so the desk can tell repeats.
        """
        self._revocations += 1
        for tp in tps:
            self._partitions.pop(tp, None)

    async def silent(self, tp: TP, position: int) -> None:
        """Tells that a partition was read to its end, ``position``, and has been silent since."""
        if tp.topic.removeprefix(self._prefix) not in SCREENED:
            return
        revocations = self._revocations
        register = await self._register.current()
        partition = await self._partition(tp, position, register, revocations)
        lagged = self.elsewhere.lagged_ms(time.monotonic())
        if lagged:
            partition.progress.follow(lagged)

    async def look_elsewhere(self) -> None:
        """Reads aside what other workers promised last: for one that has no desk to hear it at.

        Without this its silent partitions would have nobody to follow.
        """
        name = topic_name(self._prefix, "fbs.census")
        for record in await read_tail(self._bootstrap, name, 0, _TAIL):
            mark = mark_of(record.headers)
            if mark is not None:
                self.elsewhere.see_mark(mark.until_ms, time.monotonic())

    async def send_marks(self) -> None:
        """Writes the promises that have grown since the last time."""
        sending = self._outlet.sending()
        for tp, partition in list(self._partitions.items()):
            topic = tp.topic.removeprefix(self._prefix)
            now = (partition.progress.until_ms, partition.progress.end)
            if topic in SCREENED and now != partition.marked:
                partition.marked = now
                with partition.stepping:
                    counted = partition.screening.counted(now[0])
                for norm in counted:
                    await sending.to_zones("fbs.census", zones_for(norm), encode(norm))
                await sending.mark(Mark(topic, tp.partition, *now))
        await sending.written()

    async def _take(self, chunk: Chunk) -> None:
        tp, topic = TP(chunk.topic, chunk.partition), chunk.topic.removeprefix(self._prefix)
        revocations = self._revocations
        register = await self._register.current()
        partition = await self._partition(tp, chunk.offset, register, revocations)
        decoded, screened, arrivals = await asyncio.to_thread(
            self._screen, partition, chunk, topic, register
        )
        sending = self._outlet.sending()
        for letter in decoded.dead:
            await sending.dead_letter(letter)
        for finding in screened.findings:
            await sending.to_zones("fbs.evidence", zones_for(finding), encode(finding))
        for norm in screened.norms:
            if zones_for(norm) == (EVERYWHERE,):
                await sending.everywhere("fbs.census", encode(norm))
            else:
                await sending.to_zones("fbs.census", zones_for(norm), encode(norm))
        await sending.written()
        # Only now may a mark say that all this has been told.
        self._observe(partition, arrivals, chunk.values, chunk.headers)
        self.counts.add(len(chunk), screened, decoded)

    def _screen(
        self, partition: _Partition, chunk: Chunk, topic: str, register: Register
    ) -> tuple[Decoded[Any], Screened, NDArray[np.int64]]:
        records = records_of(chunk, topic)
        decoded = decode(records, self._hasher)
        arrivals = arrivals_of(topic, decoded.batch)
        if not len(arrivals):
            return decoded, Screened(), arrivals
        with partition.stepping:
            screened = partition.screening.step(decoded.batch, register)
        return decoded, screened, arrivals

    def _fresh(self, tp: TP, topic: str) -> _Partition:
        screening = Screening(self._rules, Origin(topic, tp.partition))
        return _Partition(screening, Progress(int(self._settings.disorder_s * 1000)))

    async def _partition(
        self, tp: TP, offset: int, register: Register, revocations: int
    ) -> _Partition:
        """What is kept of a partition; built from what came before ``offset`` where it is new.

        It isn't kept if partitions were revoked since there had been ``revocations``: others may
        read on, and what is known here would be out of date when the partition comes back.
        """
        async with self._taking_up:
            partition = self._partitions.get(tp)
            if partition is None:
                topic = tp.topic.removeprefix(self._prefix)
                partition = self._fresh(tp, topic)
                await self._take_up(partition, tp, topic, offset, register)
                if revocations == self._revocations:
                    self._partitions[tp] = partition
            return partition

    async def _take_up(
        self, partition: _Partition, tp: TP, topic: str, offset: int, register: Register
    ) -> None:
        """Reads again what came before ``offset``, without telling anything a second time.

        The rules need their horizon of it. At least the newest records tell how far arrival time
        had come, and whether a replay was over: the worker that read them may have been killed
        before it said so, and perhaps nothing comes after them.
        """
        horizon_ms = max(
            (rule.horizon_ms for rule in self._rules if _reads(rule, topic)), default=0
        )
        if BATCHES.get(topic) is Measurements:
            horizon_ms = max(horizon_ms, TAKEN_MS)
        at_once = _REWIND if horizon_ms else _TAIL
        parts: list[tuple[Any, list[ConsumerRecord]]] = []
        newest_ms = oldest_ms = 0
        while offset > 0:
            begin = max(0, offset - at_once)
            records = await read_range(self._bootstrap, tp.topic, tp.partition, begin, offset)
            offset = begin
            if not records:
                break
            part = slice_of(records, topic, tp.partition)
            decoded = await asyncio.to_thread(decode, part, self._hasher)
            parts.append((decoded.batch, records))
            arrivals = arrivals_of(topic, decoded.batch)
            if len(arrivals):
                newest_ms, oldest_ms = max(newest_ms, int(arrivals.max())), int(arrivals.min())
                if int(arrivals.min()) <= newest_ms - horizon_ms:
                    break
        for batch, records in reversed(parts):
            if topic in SCREENED and len(batch):
                await asyncio.to_thread(partition.screening.step, batch, register)
            values, headers = [r.value for r in records], [r.headers for r in records]
            self._observe(partition, arrivals_of(topic, batch), values, headers)
        if offset > 0 and oldest_ms:
            # Of a window that began before, a part is missing; all others are told again, since
            # whoever counted them may not have told them, and desks know those that they had.
            partition.screening.counted(oldest_ms + WINDOW_MS - 1)

    def _observe(
        self,
        partition: _Partition,
        arrivals: NDArray[np.int64],
        values: Sequence[bytes | None],
        headers: Sequence[Headers],
    ) -> None:
        partition.progress.observe(arrivals)
        _observe_marks(partition.progress, values, headers)
        self.elsewhere.see(partition.progress.newest_ms, time.monotonic())


def records_of(chunk: Chunk, topic: str) -> RecordSlice:
    """A chunk as the codec reads it."""
    return _slice(
        topic, chunk.partition, chunk.offsets, chunk.values, chunk.headers, chunk.timestamps
    )


def slice_of(records: Sequence[ConsumerRecord], topic: str, partition: int) -> RecordSlice:
    """Records that were read aside, as the codec reads them."""
    return _slice(
        topic,
        partition,
        [record.offset for record in records],
        [record.value for record in records],
        [record.headers for record in records],
        [record.timestamp for record in records],
    )


def _slice(
    topic: str,
    partition: int,
    offsets: list[int],
    values: list[bytes | None],
    headers: list[Headers],
    timestamps: list[int],
) -> RecordSlice:
    if not any(headers):
        return RecordSlice(topic, partition, offsets, values, np.array(timestamps, dtype=np.int64))
    kinds = [header(some, CONTENT_TYPE) for some in headers]
    arrivals = [arrival_ms(some, at) for some, at in zip(headers, timestamps, strict=True)]
    words = [kind.decode("utf-8", "replace") if kind else None for kind in kinds]
    return RecordSlice(
        topic,
        partition,
        offsets,
        values,
        np.array(arrivals, dtype=np.int64),
        words if any(words) else None,
    )


def arrivals_of(topic: str, batch: Any) -> NDArray[np.int64]:
    """Arrival times (ms) of what a record slice of a screened topic decoded to; none of others."""
    if topic not in SCREENED:
        return np.zeros(0, dtype=np.int64)
    if isinstance(batch, list):
        return np.array([change.rx_ts for change in batch], dtype=np.int64)
    arrivals: NDArray[np.int64] = batch.rx_ms
    return arrivals


def _observe_marks(
    progress: Progress, values: Sequence[bytes | None], headers: Sequence[Headers]
) -> None:
    for value, some in zip(values, headers, strict=True):
        if is_publishers_mark(value, some):
            progress.promise(arrival_ms(some, 0), header(some, END) is not None)
        else:
            progress.end = False


def _reads(rule: Rule, topic: str) -> bool:
    return rule.enabled and BATCHES.get(topic) in rule.reads
