"""The process in which records are tried: ``python -m streams.guard.trial``.

On its standard input it gets the places that it is to go through and a case, pickled by the worker
that started it; on its standard output it says where it is, and what memory it has by then. Its end
says the rest. Memory and time that passes without work are watched by the worker; processor time by
the kernel, since nothing else ends code that holds Python's lock.
"""

import os
import pickle
import resource
import signal
import sys
import threading
import time
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

# A case brings along what it needs.
if TYPE_CHECKING:
    from streams.guard.case import Case

#: Between two looks whether the worker is still there (s).
_LOOK_S = 1.0
READY, DONE, AT, RAISED = b"ready", b"done", b"at", b"raised"
_FIRST_TO_GO = b"1000"
_PAGE = os.sysconf("SC_PAGE_SIZE")


def _run(given: BinaryIO, out: BinaryIO) -> None:
    places: list[int] = pickle.load(given)
    seconds: int = pickle.load(given)
    case: Case = pickle.load(given)
    case.begin()
    _say(out, READY)

    def at(place: int) -> None:
        _allow(seconds)
        # With what it takes by now: a record is judged by what it adds.
        _say(out, b"%b %d %d" % (AT, place, resident(os.getpid())))

    try:
        case.run(places, at)
    except BaseException as error:
        # What an error quotes of a message stays out of the log.
        print("A record that is tried apart raises", type(error).__name__, file=sys.stderr)
        traceback.print_tb(error.__traceback__, limit=-6)
        _say(out, b"%b %b" % (RAISED, type(error).__name__.encode()))
        return
    _say(out, b"%b %d" % (DONE, resident(os.getpid())))


def resident(pid: int) -> int:
    """Memory of a process (bytes); 0 for one that is gone, or where nothing shows it."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * _PAGE
    except (OSError, IndexError, ValueError):
        return 0


def _say(out: BinaryIO, words: bytes) -> None:
    out.write(words + b"\n")
    out.flush()


def _allow(seconds: int) -> None:
    """Lets the kernel end the process after so much more processor time (SIGXCPU)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _end_with(worker: int) -> None:
    while os.getppid() == worker:
        time.sleep(_LOOK_S)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # An interruption comes from outside: it is to end the process and not to be raised at a record.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Where memory runs out, this process is to go, and not the worker beside it.
    with suppress(OSError), open("/proc/self/oom_score_adj", "wb") as score:
        score.write(_FIRST_TO_GO)
    saying = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # Whatever else is printed.
    _run(sys.stdin.buffer, saying)
