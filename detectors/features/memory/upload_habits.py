"""How late each phone's reports mostly are: apps that collect, and apps that send at once.

Some apps send a report as soon as they have it, others every few minutes, or when they see a Wi-Fi.
So lateness is above all a habit of the phone, and a report is judged beside those of phones of the
same habit. What is uploaded together counts once, as late as the newest of it: that is when the
phone would have sent.
"""

from collections.abc import Iterator
from math import inf
from typing import Final

import numpy as np

from detectors.features.memory.lru import is_full, newest_places
from detectors.features.rows.device_rows import Numbers, Speakers, speakers_of
from detectors.model.columns import I8, Bool, Text

#: So many of a phone's last uploads show its habit, so many at least; one more is kept, since that
#: of the report itself is none of them.
_LAST, _ENOUGH = 8, 2
_KEPT: Final = _LAST + 1
#: What arrives within such a time (ms) of another report was uploaded with it; no upload takes
#: longer than the other, so that what counts is known whole after a restart.
TOGETHER_MS, _LONGEST_MS = 1_000, 60_000
#: Where one habit ends and the next begins: seconds, a minute, minutes (s).
_BOUNDS_S: Final = (10.0, 60.0, 360.0)
AT_ONCE, UNKNOWN = "at once", "unknown"
_NAMES: Final = (AT_ONCE, "within a minute", "within minutes", "much later")
#: What is as late as this (ms), or later, was not sent at once, whatever the phone's habit.
AT_ONCE_MS: Final = round(_BOUNDS_S[0] * 1000)
#: The longest that reports of phones of each habit mostly take (ms); of an unknown one as if they
#: were sent at once.
_USUAL_MS: Final = {
    UNKNOWN: AT_ONCE_MS,
    **{name: s * 1000 for name, s in zip(_NAMES, (*_BOUNDS_S, inf), strict=True)},
}
_FIRST_ROOM: Final = 1024
_NEVER_MS: Final = -(1 << 62)
#: No lateness is larger (ms).
_MOST_LATE_MS: Final = (1 << 31) - 1


def is_usual(habit: str, late_ms: int) -> bool:
    """Whether a phone of such a habit may well send as late.

    >>> is_usual("within a minute", 30_000), is_usual("at once", 30_000), is_usual("unknown", 30)
    (True, False, True)
    """
    return late_ms < _USUAL_MS[habit]


class UploadHabits:
    """Screening state: how late the last uploads were of each device, of those that sent any within
    ``horizon_ms`` of arrival time.

    >>> habits = UploadHabits(3_600_000)
    >>> who = np.array(["a"] * 4, dtype=object)
    >>> rx_ms = np.array([0, 60_000, 120_000, 180_000])
    >>> late_ms, usual = np.array([2_000, 4_000, 3_000, 90_000]), np.ones(4, dtype=np.bool_)
    >>> habits.step(who, rx_ms, late_ms, usual, np.array([1, 3]))
    ['unknown', 'at once']
    """

    def __init__(self, horizon_ms: int) -> None:
        self._horizon_ms = horizon_ms
        self._numbers = Numbers()
        self._rx_ms = np.zeros((0, _KEPT), dtype=np.int64)
        self._late_ms = np.zeros((0, _KEPT), dtype=np.int32)
        #: How many uploads of a device were taken in; the next one's place is this modulo `_KEPT`.
        self._taken = np.zeros(0, dtype=np.int64)
        self._swept_ms = _NEVER_MS

    def __len__(self) -> int:
        return len(self._numbers)

    def step(self, who: Text, rx_ms: I8, late_ms: I8, usual: Bool, asked: I8) -> list[str]:
        """The habit of the device of each row that is asked about, as its uploads before that row
        show it; then all rows that are ``usual`` are taken in. Rows are in order of arrival."""
        if not len(who):
            return []
        self._sweep(int(rx_ms.min()))
        late_ms = np.clip(late_ms, 0, _MOST_LATE_MS)
        speakers = speakers_of(who)
        devices = self._numbers.of(speakers.names)
        self._make_room(len(self._numbers))
        device = devices[speakers.speaker]
        habits = [
            self._habit(row, int(device[row]), speakers, rx_ms, late_ms, usual)
            for row in asked.tolist()
        ]
        rows = np.flatnonzero(usual)
        if len(rows):
            self._take(device[rows], rx_ms[rows], late_ms[rows])
        return habits

    def _habit(
        self, row: int, device: int, speakers: Speakers, rx_ms: I8, late_ms: I8, usual: Bool
    ) -> str:
        now_ms = last_ms = int(rx_ms[row])
        uploads: list[int] = []
        is_own = True
        for then_ms, each_ms in self._before(row, device, speakers, rx_ms, late_ms, usual):
            together = abs(last_ms - then_ms) <= TOGETHER_MS
            last_ms, is_own = then_ms, is_own and together
            if is_own:
                continue
            if together:
                uploads[-1] = min(uploads[-1], each_ms)
                continue
            if len(uploads) == _LAST or now_ms - then_ms > self._horizon_ms - _LONGEST_MS:
                break
            uploads.append(each_ms)
        if len(uploads) < _ENOUGH:
            return UNKNOWN
        return _NAMES[int(np.searchsorted(_BOUNDS_S, float(np.median(uploads)) / 1000.0))]

    def _before(
        self, row: int, device: int, speakers: Speakers, rx_ms: I8, late_ms: I8, usual: Bool
    ) -> Iterator[tuple[int, int]]:
        """When they arrived, and how late, of a device's rows of the batch before one, then of its
        uploads before the batch; the newest first."""
        at = int(speakers.before[row])
        while at >= 0:
            if usual[at]:
                yield int(rx_ms[at]), int(late_ms[at])
            at = int(speakers.before[at])
        taken = int(self._taken[device])
        for back in range(1, min(_KEPT, taken) + 1):
            slot = (taken - back) % _KEPT
            yield int(self._rx_ms[device, slot]), int(self._late_ms[device, slot])

    def _take(self, device: I8, rx_ms: I8, late_ms: I8) -> None:
        order = np.argsort(device, kind="stable")
        of, rx_ms, late_ms = device[order], rx_ms[order], late_ms[order]
        firsts = np.append(True, of[1:] != of[:-1])
        newest = (self._taken[of] - 1) % _KEPT
        stored_ms = np.where(self._taken[of] > 0, self._rx_ms[of, newest], _NEVER_MS // 2)
        last_ms = np.where(firsts, stored_ms, np.append(0, rx_ms[:-1]))
        begins = np.abs(rx_ms - last_ms) > TOGETHER_MS
        # Uploads of each device in this batch, counted from 1; 0 goes on with the one before.
        total = np.cumsum(begins)
        at_first = np.flatnonzero(firsts)
        lengths = np.diff(np.append(at_first, len(of)))
        rank: I8 = total - np.repeat(total[at_first] - begins[at_first], lengths)
        count: I8 = rank[np.append(at_first[1:], len(of)) - 1]
        last = rank > np.repeat(count, lengths) - _KEPT
        slot = (self._taken[of] + rank - 1) % _KEPT
        new = begins & last
        self._late_ms[of[new], slot[new]] = _MOST_LATE_MS
        self._rx_ms[of[new], slot[new]] = rx_ms[new]
        of, slot = of[last], slot[last]
        np.minimum.at(self._late_ms, (of, slot), late_ms[last].astype(np.int32))
        self._rx_ms[of, slot] = rx_ms[last]
        self._taken[device[order][at_first]] += count

    def _make_room(self, devices: int) -> None:
        more = max(_FIRST_ROOM, 2 * devices) - len(self._taken)
        if devices > len(self._taken):
            self._rx_ms = np.pad(self._rx_ms, ((0, more), (0, 0)))
            self._late_ms = np.pad(self._late_ms, ((0, more), (0, 0)))
            self._taken = np.pad(self._taken, (0, more))

    def _sweep(self, now_ms: int) -> None:
        """Forgets devices beyond the horizon, once in a quarter of it."""
        count = len(self._numbers)
        if now_ms - self._swept_ms < self._horizon_ms / 4 and not is_full(count):
            return
        self._swept_ms = now_ms
        newest = self._rx_ms[:count].max(axis=1, initial=_NEVER_MS)
        newest[self._taken[:count] == 0] = _NEVER_MS
        left = newest_places(newest, now_ms - self._horizon_ms)
        if len(left) == count:
            return
        names = list(self._numbers)
        self._numbers = Numbers({names[old]: new for new, old in enumerate(left.tolist())})
        self._rx_ms, self._late_ms = self._rx_ms[left], self._late_ms[left]
        self._taken = self._taken[left]
