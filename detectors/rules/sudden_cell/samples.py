"""Messages on which `sudden_cell` fires, and messages on which it stays silent."""

from typing import Any

import numpy as np

from detectors.model.codes import LTE
from detectors.model.columns import Batch
from detectors.model.hashing import is_place_sampled
from detectors.model.words import Values
from detectors.register.register import Register
from detectors.rules.sample_town import Row, Town
from detectors.rules.sudden_cell.rule import SuddenCell

ONE_IN = SuddenCell().sample_one_in
#: Of findings that these messages do not bring about.
MORE_VALUES: list[Values] = [{"age_s": 600, "how": "elsewhere"}]


def register(make: Town) -> Register:
    """The town's cells with channel and code, and three sites more, four kilometres apart."""
    planned = {"arfcn": 1300.0, "pci": 7.0}
    sites = []
    for number in (1, 2, 3):
        lat, lon = make.at(4000.0 * number)
        sites.append({"rat": LTE, "area": 4100, "cell": 2000 + number, "lat": lat, "lon": lon})
    rows: Register = make.register(*({**site, **planned} for site in sites), **planned)
    return rows


def fires(make: Town) -> list[Batch]:
    """A watched place where four phones come upon a cell of a site four kilometres away."""
    return [make.measurements(*watched(make, 40), *sudden(2400.0, 1, 2, 3, 4))]


def silent(make: Town) -> list[Batch]:
    """Three phones only; and as many on a cell of the place itself."""
    here = sudden(2430.0, 1, 2, 3, 4, cell=1001)
    return [make.measurements(*watched(make, 40), *sudden(2400.0, 1, 2, 3), *here)]


def drawn_after(make: Town, at_s: float) -> float:
    """The first moment from then on at which a report from the town's usual place is sampled."""
    ts_ms = make.t0_ms + round(at_s * 1000) + np.arange(20 * ONE_IN, dtype=np.int64)
    lat, lon = (np.full(len(ts_ms), degrees) for degrees in make.at(100.0))
    first = int(np.flatnonzero(is_place_sampled(ONE_IN, ts_ms, lat, lon))[0])
    return (int(ts_ms[first]) - make.t0_ms) / 1000


def watched(make: Town, minutes: int, every: int = 5) -> list[Row]:
    """Ordinary reports, one every five minutes, each of which is in the sample."""
    return [
        {"device": f"w{minute}", "at_s": drawn_after(make, 60.0 * minute)}
        for minute in range(0, minutes, every)
    ]


def sudden(at_s: float, *who: int, **over: Any) -> list[Row]:
    """Reports of the cell of another site by these devices, five seconds apart."""
    clone = {"cell": 2001, "arfcn": 1300, "pci": 7}
    return [
        {**clone, "device": f"d{number}", "at_s": at_s + 5.0 * n, **over}
        for n, number in enumerate(who)
    ]
