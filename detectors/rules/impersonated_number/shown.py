"""Which numbers of home were shown from abroad, and called from home, in one partition: all calls
of a number lie in one."""

from dataclasses import dataclass, field

from detectors.features.memory import lru


@dataclass
class Shown:
    """When numbers were last shown from abroad and last called from home (ms of arrival)."""

    abroad: dict[str, int] = field(default_factory=dict)
    home: dict[str, int] = field(default_factory=dict)

    def note(self, number: str, rx_ms: int, is_from_abroad: bool) -> None:
        """Notes a call."""
        kept = self.abroad if is_from_abroad else self.home
        kept.pop(number, None)
        lru.keep(kept, number, rx_ms, lru.MOST_KEPT)

    def is_known(self, number: str, since_ms: int, is_from_abroad: bool) -> bool:
        """Whether a number was shown so, or called from home, since then."""
        kept = self.abroad if is_from_abroad else self.home
        return kept.get(number, since_ms - 1) >= since_ms

    def forget(self, before_ms: int) -> None:
        """What is older is forgotten."""
        for kept in (self.abroad, self.home):
            lru.forget(kept, lambda rx_ms: rx_ms < before_ms)
