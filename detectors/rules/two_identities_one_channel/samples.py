"""Messages on which `two_identities_one_channel` fires, and on which it stays silent."""

import numpy as np

from detectors.model.codes import LTE
from detectors.model.columns import Batch
from detectors.model.hashing import is_place_sampled
from detectors.register.register import Register
from detectors.rules.sample_town import Row, Town
from detectors.rules.two_identities_one_channel.rule import TwoIdentitiesOneChannel

ON_AIR = {"arfcn": 1300, "pci": 7}
FARTHER = 2222
CLONE = {"area": 61001, "cell": 7, **ON_AIR}


def register(make: Town) -> Register:
    """The town, and one more cell of its LTE network."""
    return make.register({"rat": LTE, "area": 4100, "cell": FARTHER})


def fires(make: Town) -> list[Batch]:
    """Two phones on the town's cell, and two on another of its channel and code between them."""
    return [_in_turn(make, CLONE)]


def silent(make: Town) -> list[Batch]:
    """The other cell has a code of its own."""
    return [_in_turn(make, {**CLONE, "pci": 8})]


def shared(make: Town) -> list[Batch]:
    return [_in_turn(make, {**CLONE, "mnc": 1})]


def reuse(make: Town) -> list[Batch]:
    """The other cell is registered as well."""
    return [_in_turn(make, {"cell": FARTHER, **ON_AIR})]


def femto(make: Town) -> list[Batch]:
    return [_in_turn(make, CLONE, {"area": 61002, "cell": 1234, **ON_AIR})]


def replan(make: Town) -> list[Batch]:
    """The other identity begins when the first one ends."""
    first, second = _drawn(make, 4)[:2], _drawn(make, 8)[4:]
    return [make.measurements(*_rows(0, first, ON_AIR), *_rows(2, second, CLONE))]


def aggregation(make: Town) -> list[Batch]:
    return [_in_turn(make, {**CLONE, "cell": 1001 ^ 1})]


def half_update(make: Town) -> list[Batch]:
    """Phones come from an unregistered cell of another code, and show it on the town's once."""
    before = {**CLONE, "pci": 8}
    rows: list[Row] = []
    for who, at_s in (("d2", 5.0), ("d3", 500.0)):
        rows += [
            {"device": who, "at_s": at_s, **before},
            {"device": who, "at_s": at_s + 5, **CLONE},
        ]
    return [_ordered(make, [*_rows(0, _drawn(make, 12), ON_AIR), *rows])]


EXCUSED = {
    "excuse_shared": shared,
    "excuse_reuse": reuse,
    "excuse_femto": femto,
    "excuse_replan": replan,
    "excuse_aggregation": aggregation,
    "excuse_half_update": half_update,
}


def _in_turn(make: Town, other: Row, first: Row = ON_AIR) -> Batch:
    """Reports of the first cell and of the other in turn, all of them in the sample."""
    times = _drawn(make, 8)
    return _ordered(make, [*_rows(0, times[::2], first), *_rows(2, times[1::2], other)])


def _rows(first: int, times: list[float], cell: Row) -> list[Row]:
    """Reports of two phones in turn, of this number and the next."""
    return [{"device": f"d{first + n % 2}", "at_s": at_s, **cell} for n, at_s in enumerate(times)]


def _ordered(make: Town, rows: list[Row]) -> Batch:
    return make.measurements(*sorted(rows, key=lambda row: float(row["at_s"])))


def _drawn(make: Town, count: int) -> list[float]:
    """Moments 20 s apart or more at which a report from the usual place is in the sample."""
    ts_ms = make.t0_ms + 1000 * np.arange(3600, dtype=np.int64)
    lat, lon = (np.full(len(ts_ms), degrees) for degrees in make.at(100.0))
    one_in = TwoIdentitiesOneChannel().sample_one_in
    drawn = np.flatnonzero(is_place_sampled(one_in, ts_ms, lat, lon))
    times: list[float] = []
    for at_s in drawn.tolist():
        if not times or at_s >= times[-1] + 20:
            times.append(float(at_s))
    return times[:count]
