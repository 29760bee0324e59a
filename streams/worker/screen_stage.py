"""The first stage on Kafka: chunks of input in; findings, observations, marks and dead letters out.

One `ScreenStage` serves all input partitions of a worker. What it keeps of each is short-lived: the
rules' state of single devices, built up again from the topic after a restart, and how far arrival
time has come. A chunk is acknowledged only when all that it gave rise to has been written.
"""

import asyncio
import time
from typing import Any

import numpy as np
from faust.types import TP
from numpy.typing import NDArray

from detectors.context.zone_routing import EVERYWHERE, zones_for
from detectors.features.rule import AnyRule, Screened
from detectors.register.register import Register
from streams.chunked.app import Chunk
from streams.config.settings import StreamSettings
from streams.decode.codec import decode
from streams.decode.records import Decoded
from streams.kafka.heartbeat import Counts, Feed
from streams.kafka.offset_reader import read_tail
from streams.kafka.stage_records import Watermark, encode, mark_of
from streams.kafka.topics import topic_name
from streams.privacy.hasher import Hasher
from streams.worker.inputs import SCREENED, arrivals_of, records_of
from streams.worker.output import Outlet
from streams.worker.partition_restore import Partition, taken_up
from streams.worker.register_feed import RegisterFeed
from streams.worker.watermarks import IdlePartitionClock

#: Records of other workers' marks that are looked at.
_TAIL = 200


class ScreenStage:
    """See the module's text. ``strip`` is the prefix of topic names on the cluster."""

    def __init__(
        self,
        bootstrap: str,
        prefix: str,
        rules: tuple[AnyRule, ...],
        settings: StreamSettings,
        hasher: Hasher,
        register: RegisterFeed,
        outlet: Outlet,
    ) -> None:
        self._bootstrap, self._prefix = bootstrap, prefix
        self._rules, self._settings, self._hasher = rules, settings, hasher
        self._register, self._outlet = register, outlet
        self._partitions: dict[TP, Partition] = {}
        self._taking_up = asyncio.Lock()
        self._at_work = 0
        self._revocations = 0
        self.elsewhere = IdlePartitionClock(settings.idle_s)
        self.counts = Counts(feeds={topic: Feed() for topic in SCREENED})

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
        what was acknowledged before, as do those of the new owner, so the correlator can tell
        repeats.
        """
        self._revocations += 1
        for tp in tps:
            self._partitions.pop(tp, None)

    async def silent(self, tp: TP, position: int) -> None:
        """Tells that a partition was read to its end, ``position``, and has been silent since."""
        revocations = self._revocations
        register = await self._register.current()
        partition = await self._partition(tp, position, register, revocations)
        lagged = self.elsewhere.lagged_ms(time.monotonic())
        if lagged:
            partition.progress.follow(lagged)

    async def look_elsewhere(self) -> None:
        """Reads aside what other workers promised last: for one that has no correlator to hear it
        at.

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
            if now != partition.marked:
                partition.marked = now
                with partition.stepping:
                    counted = partition.screening.counted(now[0])
                for observation in counted:
                    await sending.to_zones(
                        "fbs.census", zones_for(observation), encode(observation)
                    )
                await sending.mark(Watermark(topic, tp.partition, *now))
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
        for observation in screened.observations:
            if zones_for(observation) == (EVERYWHERE,):
                await sending.everywhere("fbs.census", encode(observation))
            else:
                await sending.to_zones("fbs.census", zones_for(observation), encode(observation))
        await sending.written()
        # Only now may a mark say that all this has been told.
        partition.observe(arrivals, chunk.values, chunk.headers)
        self.elsewhere.see(partition.progress.newest_ms, time.monotonic())
        self._count(topic, chunk, partition, decoded, screened)

    def _screen(
        self, partition: Partition, chunk: Chunk, topic: str, register: Register
    ) -> tuple[Decoded[Any], Screened, NDArray[np.int64]]:
        records = records_of(chunk, topic)
        decoded = decode(records, self._hasher)
        arrivals = arrivals_of(decoded.batch)
        if not len(arrivals):
            return decoded, Screened(), arrivals
        with partition.stepping:
            screened = partition.screening.step(decoded.batch, register)
        return decoded, screened, arrivals

    def _count(
        self,
        topic: str,
        chunk: Chunk,
        partition: Partition,
        decoded: Decoded[Any],
        screened: Screened,
    ) -> None:
        now_ms = time.time_ns() // 1_000_000
        counts, newest_ms = self.counts, partition.progress.newest_ms
        counts.observe(topic, len(decoded.batch), len(decoded.dead), newest_ms, now_ms)
        counts.note_replay(chunk.headers, now_ms)
        counts.findings += len(screened.findings)
        counts.observations += len(screened.observations)
        counts.dropped_fields.update(decoded.dropped)

    async def _partition(
        self, tp: TP, offset: int, register: Register, revocations: int
    ) -> Partition:
        """What is kept of a partition; built from what came before ``offset`` where it is new.

        It isn't kept if partitions were revoked since there had been ``revocations``: others may
        read on, and what is known here would be out of date when the partition comes back.
        """
        async with self._taking_up:
            partition = self._partitions.get(tp)
            if partition is None:
                partition = await taken_up(
                    self._bootstrap,
                    tp,
                    tp.topic.removeprefix(self._prefix),
                    offset,
                    self._rules,
                    register,
                    self._hasher,
                    int(self._settings.disorder_s * 1000),
                )
                self.elsewhere.see(partition.progress.newest_ms, time.monotonic())
                if revocations == self._revocations:
                    self._partitions[tp] = partition
            return partition
