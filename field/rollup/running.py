"""Runs a side of the roll-up: follows its topics, and writes what comes of them."""

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from typing import Any, Final, Protocol

from aiokafka.errors import KafkaError

from field.rollup.following import Following
from field.rollup.metrics import NationLook, RollupMeters
from field.rollup.nationwide import Nationwide
from field.rollup.upwards import ALERTS, CAMPAIGNS, MARKS, REPUTATION, WINDOWS, Upwards
from streams.config.settings import Settings
from streams.config_error import ConfigError
from streams.kafka.make_topics import ensure_topics
from streams.kafka.resilient_producer import Outgoing, Writing
from streams.kafka.settings import KafkaSettings
from streams.metrics.broker_look import BrokerLook
from streams.metrics.catalogue import Program
from streams.metrics.meters import Meters
from streams.metrics.probes import OK, Probes
from streams.metrics.server import serving
from streams.privacy.hasher import Hasher

_log = logging.getLogger(__name__)
#: After a failure of the broker all is read anew.
_AGAIN_S: Final = 5.0
_WRITE_S: Final = 30.0


class Side(Protocol):
    """What takes records, and gives those to be written; of very many only some at once."""

    @property
    def is_behind(self) -> bool: ...

    def take(self, topic: str, partition: int, records: Sequence[Any]) -> None: ...

    def news(self, now_ms: int) -> Iterator[Outgoing]: ...

    def written(self, record: Outgoing) -> None: ...


Made = Callable[[], tuple[Side, Following]]


class Watched:
    """What a process that runs a side is asked by Prometheus and by whoever starts it."""

    def __init__(
        self, kafka: KafkaSettings, program: Program, look: NationLook | None = None
    ) -> None:
        broker = BrokerLook(kafka)
        self.all, self.probes = Meters(program, broker), Probes(broker)
        self.meters = RollupMeters(self.all, look)
        self.state = "starting"
        self.probes.check(lambda: self.state)


def export(settings: Settings, hasher: Hasher, once: bool) -> None:
    """The province's side, until it is stopped; with ``once`` only what there is now.

    Raises ConfigError, KafkaUnavailable.
    """
    rollup = settings.rollup
    if not rollup.province:
        raise ConfigError(
            "rollup.province: name the province, as its topics are mirrored under it."
        )
    try:
        hasher.own_name("h-" + "0" * 24)
    except ValueError:
        raise ConfigError(
            "CELLHOUND_NATIONAL_KEY is not set: without it other provinces can't know the names of"
            " suspects. All programs of the province need it (docs/rollup.md)."
        ) from None
    own = {ALERTS, REPUTATION, WINDOWS, CAMPAIGNS, MARKS}

    def made() -> tuple[Side, Following]:
        side = Upwards(settings, hasher)
        names = {settings.kafka.name_of(topic) for topic in own} | {side.down}
        return _Plain(side, settings.kafka, side.down), Following(
            settings.kafka, names.__contains__
        )

    _run(settings, "rollup", made, once, Watched(settings.kafka, "rollup"))


def nationwide(settings: Settings, once: bool) -> None:
    """The nation's side, as `export`. Raises KafkaUnavailable."""

    newest = Nationwide(settings)

    def made() -> tuple[Side, Following]:
        nonlocal newest
        newest = Nationwide(settings)
        return newest, Following(settings.kafka, newest.wants)

    watched = Watched(settings.kafka, "national", lambda: newest.look())
    _run(settings, "national", made, once, watched)


class _Plain:
    """A side that knows topics by their plain names; ``apart`` is one that has no prefix."""

    def __init__(self, side: Side, kafka: KafkaSettings, apart: str) -> None:
        self._side, self._prefix, self._apart = side, kafka.prefix, apart
        self.news, self.written = side.news, side.written
        self.is_behind = side.is_behind

    def take(self, topic: str, partition: int, records: Sequence[Any]) -> None:
        plain = topic if topic == self._apart else topic.removeprefix(self._prefix)
        self._side.take(plain, partition, records)


def _run(settings: Settings, role: str, made: Made, once: bool, watched: Watched) -> None:
    ensure_topics(settings.kafka, role=role)
    # What ends by itself is asked by nobody, and may run beside one that goes on.
    listening = nullcontext() if once else serving(settings.metrics, watched.all, watched.probes)
    with listening:
        asyncio.run(_until_stopped(settings, made, once, watched))


async def _until_stopped(settings: Settings, made: Made, once: bool, watched: Watched) -> None:
    stop = asyncio.Event()

    def stopping() -> None:
        watched.state = "stopping"
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, stopping)
    while True:
        try:
            side, following = made()
            await _follow(settings, side, following, stop, once, watched)
            return
        except KafkaError as error:
            if once:
                raise
            _log.warning("Kafka failed (%s); all is read anew", error)
            watched.state = "stopping" if stop.is_set() else "starting"
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_AGAIN_S):
                await stop.wait()
        if stop.is_set():
            return


async def _follow(
    settings: Settings,
    side: Side,
    following: Following,
    stop: asyncio.Event,
    once: bool,
    watched: Watched,
) -> None:
    writing = Writing(settings.kafka)
    try:
        await following.start()
        await writing.start()
        async for found in following.backlog():
            _take(side, found, watched)
            if stop.is_set():
                return
        await _write(settings.kafka, side, writing, watched)
        due_s = time.monotonic() + settings.rollup.every_s
        while not once and not stop.is_set():
            _take(side, await following.next(), watched)
            if time.monotonic() >= due_s:
                await _write(settings.kafka, side, writing, watched)
                due_s = time.monotonic() + settings.rollup.every_s
    finally:
        await following.stop()
        await writing.stop()


def _take(side: Side, found: list[tuple[Any, list[Any]]], watched: Watched) -> None:
    watched.probes.tick()
    for place, records in found:
        side.take(place.topic, place.partition, records)
        watched.meters.read(len(records))


async def _write(kafka: KafkaSettings, side: Side, writing: Writing, watched: Watched) -> None:
    while True:
        news = list(side.news(int(time.time() * 1000)))
        await writing.write_all(
            (one._replace(topic=kafka.name_of(one.topic)) for one in news), _WRITE_S
        )
        for one in news:
            side.written(one)
        watched.probes.tick()
        watched.meters.written(news, not side.is_behind)
        if not side.is_behind:
            watched.state = OK if watched.state == "starting" else watched.state
            return
        # So that it can be stopped, and keeps its connections alive.
        await asyncio.sleep(0)
