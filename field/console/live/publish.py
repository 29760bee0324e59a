"""Writes what people did and measured to the topics, and waits until the store has read it back.

An action counts once it is on ``fbs.actions``: first come, first served, whoever asked at the same
moment. Its verdict is then passed on to ``field.feedback``; one that a crash kept from being passed
on is passed on later (`Publisher.reconcile`).
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from aiokafka.errors import KafkaError
from sqlalchemy.exc import SQLAlchemyError

from detectors.acting.record import FraudAction
from field.alerts.life_cycle import BEGIN, Action, new_id, verdict_of
from field.console.databases import reason
from field.console.live.arrival import arrival_now_ms, feedback_of
from field.console.live.sealing import Sealing
from field.console.live.stream import News
from field.console.store import Store
from field.console.store.queries.actions import (
    action_of,
    is_signed,
    newest_digest,
    unsent_verdicts,
)
from streams.config.settings import KafkaSettings
from streams.kafka.resilient_producer import Writing
from streams.kafka.stage_records import REPLAY, Headers
from streams.kafka.topics import topic_name
from streams.privacy.hasher import Hasher

#: What Kafka does not accept for so long is given up, with an error for the caller.
_TAKEN_S: Final = 8.0
#: What has waited for its turn until then still gets so long.
_LEAST_S: Final = 0.5
#: An action that isn't read back after so long was still written.
_READ_BACK_S: Final = 10.0
#: A verdict that isn't on its topic this long after its action will not come by itself.
_LOST_MS: Final = 5_000
_RECONCILE_EVERY_S: Final = 5.0
#: The arrival time is the console's own. It follows a replay's, also where that is ahead of clocks.
_IN_STEP: Final = ((REPLAY, b""),)
_LOG: Final = logging.getLogger("cellhound.console")


class NotWritten(Exception):  # noqa: N818 - it names what is the matter
    """What was to be written did not reach its topic, or was not read back in time."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an action: whether the life cycle allowed it, and the alert's state then."""

    action_id: str
    accepted: bool
    state: str


class Publisher:
    """See the module's text. ``news`` is notified when the store has read something; ``clock``
    gives ms since the epoch. Without ``sealing`` nothing is signed."""

    def __init__(
        self,
        kafka: KafkaSettings,
        store: Store,
        hasher: Hasher,
        news: News | None = None,
        clock: Callable[[], int] = lambda: int(time.time() * 1000),
        sealing: Sealing | None = None,
    ) -> None:
        self._kafka, self._store, self.hasher = kafka, store, hasher
        self.news, self._clock = news or News(), clock
        self._sealing = sealing
        self._writing: Writing | None = None

    async def start(self) -> None:
        """Connects."""
        self._writing = Writing(self._kafka)
        await self._writing.start()

    async def stop(self) -> None:
        """Writes what is left and disconnects."""
        if self._writing is not None:
            await self._writing.stop()

    async def act(self, action: Action) -> Outcome:
        """Writes an action and its verdict; returns once the action is in the store.

        Bare numbers of people in its note are hashed. Raises NotWritten.
        """
        note = self.hasher.scrub_text(action.note)
        action = msgspec.structs.replace(action, note=note)
        await self._write_action(action)
        row = await self._read_back(action.action_id)
        outcome = Outcome(action.action_id, row["accepted"], row["state"])
        if outcome.accepted and verdict_of(action) and row["value"]:
            await self._pass_on(action)
        return outcome

    async def begin(self) -> None:
        """Writes the first signed record of a trail that has none: what comes after it counts only
        with a signature. Raises NotWritten."""
        if self._sealing is None or await asyncio.to_thread(self._store.read, is_signed):
            return
        now, name = self._clock(), new_id()
        await self.act(Action(action_id=name, ts=now, action=BEGIN, by="console", role="admin"))

    async def arrival_now_ms(self) -> int:
        """The arrival time for what is entered now (`field.console.live.arrival`)."""
        return await asyncio.to_thread(self._store.read, arrival_now_ms, self._clock())

    async def feedback(self, feedback: dict[str, Any]) -> None:
        """Writes to ``field.feedback``. Raises NotWritten."""
        if self._sealing is not None:
            feedback = self._sealing.verdict(feedback)
        value = msgspec.json.encode(feedback)
        await self._send("field.feedback", str(feedback.get("alert_id") or ""), value, _IN_STEP)

    async def propose(self, proposal: FraudAction, replay: bool) -> None:
        """Writes to ``fraud.actions``; ``replay``: what it rests on is a recording's, so that
        nobody is to carry it out. Raises NotWritten."""
        headers = _IN_STEP if replay else ()
        await self._send("fraud.actions", proposal.about, msgspec.json.encode(proposal), headers)

    async def measurement(self, measurement: dict[str, Any]) -> None:
        """Writes a reading to ``field.measurements``, its ``device`` hashed where that is a bare
        number of a person. Raises NotWritten."""
        device = self.hasher.at(int(measurement["rx_ts"])).pseudonym(str(measurement["device"]))
        value = msgspec.json.encode(measurement | {"device": device})
        await self._send("field.measurements", device, value, _IN_STEP)

    async def reconcile(self) -> None:
        """For ever passes on verdicts whose feedback is missing."""
        while True:
            await asyncio.sleep(_RECONCILE_EVERY_S)
            try:
                passed_on = await self._pass_on_lost(self._clock() - _LOST_MS)
            except (NotWritten, SQLAlchemyError) as error:
                _LOG.warning("verdicts can't be passed on: %s", reason(error))
                continue
            if passed_on:
                # They are read back a moment later; until then they would seem to be missing.
                await asyncio.sleep(_LOST_MS / 1000)

    async def _pass_on_lost(self, before_ms: int) -> int:
        actions = await asyncio.to_thread(self._store.read, unsent_verdicts, before_ms)
        for action in actions:
            _LOG.warning("passing on the verdict of action %s again", action.action_id)
            await self._pass_on(action)
        return len(actions)

    async def _pass_on(self, action: Action) -> None:
        await self.feedback(feedback_of(action, await self.arrival_now_ms()))

    async def _write_action(self, action: Action) -> None:
        key, sealing = action.alert_id, self._sealing
        if sealing is None:
            await self._send("fbs.actions", key, msgspec.json.encode(action))
            return
        loop = asyncio.get_running_loop()
        until_s = loop.time() + _TAKEN_S
        try:
            async with asyncio.timeout_at(until_s):
                await sealing.turn.acquire()
        except TimeoutError as error:
            raise NotWritten("Kafka did not take it in time; look, and try again") from error
        try:
            after = await asyncio.to_thread(self._store.read, newest_digest)
            value = sealing.action(action, after)
            try:
                # Its own time limit takes back what wasn't taken; to cancel it wouldn't.
                await self._send("fbs.actions", key, value, left_s=until_s - loop.time())
            except BaseException:
                sealing.uncertain()
                raise
            sealing.written(value)
        finally:
            sealing.turn.release()
        await sealing.note()

    async def _send(
        self,
        topic: str,
        key: str,
        value: bytes,
        headers: Headers = (),
        left_s: float = _TAKEN_S,
    ) -> None:
        if self._writing is None:
            raise NotWritten("the console is not connected to Kafka yet")
        name = topic_name(self._kafka.prefix, topic)
        try:
            patience_s = max(left_s, _LEAST_S)
            await self._writing.write(name, [(key.encode(), value)], patience_s, headers)
        except KafkaError as error:
            raise NotWritten(f"Kafka did not take it ({error}); look, and try again") from error

    async def _read_back(self, action_id: str) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _READ_BACK_S
        while True:
            waiting = asyncio.ensure_future(self.news.wait(0.5))
            # It waits from before the question, so that no news between the two is missed.
            await asyncio.sleep(0)
            row = await asyncio.to_thread(self._store.read, action_of, action_id)
            if row is not None:
                waiting.cancel()
                return row
            if loop.time() > deadline:
                waiting.cancel()
                raise NotWritten("it was written, but has not been read back yet: look again")
            await waiting
