"""Who used a trunk of their own lately, and who another."""

from dataclasses import dataclass, field
from typing import TypeAlias

from detectors.features.memory.two_hours import TwoHours
from detectors.model.columns import I8, Bool, Text

#: When a caller last called by a trunk of its own, and when first by another (ms of arrival).
_Used: TypeAlias = tuple[int | None, int | None]


@dataclass(slots=True)
class OwnTrunks:
    """Of callers whose row names trunks, in the last two hours."""

    used: TwoHours[_Used] = field(default_factory=TwoHours)

    def take(self, callers: Text, rx_ms: I8, own: Bool, rows: I8) -> set[int]:
        """Takes calls of ``rows`` in, in order; those of them whose caller has moved to another
        trunk: it used its own before, and since the first call by the other no more."""
        strange = set(callers[rows[~own[rows]]].tolist())
        moved, last = set[int](), dict[str, int]()
        for row, who in zip(rows.tolist(), callers[rows].tolist(), strict=True):
            at = int(rx_ms[row])
            if who not in strange:
                last[who] = at  # Of nothing but its own trunk the last call says all.
            elif own[row]:
                self._note(who, at, is_own=True)
            elif self._note(who, at, is_own=False):
                moved.add(row)
        for who, at in last.items():
            self._note(who, at, is_own=True)
        return moved

    def _note(self, who: str, at: int, is_own: bool) -> bool:
        """Takes one call in; whether its caller has moved."""
        now, before = (used or (None, None) for used in self.used.of(who, at))
        own = at if is_own else now[0]
        other = at if not is_own and now[1] is None else now[1]
        self.used.put(who, at, (own, other))
        owns = [each for each in (own, before[0]) if each is not None]
        others = [each for each in (other, before[1]) if each is not None]
        return bool(owns and others) and max(owns) < min(others)
