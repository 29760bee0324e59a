"""What one detector found about one claimed identity, and by whom."""

import msgspec

from detectors.model.finding import Family, Finding, Identity


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
