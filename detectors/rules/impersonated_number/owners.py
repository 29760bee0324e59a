"""What the zone of calls remembers of numbers that are shown from abroad, and of who rings them.

Plain data, the judging state of `impersonated_number`.
"""

from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np

from detectors.features.calls.both_ways import names_of
from detectors.features.memory import lru
from detectors.model.finding import Observation
from detectors.model.hashing import text_numbers
from detectors.rules.impersonated_number.rung import Rung, unpacked

#: People ring back within hours at most; what is older than this was about something else.
_KEPT_MS: Final = 80 * 60_000
#: Numbers that are kept of either kind, and calls of each. Chosen.
_MOST_NUMBERS, _MOST_CALLS = 1 << 15, 64


class Number(msgspec.Struct):
    """A number that is shown from abroad, and what it is called where it is counted who rings it:
    calls that no finding has named yet, and whether it calls from home as well."""

    last_rx: int
    name: int
    waiting: list[Observation] = []
    is_at_home: bool = False


class Window(msgspec.Struct, array_like=True):
    """Numbers that were rung in one partition in a half-minute, which ended at ``ends_ms``."""

    ends_ms: int
    rung: str


class Owners(msgspec.Struct):
    """Judging state: numbers to be judged and when; half-minutes that wait for those of all
    partitions; numbers shown from abroad; and by how many each was rung."""

    waiting: list[tuple[int, str]] = []
    windows: list[Window] = []
    shown: dict[str, Number] = {}
    rung: Rung = msgspec.field(default_factory=Rung)

    def observe(self, observation: Observation, due_ms: int) -> None:
        """Takes in that a number was shown."""
        of_calls, values = observation.of_calls, observation.values
        assert of_calls is not None
        assert of_calls.number is not None
        number, rx = of_calls.number, observation.rx_ts
        known = self.shown.pop(number, None)
        if known is None or rx - known.last_rx > _KEPT_MS:
            name = names_of(text_numbers(np.array([number], dtype=object)))[0]
            known = Number(rx, int(name))
        known.last_rx = max(rx, known.last_rx)
        known.is_at_home |= bool(values["at_home"])
        known.waiting = [*known.waiting, observation][-_MOST_CALLS:]
        lru.keep(self.shown, number, known, _MOST_NUMBERS)
        self.waiting.append((due_ms, number))
        self._forget(rx - _KEPT_MS)

    def dues(self) -> list[int]:
        """When anything is to be judged."""
        return [each.ends_ms for each in self.windows] + [due for due, _ in self.waiting[:1]]

    def next_numbers(self, until_ms: int) -> Iterator[tuple[int, str]]:
        """Numbers shown from abroad that are to be judged by then, each with when it was due."""
        while (due := min(self.dues(), default=until_ms + 1)) <= until_ms:
            names = self._rung_until(due)
            while self.waiting and self.waiting[0][0] <= due:
                names[self.waiting.pop(0)[1]] = None
            yield from ((due, name) for name in names if name in self.shown)

    def _rung_until(self, ends_ms: int) -> dict[str, None]:
        """Takes in the half-minute that ended then; which numbers shown from abroad were rung."""
        due = [each for each in self.windows if each.ends_ms == ends_ms]
        self.windows = [each for each in self.windows if each.ends_ms != ends_ms]
        if not due:
            return {}
        names = np.concatenate([unpacked(each.rung) for each in due])
        self.rung.take(names, ends_ms)
        rung = set(names.tolist())
        return {number: None for number, known in self.shown.items() if known.name in rung}

    def _forget(self, before_ms: int) -> None:
        lru.forget(self.shown, lambda number: number.last_rx < before_ms)
