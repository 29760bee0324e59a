"""Which texts with a link are passed on: of each domain few, and those of odd ones more often."""

from typing import Final

import msgspec

#: What is counted of one topic in one window; beyond, counting begins anew.
_MOST: Final = 1 << 16


class Passed(msgspec.Struct):
    """How often each thing came in the newest window of arrival time of one topic."""

    window: int = -1
    counts: dict[str, int] = {}

    def count(self, what: str, rx_ms: int, window_ms: int) -> int:
        """How often it came in this window, with this time; windows begin at fixed times, so that
        the count doesn't depend on what came before."""
        if rx_ms // window_ms > self.window:
            self.window = rx_ms // window_ms
            self.counts = {}
        if len(self.counts) >= _MOST:
            self.counts = {}
        count = self.counts[what] = self.counts.get(what, 0) + 1
        return count


class Topics(msgspec.Struct):
    """Screening state of a partition: the partitions of one number of several topics may share it,
    and be read in any order, so each counts for itself."""

    by_name: dict[str, Passed] = {}

    def of(self, topic: str) -> Passed:
        """What is counted of a topic."""
        return self.by_name.setdefault(topic, Passed())


def is_passed(count: int) -> bool:
    """Whether the text that is the ``count``-th of its kind is passed on: at each doubling.

    >>> [count for count in range(1, 20) if is_passed(count)]
    [1, 2, 4, 8, 16]
    """
    return count & (count - 1) == 0
