"""The processes that are measured. Each ends with the program that started it."""

import ctypes
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from benchmarks.measuring.stream.programs.meter import Measured, measured_in
from streams.kafka.local_broker import Broker

ROOT: Final = Path(__file__).parents[3]
#: Where `make bench-stream` installs what the project itself doesn't depend on.
BESIDE: Final = ROOT / "build" / "stream"
_ENDS_S, _SHOWN_LINES = 20.0, 15
_BROKER_STARTS_S = 300.0
_DIE_WITH_PARENT = 1


class RunError(Exception):
    """A measured program has failed; the text shows the end of what it printed."""


def is_installed(peer: str) -> bool:
    """Whether `make bench-stream` could install what that peer needs."""
    return (BESIDE / peer / ".whole").exists()


def measured(module: str, given: Mapping[str, str | int], beside: str | None = None) -> Measured:
    """Runs one of the programs in `programs` to its end; ``beside`` names what it needs.

    Raises `RunError`.
    """
    words = [sys.executable, "-m", f"benchmarks.measuring.stream.programs.{module}"]
    process = start(
        [*words, json.dumps({name: str(value) for name, value in given.items()})], beside
    )
    try:
        out, errors = process.communicate()
    finally:
        end(process)
    try:
        return measured_in(out.decode(errors="replace"))
    except ValueError as error:
        raise RunError(f"{module} {dict(given)}: {error}\n{tail(errors + out)}") from error


def start(
    words: list[str],
    beside: str | None = None,
    environment: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> "subprocess.Popen[bytes]":
    """Starts a program; all that it prints goes to the log, where one is given."""
    own = {**os.environ, "OPENBLAS_NUM_THREADS": "1", **(environment or {})}
    paths = [str(ROOT), *([str(BESIDE / beside)] if beside else [])]
    # What lies beside goes first: it may hold other versions of what the environment has, too.
    own["PYTHONPATH"] = os.pathsep.join(reversed(paths))
    out = log.open("wb") if log else subprocess.PIPE
    try:
        return subprocess.Popen(
            words,
            cwd=ROOT,
            env=own,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT if log else subprocess.PIPE,
            preexec_fn=_end_with_parent,
        )
    finally:
        if log:
            out.close()  # type: ignore[union-attr]


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ends it: asks, and then doesn't ask."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGCONT)
    process.terminate()
    try:
        process.wait(_ENDS_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def processor_s(pid: int) -> float:
    """Processor seconds that a process has taken so far, in all of its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tail(text: bytes) -> str:
    """The last lines of what a program printed."""
    return "\n".join(text.decode(errors="replace").strip().splitlines()[-_SHOWN_LINES:])


@contextmanager
def in_good_order() -> Iterator[None]:
    """SIGTERM ends it as Ctrl-C does; and a topic that was just made has no leader for a moment,
    which isn't worth the lines that both clients print about it."""
    loggers = [logging.getLogger(name) for name in ("aiokafka", "kafka")]
    levels = [logger.level for logger in loggers]
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def own_broker(home: Path, bootstrap: str | None) -> Iterator[str]:
    """That address of a broker; where there is none, that of one which ends with the program.

    Raises `streams.kafka.local_broker.BrokerError`.
    """
    if bootstrap is not None:
        yield bootstrap
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    broker = Broker(home, port=port)
    try:
        broker.up(_BROKER_STARTS_S)
        yield broker.bootstrap
    finally:
        broker.down()


def _end_with_parent() -> None:
    # In its own group, so that Ctrl-C reaches the starter alone, which then ends it in good order;
    # where that was killed, Linux ends it.
    os.setpgid(0, 0)
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGTERM)
