"""Which callers are new: numbers of campaigns are new ones all the time; travellers and firms come
back."""

from typing import Final

import msgspec

from detectors.features.callers.seen_before import SeenBefore
from detectors.features.memory import lru

_SPAN_MS: Final = 2 * 86_400_000


class NewCallers(msgspec.Struct):
    """Callers of the last days, and when those of the last hour came first (ms)."""

    seen: SeenBefore = msgspec.field(default_factory=SeenBefore)
    first: dict[str, int] = {}

    def take(self, who: str, rx_ms: int) -> bool:
        """Takes in a caller; whether it was there before ``first`` begins."""
        if who in self.first:
            return False
        known = self.seen.has(who)
        self.seen.put(who, rx_ms, _SPAN_MS)
        if not known:
            self.first[who] = rx_ms
        return known

    def forget(self, before_ms: int) -> None:
        """Callers that came first before then are new no longer."""
        lru.forget(self.first, lambda rx_ms: rx_ms < before_ms)
