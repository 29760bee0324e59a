"""Liveness and readiness: one word for whoever starts and stops processes, and nothing else.

`live` is about what a restart mends: an event loop that stands still, or signs of life that ceased
though the broker is there. `ready` is about whether it does its work now.
"""

import time
from collections.abc import Callable, Iterable
from typing import Final

#: What both answer when nothing is wrong.
OK: Final = "ok"
#: What they may answer else.
REASONS: Final = {
    "stuck": "the event loop has not come round for 30 s",
    "silent": "no sign of life was written for 60 s, though the broker answers",
    "starting": "it has not connected yet",
    "broker_away": "no broker answers, or none that takes it",
    "no_partitions": "it has no partitions: others have all of them, or it just joined",
    "restoring": "it is reading back what it knew before",
    "catching_up": "the store lacks what was on the topics when it started",
    "store_failing": "the console's database does not answer",
    "accounts_failing": "the accounts' database does not answer",
    "stopping": "it was told to stop",
}
#: A turn of the loop takes a fraction of a second, a garbage collection of a large state some.
STUCK_S: Final = 30.0
#: Signs of life come every two seconds; a rebalance may hold one back for half a minute.
SILENT_S: Final = 60.0


class Probes:
    """What a worker or a process of channels answers; ``clock`` is monotonic, in seconds.

    ``broker_is_there`` may take some seconds, so both questions are asked outside the event loop.
    """

    def __init__(
        self, broker_is_there: Callable[[], bool], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock, self._broker_is_there = clock, broker_is_there
        self._ticked_s: float | None = None
        self._signed_s: float | None = None
        self._checks: list[Callable[[], str]] = []

    def tick(self) -> None:
        """Notes that the event loop has come round."""
        self._ticked_s = self._clock()

    def sign(self) -> None:
        """Notes that a sign of life was written: from now on more of them are due."""
        self._signed_s = self._clock()

    def check(self, check: Callable[[], str]) -> None:
        """Adds a check of readiness: a word of `REASONS`, or `OK`; must not block."""
        self._checks.append(check)

    def live(self) -> str:
        """`OK`, or why a restart would help. Before the first tick nothing is due."""
        now = self._clock()
        if self._ticked_s is not None and now - self._ticked_s > STUCK_S:
            return "stuck"
        is_silent = self._signed_s is not None and now - self._signed_s > SILENT_S
        # Without a broker nothing can be written: a restart would help nobody.
        return "silent" if is_silent and self._broker_is_there() else OK

    def ready(self) -> str:
        """`OK`, or why it doesn't do its work now."""
        if self._ticked_s is None:
            return "starting"
        found = self.live()
        if found == OK and not self._broker_is_there():
            found = "broker_away"
        return found if found != OK else first_wrong(check() for check in self._checks)


def first_wrong(words: Iterable[str]) -> str:
    """The first word that is not `OK`.

    >>> first_wrong(["ok", "restoring", "stopping"]), first_wrong([])
    ('restoring', 'ok')
    """
    return next((word for word in words if word != OK), OK)
