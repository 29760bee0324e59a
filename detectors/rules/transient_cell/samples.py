"""Messages on which `transient_cell` fires, and messages on which it stays silent."""

from typing import Any

from detectors.model.codes import GSM
from detectors.model.columns import Batch
from detectors.model.words import Values
from detectors.rules.ground_samples import watched
from detectors.rules.sample_town import Row, Town
from detectors.rules.transient_cell.rule import TransientCell

STRANGE = {"rat": GSM, "area": 61001, "cell": 7}
ONE_IN = TransientCell().sample_one_in
#: Of findings that these messages do not bring about.
MORE_VALUES: list[Values] = [{"age_s": 600}]


def fires(make: Town) -> list[Batch]:
    """A watched place where two phones come upon the same unknown cell."""
    return [make.measurements(*watched(make, 40, ONE_IN), *strange(2400.0, 1, 2))]


def silent(make: Town) -> list[Batch]:
    return [make.measurements(*watched(make, 40, ONE_IN), *strange(2400.0, 1))]


def strange(at_s: float, *who: int, **over: Any) -> list[Row]:
    """Reports of the unknown cell by these devices, ten seconds apart."""
    return [
        {**STRANGE, "device": f"d{number}", "at_s": at_s + 10.0 * n, **over}
        for n, number in enumerate(who)
    ]
