"""How late each phone's reports mostly are: apps that collect, and apps that send at once.

Some apps send a report as soon as they have it, others every few minutes, or when they see a Wi-Fi.
So lateness is above all a habit of the phone, and a report is judged beside those of phones of the
same habit. What is uploaded together counts once, as late as the newest of it: that is when the
phone would have sent.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from math import inf
from statistics import median
from typing import Final

import numpy as np

from detectors.features.memory.lru import room_for
from detectors.features.phones.short_times import ages_ms, short_times
from detectors.features.rows.device_rows import DeviceRows
from detectors.features.rows.runs import grouped
from detectors.model.columns import I8, U1, Bool
from detectors.native.screened import uploads

#: So many of a phone's last uploads show its habit, so many at least; one more is kept, since that
#: of the report itself is none of them.
_LAST, _ENOUGH = 8, 2
_KEPT: Final = _LAST + 1
_FULL: Final = 2 * _KEPT
#: What arrives within such a time (ms) of another report was uploaded with it; no upload takes
#: longer than the other, so that what counts is known whole after a restart.
TOGETHER_MS, _LONGEST_MS = 1_000, 60_000
#: Where one habit ends and the next begins: seconds, a minute, minutes (s).
_BOUNDS_S: Final = (10.0, 60.0, 360.0)
AT_ONCE, UNKNOWN = "at once", "unknown"
_NAMES: Final = (AT_ONCE, "within a minute", "within minutes", "much later")
#: All, by their codes in columns.
HABITS: Final = (UNKNOWN, *_NAMES)
#: What is as late as this (ms), or later, was not sent at once, whatever the phone's habit.
AT_ONCE_MS: Final = round(_BOUNDS_S[0] * 1000)
#: The longest that reports of phones of each habit mostly take (ms); of an unknown one as if they
#: were sent at once.
_USUAL_MS: Final = {
    UNKNOWN: AT_ONCE_MS,
    **{name: s * 1000 for name, s in zip(_NAMES, (*_BOUNDS_S, inf), strict=True)},
}
#: No lateness is larger (ms).
_MOST_LATE_MS: Final = (1 << 31) - 1


def is_usual(habit: str, late_ms: int) -> bool:
    """Whether a phone of such a habit may well send as late.

    >>> is_usual("within a minute", 30_000), is_usual("at once", 30_000), is_usual("unknown", 30)
    (True, False, True)
    """
    return late_ms < _USUAL_MS[habit]


class UploadHabits:
    """How late the last uploads were of each phone, by its number
    (`detectors.features.phones.phones`).

    >>> from detectors.features.rows.device_rows import device_rows
    >>> habits = UploadHabits()
    >>> habits.make_room(1)
    >>> rx_ms = np.array([0, 60_000, 120_000, 180_000])
    >>> late_ms, usual = np.array([2_000, 4_000, 3_000, 90_000]), np.ones(4, dtype=np.bool_)
    >>> phones = device_rows(np.zeros(4, dtype=np.int64))
    >>> asked = np.array([1, 3])
    >>> [HABITS[code] for code in habits.step(phones, rx_ms, late_ms, usual, asked, 3_600_000)]
    ['unknown', 'at once']
    """

    def __init__(self) -> None:
        #: `_KEPT` places of each phone: `detectors.features.phones.short_times`, and lateness.
        self._rx_ms = np.zeros(0, dtype=np.uint32)
        self._late_ms = np.zeros(0, dtype=np.int32)
        #: How many uploads of a phone were taken in; the next one's place is this modulo `_KEPT`.
        #: Of `_FULL` on it is counted from `_KEPT` again.
        self._taken = np.zeros(0, dtype=np.uint8)

    def step(
        self,
        phones: DeviceRows,
        rx_ms: I8,
        late_ms: I8,
        usual: Bool,
        asked: I8,
        horizon_ms: int,
    ) -> U1:
        """The habit of the phone of each row that is asked about, as its uploads before that row
        show it, of those within ``horizon_ms`` of arrival time, by its code in `HABITS`; then all
        rows that are ``usual`` are taken in. Rows are in order of arrival.

        By our own library, and without it one after the other, which takes some ten times as long.
        """
        if not len(rx_ms):
            return np.zeros(0, dtype=np.uint8)
        if uploads.OURS is not None:
            kept, layout = (self._rx_ms, self._late_ms, self._taken), (phones.device, phones.before)
            return uploads.OURS.step(kept, layout, (rx_ms, late_ms), usual, asked, horizon_ms)
        late_ms = np.clip(late_ms, 0, _MOST_LATE_MS)
        before = zip(asked.tolist(), self._kept(phones.device, rx_ms, asked), strict=True)
        habits = [
            _habit(int(rx_ms[row]), _before(row, kept, phones, rx_ms, late_ms, usual), horizon_ms)
            for row, kept in before
        ]
        if usual.all() and len(phones.last) == len(rx_ms):
            self._take_one_of_each(phones.device, rx_ms, late_ms)
        elif len(rows := np.flatnonzero(usual)):
            self._take(phones.device[rows], rx_ms[rows], late_ms[rows])
        return np.array(habits, dtype=np.uint8)

    def _kept(self, device: I8, rx_ms: I8, rows: I8) -> list[list[tuple[int, int]]]:
        """When what is kept of the phone of each row that is asked about arrived, and how late, the
        newest first."""
        phones, now_ms = device[rows], rx_ms[rows][:, None]
        taken = self._taken[phones].astype(np.int64)
        back = np.arange(1, _KEPT + 1)
        places = phones[:, None] * _KEPT + (taken[:, None] - back) % _KEPT
        then_ms = now_ms - ages_ms(now_ms, self._rx_ms[places])
        columns = then_ms.tolist(), self._late_ms[places].tolist(), taken.tolist()
        return [
            list(zip(then[:count], late[:count], strict=True))
            for then, late, count in zip(*columns, strict=True)
        ]

    def _take(self, device: I8, rx_ms: I8, late_ms: I8) -> None:
        """Takes in rows in order of arrival: first one of each phone, then another."""
        order, at = grouped(device)
        ends = np.append(at[1:], len(device))
        while len(at):
            rows = order[at]
            self._take_one_of_each(device[rows], rx_ms[rows], late_ms[rows])
            more = at + 1 < ends
            at, ends = at[more] + 1, ends[more]

    def _take_one_of_each(self, device: I8, rx_ms: I8, late_ms: I8) -> None:
        taken = self._taken.take(device).astype(np.int64)
        newest = device * _KEPT + (taken - 1) % _KEPT
        since_ms = ages_ms(rx_ms, self._rx_ms.take(newest))
        goes_on = (np.abs(since_ms) <= TOGETHER_MS) & (taken > 0)
        taken += ~goes_on
        slot = device * _KEPT + (taken - 1) % _KEPT
        least_ms = np.where(goes_on, self._late_ms.take(newest), _MOST_LATE_MS)
        self._late_ms[slot] = np.minimum(late_ms, least_ms)
        self._rx_ms[slot] = short_times(rx_ms)
        self._taken[device] = np.where(taken == _FULL, _KEPT, taken)

    def make_room(self, phones: int) -> None:
        """Makes room for so many phones."""
        if phones > len(self._taken):
            more = room_for(phones) - len(self._taken)
            self._rx_ms = np.pad(self._rx_ms, (0, more * _KEPT))
            self._late_ms = np.pad(self._late_ms, (0, more * _KEPT))
            self._taken = np.pad(self._taken, (0, more))

    def keep(self, phones: I8) -> None:
        """Keeps only some phones, which are numbered anew in their order."""
        places = (phones[:, None] * _KEPT + np.arange(_KEPT)).ravel()
        self._rx_ms, self._late_ms = self._rx_ms[places], self._late_ms[places]
        self._taken = self._taken[phones]


def _habit(now_ms: int, before: Iterable[tuple[int, int]], horizon_ms: int) -> int:
    """The habit, by its code, that uploads before a moment show: when each arrived, and how late,
    the newest first."""
    last_ms = now_ms
    found: list[int] = []
    is_own = True
    for then_ms, late_ms in before:
        together = abs(last_ms - then_ms) <= TOGETHER_MS
        last_ms, is_own = then_ms, is_own and together
        if is_own:
            continue
        if together:
            found[-1] = min(found[-1], late_ms)
            continue
        if len(found) == _LAST or now_ms - then_ms > horizon_ms - _LONGEST_MS:
            break
        found.append(late_ms)
    if len(found) < _ENOUGH:
        return 0
    return 1 + bisect_left(_BOUNDS_S, median(found) / 1000.0)


def _before(
    row: int,
    kept: list[tuple[int, int]],
    phones: DeviceRows,
    rx_ms: I8,
    late_ms: I8,
    usual: Bool,
) -> Iterator[tuple[int, int]]:
    """When they arrived, and how late, of a device's rows of the batch before one, then of its
    uploads before the batch; the newest first."""
    at = int(phones.before[row])
    while at >= 0:
        if usual[at]:
            yield int(rx_ms[at]), int(late_ms[at])
        at = int(phones.before[at])
    yield from kept
