"""Messages on which `failed_handover` fires, and messages on which it stays silent."""

from typing import Any

from detectors.model.codes import LTE
from detectors.model.columns import Batch
from detectors.rules.cluster_samples import once
from detectors.rules.sample_town import Row, Town

RAN, HANDOVER = 2, 14
ACCEPT, REJECT, ABORT = 1, 2, 3
_TO_PLACE = {"source": RAN, "procedure": HANDOVER, "target_rat": LTE}
ODD = once(**_TO_PLACE, outcome=ABORT, target_pci=333)
ORDINARY = once(**_TO_PLACE, outcome=ACCEPT, target_pci=17)


def fires(make: Town) -> list[Batch]:
    """Failures towards a cell that the register doesn't have."""
    return [make.signalling(*crowd(4, target_cell=777))]


def silent(make: Town) -> list[Batch]:
    return [make.signalling(*crowd(4, target_cell=1001), *crowd(2, 60.0, target_cell=777))]


def sent(who: str, at_s: float, **row: Any) -> Row:
    reported = {"source": RAN, "procedure": HANDOVER, "outcome": ABORT, "target_pci": 333}
    return {"subscriber": who, "at_s": at_s, "target_rat": LTE, **reported, **row}


def crowd(count: int = 4, at_s: float = 0.0, **row: Any) -> list[Row]:
    return [sent(f"s{n}", at_s + 10.0 * n, **row) for n in range(count)]
