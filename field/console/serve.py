"""Runs the console: reads the topics, serves the page and the API, sends by the channels.

Everything is in one event loop, the database outside it in threads. SIGTERM and Ctrl-C end open
streams first, so that it is gone within seconds, whoever listens.
"""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from field.basemap.examined import examined
from field.basemap.problems import problem
from field.channels.opening import ChannelStatus
from field.channels.service import serve_channels
from field.console.access import Access
from field.console.access.credentials.signing import LINK_S
from field.console.access.credentials.trail_keys import (
    note_head,
    public_trail_keys,
    trail_key,
)
from field.console.app import build, wall_ms
from field.console.casework.two_people import is_alone
from field.console.databases import reason
from field.console.live.cluster import Cluster, look
from field.console.live.ingest import Ingest
from field.console.live.intake_guard import FOLDER as INTAKE
from field.console.live.intake_guard import IntakeGuard
from field.console.live.publish import NotWritten, Publisher
from field.console.live.sealing import Sealing
from field.console.live.stream import News
from field.console.status import Status
from field.console.store import Store
from field.console.store.area import share_drawn
from field.serving.gate import Gate
from field.serving.open_files import claim
from field.serving.opening import listening, server_config
from field.serving.server import GatedServer
from streams.config.settings import ConfigError, Settings
from streams.guard.journal import Journal
from streams.guard.watchdog import Watchdog
from streams.log_lines import announce, log_to_stderr
from streams.privacy.hasher import Hasher
from streams.privacy.hashing_key import HashingKey, load_key, state_folder
from streams.signed.keys import Believed, PublicKeys, SigningKey, read_public_keys
from streams.signed.trust import leave

_GRACE_S: Final = 3
_THREADS: Final = 24
_ONE_ADMIN: Final = (
    "cellhound: console.four_eyes is never, so one admin alone may search for phones that travelled"
    " along, from other computers too"
)
_LOG: Final = logging.getLogger("cellhound.console")


def run(settings: Settings) -> None:
    """Serves until a signal stops it.

    Raises ConfigError for settings that can't be used, KafkaUnavailable without a broker, and
    OSError for an address that can't be listened on.
    """
    log_to_stderr("cellhound: %(message)s", settings.logging.format)
    most = claim(settings.console.limits)
    access = Access.open(settings.console, time.time)
    cluster = look(settings.kafka)
    key = load_key(os.environ)
    if key.warning:
        announce(f"cellhound: {key.warning}", settings.logging.format)
    if is_alone(settings.console):
        announce(_ONE_ADMIN, settings.logging.format)
    hasher = key.hasher(settings.senders)
    source = cluster.source(settings.kafka.prefix)
    console = settings.console
    own, believed = _keys(settings, access)
    days = console.findings_days
    store = Store(console.store, source, hasher, console.replay_behind_s, days, believed)
    if streets := _problem_of_map(store, console.basemap.source):
        announce(f"cellhound: base map: {streets}", settings.logging.format)
    sealing = Sealing(own, lambda head: note_head(access.engine, source, head, wall_ms()))
    folder = state_folder(os.environ) / INTAKE
    journal = Journal(folder, settings.kafka)
    guard = IntakeGuard(folder, journal, settings.kafka, settings.limits, hasher, believed)
    guard.start()
    watchdog = Watchdog(journal, settings.streams.stuck_s, None, only_busy=True)
    watchdog.start()
    try:
        asyncio.run(_serve(settings, cluster, store, access, hasher, key, sealing, most, guard))
    finally:
        watchdog.stop()
        journal.close()
        store.close()
        access.close()


def _problem_of_map(store: Store, source: str) -> str | None:
    """What is wrong with the base map, which is no reason not to show alerts."""
    looked = examined(source)
    try:
        share = store.read(share_drawn, looked)
    except SQLAlchemyError:  # Who needs the database next finds it away, and says so.
        share = None
    return problem(source, looked, share)


def _keys(settings: Settings, access: Access) -> tuple[SigningKey, Believed]:
    """The key that this console signs with, and those of all that it believes.

    Its own is left where this user's workers find it. Raises ConfigError.
    """
    own = trail_key(access.engine)
    known = public_trail_keys(access.engine)
    try:
        leave(known, os.environ)
    except OSError as error:
        text = (
            f"cellhound: workers here won't find this console's public key ({error.strerror}); name"
            " it under trust.consoles"
        )
        announce(text, settings.logging.format)
    files = settings.trust.consoles
    given = read_public_keys(files, "trust.consoles")

    def by_now() -> PublicKeys:
        # A file that is being replaced was read at the start.
        with suppress(ConfigError):
            return public_trail_keys(access.engine) | read_public_keys(files, "trust.consoles")
        return public_trail_keys(access.engine)

    return own, Believed(known | given, by_now)


async def _serve(
    settings: Settings,
    cluster: Cluster,
    store: Store,
    access: Access,
    hasher: Hasher,
    key: HashingKey,
    sealing: Sealing,
    most: int,
    guard: IntakeGuard,
) -> None:
    news = News()
    publisher = Publisher(settings.kafka, store, hasher, news, sealing=sealing)
    guardians = bool(settings.console.guardians)
    ingest = Ingest(settings.kafka, cluster, store, news, guardians, guard)
    app = build(settings, store, publisher, access)
    app.state.status.set_aside = lambda: guard.set_aside
    app.state.status.trouble["ingest"] = lambda: ingest.trouble
    app.state.metrics.ingest = ingest
    app.state.metrics.meters.hashing_key(lambda: key.id_at(wall_ms()))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    gate = Gate(settings.console.limits, most, loop.time, access.proxies.trusts)
    server = GatedServer(
        server_config(
            app,
            settings.console.limits,
            (settings.console.tls_cert, settings.console.tls_key),
            settings.logging,
            _GRACE_S,
        ),
        gate,
    )
    _show_door(app, gate, access)
    # The default on two cores is six, which one slow query after the other would fill.
    loop.set_default_executor(ThreadPoolExecutor(_THREADS, "console"))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with listening(settings.console.listen, "console.listen") as listener:
        await publisher.start()
        serving = asyncio.create_task(server.serve([listener]))
        helpers = [
            asyncio.create_task(ingest.run()),
            asyncio.create_task(_reconcile(ingest, publisher)),
            asyncio.create_task(watch(server, app, settings, most)),
        ]
        channels = asyncio.create_task(_channels(settings, stop, access, app.state.status.board))
        stopping = asyncio.create_task(stop.wait())
        tasks = [serving, *helpers, channels, stopping]
        try:
            await _first_to_end(tasks)
        finally:
            stop.set()
            app.state.hub.close()
            server.should_exit = True
            await asyncio.wait([serving, channels], timeout=2 * _GRACE_S)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await publisher.stop()


def _show_door(app: FastAPI, gate: Gate, access: Access) -> None:
    """Lets health tell how many connections and streams there are."""
    status: Status = app.state.status
    status.trouble["connections"] = gate.trouble
    status.door = lambda: (
        gate.shown()
        | {
            "streams": access.streams.total,
            "streams_refused": access.streams.refused,
            "requests_refused": access.forwarded.refused,
        }
    )


async def _first_to_end(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Until one of them ends, which but for the last is a failure of it."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


async def _reconcile(ingest: Ingest, publisher: Publisher) -> None:
    # Before the store has caught up, what was passed on long ago would seem to be missing.
    await ingest.caught_up.wait()
    try:
        await publisher.begin()
    except (NotWritten, SQLAlchemyError) as error:
        # The first action that somebody does begins it too.
        _LOG.warning("the trail's first signed record: %s", reason(error))
    await publisher.reconcile()


async def _channels(
    settings: Settings, stop: asyncio.Event, access: Access, board: dict[str, ChannelStatus]
) -> None:
    def link(alert_id: str, action: str) -> str:
        return access.action_link(alert_id, action, LINK_S)

    if settings.console.channels and settings.channels:
        await serve_channels(settings, stop, link, board)
    await stop.wait()


async def watch(server: GatedServer, app: FastAPI, settings: Settings, most: int) -> None:
    """Prints that it is ready, then fails when the tasks do that take connections or serve open
    pages: a console that looks alive and takes nobody is worse than one that is started again."""
    while not server.started:
        await asyncio.sleep(0.05)
    console = settings.console
    scheme = "https" if console.tls_cert else "http"
    place = f"{scheme}://{console.listen}"
    if most < console.limits.connections:
        _LOG.warning(
            "at most %d connections are taken instead of console.limits.connections %d: the process"
            " may have no more files open (ulimit -n, LimitNOFILE of systemd), and %d of them are"
            " kept for Kafka and the database",
            most,
            console.limits.connections,
            console.limits.reserved_files,
        )
    announce(f"cellhound console is ready: {place}", settings.logging.format)
    try:
        await _first_to_end([*app.state.tasks, *server.lasting])
    except Exception as error:
        _LOG.error(
            "the console ends, since what takes its connections or keeps its pages up to date has"
            " failed (%s: %s). Start it again; a service manager does so by itself.",
            type(error).__name__,
            error,
        )
        raise
