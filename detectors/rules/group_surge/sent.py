"""What one partition remembers so as to send each call once, and floods in part."""

from dataclasses import dataclass, field
from zlib import crc32

from detectors.features.memory import lru
from detectors.features.memory.two_hours import HOUR_MS

#: Of one origin so many calls an hour are sent one by one, beyond them one in `THINNED`. Chosen:
#: five times the pace of the fastest campaign, in each partition.
_ALL_OF, THINNED = 3000, 16


@dataclass
class Sent:
    """References of calls sent lately, and how many of each origin came within this hour."""

    refs: dict[str, int] = field(default_factory=dict)
    hour: int = 0
    came: dict[str, int] = field(default_factory=dict)

    def stands_for(self, ref: str, origin: str, one_in: int, rx_ms: int, horizon_ms: int) -> int:
        """For how many calls one is sent; 0 where it isn't sent.

        A call goes by what its reference mixes to, so that all of its records go the same way.
        """
        mixed = crc32(ref.encode())
        if mixed % one_in:
            return 0
        sent_ms = self.refs.get(ref)
        if sent_ms is not None and sent_ms >= rx_ms - horizon_ms:
            return 0
        self.refs.pop(ref, None)
        lru.keep(self.refs, ref, rx_ms, lru.MOST_KEPT)
        if rx_ms // HOUR_MS > self.hour:
            self.hour, self.came = rx_ms // HOUR_MS, {}
        lru.keep(self.came, origin, self.came.get(origin, 0) + 1, lru.MOST_KEPT)
        if self.came[origin] <= _ALL_OF:
            return one_in
        return one_in * THINNED if mixed // one_in % THINNED == 0 else 0

    def forget(self, before_ms: int) -> None:
        """Forgets what was sent before then: once a batch, as it costs more than a call does."""
        lru.forget(self.refs, lambda sent_ms: sent_ms < before_ms)
