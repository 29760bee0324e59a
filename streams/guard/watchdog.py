"""Ends a worker that is at the same records for too long, so that it is started again.

Too long is so much processor time of the thread that decodes, or ten times as many seconds of which
the watchdog's own thread has counted each: on a busy machine, or where the process was stopped for
a while, nothing ends for that. Code that holds Python's lock keeps that thread from looking; then
the kernel ends the process, after so much processor time in which nobody put it off (SIGPROF). Both
ways print where all threads are. What holds the lock without using the processor is not ended here;
signs of life and probes show it.
"""

import faulthandler
import logging
import os
import shutil
import signal
import sys
import threading
from typing import Final

from streams.guard.journal import Journal, Span, Work

_log = logging.getLogger(__name__)

_LOOK_S: Final = 1.0
#: What decodes may wait for so many times its processor time.
_WAITING: Final = 10
_ENDS = (
    "This process doesn't get done with %s (streams.stuck_s, %d s): it ends, and must be started"
    " again. The next one tries this in a process of its own, and leaves out what is to blame."
)


class Watchdog:
    """Watches what is noted in a journal; ``data_dir`` is removed at the end, if there is one. With
    ``only_busy`` nothing ends that merely waits, as for a database."""

    def __init__(
        self, journal: Journal, stuck_s: int, data_dir: str | None, only_busy: bool = False
    ) -> None:
        self._journal, self._stuck_s, self._data_dir = journal, stuck_s, data_dir
        self._only_busy = only_busy
        self._over = threading.Event()

    def start(self) -> None:
        """Begins to watch; in a worker's process only."""
        if not faulthandler.is_enabled():
            faulthandler.enable(sys.__stderr__ or 2)
        faulthandler.register(signal.SIGPROF, sys.__stderr__ or 2, all_threads=True, chain=True)
        self._put_off()
        threading.Thread(target=self._watch, daemon=True).start()

    def stop(self) -> None:
        """Ends the watch."""
        self._over.set()
        signal.setitimer(signal.ITIMER_PROF, 0.0)

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_S):
            self._journal.looks += 1
            self._put_off()
            for work in self._journal.at_hand():
                work.look(self._journal.looks)
                if self._is_too_long(work):
                    self._end(work.span)

    def _put_off(self) -> None:
        """Puts off the kernel's end: at all times, since what holds the lock lets nobody begin."""
        signal.setitimer(signal.ITIMER_PROF, float(self._stuck_s))

    def _is_too_long(self, work: Work) -> bool:
        waited_s = (self._journal.looks - work.since) * _LOOK_S
        # Not before some looks: by then the thread surely is at that very work, not beyond it.
        return waited_s >= self._stuck_s and (
            (waited_s >= _WAITING * self._stuck_s and not self._only_busy)
            or work.busy_s() >= self._stuck_s
        )

    def _end(self, span: Span) -> None:
        _log.critical(_ENDS, span, self._stuck_s)
        faulthandler.dump_traceback(sys.__stderr__ or 2, all_threads=True)
        if self._data_dir is not None:
            shutil.rmtree(self._data_dir, ignore_errors=True)
        os._exit(1)
