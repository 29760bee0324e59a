"""Messages on which `lost_area` fires, and messages on which it stays silent."""

from typing import Any

from detectors.model.columns import Batch
from detectors.rules.cluster_samples import twice
from detectors.rules.sample_town import Row, Town

REJECT = 2
ODD = twice({"old_area": 0xFFFE})
ORDINARY = twice({})


def fires(make: Town) -> list[Batch]:
    """Three that the core had and that come back without an area."""
    return [make.signalling(*crowd(3))]


def silent(make: Town) -> list[Batch]:
    return [make.signalling(*crowd(3, {"outcome": REJECT, "cause": 13, "old_area": 4100}))]


def had(who: str, at_s: float = 0.0, **row: Any) -> Row:
    return {"subscriber": who, "at_s": at_s, "old_area": 4100, **row}


def lost(who: str, at_s: float, **row: Any) -> Row:
    return {"subscriber": who, "at_s": at_s, "old_area": 0xFFFE, **row}


def crowd(count: int = 4, *between: Row, **row: Any) -> list[Row]:
    """Subscribers whom the core has had, what happened to each then, and their return."""
    names = [f"s{n}" for n in range(count)]
    rows = [had(who, n) for n, who in enumerate(names)]
    rows += [
        {"subscriber": who, "at_s": 100.0 + 50.0 * turn + n, **each}
        for turn, each in enumerate(between)
        for n, who in enumerate(names)
    ]
    return rows + [lost(who, 600.0 + n, **row) for n, who in enumerate(names)]
