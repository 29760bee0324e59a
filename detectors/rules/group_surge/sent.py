"""What is remembered so as to send each call once, and to take floods in part."""

from dataclasses import dataclass, field
from zlib import crc32

import msgspec

from detectors.features.memory import lru
from detectors.features.memory.two_hours import HOUR_MS

#: Of one origin so many calls an hour are judged one by one, beyond them one in `THINNED`. Chosen:
#: five times the pace of the fastest campaign. A partition sends so many times as many one by one,
#: so that only the zone, which has those of all partitions, thins what a worker can bear.
_ALL_OF, THINNED, _TIMES_SENT = 3000, 16, 20


class Flood(msgspec.Struct):
    """How many calls of each origin came within this hour. Plain data."""

    hour: int = 0
    came: dict[str, int] = {}

    def times(self, ref: str, origin: str, one_in: int, rx_ms: int, most: int = _ALL_OF) -> int:
        """For how many of its like a call stands, of a sample of one in ``one_in``: one until there
        were ``most``, then sixteen or none."""
        if rx_ms // HOUR_MS > self.hour:
            self.hour, self.came = rx_ms // HOUR_MS, {}
        lru.keep(self.came, origin, self.came.get(origin, 0) + 1, lru.MOST_KEPT)
        if self.came[origin] <= most:
            return 1
        return THINNED if crc32(ref.encode()) // one_in % THINNED == 0 else 0


@dataclass
class Sent:
    """Of one partition: references of calls sent lately, and how many there are."""

    refs: dict[str, int] = field(default_factory=dict)
    flood: Flood = field(default_factory=Flood)

    def stands_for(self, ref: str, origin: str, one_in: int, rx_ms: int, horizon_ms: int) -> int:
        """For how many calls one is sent; 0 where it isn't sent.

        A call goes by what its reference mixes to, so that all of its records go the same way.
        """
        if crc32(ref.encode()) % one_in:
            return 0
        sent_ms = self.refs.get(ref)
        if sent_ms is not None and sent_ms >= rx_ms - horizon_ms:
            return 0
        self.refs.pop(ref, None)
        lru.keep(self.refs, ref, rx_ms, lru.MOST_KEPT)
        return one_in * self.flood.times(ref, origin, one_in, rx_ms, _TIMES_SENT * _ALL_OF)

    def forget(self, before_ms: int) -> None:
        """Forgets what was sent before then: once a batch, as it costs more than a call does."""
        lru.forget(self.refs, lambda sent_ms: sent_ms < before_ms)
