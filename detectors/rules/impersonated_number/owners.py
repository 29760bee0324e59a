"""What the zone of calls remembers of numbers that are shown from abroad, and of who rings them.

Plain data, the judging state of `impersonated_number`.
"""

from typing import Any, Final

import msgspec

from detectors.features.memory import lru
from detectors.model.finding import Observation

#: People ring back within hours at most; what is older than this was about something else.
_KEPT_MS: Final = 80 * 60_000
#: Numbers that are kept of either kind, and calls of each. Chosen.
_MOST_NUMBERS, _MOST_CALLS = 1 << 15, 64


class Number(msgspec.Struct):
    """A number that is shown from abroad: calls that no finding has named yet, and whether it calls
    from home as well."""

    last_rx: int
    waiting: list[Observation] = []
    is_at_home: bool = False


class Owners(msgspec.Struct):
    """Judging state: numbers to be judged and when; those shown from abroad; and by how many each
    was rung, in each partition, the latest count with its time."""

    waiting: list[tuple[int, str]] = []
    shown: dict[str, Number] = {}
    rung: dict[str, dict[str, tuple[int, int]]] = {}

    def observe(self, observation: Observation, due_ms: int) -> None:
        """Takes in that a number was shown, or rung."""
        of_calls, values = observation.of_calls, observation.values
        assert of_calls is not None
        assert of_calls.number is not None
        number, rx = of_calls.number, observation.rx_ts
        if observation.kind == "rung":
            source = observation.source
            counts = self.rung.pop(number, {})
            counts[f"{source.topic}/{source.partition}"] = rx, _whole(values["callers"])
            lru.keep(self.rung, number, counts, _MOST_NUMBERS)
        else:
            known = self.shown.pop(number, None)
            if known is None or rx - known.last_rx > _KEPT_MS:
                known = Number(rx)
            known.last_rx = max(rx, known.last_rx)
            known.is_at_home |= bool(values["at_home"])
            known.waiting = [*known.waiting, observation][-_MOST_CALLS:]
            lru.keep(self.shown, number, known, _MOST_NUMBERS)
        if number in self.shown:
            self.waiting.append((due_ms, number))
        self._forget(rx - _KEPT_MS)

    def callers(self, number: str, now_ms: int) -> int:
        """By how many people a number was rung lately."""
        counts = self.rung.get(number, {}).values()
        return sum(count for rx, count in counts if now_ms - rx <= _KEPT_MS)

    def _forget(self, before_ms: int) -> None:
        lru.forget(self.shown, lambda number: number.last_rx < before_ms)
        lru.forget(self.rung, lambda counts: max(rx for rx, _ in counts.values()) < before_ms)


def _whole(value: Any) -> int:
    return int(value)
