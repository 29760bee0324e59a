"""Commands of the door as processes of their own, forked from one that imported all they need.

To start, a worker or a console needs a second or two of a processor, nearly all of it for imports.
Each process of a test run imports once, in a server of forks, what all that it starts will need;
some tests start a worker, a console and the other commands as people do.
"""

import multiprocessing
import os
import runpy
import subprocess
from collections.abc import Mapping
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
#: Nobody waits longer for a command that has nothing to do.
_ENDS_S = 300.0
_FORKED = str(Path(__file__).with_name("forked_door.py"))
#: What is imported last, and where it lies.
_READY, _PRELOADED = "ready_to_fork", Path(__file__).with_name("preloaded")
_IMPORTED = [
    "cellhound",
    "streams.worker.worker",
    "replay.kafka.publish",
    "field.console.serve",
    "field.channels.commands",
    "field.ingest.serve",
    _READY,
]


class ForkedProcess:
    """A program that runs, with the methods of `subprocess.Popen` that tests use."""

    def __init__(self, program: str, given: Mapping[str, Any]) -> None:
        # By its path: packages of others too call their tests so. A daemon ends with the tests.
        self._process = forking().Process(
            target=runpy.run_path, args=(program, dict(given), "__main__"), daemon=True
        )
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code; the negative number of the signal that ended it."""
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Raises `subprocess.TimeoutExpired`, as `Popen` does."""
        self._process.join(timeout)
        if (code := self._process.exitcode) is None:
            raise subprocess.TimeoutExpired("cellhound", timeout or 0.0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


class DoorProcess(ForkedProcess):
    """A command that runs."""

    def __init__(self, words: tuple[str, ...], env: Mapping[str, str], log: Path) -> None:
        given = {"words": words, "environment": dict(env), "log": str(log), "folder": str(ROOT)}
        forking()
        given["forks"] = forkserver._forkserver._forkserver_address  # type: ignore[attr-defined]
        super().__init__(_FORKED, given)


def start_door(*words: str, env: Mapping[str, str], log: Path) -> DoorProcess:
    """``cellhound WORDS``, with exactly that environment; all that it prints goes to the log."""
    log.write_bytes(b"")  # What one before has left says nothing of this one.
    return DoorProcess(words, env, log)


def run_door(*words: str, env: Mapping[str, str], log: Path) -> tuple[int, str]:
    """A command that ends by itself: its exit code, and all that it has printed."""
    process = start_door(*words, env=env, log=log)
    return process.wait(_ENDS_S), log.read_text(errors="replace")


@cache
def forking() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_IMPORTED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join((str(ROOT), str(_PRELOADED))))
        forkserver.ensure_running()
    return context
