"""Each device's last message, in columns: what a rule needs that looks at two in a row.

A trail numbers the devices of one partition and keeps chosen columns of the last row of each. One
step gives, for every row of a batch, the columns of the row before it of the same device, be that
in the batch or long ago. All of a device's messages lie in one partition, so what it says doesn't
depend on how many partitions there are.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from detectors.features.memory.lru import is_full, newest_places, room_for
from detectors.features.rows.device_rows import Numbers, device_rows
from detectors.model.columns import I8, Bool, Text

#: What is kept of each device beside the columns of its last row.
_SINCE: Final = "_since_ms"


@dataclass(frozen=True, slots=True)
class Before:
    """The message before each row: whether there was one, its arrival (ms), and its columns; and
    since when the row's device is known (arrival, ms), since that very row if there was none."""

    known: Bool
    rx_ms: I8
    since_ms: I8
    columns: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.columns[name]


class Trail:
    """Last rows of devices that sent any within ``horizon_ms`` of arrival time.

    ``columns`` gives the name and numpy type of each column that is kept.

    >>> names = np.array(["a", "b", "a"], dtype=object)
    >>> trail = Trail(3_600_000, cell=np.int64)
    >>> before = trail.step(names, np.array([0, 5, 9]), cell=np.array([1, 2, 3]))
    >>> before.known.tolist(), int(before["cell"][2])
    ([False, False, True], 1)
    """

    def __init__(self, horizon_ms: int, **columns: Any) -> None:
        self._horizon_ms = horizon_ms
        self._types = {**columns, "rx_ms": np.int64, _SINCE: np.int64}
        self._numbers = Numbers()
        self._kept = {name: np.zeros(0, dtype=kind) for name, kind in self._types.items()}
        self._swept_ms = -(1 << 62)

    def __len__(self) -> int:
        return len(self._numbers)

    def step(self, who: Text, rx_ms: I8, **columns: Any) -> Before:
        """The row before each row of a batch in order of arrival, which then is taken in."""
        given = {**columns, "rx_ms": rx_ms}
        if not len(who):
            return Before(np.zeros(0, np.bool_), rx_ms, rx_ms, dict(columns))
        self._sweep(int(rx_ms.min()))
        known_before = len(self._numbers)
        rows = device_rows(self._numbers.of(who))
        self._make_room(len(self._numbers))
        in_batch, last = rows.before >= 0, rows.device[rows.last]
        known = in_batch | (rows.device < known_before)
        self._kept[_SINCE][rows.device[~known]] = rx_ms[~known]
        since_ms: I8 = self._kept[_SINCE][rows.device]
        before = {}
        for name, column in given.items():
            kept = self._kept[name]
            before[name] = np.where(in_batch, column[rows.before], kept[rows.device])
            kept[last] = column[rows.last]
        arrived_ms: I8 = before.pop("rx_ms")
        known &= rx_ms - arrived_ms <= self._horizon_ms
        return Before(known, arrived_ms, since_ms, before)

    def _make_room(self, devices: int) -> None:
        if devices <= len(self._kept["rx_ms"]):
            return
        room = room_for(devices)
        for name, kept in self._kept.items():
            wider = np.zeros(room, dtype=self._types[name])
            wider[: len(kept)] = kept
            self._kept[name] = wider

    def _sweep(self, now_ms: int) -> None:
        """Forgets devices beyond the horizon, once in a quarter of it."""
        count = len(self._numbers)
        if now_ms - self._swept_ms < self._horizon_ms / 4 and not is_full(count):
            return
        self._swept_ms = now_ms
        left = newest_places(self._kept["rx_ms"][:count], now_ms - self._horizon_ms)
        if len(left) == count:
            return
        self._numbers.keep(left)
        for name, kept in self._kept.items():
            # No spare room is kept: it comes back with the next device that is new.
            self._kept[name] = kept[left]
