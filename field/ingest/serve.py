"""Runs the gateway's port until a signal stops it. What was taken is written before it is gone."""

import asyncio
import logging
import math
import signal
from pathlib import Path
from typing import Any, Final

from field.ingest.app import Door, build
from field.ingest.batching import Batcher, Room
from field.ingest.hashing import hasher_beside_workers
from field.ingest.metrics import IngestMetrics
from field.ingest.packing import Packer
from field.ingest.tokens import Tokens
from field.serving.certificate import check_certificate
from field.serving.gate import Gate
from field.serving.open_files import claim
from field.serving.opening import listening, server_config
from field.serving.server import GatedServer
from streams.config.ingest import IngestSettings
from streams.config.settings import ConfigError, Settings
from streams.kafka.resilient_producer import Writing
from streams.kafka.topics import LARGE_MESSAGE_BYTES
from streams.listening import address, is_loopback
from streams.log_lines import announce, log_to_stderr
from streams.metrics.broker_look import BrokerLook
from streams.metrics.meters import Meters
from streams.metrics.probes import OK, Probes
from streams.metrics.server import serving
from streams.privacy.hasher import Hasher

#: Printed on standard error once it takes requests.
READY: Final = "cellhound ingest is ready"
_SETTING: Final = "ingest.limits"
_LOG: Final = logging.getLogger("cellhound.ingest")


def run(settings: Settings) -> None:
    """Serves until a signal stops it.

    Raises ConfigError for settings that can't be used, KafkaUnavailable without a broker.
    """
    log_to_stderr("cellhound: %(message)s", settings.logging.format)
    ingest = settings.ingest
    check_door(ingest)
    tokens = Tokens(Path(ingest.tokens)) if ingest.tokens else None
    most = claim(ingest.limits, _SETTING)
    look = BrokerLook(settings.kafka)
    meters, probes = Meters("ingest", look), Probes(look)
    with serving(settings.metrics, meters, probes):
        hasher = hasher_beside_workers(settings)
        asyncio.run(_serve(settings, hasher, tokens, meters, probes, most))


def check_door(ingest: IngestSettings) -> None:
    """Raises ConfigError where the gateway must not listen as it is set."""
    host, _port = address(ingest.listen, "ingest.listen")
    check_certificate("ingest", ingest.tls_cert, ingest.tls_key)
    if is_loopback(host):
        return
    if not ingest.tokens:
        raise ConfigError(
            f"ingest.listen: {ingest.listen} is reached from other computers, but there are no"
            " tokens, so everybody could send. Name a file with some under ingest.tokens;"
            " `cellhound ingest --new-token NAME` makes one."
        )
    if not ingest.tls_cert and not ingest.allow_plain:
        raise ConfigError(
            f"ingest.listen: {ingest.listen} is reached from other computers, and tokens and places"
            " would cross the network in plain text. Set ingest.tls_cert and ingest.tls_key; or,"
            " where a proxy in front of it ends TLS, ingest.allow_plain: true"
        )


async def _serve(
    settings: Settings,
    hasher: Hasher,
    tokens: Tokens | None,
    meters: Meters,
    probes: Probes,
    most: int,
) -> None:
    ingest, loop, stop = settings.ingest, asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    room = Room(ingest.waiting_bytes)
    metrics = IngestMetrics(meters, room)
    packer = Packer.of(settings, hasher)
    writing = Writing(settings.kafka, LARGE_MESSAGE_BYTES)
    batcher = Batcher(ingest, packer, writing, metrics.batch)
    app = build(ingest, settings.limits, batcher, room, Door(tokens), metrics.answered)
    grace_s = math.ceil(ingest.wait_s + ingest.answer_s) + 1
    certificate = (ingest.tls_cert, ingest.tls_key)
    config = server_config(app, ingest.limits, certificate, settings.logging, grace_s)
    server = GatedServer(config, Gate(ingest.limits, most, loop.time, setting=_SETTING))
    probes.check(lambda: OK if server.started else "starting")
    probes.check(lambda: "stopping" if stop.is_set() else OK)
    with listening(ingest.listen, "ingest.listen") as listener:
        await writing.start()
        serve = asyncio.create_task(server.serve([listener]))
        tasks = [
            serve,
            asyncio.create_task(batcher.run()),
            asyncio.create_task(_watch(server, settings, probes, listener.getsockname())),
            asyncio.create_task(stop.wait()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            stop.set()
            server.should_exit = True
            # Requests that are under way are answered first, once Kafka has them.
            await asyncio.wait([serve], timeout=grace_s + 1)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await writing.stop()


async def _watch(
    server: GatedServer, settings: Settings, probes: Probes, place: tuple[Any, ...]
) -> None:
    """Says that it is ready, then fails when what takes connections does."""
    while not server.started:
        await asyncio.sleep(0.05)
    scheme = "https" if settings.ingest.tls_cert else "http"
    host = f"[{place[0]}]" if ":" in place[0] else place[0]
    announce(f"{READY}: {scheme}://{host}:{place[1]}", settings.logging.format)
    while True:
        probes.tick()
        for task in server.lasting:
            if task.done():
                _LOG.error("the gateway ends, since what takes its connections has failed")
                task.result()
        await asyncio.sleep(1.0)
