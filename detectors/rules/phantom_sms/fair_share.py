"""How much one phone may add to what is taken for usual.

What phones report is counted to know how complete the centre's records are. A hostile phone can
report any number of texts that the centre never sent, and so make that look usual; an honest one
misses a record now and then.
"""

from typing import Final

import msgspec

_HOUR_MS: Final = 3_600_000
#: Phones counted in an hour: far more than report in a zone. Beyond them nobody is.
_PHONES: Final = 65_536


class FairShare(msgspec.Struct):
    """How often each phone was counted in the present hour (of arrival)."""

    hour: int = 0
    counted: dict[str, int] = {}

    def take(self, who: str, rx_ms: int, most: int) -> bool:
        """Counts a phone once more; whether it still is one of the first ``most`` of the hour.

        >>> share = FairShare()
        >>> [share.take("a", 0, 1), share.take("a", 5, 1), share.take("a", 3_600_000, 1)]
        [True, False, True]
        """
        hour = rx_ms // _HOUR_MS
        if hour > self.hour:
            self.hour, self.counted = hour, {}
        before = self.counted.get(who, 0)
        if before >= most or (not before and len(self.counted) >= _PHONES):
            return False
        self.counted[who] = before + 1
        return True
