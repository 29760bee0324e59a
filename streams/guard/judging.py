"""Which of some records end whoever decodes them: found out in processes that may die of it.

A record is condemned when two processes have ended on it, or taken too long, and a third one that
left it out got beyond the next record. Where that ends there too, each is tried by itself; what
ends nothing by itself is not to blame, but a record before it. What a record is blamed for is the
time and the memory that it takes itself. A process that something else ends proves nothing.
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
from typing import IO, Final

from streams.decode.raw_rows import Fault
from streams.guard.case import Case
from streams.guard.trial import DONE, RAISED, READY, resident
from streams.limits import Limits

_LOOK_S: Final = 0.02
#: A record may wait for so many times its processor time, on a machine that does other things too.
_WAITING: Final = 10
#: To start, import and take over what a worker knows (s).
_READY_S: Final = 300.0
#: So often a trial may end without proving anything.
_MOST_IN_VAIN: Final = 5
#: Signals that no record sends.
_FROM_OUTSIDE: Final = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_TIME: Final = "not_decodable_in_time"
_ENDS: Final = "kills_decoding"


class TrialError(Exception):
    """The records could not be tried; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: at which record, of what; without a fault for no fault of a record."""

    place: int = -1
    fault: Fault | None = None
    done: bool = False


def judge(case: Case, limits: Limits) -> dict[int, Fault]:
    """The places of the records that are condemned, each with its fault. Raises TrialError."""
    trials = Trials(case, limits)
    left = list(range(len(case)))
    found: dict[int, Fault] = {}
    deaths: Counter[int] = Counter()
    ended = trials.run(left)
    while ended.fault is not None:
        place, fault = ended.place, ended.fault
        deaths[place] += 1
        if deaths[place] < 2:
            ended = trials.run(left)
            continue
        before, others = left[: left.index(place)], [one for one in left if one != place]
        ended = trials.run(others)
        after = next((one for one in others if one > place), None)
        if before and ended.fault and ended.place == after and not trials.ends_on([place]):
            # Not by itself: something before it has spoilt what the process knows.
            place, fault = spoiler(trials, before, place)
            others = [one for one in left if one != place]
            deaths.clear()
            ended = trials.run(others)
        found[place], left = fault, others
    return found


def spoiler(trials: "Trials", before: list[int], place: int) -> tuple[int, Fault]:
    """The record without which those ``before`` let the one at ``place`` pass."""
    good, bad = 0, len(before)
    while bad - good > 1:
        middle = (good + bad) // 2
        if trials.ends_on([*before[:middle], place]):
            bad = middle
        else:
            good = middle
    return before[bad - 1], Fault(
        _ENDS, "those that come after it end the process, by themselves not"
    )


class Trials:
    """Processes that try some of the records of a case, one after the other. Raises TrialError for
    a case that can't be given to them."""

    def __init__(self, case: Case, limits: Limits) -> None:
        try:
            self._given = pickle.dumps(case)
        # Whatever a state holds that can't be pickled: the worker goes on without a trial.
        except Exception as error:
            raise TrialError(f"They can't be handed over ({type(error).__name__}).") from error
        self._limits = limits
        self._in_vain = 0

    def run(self, places: list[int]) -> Ended:
        """How a process ends that goes through ``places``; one that proves nothing is followed by
        another. Raises TrialError after too many of those."""
        while True:
            ended = _tried(self._given, places, self._limits)
            if ended.done or ended.fault is not None:
                return ended
            self._in_vain += 1
            if self._in_vain == _MOST_IN_VAIN:
                raise TrialError(
                    f"{self._in_vain} processes in which records were to be tried ended by"
                    " themselves. Is there enough memory?"
                )

    def ends_on(self, places: list[int]) -> bool:
        """Whether a process doesn't get through ``places``."""
        return not self.run(places).done


def _tried(given: bytes, places: list[int], limits: Limits) -> Ended:
    """One process, to its end."""
    with subprocess.Popen(
        [sys.executable, "-m", "streams.guard.trial"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        # What is sent to the worker's group, as by Ctrl-C, is not for it.
        start_new_session=True,
    ) as process:
        try:
            return _watched(process, given, places, limits)
        finally:
            process.kill()


def _watched(
    process: "subprocess.Popen[bytes]", given: bytes, places: list[int], limits: Limits
) -> Ended:
    assert process.stdin is not None
    assert process.stdout is not None
    parts = (pickle.dumps(places), pickle.dumps(limits.seconds), given)
    threading.Thread(target=_give, args=(process.stdin, parts), daemon=True).start()
    out, partly = process.stdout.fileno(), b""
    is_ready = False
    # What it had when it came to the record, and what it has taken for it since (bytes).
    place, before, grown, looks = -1, 0, 0, 0
    while True:
        # Looks are counted, so that a stop of all processes is no time that passed.
        most = _WAITING * limits.seconds if is_ready else _READY_S
        if looks * _LOOK_S > most:
            if place < 0:
                return Ended()
            return Ended(place, Fault(_TIME, f"without an end, {most:.0f} s long"))
        if not select.select([out], [], [], _LOOK_S)[0]:
            looks += 1
            if place >= 0 < before:
                grown = resident(process.pid) - before
            if grown > limits.memory:
                return Ended(place, _too_much(limits))
            continue
        if not (news := os.read(out, 1 << 16)):
            # The kernel may have been first.
            if process.wait() == -signal.SIGKILL and 2 * grown > limits.memory:
                return Ended(place, _too_much(limits))
            return _end(process.returncode, place, limits)
        *lines, partly = (partly + news).split(b"\n")
        for line in lines:
            looks = 0
            word, _, rest = line.partition(b" ")
            if word == READY:
                is_ready = True
            elif word == RAISED:
                return Ended(place, Fault(_ENDS, f"it raises {rest.decode()}"))
            else:
                *following, now = map(int, rest.split())
                if place >= 0 < before and now - before > limits.memory:
                    return Ended(place, _too_much(limits))
                if word == DONE:
                    return Ended(done=True)
                (place,), before, grown = following, now, 0


def _give(pipe: IO[bytes], parts: Sequence[bytes]) -> None:
    with suppress(BrokenPipeError), pipe:
        for part in parts:
            pipe.write(part)


def _too_much(limits: Limits) -> Fault:
    return Fault(_ENDS, f"it takes more than {limits.memory >> 20} MiB of memory")


def _end(code: int, place: int, limits: Limits) -> Ended:
    """What the end of a process means that didn't say so itself."""
    if place < 0 or -code in _FROM_OUTSIDE:
        return Ended()
    if code == -signal.SIGXCPU:
        return Ended(place, Fault(_TIME, f"more than {limits.seconds} s of processor time"))
    if code < 0:
        return Ended(place, Fault(_ENDS, f"it ends the process by {signal.Signals(-code).name}"))
    return Ended(place, Fault(_ENDS, f"it ends the process with code {code}"))
