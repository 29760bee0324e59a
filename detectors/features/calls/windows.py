"""What a rule's first half sums up by windows of arrival time, for the zone of calls.

What numbers or texts have in common lies in all partitions, so that no partition may count it by
itself. Each sends what it has seen in a window when all that arrived in it has been screened, at
the time at which it ended; so together they come to the same however many there are, and however
messages were batched. A window's number is its place in a sequence of its own (`Source`), so that a
correlator knows repeats.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

import numpy as np

from detectors.features.facts import Origin
from detectors.features.rows.window_tiles import WINDOW_MS
from detectors.model.columns import I8
from detectors.model.finding import Observation, OfCalls, Source

#: The longest that a window may be: what reads back counts on it.
HALF_MINUTE_MS: Final = WINDOW_MS

Part = TypeVar("Part")


@dataclass
class Windows(Generic[Part]):
    """What came in each window that wasn't sent yet, by its number; ``sent_ms`` is up to when all
    were sent.

    >>> sums = Windows()
    >>> sums.at(31_000).append("a"), sums.at(5_000).append("b")
    (None, None)
    >>> list(sums.due(30_000)), sums.at(7_000), list(sums.due(90_000))
    ([(0, ['b'])], ['a'], [(1, ['a'])])
    """

    length_ms: int = HALF_MINUTE_MS
    parts: dict[int, list[Part]] = field(default_factory=dict)
    sent_ms: int = 0

    def at(self, rx_ms: int) -> list[Part]:
        """What came in the window of a time of arrival; of one that was sent already, in the first
        that wasn't."""
        return self.parts.setdefault(max(rx_ms, self.sent_ms) // self.length_ms, [])

    def dealt_out(self, rx_ms: I8) -> tuple[I8, Iterator[tuple[list[Part], slice]]]:
        """Rows with these times of arrival (ms) in the order of their windows; and of each window
        what came in it, and which of the ordered rows are of it.

        >>> sums = Windows()
        >>> order, windows = sums.dealt_out(np.array([31_000, 5_000, 40_000]))
        >>> for part, rows in windows:
        ...     part.append(order[rows].tolist())
        >>> sums.parts
        {0: [[1]], 1: [[0, 2]]}
        """
        number = np.maximum(rx_ms, self.sent_ms) // self.length_ms
        order = np.argsort(number, kind="stable")
        begins = np.flatnonzero(np.diff(number[order], prepend=-1)).tolist()
        ends = [*begins[1:], len(order)]
        numbers = number[order[begins]].tolist()
        rows = map(slice, begins, ends)
        return order, zip((self.parts.setdefault(n, []) for n in numbers), rows, strict=True)

    def due(self, until_ms: int) -> Iterator[tuple[int, list[Part]]]:
        """The number of each window that ended by ``until_ms``, with what came in it, which is
        forgotten."""
        self.sent_ms = max(self.sent_ms, until_ms)
        for number in sorted(self.parts):
            if (number + 1) * self.length_ms <= until_ms:
                yield number, self.parts.pop(number)

    def observation(
        self,
        rule: str,
        kind: str,
        number: int,
        part: int,
        origin: Origin,
        values: dict[str, Any],
        of_calls: OfCalls | None = None,
    ) -> Observation:
        """What was summed up in a window; ``part`` numbers what one is sent in."""
        return Observation(
            detector=rule,
            kind=kind,
            ts=number * self.length_ms,
            rx_ts=(number + 1) * self.length_ms,
            space="number",
            who="",
            values=values,
            of_calls=of_calls,
            source=Source(f"{origin.topic}/{rule}", origin.partition, number, -1, part),
        )
