"""The programs of one start: begun together, watched, and ended one after the other.

Each is a process in a session of its own, so that Ctrl-C reaches the starting process alone, which
then ends them in order. Each has a pipe from there as its standard input, and ends by itself when
that closes (`cellhound.attended`): also where the starting process was killed. What a program
prints goes to a file, which stays when it has ended.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from field.laptop.stopping import StartError, Stop

#: A command of the door that ends with us, by the pipe that is its standard input.
ATTENDED: tuple[str, ...] = (sys.executable, "-m", "cellhound.attended")
_LOOK_EVERY_S: Final = 0.1
_READY_WITHIN_S: Final = 180.0
_ENDS_WITHIN_S: Final = 30.0
#: Of what a program that has ended printed last; clients of Kafka print long lines.
_SHOWN_LINES, _SHOWN_SIGNS = 15, 300


@dataclass(frozen=True, slots=True)
class Program:
    """A command of the door: ``ready`` is what it prints once it works, ``shown`` what people then
    read of it, ``env`` what its environment has besides."""

    name: str
    words: tuple[str, ...]
    ready: str
    shown: str
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Child:
    """A program that was begun."""

    program: Program
    process: "subprocess.Popen[bytes]"
    log: Path


@dataclass(frozen=True, slots=True)
class Begin:
    """How programs are begun: their environment, the folder of what they print, and the lock that
    they hold while they live."""

    env: Mapping[str, str]
    logs: Path
    lock: int


@contextmanager
def running(
    programs: Sequence[Program], how: Begin, stop: Stop, show: Callable[[str], None]
) -> Iterator[list[Child]]:
    """All of them, ready; ended in the opposite order at the end of the block.

    Each is shown when it is ready. Raises StartError where one ends before.
    """
    children: list[Child] = []
    try:
        for program in programs:
            children.append(begun(program, how))
        _wait_until_ready(children, stop, show)
        yield children
    finally:
        for child in reversed(children):
            end(child, stop)


def begun(program: Program, how: Begin) -> Child:
    """The program as a process; what the one before it printed is kept beside."""
    how.logs.mkdir(parents=True, exist_ok=True)
    log = how.logs / f"{program.name}.log"
    if log.exists():
        log.replace(log.with_suffix(".log.before"))
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*ATTENDED, *program.words],
            env={**how.env, **program.env},
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
            start_new_session=True,
            pass_fds=(how.lock,),
        )
    return Child(program, process, log)


def _wait_until_ready(children: Sequence[Child], stop: Stop, show: Callable[[str], None]) -> None:
    waiting, until_s = list(children), time.monotonic() + _READY_WITHIN_S
    while waiting and not stop.asked.wait(_LOOK_EVERY_S):
        check(children)
        for child in [each for each in waiting if each.program.ready in _printed(each)]:
            show(f"{child.program.name:10} {child.program.shown}")
            waiting.remove(child)
        if waiting and time.monotonic() > until_s:
            names = " and ".join(child.program.name for child in waiting)
            text = f"The {names} did not become ready within {_READY_WITHIN_S:.0f} s."
            raise StartError(f"{text} {last_lines(waiting[0])}")


def check(children: Sequence[Child]) -> None:
    """Raises StartError with the last lines of a program that has ended."""
    for child in children:
        if (code := child.process.poll()) is not None:
            how = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
            raise StartError(
                f"The {child.program.name} has ended ({how}), so everything is stopped."
                f" {last_lines(child)}"
            )


def last_lines(child: Child) -> str:
    """The end of what it printed."""
    lines = [line[:_SHOWN_SIGNS] for line in _printed(child).strip().splitlines()[-_SHOWN_LINES:]]
    if not lines:
        return f"It printed nothing ({child.log})."
    return "\n".join((f"Its last lines, of {child.log}:", *lines))


def _printed(child: Child) -> str:
    return child.log.read_text("utf-8", errors="replace")


def end(child: Child, stop: Stop) -> None:
    """By SIGTERM; by SIGKILL where that isn't enough, or somebody is in a hurry."""
    if child.process.poll() is None:
        child.process.terminate()
        until_s = time.monotonic() + _ENDS_WITHIN_S
        while child.process.poll() is None and time.monotonic() < until_s:
            if stop.hurry.wait(_LOOK_EVERY_S):
                break
        if child.process.poll() is None:
            os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
    assert child.process.stdin is not None
    child.process.stdin.close()
