"""Which odd reports screening passes on: each phone's most prompt of a cell."""

from typing import Final
from zlib import crc32

from detectors.features.memory.lru import is_full, newest

#: A window in which what was passed on of a phone is known (ms of arrival time).
_WINDOW_MS: Final = 300_000


class Windows:
    """A number by name, known within a window of arrival time; each name has windows of its own,
    at times that don't depend on when it was first seen."""

    def __init__(self, length_ms: int) -> None:
        self._length_ms = length_ms
        self._numbers: dict[str, tuple[int, int]] = {}
        self._swept_ms = -(1 << 62)

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, name: str, rx_ms: int) -> int | None:
        """What was noted of a name in its present window."""
        window, number = self._numbers.get(name, (None, 0))
        return number if window == self._window(name, rx_ms) else None

    def note(self, name: str, rx_ms: int, number: int) -> None:
        """Notes a number of a name in its present window."""
        self._numbers[name] = self._window(name, rx_ms), number
        if abs(rx_ms - self._swept_ms) >= self._length_ms or is_full(len(self._numbers)):
            self._swept_ms, over = rx_ms, rx_ms // self._length_ms - 1
            left = newest({name: it[0] for name, it in self._numbers.items()}, over)
            self._numbers = {name: it for name, it in self._numbers.items() if name in left}

    def _window(self, name: str, rx_ms: int) -> int:
        return (rx_ms + crc32(name.encode()) % self._length_ms) // self._length_ms


class Passed:
    """Which reports are passed on: of each phone and cell the most prompt."""

    def __init__(self) -> None:
        self._promptest = Windows(_WINDOW_MS)

    def is_news(self, name: str, rx_ms: int, late_ms: int) -> bool:
        """Whether a report is the first in its window, or half as late as any before; it is noted
        if so."""
        late_ms, least_ms = max(0, late_ms), self._promptest.number(name, rx_ms)
        if least_ms is not None and late_ms >= (least_ms + 1) // 2:
            return False
        self._promptest.note(name, rx_ms, late_ms)
        return True
