"""Where the core network itself has last had each subscriber: one area for each kind of area.

As `detectors.features.memory.last_message`, but a row may ask without being kept, and a location
area, a tracking area of LTE and one of NR are remembered side by side: a phone that comes up from
GSM names the location area that it had there, not the tracking area before.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.features.memory.lru import is_full, newest_places, room_for
from detectors.features.rows.device_rows import Numbers
from detectors.features.rows.registrations import DOMAIN_COUNT
from detectors.model.columns import I8, U1, Bool, Text

_NEVER_MS = -(1 << 62)


class Whereabouts:
    """Last areas of subscribers within ``horizon_ms`` of arrival time.

    >>> names = np.array(["a", "a"], dtype=object)
    >>> had = Whereabouts(3_600_000)
    >>> area, kept = np.array([7, 8]), np.array([True, False])
    >>> had.step(names, np.array([0, 5]), np.array([1, 1], dtype=np.uint8), area, kept)[0].tolist()
    [[-1, 7], [-1, -1], [-1, -1]]
    """

    def __init__(self, horizon_ms: int) -> None:
        self._horizon_ms = horizon_ms
        self._numbers = Numbers()
        self._area = np.zeros((DOMAIN_COUNT, 0), dtype=np.int64)
        self._rx_ms = np.zeros((DOMAIN_COUNT, 0), dtype=np.int64)
        self._swept_ms = _NEVER_MS

    def __len__(self) -> int:
        return len(self._numbers)

    def step(self, who: Text, rx_ms: I8, domain: U1, area: I8, kept: Bool) -> tuple[I8, I8]:
        """Areas before each row (domains x rows), -1 where none is known, and their arrivals (ms).

        ``domain`` (1..3) and ``area`` are the row's own, taken in where ``kept``.
        """
        count = len(who)
        areas = np.full((DOMAIN_COUNT, count), -1, dtype=np.int64)
        times = np.full((DOMAIN_COUNT, count), _NEVER_MS, dtype=np.int64)
        if not count:
            return areas, times
        self._sweep(int(rx_ms.min()))
        number = self._numbers.of(who)
        self._make_room(len(self._numbers))
        order = np.argsort(number, kind="stable")
        of = number[order]
        first = np.flatnonzero(np.append(True, of[1:] != of[:-1]))
        start = np.repeat(first, np.diff(np.append(first, count)))
        last = np.append(first[1:], count) - 1
        ticks = np.arange(count)
        for kind in range(DOMAIN_COUNT):
            writes = np.where(kept[order] & (domain[order] == kind + 1), ticks, -1)
            until = np.maximum.accumulate(writes)
            before = np.append(-1, until[:-1])
            inside = before >= start
            row = order[np.where(inside, before, 0)]
            areas[kind, order] = np.where(inside, area[row], self._area[kind, of])
            times[kind, order] = np.where(inside, rx_ms[row], self._rx_ms[kind, of])
            wrote = last[until[last] >= start[last]]
            row = order[until[wrote]]
            self._area[kind, of[wrote]] = area[row]
            self._rx_ms[kind, of[wrote]] = rx_ms[row]
        areas[rx_ms - times > self._horizon_ms] = -1
        return areas, times

    def _make_room(self, subscribers: int) -> None:
        had = self._area.shape[1]
        if subscribers <= had:
            return
        room = room_for(subscribers)
        self._area = _widened(self._area, room, -1)
        self._rx_ms = _widened(self._rx_ms, room, _NEVER_MS)

    def _sweep(self, now_ms: int) -> None:
        """Forgets subscribers beyond the horizon, once in a quarter of it."""
        count = len(self._numbers)
        if now_ms - self._swept_ms < self._horizon_ms / 4 and not is_full(count):
            return
        self._swept_ms = now_ms
        newest = self._rx_ms[:, :count].max(axis=0) if count else np.zeros(0, dtype=np.int64)
        left = newest_places(newest, now_ms - self._horizon_ms)
        if len(left) == count:
            return
        self._numbers.keep(left)
        self._area, self._rx_ms = self._area[:, left], self._rx_ms[:, left]


def _widened(columns: NDArray[Any], room: int, fill: int) -> NDArray[Any]:
    wider = np.full((DOMAIN_COUNT, room), fill, dtype=np.int64)
    wider[:, : columns.shape[1]] = columns
    return wider
