"""Which of some records end whoever decodes them: found out in processes that may die of it.

A record is condemned when two processes have ended on it, or taken too long, and a third one that
left it out did not end there. Nothing else can end at the same record twice, and what is wrong with
the machine ends the third one too. A process that somebody kills from outside proves nothing.
"""

import os
import pickle
import select
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from streams.decode.raw_rows import Fault
from streams.guard.case import Case
from streams.guard.trial import AT, DONE, RAISED, READY
from streams.limits import Limits

_LOOK_S: Final = 0.02
#: A record may wait for so many times its processor time, on a machine that does other things too.
_WAITING: Final = 10
#: To start, import and take over what a worker knows (s).
_READY_S: Final = 300.0
#: So often a trial may end without proving anything.
_MOST_IN_VAIN: Final = 5
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_TIME: Final = "not_decodable_in_time"
_ENDS: Final = "kills_decoding"


class TrialError(Exception):
    """The records could not be tried; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a process ended: at which record, of what; without a fault for no fault of a record."""

    place: int = -1
    fault: Fault | None = None
    done: bool = False


def judge(case: Case, limits: Limits) -> dict[int, Fault]:
    """The places of the records that are condemned, each with its fault. Raises TrialError."""
    try:
        given = pickle.dumps(case)
    # Whatever a state holds that can't be pickled: the worker goes on without a trial.
    except Exception as error:
        raise TrialError(f"They can't be handed over ({type(error).__name__}).") from error
    found: dict[int, Fault] = {}
    deaths: Counter[int] = Counter()
    in_vain = 0
    while True:
        ended = _tried(given, frozenset(found), limits)
        if ended.done:
            return found
        if ended.fault is None:
            in_vain += 1
            if in_vain == _MOST_IN_VAIN:
                raise TrialError(
                    f"{in_vain} processes in which records were to be tried ended by themselves."
                    " Is there enough memory?"
                )
            continue
        deaths[ended.place] += 1
        if deaths[ended.place] == 2:
            found[ended.place] = ended.fault


def _tried(given: bytes, left_out: frozenset[int], limits: Limits) -> _Ended:
    """One process, to its end."""
    with subprocess.Popen(
        [sys.executable, "-m", "streams.guard.trial"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    ) as process:
        try:
            return _watched(process, given, left_out, limits)
        finally:
            process.kill()


def _watched(
    process: "subprocess.Popen[bytes]", given: bytes, left_out: frozenset[int], limits: Limits
) -> _Ended:
    assert process.stdin is not None
    assert process.stdout is not None
    parts = (pickle.dumps(left_out), pickle.dumps(limits.seconds), given)
    threading.Thread(target=_give, args=(process.stdin, parts), daemon=True).start()
    out, partly = process.stdout.fileno(), b""
    place, before, grown, looks = -1, 0, 0, 0
    while True:
        # Looks are counted, so that a stop of all processes is no time that passed.
        most = _READY_S if place < 0 and not before else _WAITING * limits.seconds
        if looks * _LOOK_S > most:
            if place < 0:
                return _Ended()
            return _Ended(place, Fault(_TIME, f"without an end, {most:.0f} s long"))
        if not select.select([out], [], [], _LOOK_S)[0]:
            looks += 1
            if place >= 0 < before:
                grown = _resident(process.pid) - before
            if grown > limits.memory:
                return _Ended(place, _too_much(limits))
            continue
        if not (news := os.read(out, 1 << 16)):
            # The kernel may have been first.
            if process.wait() == -signal.SIGKILL and 2 * grown > limits.memory:
                return _Ended(place, _too_much(limits))
            return _end(process.returncode, place, limits)
        *lines, partly = (partly + news).split(b"\n")
        for line in lines:
            looks = 0
            word, _, rest = line.partition(b" ")
            if word == READY:
                before = _resident(process.pid)
            elif word == AT:
                place = int(rest)
            elif word == RAISED:
                return _Ended(place, Fault(_ENDS, f"it raises {rest.decode()}"))
            elif word == DONE:
                return _Ended(done=True)


def _give(pipe: IO[bytes], parts: Sequence[bytes]) -> None:
    with suppress(BrokenPipeError), pipe:
        for part in parts:
            pipe.write(part)


def _too_much(limits: Limits) -> Fault:
    return Fault(_ENDS, f"it takes more than {limits.memory >> 20} MiB of memory")


def _end(code: int, place: int, limits: Limits) -> _Ended:
    """What the end of a process means that didn't say so itself."""
    if place < 0 or code == -signal.SIGKILL:
        return _Ended()
    if code == -signal.SIGXCPU:
        return _Ended(place, Fault(_TIME, f"more than {limits.seconds} s of processor time"))
    if code < 0:
        return _Ended(place, Fault(_ENDS, f"it ends the process by {signal.Signals(-code).name}"))
    return _Ended(place, Fault(_ENDS, f"it ends the process with code {code}"))


def _resident(pid: int) -> int:
    """Memory of a process (bytes); 0 for one that is gone, or where nothing shows it."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * _PAGE
    except (OSError, IndexError, ValueError):
        return 0
