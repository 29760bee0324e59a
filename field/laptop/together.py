"""``cellhound start``: broker, worker, console, channels and page, until a signal or a death.

In this order, and the opposite one at the end. A program that ends by itself ends everything: on a
laptop a person is there to see its last lines, and half of cellhound would look as if all were
well. Who wants programs started again without asking has service managers (docs/operations.md).
"""

import os
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from field.laptop.broker import own_broker
from field.laptop.claim import claimed
from field.laptop.first_account import NAME, first_password
from field.laptop.page import open_page
from field.laptop.programs import Begin, Child, Program, check, running
from field.laptop.stopping import StartError, Stop, stopped_by_signals
from streams.config.settings import Settings
from streams.kafka.local_broker import Broker
from streams.kafka.probe import is_listening
from streams.kafka.settings import KafkaSettings
from streams.listening import address, in_url, is_loopback
from streams.privacy.hashing_key import HOME_VARIABLE

_LOOK_EVERY_S: Final = 0.3
_BROKER_EVERY_S: Final = 3.0
Show = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be started: over which folder, with which environment of the programs, on which
    broker (None: that of the settings, which is somebody else's), and whether to open the page."""

    settings: Settings
    folder: Path
    env: Mapping[str, str]
    node: Broker | None
    page_port: int | None = None
    browser: bool = True


def start(asked: Asked, show: Show) -> None:
    """All of it, until it is stopped. Raises StartError, BrokerError and ConfigError."""
    page = page_address(asked.settings, asked.page_port)
    with (
        stopped_by_signals() as stop,
        claimed(asked.folder, page, show) as claim,
        ExitStack() as stack,
    ):
        refuse_taken_port(page)
        kafka = asked.settings.kafka
        if asked.node is None:
            bootstrap = kafka.bootstrap
            claim.put(broker=bootstrap)
            show(f"broker     {bootstrap} (yours)")
        else:
            bootstrap = stack.enter_context(own_broker(asked.node, claim, show))
        if (password := first_password(asked.settings.console, asked.env)) is not None:
            show(f"account    {NAME}, password {password} (shown this once; keep it)")
        programs = [worker(bootstrap, kafka.prefix), console(bootstrap, kafka.prefix, page)]
        if any(channel.enabled for channel in asked.settings.channels):
            programs.append(channels(bootstrap, kafka.prefix))
        how = Begin(asked.env, asked.folder / "log", claim.programs_lock)
        children = stack.enter_context(running(programs, how, stop, show))
        if len(programs) == 2:
            show("channels   none are set (docs/channels.md)")
        if not stop.asked.is_set():
            if others := _for_others(bootstrap, asked):
                show(f"commands   find it with: export {others}")
            show_page(page, asked.browser, asked.env, show)
        watch(children, asked.node, stop)
        show("stopping   ..")
    show("stopped")


def _for_others(bootstrap: str, asked: Asked) -> str:
    """What other commands need in their environment to be about this one."""
    usual = bootstrap == KafkaSettings().bootstrap or os.environ.get("KAFKA_BOOTSTRAP") == bootstrap
    here = [] if usual else [f"KAFKA_BOOTSTRAP={bootstrap}"]
    if asked.env.get(HOME_VARIABLE) != os.environ.get(HOME_VARIABLE):
        here.insert(0, f"{HOME_VARIABLE}={shlex.quote(asked.env[HOME_VARIABLE])}")
    return " ".join(here)


def show_page(page: str, browser: bool, env: Mapping[str, str], show: Show) -> None:
    """Opens the page, where that is asked for and there is a browser, and says how all ends."""
    opened = browser and open_page(page, env)
    show(f"page       {page}{' is being opened' if opened else ''}")
    show("Ctrl-C stops all of it.")


def watch(children: Sequence[Child], node: Broker | None, stop: Stop) -> None:
    """Until a signal. Raises StartError when a program or the broker ends by itself."""
    look_s = time.monotonic() + _BROKER_EVERY_S
    while not stop.asked.wait(_LOOK_EVERY_S):
        check(children)
        if node is not None and time.monotonic() >= look_s:
            look_s = time.monotonic() + _BROKER_EVERY_S
            if not node.status().running:
                raise StartError(
                    f"The broker has ended, so everything is stopped. {node.last_lines()}"
                )


def page_address(settings: Settings, port: int | None) -> str:
    """Where the page is: on this computer alone, whatever the settings say. Raises ConfigError."""
    host, own_port = address(settings.console.listen, "console.listen")
    host = host if is_loopback(host) else "127.0.0.1"
    scheme = "https" if settings.console.tls_cert else "http"
    return f"{scheme}://{in_url(host)}:{port or own_port}"


def refuse_taken_port(page: str) -> None:
    """Raises StartError where somebody serves there already."""
    place = page.partition("://")[2]
    if is_listening(*address(place, "the page")):
        raise StartError(
            f"Another program listens on {place}: stop it, or name another port with --port."
        )


def worker(bootstrap: str, prefix: str) -> Program:
    """The worker on a broker."""
    words = ("worker", *_kafka(bootstrap, prefix))
    return Program("worker", words, "cellhound worker is ready", "is ready")


def console(bootstrap: str, prefix: str, page: str) -> Program:
    """The console; the channels are a program of their own."""
    listen = page.partition("://")[2]
    words = ("console", "--listen", listen, "--no-channels", *_kafka(bootstrap, prefix))
    return Program("console", words, "cellhound console is ready", page)


def channels(bootstrap: str, prefix: str) -> Program:
    """All channels of the settings."""
    words = ("notify", "run", *_kafka(bootstrap, prefix))
    # The figures of metrics.listen are the worker's: two can't listen there.
    silent = {"CELLHOUND__METRICS__LISTEN": '""'}
    return Program("channels", words, "cellhound channels are ready", "are ready", silent)


def _kafka(bootstrap: str, prefix: str) -> tuple[str, ...]:
    return ("--bootstrap", bootstrap, *(("--prefix", prefix) if prefix else ()))
