"""Processes that try records, forked from one that imported all they need.

Each needs a second of a processor for imports, and next to nothing else; a judgement takes several.
Some tests, and those of whole workers, start them as a worker does.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from subprocess import PIPE
from types import SimpleNamespace
from typing import Any

import pytest

from streams.guard import trial
from tests.integration.door_process import ForkedProcess

_FORKED = str(Path(__file__).with_name("forked_trial.py"))


class ForkedTrial(ForkedProcess):
    """A process as `streams.guard.judging` starts it, with what that uses of `subprocess.Popen`."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], **other: Any) -> None:
        assert list(command) == [sys.executable, "-m", "streams.guard.trial"]
        assert other == {"stdin": PIPE, "stdout": PIPE, "start_new_session": True}
        (given, own), (out, theirs) = Pipe(duplex=False), Pipe(duplex=False)
        ends = (given, theirs, Connection(os.dup(2), readable=False))
        program = {"ends": ends, "environment": dict(env), "program": trial.__file__}
        super().__init__(_FORKED, program)
        for end in ends:
            end.close()
        self.stdin, self.stdout = _opened(own, "wb"), _opened(out, "rb")

    def __enter__(self) -> "ForkedTrial":
        return self

    def __exit__(self, *_: object) -> None:
        self.stdout.close()
        self.stdin.close()
        self.wait()


def _opened(end: Connection, mode: str) -> Any:
    """The end of a pipe as a file."""
    file = os.fdopen(os.dup(end.fileno()), mode)
    end.close()
    return file


def fork_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets judgements fork their processes."""
    forked = SimpleNamespace(Popen=ForkedTrial, PIPE=PIPE)
    monkeypatch.setattr("streams.guard.judging.subprocess", forked)
