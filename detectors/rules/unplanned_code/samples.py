"""Messages on which `unplanned_code` fires, and messages on which it stays silent."""

from typing import Any

import numpy as np

from detectors.model.codes import GSM
from detectors.model.columns import Batch
from detectors.model.hashing import is_place_sampled
from detectors.register.register import Register
from detectors.rules.sample_town import Row, Town
from detectors.rules.unplanned_code.rule import UnplannedCode

ODD = {"rat": GSM, "arfcn": 60, "pci": 9, "signal_dbm": -80.0}
ONE_IN = UnplannedCode().sample_one_in


def register(make: Town) -> Register:
    """Ten planned GSM cells along a road, a hundred metres apart, on channels 60 and 62."""
    listed: Register = make.register_of(*planned(make, 10))
    return listed


def fires(make: Town) -> list[Batch]:
    """A watched place where three phones receive the same odd neighbour."""
    return [make.measurements(*watched(make, 40), *receiving(2400.0, 1, 2, 3))]


def silent(make: Town) -> list[Batch]:
    return [make.measurements(*watched(make, 40), *receiving(2400.0, 1))]


def planned(make: Town, cells: int, **over: Any) -> list[Row]:
    rows = []
    for number in range(cells):
        lat, lon = make.at(100.0 * number)
        row = {"rat": GSM, "area": 4200, "cell": 11 + number, "lat": lat, "lon": lon}
        rows.append({**row, "arfcn": 60.0 + 2 * (number % 2), "pci": 20.0 + number, **over})
    return rows


def watched(
    make: Town,
    minutes: int,
    altitude_m: float | None = None,
    place: tuple[float, float] = (100.0, 0.0),
) -> list[Row]:
    """Ordinary reports, one about every five minutes, each of which is in the sample; ``place`` is
    in metres from the site."""
    rows = []
    where = make.at(*place)
    for minute in range(0, minutes, 5):
        ts_ms = make.t0_ms + 60_000 * minute + np.arange(20 * ONE_IN, dtype=np.int64)
        lat, lon = (np.full(len(ts_ms), degrees) for degrees in where)
        first = int(np.flatnonzero(is_place_sampled(ONE_IN, ts_ms, lat, lon))[0])
        at_s = (int(ts_ms[first]) - make.t0_ms) / 1000
        row = {"rat": GSM, "device": f"w{minute}", "at_s": at_s, "altitude_m": altitude_m}
        rows.append({**row, "lat": where[0], "lon": where[1]})
    return rows


def receiving(at_s: float, *who: int, near: Any = None, **over: Any) -> list[Row]:
    """Reports on an honest cell by these devices, ten seconds apart, with an odd neighbour."""
    return [
        {
            "rat": GSM,
            "device": f"d{number}",
            "at_s": at_s + 10.0 * n,
            "neighbours": [ODD if near is None else near],
            **over,
        }
        for n, number in enumerate(who)
    ]
