"""Whether cells of one area that are on the air together are a site's: it has several sectors, a
transmitter one cell, or one after the other.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from detectors.features.witnesses import explains
from detectors.incident.tally import Tally

#: How many phones a witness of a site, of a place elsewhere or of a renumbering explains: which of
#: a site's cells a phone receives is chance, so that one of them may have twice the others' phones.
BY_EACH: Final = 2
#: So many cells of an area that begin within so short a time (ms) are a site's at the least.
_BURST_CELLS: Final = 4
_BURST_MS: Final = 30_000


class Span(msgspec.Struct):
    """When one cell was received (ms), and by whom."""

    first_ts: int = 1 << 62
    last_ts: int = 0
    who: set[str] = msgspec.field(default_factory=set)

    def add(self, tally: Tally) -> None:
        """Takes in what was found of it."""
        self.first_ts = min(self.first_ts, tally.first_ts)
        self.last_ts = max(self.last_ts, tally.last_ts)
        self.who.update(tally.votes)


def are_of_a_site(cells: Iterable[Span], least_cells: int, shared_ms: float, least: int) -> bool:
    """Whether enough cells share enough of their time, and enough phones receive them: so many
    others than that which most receive as explain these."""
    spans = sorted(cells, key=lambda span: span.first_ts)
    for at, latest in enumerate(spans):
        on = [s for s in spans[: at + 1] if _shared_ms(s, latest) >= shared_ms]
        many = len(on) >= least_cells
        # More than any transmitter takes up one after the other in so short a time.
        burst = [s for s in spans[: at + 1] if latest.first_ts - s.first_ts <= _BURST_MS]
        if len(burst) >= _BURST_CELLS:
            many, on = True, burst
        if many and _have_witnesses([span.who for span in on], least):
            return True
    return False


def _have_witnesses(by_cell: list[set[str]], least: int) -> bool:
    chief = max(by_cell, key=len)
    others = set().union(*(who for who in by_cell if who is not chief))
    return len(chief | others) >= least and explains(len(others), len(chief - others), BY_EACH)


def _shared_ms(one: Span, later: Span) -> int:
    return min(one.last_ts, later.last_ts) - later.first_ts
