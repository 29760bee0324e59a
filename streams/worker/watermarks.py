"""How far in arrival time each input partition has come: the source of all
watermarks.

A partition promises that nothing older than its newest arrival, less the allowed disorder, is to
come; a publisher's own watermark promises more. A partition that was read to its end and stays
silent would hold everything back, so it follows what was seen elsewhere, at a distance of some
seconds of the clock: the clock says only *that* nothing came, never what time it is in the data.
One to which something came lately follows no further than the allowed disorder behind the newest,
and no further than its own messages would have come meanwhile: it may always be behind the others.
"""

from collections import deque
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

#: A partition that was read to its end follows others when nothing has come for so long (s of the
#: clock): else one with a message now and then would hold all others back until the next.
QUIET_S = 0.5
#: An arrival time more than this ahead of what was seen has to be confirmed by the next one.
_LEAP_MS = 86_400_000


@dataclass(slots=True)
class WatermarkTracker:
    """One input partition's progress; times in ms of arrival time, 0 for nothing yet."""

    disorder_ms: int
    newest_ms: int = 0
    until_ms: int = 0
    end: bool = False
    _leap_ms: int = 0

    def observe(self, arrivals_ms: NDArray[np.int64]) -> None:
        """Takes the arrival times of successive messages.

        A single one that leaps more than a day ahead of both its neighbours is not believed.
        """
        if not len(arrivals_ms):
            return
        self.end = False
        highest = int(arrivals_ms.max())
        if not self._leap_ms and self.newest_ms and highest - self.newest_ms <= _LEAP_MS:
            self.newest_ms = max(self.newest_ms, highest)
        else:
            self._observe_singly(arrivals_ms)
        self.until_ms = max(self.until_ms, self.newest_ms - self.disorder_ms)

    def overtaken(self, arrivals_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Takes them as `observe` does; which of them came after what those before had promised."""
        if not len(arrivals_ms):
            return np.zeros(0, dtype=np.bool_)
        if not self.newest_ms and (arrivals_ms > 0).any():
            # Behind the first that has a time they are mostly as those of later chunks.
            begin = int(np.argmax(arrivals_ms > 0)) + 1
            parts = self._overtaken_singly(arrivals_ms[:begin]), self.overtaken(arrivals_ms[begin:])
            return np.concatenate(parts)
        if (
            self._leap_ms
            or not self.newest_ms
            or int(arrivals_ms.max()) - self.newest_ms > _LEAP_MS
        ):
            return self._overtaken_singly(arrivals_ms)
        before = np.maximum.accumulate(np.append(self.newest_ms, arrivals_ms[:-1]))
        promised_ms = np.maximum(before - self.disorder_ms, self.until_ms)
        self.observe(arrivals_ms)
        return np.asarray(arrivals_ms < promised_ms)

    def _overtaken_singly(self, arrivals_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
        late = np.zeros(len(arrivals_ms), dtype=np.bool_)
        for place, at in enumerate(arrivals_ms.tolist()):
            late[place] = at < self.until_ms
            self.observe(arrivals_ms[place : place + 1])
        return late

    def _observe_singly(self, arrivals_ms: NDArray[np.int64]) -> None:
        for at in arrivals_ms.tolist():
            if not self.newest_ms or at - self.newest_ms <= _LEAP_MS:
                self.newest_ms, self._leap_ms = max(self.newest_ms, at), 0
            elif self._leap_ms and at >= self._leap_ms - _LEAP_MS:
                self.newest_ms, self._leap_ms = max(at, self._leap_ms), 0
            else:
                self._leap_ms = at

    def promise(self, until_ms: int, end: bool) -> None:
        """Takes a publisher's watermark: nothing that arrived before ``until_ms`` is to come."""
        self.until_ms = max(self.until_ms, until_ms)
        self.newest_ms = max(self.newest_ms, until_ms - 1)
        self.end = end

    def follow(self, elsewhere_ms: int) -> None:
        """Goes along, silent, with what was seen elsewhere a while ago, that included."""
        self.until_ms = max(self.until_ms, elsewhere_ms + 1)


class IdlePartitionClock:
    """The newest arrival time seen in any partition, now and ``lag_s`` of the clock ago. Several
    correlators may show it what they read at once."""

    def __init__(self, lag_s: float) -> None:
        self._lag_s = lag_s
        self._newest_ms = 0
        self._history: deque[tuple[float, int]] = deque()
        self._lagged_ms = 0
        self._seeing = Lock()

    def see(self, arrival_ms: int, clock_s: float) -> None:
        """Takes an arrival time seen at ``clock_s`` (any monotonic clock)."""
        with self._seeing:
            if arrival_ms > self._newest_ms:
                self._newest_ms = arrival_ms
                self._history.append((clock_s, arrival_ms))

    def see_watermark(self, until_ms: int, clock_s: float) -> None:
        """Takes another worker's watermark, which is about what came before ``until_ms``: taken for
        an arrival, it would let silent partitions follow each other's watermarks for ever."""
        self.see(until_ms - 1, clock_s)

    def followed_ms(
        self, clock_s: float, quiet_s: float, own_newest_ms: int, disorder_ms: int
    ) -> int:
        """What a partition follows to which nothing has come for so long; 0 for nothing.

        From the lag on, all that was seen elsewhere before it. Until then no more than the newest
        less the allowed disorder, and than where the partition's own messages would have come in
        that time: whoever is behind, steadily or by a clock, stays as far behind.
        """
        lagged_ms = self.lagged_ms(clock_s)
        if quiet_s >= self._lag_s:
            return lagged_ms
        if quiet_s < QUIET_S or not own_newest_ms:
            return 0
        own_ms = own_newest_ms + int(quiet_s * 1000)
        return max(0, min(lagged_ms, min(self._newest_ms, own_ms) - disorder_ms))

    def lagged_ms(self, clock_s: float) -> int:
        """The newest arrival time that was seen at least the lag ago; 0 for none."""
        while self._history and self._history[0][0] <= clock_s - self._lag_s:
            self._lagged_ms = self._history.popleft()[1]
        return self._lagged_ms
