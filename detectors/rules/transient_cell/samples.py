"""Messages on which `transient_cell` fires, and messages on which it stays silent."""

from typing import Any

import numpy as np

from detectors.model.codes import GSM
from detectors.model.columns import Batch
from detectors.model.hashing import is_place_sampled
from detectors.model.words import Values
from detectors.rules.sample_town import Row, Town
from detectors.rules.transient_cell.rule import TransientCell

STRANGE = {"rat": GSM, "area": 61001, "cell": 7}
ONE_IN = TransientCell().sample_one_in
#: Of findings that these messages do not bring about.
MORE_VALUES: list[Values] = [{"age_s": 600}]


def fires(make: Town) -> list[Batch]:
    """A watched place where two phones come upon the same unknown cell."""
    return [make.measurements(*watched(make, 40), *strange(2400.0, 1, 2))]


def silent(make: Town) -> list[Batch]:
    return [make.measurements(*watched(make, 40), *strange(2400.0, 1))]


def drawn_after(make: Town, at_s: float) -> float:
    """The first moment from then on at which a report from the town's usual place is sampled."""
    ts_ms = make.t0_ms + round(at_s * 1000) + np.arange(20 * ONE_IN, dtype=np.int64)
    lat, lon = (np.full(len(ts_ms), degrees) for degrees in make.at(100.0))
    first = int(np.flatnonzero(is_place_sampled(ONE_IN, ts_ms, lat, lon))[0])
    return (int(ts_ms[first]) - make.t0_ms) / 1000


def watched(make: Town, minutes: int) -> list[Row]:
    """Ordinary reports, one every five minutes, each of which is in the sample."""
    return [
        {"device": f"w{minute}", "at_s": drawn_after(make, 60.0 * minute)}
        for minute in range(0, minutes, 5)
    ]


def strange(at_s: float, *who: int, **over: Any) -> list[Row]:
    """Reports of the unknown cell by these devices, ten seconds apart."""
    return [
        {**STRANGE, "device": f"d{number}", "at_s": at_s + 10.0 * n, **over}
        for n, number in enumerate(who)
    ]
