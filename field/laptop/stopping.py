"""Ctrl-C, SIGTERM and a closed terminal, as something that loops can look at."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StartError(Exception):
    """It can't be started, or a part of it has ended; the text is for the person who started it."""


@dataclass(frozen=True, slots=True)
class Stop:
    """``asked`` is set by the first signal, ``hurry`` by the next: who waits then waits no more."""

    asked: threading.Event = field(default_factory=threading.Event)
    hurry: threading.Event = field(default_factory=threading.Event)


@contextmanager
def stopped_by_signals() -> Iterator[Stop]:
    """What the signals of this process set, until the end of the block.

    No exception is raised into what is being done: a process that has just been started is never
    lost for it.
    """
    stop = Stop()

    def note(_number: int, _frame: FrameType | None) -> None:
        (stop.hurry if stop.asked.is_set() else stop.asked).set()

    before = {number: signal.signal(number, note) for number in _SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
