"""How late each phone's reports mostly are: apps that collect, and apps that send at once.

Some apps send a report as soon as they have it, others every few minutes, or when they see a Wi-Fi.
So lateness is above all a habit of the phone, and a report is judged beside those of phones of the
same habit.
"""

from typing import Final

import numpy as np

from detectors.features.rows.device_rows import Numbers, speakers_of
from detectors.model.columns import I8, Text

#: So many of a phone's last reports show its habit, so many at least.
_LAST: Final = 8
_ENOUGH: Final = 2
#: What arrives within such a time (ms) of another report was uploaded with it.
TOGETHER_MS: Final = 1_000
#: Where one habit ends and the next begins: seconds, a minute, minutes (s).
_BOUNDS_S: Final = (10.0, 60.0, 360.0)
AT_ONCE, UNKNOWN = "at once", "unknown"
_NAMES: Final = (AT_ONCE, "within a minute", "within minutes", "much later")
_FIRST_ROOM: Final = 1024


class UploadHabits:
    """Screening state: how late the last reports were of each device, of those that sent any within
    ``horizon_ms`` of arrival time.

    >>> habits = UploadHabits(3_600_000)
    >>> who = np.array(["a"] * 4, dtype=object)
    >>> rx_ms = np.array([0, 60_000, 120_000, 180_000])
    >>> habits.step(who, rx_ms, np.array([2_000, 4_000, 3_000, 90_000]), np.array([1, 3]))
    ['unknown', 'at once']
    """

    def __init__(self, horizon_ms: int) -> None:
        self._horizon_ms = horizon_ms
        self._numbers = Numbers()
        self._rx_ms = np.zeros((0, _LAST), dtype=np.int64)
        self._late_ms = np.zeros((0, _LAST), dtype=np.int64)
        #: How many reports of a device were taken in; the next one's place is this modulo `_LAST`.
        self._taken = np.zeros(0, dtype=np.int64)
        self._swept_ms = -(1 << 62)

    def __len__(self) -> int:
        return len(self._numbers)

    def step(self, who: Text, rx_ms: I8, late_ms: I8, asked: I8) -> list[str]:
        """The habit of the device of each row that is asked about, as its reports before that row
        show it; then all rows of the batch, in order of arrival, are taken in."""
        if not len(who):
            return []
        self._sweep(int(rx_ms.min()))
        speakers = speakers_of(who)
        devices = self._numbers.of(speakers.names)
        self._make_room(len(self._numbers))
        device = devices[speakers.speaker]
        habits = []
        for row in asked.tolist():
            before: list[int] = []
            at = int(speakers.before[row])
            while at >= 0 and len(before) < _LAST:
                before.append(at)
                at = int(speakers.before[at])
            kept = min(_LAST - len(before), int(self._taken[device[row]]))
            slots = (int(self._taken[device[row]]) - 1 - np.arange(kept)) % _LAST
            arrived = np.append(rx_ms[before], self._rx_ms[device[row], slots])
            late = np.append(late_ms[before], self._late_ms[device[row], slots])
            habits.append(self._habit(int(rx_ms[row]), arrived, late))
        self._take(device, rx_ms, late_ms)
        return habits

    def _habit(self, now_ms: int, arrived_ms: I8, late_ms: I8) -> str:
        ago_ms = now_ms - arrived_ms
        late_ms = late_ms[(np.abs(ago_ms) > TOGETHER_MS) & (ago_ms <= self._horizon_ms)]
        if len(late_ms) < _ENOUGH:
            return UNKNOWN
        return _NAMES[int(np.searchsorted(_BOUNDS_S, float(np.median(late_ms)) / 1000.0))]

    def _take(self, device: I8, rx_ms: I8, late_ms: I8) -> None:
        order = np.argsort(device, kind="stable")
        of = device[order]
        begins = np.flatnonzero(np.append(True, of[1:] != of[:-1]))
        counts = np.diff(np.append(begins, len(of)))
        rank = np.arange(len(of)) - np.repeat(begins, counts)
        last = rank >= np.repeat(counts, counts) - _LAST
        rows, slot = order[last], (self._taken[of] + rank)[last] % _LAST
        self._rx_ms[of[last], slot] = rx_ms[rows]
        self._late_ms[of[last], slot] = late_ms[rows]
        self._taken[of[begins]] += counts

    def _make_room(self, devices: int) -> None:
        more = max(_FIRST_ROOM, 2 * devices) - len(self._taken)
        if devices > len(self._taken):
            self._rx_ms = np.pad(self._rx_ms, ((0, more), (0, 0)))
            self._late_ms = np.pad(self._late_ms, ((0, more), (0, 0)))
            self._taken = np.pad(self._taken, (0, more))

    def _sweep(self, now_ms: int) -> None:
        """Forgets devices beyond the horizon, once in a quarter of it."""
        if now_ms - self._swept_ms < self._horizon_ms / 4:
            return
        self._swept_ms = now_ms
        count = len(self._numbers)
        newest = self._rx_ms[:count].max(axis=1, initial=-(1 << 62))
        left = np.flatnonzero(newest >= now_ms - self._horizon_ms)
        if len(left) == count:
            return
        names = list(self._numbers)
        self._numbers = Numbers({names[old]: new for new, old in enumerate(left.tolist())})
        self._rx_ms, self._late_ms = self._rx_ms[left], self._late_ms[left]
        self._taken = self._taken[left]
