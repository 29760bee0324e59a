"""Messages on which `vanish_and_return` fires, and messages on which it stays silent."""

from typing import Any

from detectors.model.columns import Batch
from detectors.rules.cluster_samples import once
from detectors.rules.sample_town import Row, Town

PHONE, PERIODIC, COMBINED, REJECT, SERVICE = 3, 2, 4, 2, 13
ODD = once(update_type=1)
ORDINARY = once(update_type=1, old_area=4101)


def fires(make: Town) -> list[Batch]:
    return [make.signalling(*crowd(5, 0.0))]


def silent(make: Town) -> list[Batch]:
    return [make.signalling(*crowd(2, 0.0), *crowd(5, 10.0, update_type=PERIODIC))]


def update(who: str, at_s: float, **row: Any) -> Row:
    """From the area of the town's LTE cell into the same."""
    return {"subscriber": who, "at_s": at_s, "old_area": 4100, "update_type": 1, **row}


def crowd(count: int = 8, at_s: float = 600.0, **row: Any) -> list[Row]:
    return [update(f"s{n}", at_s + n, **row) for n in range(count)]
