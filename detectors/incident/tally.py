"""What one detector found about one claimed identity, and by whom."""

from collections.abc import Iterable
from typing import Final

import msgspec

from detectors.model.finding import Family, Finding, Identity

#: Evidence of what happened to phones and their owners. A cell that the register lacks, or has
#: wrongly, is odd in its identity and on the radio in many ways at once: none of them is harm.
_OF_HARM: Final[frozenset[Family]] = frozenset({"signalling", "sms", "protocol"})


class Vote(msgspec.Struct, array_like=True):
    """One device's strongest finding by one detector about one identity."""

    weight: float
    rx: int


class Tally(msgspec.Struct):
    """All that one detector found about one claimed identity (``None``: about none)."""

    detector: str
    version: int
    family: Family
    claimed: Identity | None
    cap: float
    count: int
    first_ts: int
    last_ts: int
    votes: dict[str, Vote] = {}
    values: dict[str, str | int | float | None] = {}

    @property
    def weight(self) -> float:
        """The sum of what its votes weigh."""
        return sum([vote.weight for vote in self.votes.values()])

    def extend(self, count: int, cap: float, first_ts: int, last_ts: int) -> None:
        """Counts more findings of such a cap, of such a span of time (ms)."""
        self.count += count
        self.cap = max(self.cap, cap)
        self.first_ts, self.last_ts = min(self.first_ts, first_ts), max(self.last_ts, last_ts)


def is_posing(found: Tally | Finding) -> bool:
    """Whether it is about a cell by what it is received as: mostly a registered one, where that
    can't be. Cells that nobody has are found by others, and by more phones."""
    claimed = found.claimed
    return found.family == "radio" and claimed is not None and claimed.cell is not None


def harm_of(tallies: Iterable[Tally]) -> dict[str, float]:
    """Nats by detector of what happened to phones, at most what each may add."""
    found: dict[str, tuple[float, float]] = {}
    for tally in tallies:
        if tally.family in _OF_HARM:
            nats, cap = found.get(tally.detector, (0.0, 0.0))
            nats += tally.weight
            found[tally.detector] = nats, max(cap, tally.cap)
    return {detector: min(pair) for detector, pair in found.items()}
