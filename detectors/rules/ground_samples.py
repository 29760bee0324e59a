"""Messages that show where phones listen, for the samples of rules that judge what begins.

Such rules (`BeginningRule`) pass on a sample of all reports, chosen by content. These are made so
as to be in it.
"""

import numpy as np

from detectors.model.hashing import is_place_sampled
from detectors.rules.sample_town import Row, Town


def drawn_after(make: Town, at_s: float, one_in: int) -> float:
    """The first moment from then on at which a report from the town's usual place is sampled."""
    ts_ms = make.t0_ms + round(at_s * 1000) + np.arange(20 * one_in, dtype=np.int64)
    lat, lon = (np.full(len(ts_ms), degrees) for degrees in make.at(100.0))
    first = int(np.flatnonzero(is_place_sampled(one_in, ts_ms, lat, lon))[0])
    return (int(ts_ms[first]) - make.t0_ms) / 1000


def watched(make: Town, minutes: int, one_in: int) -> list[Row]:
    """Ordinary reports, one every five minutes, each of which is in the sample."""
    return [
        {"device": f"w{minute}", "at_s": drawn_after(make, 60.0 * minute, one_in)}
        for minute in range(0, minutes, 5)
    ]
