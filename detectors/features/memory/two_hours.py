"""A memory of few names: what was noted of each in the present hour of arrival time, and in the one
before.

Hours begin at whole ones, so that all of it is known again once the last two hours have been read.
"""

from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from detectors.features.memory import lru

HOUR_MS: Final = 3_600_000
#: How far back in arrival time it reaches (ms).
TWO_HOURS_MS: Final = 2 * HOUR_MS

Note = TypeVar("Note")


@dataclass(slots=True)
class TwoHours(Generic[Note]):
    """By name: an hour, and the notes of it and of the one before. What was noted last is at the
    end; of too many names the oldest go.

    >>> notes = TwoHours()
    >>> notes.put("a", HOUR_MS, 5)
    >>> notes.of("a", 2 * HOUR_MS), notes.of("a", 3 * HOUR_MS)
    ((None, 5), (None, None))
    """

    kept: dict[str, tuple[int, Note | None, Note | None]] = field(default_factory=dict)
    #: The newest hour, at whose beginning names of the hours before the last were forgotten.
    newest: int = 0

    def of(self, who: str, rx_ms: int) -> tuple[Note | None, Note | None]:
        """The notes of a name for the hour of ``rx_ms`` and the one before; what comes late is of
        the newest hour that the name has."""
        return self._at(who, rx_ms)[1:]

    def put(self, who: str, rx_ms: int, note: Note) -> None:
        """Puts down the note of a name for that hour, in place of the one that it had."""
        hour, _, before = self._at(who, rx_ms)
        self.kept.pop(who, None)
        lru.keep(self.kept, who, (hour, note, before), lru.MOST_KEPT)
        if hour > self.newest:
            self.newest = hour
            lru.forget(self.kept, lambda noted: noted[0] < hour - 1)

    def _at(self, who: str, rx_ms: int) -> tuple[int, Note | None, Note | None]:
        hour = rx_ms // HOUR_MS
        kept = self.kept.get(who)
        if kept is None or hour - kept[0] > 1:
            return hour, None, None
        return (hour, None, kept[1]) if hour > kept[0] else kept
