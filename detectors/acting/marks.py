"""Our own marks of numbers, for others: what alerts accuse and somebody has confirmed.

They go to ``number.reputation``, where marks of others come in by the same fields, each under a key
of the number and us, so that no other's mark is replaced. A mark ends after `HOLDS_MS`; it is taken
back when it has ended, when the verdict is, and when another finds the number honest. Nobody here
takes them for evidence: what we found would bear witness to itself.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from detectors.model.rare_messages import OURS

#: How our marks mark a number.
FRAUD: Final = "fraud"
#: Chosen: numbers rotate, and have other owners soon.
HOLDS_MS: Final = 7 * 86_400_000
#: Marks that hold; of more the oldest are taken back.
MOST_MARKED: Final = 1 << 16


class Marked(msgspec.Struct, frozen=True, array_like=True):
    """A mark that holds: until when (ms), and by which alert."""

    until_ms: int
    alert_id: str


class OwnMark(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A record of ``number.reputation``. Without ``valid_until`` the mark is taken back."""

    ts: int
    number: str
    number_prefix: str | None = None
    mark: str | None = None
    source: str | None = None
    count: int | None = None
    valid_until: int | None = None


class Marks:
    """Remembers in ``marked``, by number and the one that ends first at the beginning, which it
    changes in place. Times are of arrival (ms)."""

    def __init__(self, marked: dict[str, Marked]) -> None:
        self._marked = marked

    def confirmed(self, alert_id: str, numbers: Mapping[str, str | None], ts: int) -> list[OwnMark]:
        """Somebody has confirmed an alert that accuses some numbers, each with its first digits.
        What is marked already is marked anew when half of its time is over."""
        made = []
        for number, prefix in numbers.items():
            known = self._marked.get(number)
            if known is not None and known.until_ms - ts > HOLDS_MS // 2:
                continue
            until_ms = ts + HOLDS_MS
            self._marked.pop(number, None)
            self._marked[number] = Marked(until_ms, alert_id)
            made.append(
                OwnMark(
                    ts=ts,
                    number=number,
                    number_prefix=prefix,
                    mark=FRAUD,
                    source=OURS,
                    count=1,
                    valid_until=until_ms,
                )
            )
        too_many = len(self._marked) - MOST_MARKED
        return made + self._taken_back(list(self._marked)[: max(0, too_many)], ts)

    def doubted(self, alert_id: str, ts: int) -> list[OwnMark]:
        """The newest verdict on an alert confirms it no longer."""
        its = [number for number, one in self._marked.items() if one.alert_id == alert_id]
        return self._taken_back(its, ts)

    def honest(self, numbers: Iterable[str], ts: int) -> list[OwnMark]:
        """A verdict finds some numbers honest."""
        return self._taken_back([each for each in numbers if each in self._marked], ts)

    def next_due_ms(self) -> int | None:
        """When the next mark ends."""
        return next((one.until_ms for one in self._marked.values()), None)

    def expired(self, now_ms: int) -> list[OwnMark]:
        """Takes back what has ended."""
        ended = []
        for number, one in self._marked.items():
            if one.until_ms > now_ms:
                break
            ended.append(number)
        return self._taken_back(ended, now_ms)

    def _taken_back(self, numbers: list[str], ts: int) -> list[OwnMark]:
        for number in numbers:
            self._marked.pop(number)
        return [OwnMark(ts=ts, number=number) for number in numbers]
