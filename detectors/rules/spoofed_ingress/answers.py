"""What the home register answered lately of callers from abroad."""

from dataclasses import dataclass, field
from typing import Final, TypeAlias

from detectors.features.memory.two_hours import TwoHours

#: How often a caller was at home or switched off, abroad, and nobody.
_Answers: TypeAlias = tuple[int, int, int]
_NONE: Final[_Answers] = (0, 0, 0)
HERE, AWAY, NOBODY = range(3)


@dataclass(slots=True)
class Answers:
    """Of the last two hours."""

    notes: TwoHours[_Answers] = field(default_factory=TwoHours)

    def of(self, who: str, rx_ms: int) -> _Answers:
        """How often a caller was each of these."""
        now, before = (each or _NONE for each in self.notes.of(who, rx_ms))
        return now[0] + before[0], now[1] + before[1], now[2] + before[2]

    def take(self, who: str, rx_ms: int, answer: int, is_new: bool) -> _Answers:
        """Takes an answer in (`HERE`, `AWAY`, `NOBODY`), unless it is of a call that has had one;
        how often each was given up to now."""
        now, before = (each or _NONE for each in self.notes.of(who, rx_ms))
        if is_new or not any((*now, *before)):
            here, away, nobody = (count + (answer == at) for at, count in enumerate(now))
            self.notes.put(who, rx_ms, (here, away, nobody))
        return self.of(who, rx_ms)
