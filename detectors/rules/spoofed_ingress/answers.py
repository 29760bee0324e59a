"""What the home register answered lately of callers from abroad."""

from dataclasses import dataclass, field
from typing import TypeAlias

from detectors.features.memory.two_hours import TwoHours

#: How often a caller was at home or switched off, and how often abroad.
_Answers: TypeAlias = tuple[int, int]


@dataclass(slots=True)
class Answers:
    """Of the last two hours."""

    notes: TwoHours[_Answers] = field(default_factory=TwoHours)

    def of(self, who: str, rx_ms: int) -> tuple[int, bool]:
        """How often a caller was here, and whether it was away."""
        given = [each or (0, 0) for each in self.notes.of(who, rx_ms)]
        return sum(here for here, _ in given), any(away for _, away in given)

    def take(self, who: str, rx_ms: int, away: bool, is_new: bool) -> tuple[int, bool]:
        """Takes an answer in, unless it is of a call that has had one; how often the caller was
        here, and whether it was away, up to now."""
        now, before = (each or (0, 0) for each in self.notes.of(who, rx_ms))
        if is_new or not any((*now, *before)):
            self.notes.put(who, rx_ms, (now[0] + (not away), now[1] + away))
        return self.of(who, rx_ms)
