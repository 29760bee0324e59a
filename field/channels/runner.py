"""One channel at work: one loop reads alerts into its outbox, another sends what that gives out.

The delivery is written to the log before its offset is done: a process that is killed between the
two sends at most what was under way a second time.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from field.alerts.reading import is_replay
from field.channels.delivery.delivery import deliver
from field.channels.delivery.log import DeliveryLog, Result, delivery
from field.channels.delivery.outbox import Entry, Job, Outbox
from field.channels.delivery.reading import Reading
from field.channels.delivery.sender import Notice
from field.channels.opening import Opened
from field.formats.scrubbed import scrubbed
from streams.config.settings import KafkaSettings

_log = logging.getLogger(__name__)
_LOOK_EVERY_S: Final = 1.0
_SHORTEST_LOOK_S: Final = 0.01
#: How long what is being sent may take once the channel is being stopped.
_WAY_OUT_S: Final = 3.0


class Runner:
    """One channel; ``clock`` gives seconds since the epoch.

    A revision that a worker wrote ``replay_behind_s`` after the revision's own time, having read a
    replay, is marked as one; what is late because the platform was down for a while is not.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        opened: Opened,
        log: DeliveryLog,
        replay_behind_s: float,
        clock: Callable[[], float] = time.time,
        rng: random.Random | None = None,
    ) -> None:
        self._channel, self._sender, self._status = opened.channel, opened.sender, opened.status
        self._log, self._clock, self._rng = log, clock, rng or random.Random()
        self._replay_behind_ms = replay_behind_s * 1000.0
        self._outbox = Outbox(opened.channel, opened.filter, opened.sender.digests)
        self._reading = Reading(
            kafka, opened.channel, self._outbox, log, clock, self._news, opened.reads
        )
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Runs until ``stop`` is set. Raises KafkaError, and whatever a bug raises."""
        await self._sender.start()
        try:
            await self._reading.start()
            await self._work(stop)
        finally:
            await self._reading.stop()
            await self._sender.stop()

    async def _work(self, stop: asyncio.Event) -> None:
        sending = asyncio.create_task(self._send_all())
        reading = asyncio.create_task(self._reading.read_until(stop))
        try:
            await asyncio.wait({sending, reading}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._stopping.set()
            self._wake.set()
            await asyncio.wait({sending}, timeout=_WAY_OUT_S)
            for task in (sending, reading):
                task.cancel()
            ended = await asyncio.gather(sending, reading, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error
        await self._reading.commit()

    def _news(self) -> None:
        self._status.waiting = self._outbox.waiting
        self._wake.set()

    async def _send_all(self) -> None:
        while not self._stopping.is_set():
            now_s = self._clock()
            if old := self._outbox.expired(now_s):
                self._status.count("dropped", len(old))
                await self._log.write(
                    delivery(self._channel.name, one, "dropped", 0, "waited too long", now_s)
                    for one in old
                )
            job = self._outbox.next(now_s)
            if job is not None:
                await self._deliver(job)
                self._status.waiting = self._outbox.waiting
                continue
            due_s = self._outbox.due_s(now_s)
            wait_s = _LOOK_EVERY_S if due_s is None else due_s - now_s
            with suppress(TimeoutError):
                async with asyncio.timeout(min(max(wait_s, _SHORTEST_LOOK_S), _LOOK_EVERY_S)):
                    await self._wake.wait()
            self._wake.clear()

    async def _deliver(self, job: Job) -> None:
        outcome = await deliver(
            Notice(
                tuple(map(scrubbed, job.alerts)),
                job.digest,
                None if job.digest else job.entries[0].before,
                replay=any(map(self._is_replayed, job.entries)),
            ),
            self._sender,
            self._channel.retries,
            self._channel.timeout_s,
            self._rng,
            self._sleep,
            lambda attempt, detail: self._record(job, "retry", attempt, detail),
            lambda: self._outbox.is_news(job, self._clock()),
        )
        detail = f"digest of {len(job.alerts)}; {outcome.detail}" if job.digest else outcome.detail
        await self._record(job, "sent" if outcome.sent else "dead", outcome.attempts, detail)
        self._outbox.done(job, self._clock())

    def _is_replayed(self, entry: Entry) -> bool:
        late = is_replay(entry.record_s * 1000.0, entry.alert.ts, self._replay_behind_ms)
        return late and entry.replay

    async def _sleep(self, seconds: float) -> None:
        """Waits between two attempts; a stop meanwhile leaves the job for the next start."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        if self._stopping.is_set():
            raise asyncio.CancelledError

    async def _record(self, job: Job, result: Result, attempts: int, detail: str) -> None:
        now_s = self._clock()
        self._status.count(result, len(job.entries))
        if result == "sent":
            self._status.last_ok_ms, self._status.last_error = int(now_s * 1000), ""
        else:
            self._status.last_error = detail
            _log.warning("channel %s: %s: %s", self._channel.name, result, detail)
        name = self._channel.name
        await self._log.write(
            delivery(name, entry, result, attempts, detail, now_s) for entry in job.entries
        )
