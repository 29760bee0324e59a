"""Whoever hangs on a record, or dies of it, leaves word which it was."""

import subprocess
import sys

import pytest

from streams.wire.in_hand import one_by_one, watched

_COMMAND = """
import ctypes, re, sys
from types import SimpleNamespace
from streams.wire.in_hand import one_by_one, watched

def records():
    for offset in range(5):
        yield SimpleNamespace(offset=offset, value=offset)

with watched(lambda topic, partition, record: record.offset == 1, 1.0):
    other = one_by_one("sms.metadata", 2, records())
    next(other)
    for record in one_by_one("fbs.evidence", 7, records()):
        print(record.offset, flush=True)
        if record.offset == 3:
            {what}
    other.close()
    # Nothing is in hand here.
    {then}
"""


def _run(what: str, then: str = "pass") -> "subprocess.CompletedProcess[str]":
    words = [sys.executable, "-c", _COMMAND.format(what=what, then=then)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
    assert done.stdout.split() == ["0", "2", "3", *(["4"] if done.returncode == 0 else [])]
    return done


@pytest.mark.parametrize(
    "what", ['re.fullmatch("(a+)+", "a" * 64 + "b")', "ctypes.string_at(0)"], ids=["hangs", "ends"]
)
def test_what_hangs_or_ends_a_command_is_named(what: str) -> None:
    done = _run(what)
    assert done.returncode < 0
    # The process beside it may need a moment more, but holds the same standard error.
    place = "it was at fbs.evidence, partition 7, offset 3 or sms.metadata, partition 2, offset 0"
    assert place in done.stderr
    assert "more than 1 s of processor time" in done.stderr


def test_who_has_let_go_says_nothing() -> None:
    assert _run("pass").stderr == ""
    # However long it works on afterwards.
    busy = (
        "import time; until = time.process_time() + 1.5\n    while time.process_time() < until: 1"
    )
    assert _run("pass", busy).stderr == ""


def test_an_error_that_is_raised_over_a_record_is_shown_as_it_is() -> None:
    done = _run('raise KeyError("x")')
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "KeyError: 'x'"


def test_without_a_watch_records_go_through() -> None:
    assert list(one_by_one("t", 0, iter([1, 2]))) == [1, 2]
    with watched(lambda *_: True):
        assert list(one_by_one("t", 0, iter([1, 2]))) == []
