"""Which domains of links an installation knows, and for how long: the rule's state in its zone."""

from typing import Final

import msgspec

from detectors.features.memory.lru import keep
from detectors.features.memory.pending_findings import Due
from detectors.model.finding import Observation
from detectors.rules.phishing_domain.passed import Passed

#: Domains that are remembered, the least recent forgotten first: some 100 bytes each.
_MOST: Final = 1 << 17
#: .. and of these, those that are kept for good.
_MOST_LEARNED: Final = 1 << 14
_DAY_MS: Final = 86_400_000


class Acquaintance(msgspec.Struct, array_like=True):
    """A domain: when the first text with it arrived (ms), on how many days (UTC) some did, and the
    last of these days."""

    first_ms: int
    days: int
    last_day: int


class Learned(msgspec.Struct):
    """What is kept for good: on how many days texts with each domain came."""

    days: dict[str, int] = {}


class Domains(Due):
    """Judging state: domains by name, the least recent first, since when there is any, and findings
    that are due."""

    known: dict[str, Acquaintance] = msgspec.field(default_factory=dict)
    since_ms: int | None = None
    seen: list[Observation] = msgspec.field(default_factory=list)
    passed: dict[str, Passed] = msgspec.field(default_factory=dict)

    def next_due_ms(self) -> int | None:
        """As that of findings; and when a half-minute is over."""
        own, due = [each.rx_ts for each in self.seen], super().next_due_ms()
        return min(own if due is None else [*own, due], default=None)

    def next_seen(self, until_ms: int) -> list[Observation]:
        """Takes out what all partitions have seen of the half-minute of a topic that ended first,
        by then."""
        ended = sorted(_of(each) for each in self.seen if each.rx_ts <= until_ms)
        due = [each for each in self.seen if ended and _of(each) == ended[0]]
        self.seen = [each for each in self.seen if not ended or _of(each) != ended[0]]
        return due

    def meet(self, domain: str, rx_ms: int) -> Acquaintance:
        """The domain of a text that arrived at ``rx_ms``, with that text counted."""
        if self.since_ms is None:
            self.since_ms = rx_ms
        day = rx_ms // _DAY_MS
        known = self.known.pop(domain, None) or Acquaintance(rx_ms, 1, day)
        if day > known.last_day:
            known.days, known.last_day = known.days + 1, day
        keep(self.known, domain, known, _MOST)
        return known

    def watched_ms(self, rx_ms: int) -> int:
        """For how long domains have been counted."""
        return 0 if self.since_ms is None else rx_ms - self.since_ms

    def learned(self) -> Learned:
        """The domains of several days, the newest if they are too many."""
        several = [(name, known.days) for name, known in self.known.items() if known.days > 1]
        return Learned(dict(several[-_MOST_LEARNED:]))

    def take_up(self, learned: Learned, now_ms: int) -> None:
        """Knows them again, as if the last of their days were today."""
        for name, days in learned.days.items():
            self.known[name] = Acquaintance(now_ms, days, now_ms // _DAY_MS)


def _of(observation: Observation) -> tuple[int, str]:
    return observation.rx_ts, observation.source.topic
