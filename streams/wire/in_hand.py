"""Which record a command has in hand that reads topics once, where it hangs on it or dies of it.

Whoever hangs or has crashed can say nothing any more. So what is in hand is noted in memory that a
small process beside it sees too, which says it once the command has ended without having let go.
The kernel ends a command that is at the same records for too long.
"""

import faulthandler
import mmap
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

#: Processor time (s) for what follows from one record: many times what the dearest takes, since
#: some commands gather thousands before they go on.
BUDGET_S: Final = 300.0
_BYTES: Final = 4096
_BESIDE: Final = """
import os, sys
sys.stdin.buffer.read()
text = os.pread(int(sys.argv[1]), 4096, 0).partition(b"\\0")[0].decode("utf-8", "replace")
if text:
    print(f"cellhound: this command ended while it was at {text}. If nobody has ended it, what is"
          f" there takes more than {sys.argv[2]} s of processor time, or ends who reads it: please"
          " report it.", file=sys.stderr)
"""
#: By plain topic name, partition and record, whether it is left out.
LeavesOut = Callable[[str, int, Any], bool]


class InHand:
    """See the module's text. ``leaves_out`` says which records nobody is to look at."""

    def __init__(self, leaves_out: LeavesOut, budget_s: float) -> None:
        self.leaves_out, self._budget_s = leaves_out, budget_s
        self._held: dict[tuple[str, int], int] = {}
        self._file = os.memfd_create("in-hand")
        os.ftruncate(self._file, _BYTES)
        self._memory = mmap.mmap(self._file, _BYTES)
        words = [sys.executable, "-I", "-S", "-c", _BESIDE, str(self._file), f"{budget_s:.0f}"]
        self._beside = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            pass_fds=[self._file],
            # What ends the command, such as Ctrl-C, is not for it.
            start_new_session=True,
        )

    def take(self, topic: str, partition: int, offset: int) -> None:
        """Takes a record in hand; of a partition the one before is done then."""
        self._held.pop((topic, partition), None)
        self._held[topic, partition] = offset
        self._note()

    def let_go(self, topic: str, partition: int) -> None:
        """Nothing of a partition is in hand any more."""
        self._held.pop((topic, partition), None)
        self._note()

    def close(self) -> None:
        """Lets go of all."""
        self._held.clear()
        self._note()
        assert self._beside.stdin is not None
        self._beside.stdin.close()
        self._beside.wait()
        self._memory.close()
        os.close(self._file)

    def _note(self) -> None:
        if self._memory.closed:
            return
        places = (f"{t}, partition {p}, offset {o}" for (t, p), o in reversed(self._held.items()))
        text = " or ".join(places).encode()[: _BYTES - 1]
        self._memory[: len(text) + 1] = text + b"\0"
        signal.setitimer(signal.ITIMER_PROF, self._budget_s if text else 0.0)


_IN_HAND: Final[ContextVar[InHand | None]] = ContextVar("in_hand", default=None)


@contextmanager
def watched(leaves_out: LeavesOut, budget_s: float = BUDGET_S) -> Iterator[None]:
    """What is read in this ``with`` from topics is noted, one record after the other."""
    if not faulthandler.is_enabled():
        faulthandler.enable(sys.__stderr__ or 2)
    faulthandler.register(signal.SIGPROF, sys.__stderr__ or 2, all_threads=True, chain=True)
    in_hand = InHand(leaves_out, budget_s)
    before = _IN_HAND.set(in_hand)
    try:
        yield
    finally:
        _IN_HAND.reset(before)
        in_hand.close()
        faulthandler.unregister(signal.SIGPROF)


def one_by_one(topic: str, partition: int, records: Iterator[Any]) -> Iterator[Any]:
    """The records of a partition, each noted while it is in hand where that is watched."""
    in_hand = _IN_HAND.get()
    if in_hand is None:
        yield from records
        return
    try:
        for record in records:
            if not in_hand.leaves_out(topic, partition, record):
                in_hand.take(topic, partition, record.offset)
                yield record
    finally:
        in_hand.let_go(topic, partition)
