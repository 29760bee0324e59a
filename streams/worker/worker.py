"""The worker: both stages as one Faust application, started, kept going and stopped.

Agents are a few lines: take a chunk, hand it to the stage, acknowledge. Beside them run
loops: one sends watermarks for what was screened, one gives the correlators their turns, one sends
signs of life.

Long because it is the one place where all parts of a worker are put together.
"""

import asyncio
import logging
import logging.config
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any

import faust
import mode
from aiokafka.errors import KafkaError
from faust.types import TP

from streams.arenas import few_arenas, give_back
from streams.chunked.app import ChunkApp
from streams.chunked.together import together
from streams.config.settings import ConfigError, Settings
from streams.config.trust import check_producers
from streams.garbage import look_seldom
from streams.guard.guard import FOLDER
from streams.guard.journal import Journal
from streams.guard.watchdog import Watchdog
from streams.kafka import heartbeat
from streams.kafka.aside.offset_reader import read_tail
from streams.kafka.make_topics import ensure_topics
from streams.kafka.security.for_faust import faust_credentials
from streams.kafka.security.reaching import beyond_here
from streams.kafka.topics import INPUTS, topic_name
from streams.log_lines import dict_config, level_of
from streams.metrics.broker_look import BrokerLook
from streams.metrics.meters import Meters
from streams.metrics.probes import OK, Probes
from streams.metrics.server import serving
from streams.metrics.worker import WorkerMetrics
from streams.peers.same_key import (
    LOOK_EVERY_S,
    TAIL,
    Keys,
    OtherKeys,
    key_beside_workers,
    name_of,
    refuse_other_keys,
)
from streams.peers.same_key import TOPIC as HEALTH
from streams.privacy.hasher import Hasher
from streams.privacy.hashing_key import HashingKey, state_folder
from streams.worker.context import WorkerContext
from streams.worker.correlation_stage import STREAM_OF, CorrelationStage
from streams.worker.register_audits import AUDIT_LOOK_S, RegisterAudits
from streams.worker.register_feed import RegisterLetters
from streams.worker.screen_stage import ScreenStage
from streams.worker.watermarks import QUIET_S

_log = logging.getLogger(__name__)

#: Watermarks are sent, and correlators have their turns, once something has come for them, each so
#: long (s) after the last time at the soonest, and then at the latest.
_WATERMARKS_S = 0.2, 0.3
_TURNS_S = 0.1, 0.2
#: What comes for them comes of several partitions one shortly after the other (s).
_TOGETHER_S = 0.02
_LOOK_EVERY_S = 0.5
_PARTITIONS_EVERY_S = 10.0
_TICK_EVERY_S = 1.0
_REGISTER_EVERY_S = 2.0
#: How long after an error the worker may take to stop in good order.
_WAY_OUT_S = 5.0
_UNSIGNED = (
    "The broker is beyond this computer and trust.only_signed is off: whoever may write to"
    " field.feedback closes alerts and mutes for a day. See docs/console.md."
)
_LINE = "[%(asctime)s] [%(process)s] [%(levelname)s] %(message)s"
#: What the worker logs once it reads: waited for by whoever starts one.
READY = "cellhound worker is ready"


class PartitionsChangedError(Exception):
    """Topics have other partitions than when the worker started; the text is a sentence."""


def build(
    settings: Settings,
    hasher: Hasher,
    partitions: dict[str, int],
    data_dir: str,
    key: HashingKey | None = None,
    metrics: WorkerMetrics | None = None,
    journal: Journal | None = None,
) -> ChunkApp:
    """The application, with its agents; ``partitions`` are those of the topics as they are,
    ``key`` is what the hasher hashes under, ``journal`` is where it notes what it is decoding.

    Faust wants a folder, ``data_dir``, but nothing of value is kept there.
    """
    kafka, streams = settings.kafka, settings.streams
    prefix = kafka.prefix
    inputs = [topic_name(prefix, topic) for topic in INPUTS]
    between = [topic_name(prefix, topic) for topic in STREAM_OF]
    app = ChunkApp(
        topic_name(prefix, kafka.group),
        chunked_topics=[*inputs, *between],
        chunk_records=streams.chunk_records,
        broker=f"kafka://{kafka.bootstrap}",
        broker_credentials=faust_credentials(kafka),
        broker_session_timeout=streams.session_timeout_s,
        broker_heartbeat_interval=streams.heartbeat_s,
        broker_rebalance_timeout=streams.rebalance_timeout_s,
        datadir=data_dir,
        # An agent that was started again after an error would go on behind the chunk that it failed
        # on; so a bug ends the worker, and the chunk is read again.
        agent_supervisor=mode.CrashingSupervisor,
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        consumer_auto_offset_reset="earliest",
        stream_wait_empty=False,
    )
    context = WorkerContext.of(
        settings, hasher, partitions, metrics, journal, lambda: bool(app.should_stop)
    )
    register, output = context.register, context.output
    screens, correlators = ScreenStage(context), CorrelationStage(context)
    audits = RegisterAudits(context, correlators, lambda: app.should_stop)
    register_letters = RegisterLetters(kafka, register, hasher, settings.limits, context.guard)
    worker, release = name_of(os.getpid()), heartbeat.release()
    since_ms = time.time_ns() // 1_000_000
    watch = OtherKeys(worker, Keys.of(key), since_ms)
    if key is not None:
        context.metrics.hashing_key(key, context.counts)
    ready, at_rest = asyncio.Event(), asyncio.Event()
    for name in inputs:
        _screen_agent(app, name, screens, ready)
    for name in between:
        _correlator_agent(app, name, correlators, ready)

    async def send_health() -> None:
        assigned = sum(tp.topic in inputs for tp in app.consumer.assignment())
        now_ms = time.time_ns() // 1_000_000
        sending = output.sending()
        await sending.health(
            heartbeat.sign_of_life(
                worker,
                release,
                context.counts,
                assigned,
                correlators.alerts,
                correlators.late,
                now_ms,
                correlators.learning,
                correlators.states,
                key,
                since_ms,
            )
        )
        await sending.written()
        context.metrics.signed(assigned)

    async def look_for_other_keys() -> None:
        try:
            tail = await read_tail(context.aside, topic_name(prefix, HEALTH), 0, TAIL)
        except KafkaError:
            return  # A broker that is away is asked again the next time.
        found = watch.observe(record.value for record in tail)
        if found is not None:
            _log.error(found)
            raise ConfigError(found)

    async def send_watermarks() -> None:
        await _send_watermarks(app, inputs, screens, min(QUIET_S, streams.idle_s))

    async def audit_register() -> None:
        await audits.run()

    async def look_at_partitions() -> None:
        now = await output.partitions_now()
        changed = [topic for topic, count in now.items() if count != partitions[topic]]
        if changed:
            counts = ", ".join(
                f"{topic_name(prefix, topic)} {partitions[topic]} -> {now[topic]}"
                for topic in changed
            )
            error = PartitionsChangedError(
                f"Topics have got other partitions ({counts}): this worker ends, and reads them"
                " when it is started again."
            )
            _log.error("%s", error)
            raise error

    async def write_register_letters() -> None:
        is_ours = TP(inputs[0], 0) in app.consumer.assignment()
        await register_letters.write_due(is_ours, output, context.stopping)

    async def read_other_workers() -> None:
        if correlators.idle:
            with suppress(KafkaError):  # A broker that is away is asked again the next time.
                await screens.read_other_workers()

    async def tick() -> None:
        context.metrics.probes.tick()

    context.metrics.probes.check(lambda: "stopping" if app.should_stop else OK)

    @app.task  # type: ignore[untyped-decorator]
    async def connect() -> None:
        await output.start()
        await context.guard.start()
        await register.start()
        look_seldom()
        # Of what a register of a million cells was read from there are hundreds of megabytes.
        await asyncio.to_thread(give_back)
        ready.set()
        _log.warning(READY)
        try:
            await asyncio.gather(
                _repeat_at(app, _WATERMARKS_S, screens.has_screened, send_watermarks),
                _repeat_at(app, _TURNS_S, correlators.has_gathered, correlators.begin_turns),
                _repeat(app, max(streams.idle_s, 1.0), read_other_workers),
                _repeat(app, heartbeat.EVERY_S, send_health),
                _repeat(app, LOOK_EVERY_S, look_for_other_keys),
                _repeat(app, AUDIT_LOOK_S, audit_register),
                _repeat(app, _PARTITIONS_EVERY_S, look_at_partitions),
                _repeat(app, _REGISTER_EVERY_S, write_register_letters),
                _repeat(app, _TICK_EVERY_S, tick),
            )
        finally:
            at_rest.set()

    @app.on_partitions_revoked.connect  # type: ignore[arg-type]
    async def on_revoked(_app: Any, revoked: set[TP], *_: Any, **__: Any) -> None:
        screens.revoked(revoked)
        gone = {tp.partition for tp in revoked if tp.topic.removeprefix(prefix) in STREAM_OF}
        await correlators.revoked(gone)
        context.metrics.revoked(((context.plain(tp.topic), tp.partition) for tp in revoked), gone)

    @app.on_partitions_assigned.connect  # type: ignore[arg-type]
    async def on_assigned(_app: Any, assigned: set[TP], *_: Any, **__: Any) -> None:
        screens.assigned()
        ours = {tp.partition for tp in assigned if tp.topic.removeprefix(prefix) in STREAM_OF}
        await correlators.assigned(ours)

    @app.on_before_shutdown.connect  # type: ignore[arg-type]
    async def on_stop(_app: Any, *_: Any, **__: Any) -> None:
        if ready.is_set():
            await at_rest.wait()
            await screens.settled()
            await screens.send_watermarks()
            await correlators.store()
            await register.stop()
            await output.stop()
        await context.aside.close()

    return app


def run(settings: Settings, log_level: str = "warning") -> None:
    """Runs a worker until it is stopped (SIGTERM, SIGINT); returns after a graceful stop.

    Raises `streams.kafka.make_topics.KafkaUnavailable` and `streams.config.settings.ConfigError`;
    SystemExit after an error, which has been logged by then.
    """
    few_arenas()
    kafka = settings.kafka
    key = key_beside_workers(kafka)
    check_producers(settings.trust, kafka)
    level = level_of(log_level)
    lines = dict_config(settings.logging.format, _LINE, log_level)
    # Faust sets it up once more, later.
    logging.config.dictConfig(lines)
    look = BrokerLook(kafka)
    metrics = WorkerMetrics(Meters("worker", look), Probes(look))
    hasher = key.hasher(settings.senders)
    with (
        serving(settings.metrics, metrics.meters, metrics.probes),
        tempfile.TemporaryDirectory(prefix="cellhound-") as data_dir,
    ):
        partitions = ensure_topics(kafka, role="worker")
        if key.warning:
            _log.warning(key.warning)
        refuse_other_keys(kafka, name_of(os.getpid()), Keys.of(key))
        if not settings.trust.only_signed and beyond_here(kafka):
            _log.warning(_UNSIGNED)
        journal = Journal(state_folder(os.environ) / FOLDER, kafka)
        app = build(settings, hasher, partitions, data_dir, key, metrics, journal)
        worker = faust.Worker(
            app,
            loglevel=level,
            logging_config=lines,
            redirect_stdouts=False,
            quiet=True,
        )
        worker.spinner = None
        threading.Thread(target=_end_if_stuck, args=(worker, data_dir), daemon=True).start()
        watchdog = Watchdog(journal, settings.streams.stuck_s, data_dir)
        watchdog.start()
        try:
            worker.execute_from_commandline()
        except SystemExit as stopped:
            if stopped.code:
                raise
        finally:
            watchdog.stop()
            journal.close()


def _end_if_stuck(worker: faust.Worker, data_dir: str) -> None:
    """Ends the process when an error has stopped its work, but Faust doesn't find the way out.

    It may wait for ever for its consumer's thread to commit, when the error has ended that too.
    Nothing is lost: a worker must stand being killed at any moment anyway.
    """
    while not worker.crashed:
        time.sleep(_LOOK_EVERY_S)
    time.sleep(_WAY_OUT_S)
    shutil.rmtree(data_dir, ignore_errors=True)
    os._exit(1)


def _screen_agent(app: ChunkApp, name: str, screens: ScreenStage, ready: asyncio.Event) -> None:
    @app.agent(app.chunk_topic(name), name=f"screen-{name}")
    async def screen(stream: Any) -> None:
        await ready.wait()
        async for chunk, events in together(app, stream):
            await screens.take(chunk)
            for event in events:
                event.ack()


def _correlator_agent(
    app: ChunkApp, name: str, correlators: CorrelationStage, ready: asyncio.Event
) -> None:
    @app.agent(app.chunk_topic(name), name=f"correlate-{name}")
    async def gather(stream: Any) -> None:
        await ready.wait()
        async for event in stream.noack().events():
            await correlators.take(event)


async def _send_watermarks(
    app: ChunkApp, inputs: Iterable[str], screens: ScreenStage, least_s: float
) -> None:
    consumer = app.chunk_consumer
    for tp in list(consumer.assignment()):
        quiet_s = (consumer.idle_s(tp) or 0.0) if tp.topic in inputs else 0.0
        if quiet_s >= least_s and consumer.read_to_end(tp):
            position = consumer.handed_out_to(tp)
            if position is not None:
                await screens.silent(tp, position, quiet_s)
    await screens.send_watermarks()


async def _repeat(app: ChunkApp, every_s: float, step: Callable[[], Awaitable[None]]) -> None:
    while not app.should_stop:
        await step()
        # Not asyncio.sleep, which would keep a stopping worker waiting.
        await app.sleep(every_s)


async def _repeat_at(
    app: ChunkApp,
    between_s: tuple[float, float],
    due: asyncio.Event,
    step: Callable[[], Awaitable[None]],
) -> None:
    """Does a step each time when it is due, and now and then besides."""
    soonest_s, latest_s = between_s
    while not app.should_stop:
        due.clear()
        await step()
        await app.sleep(soonest_s)
        with suppress(TimeoutError):
            await asyncio.wait_for(due.wait(), latest_s - soonest_s)
            await app.sleep(_TOGETHER_S)
