"""Which odd reports screening passes on: each phone's most prompt of a cell."""

from typing import Final
from zlib import crc32

from detectors.features.memory.lru import is_full, newest

#: A window in which what was passed on of a phone is known (ms of arrival time).
_WINDOW_MS: Final = 300_000


class Passed:
    """How late the most prompt report of each name was that was passed on in a window of arrival
    time; each name has windows of its own, at times that don't depend on when it was first seen."""

    def __init__(self) -> None:
        self._promptest: dict[str, tuple[int, int]] = {}
        self._swept_ms = -(1 << 62)

    def __len__(self) -> int:
        return len(self._promptest)

    def is_news(self, name: str, rx_ms: int, late_ms: int) -> bool:
        """Whether a report is the first in its window, or half as late as any before; it is noted
        if so."""
        now, late_ms = _window(name, rx_ms), max(0, late_ms)
        window, least_ms = self._promptest.get(name, (None, 0))
        if window == now and late_ms >= (least_ms + 1) // 2:
            return False
        self._promptest[name] = now, late_ms
        if abs(rx_ms - self._swept_ms) >= _WINDOW_MS or is_full(len(self._promptest)):
            self._sweep(rx_ms)
        return True

    def _sweep(self, rx_ms: int) -> None:
        self._swept_ms, over = rx_ms, rx_ms // _WINDOW_MS - 1
        left = newest({name: it[0] for name, it in self._promptest.items()}, over)
        self._promptest = {name: it for name, it in self._promptest.items() if name in left}


def _window(name: str, rx_ms: int) -> int:
    return (rx_ms + crc32(name.encode()) % _WINDOW_MS) // _WINDOW_MS
