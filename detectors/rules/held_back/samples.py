"""Messages on which `held_back` fires, and messages on which it stays silent."""

from typing import Any

from detectors.model.codes import LTE
from detectors.model.columns import Batch
from detectors.register.register import Register
from detectors.rules.ground_samples import drawn_after
from detectors.rules.held_back.rule import HeldBack
from detectors.rules.sample_town import Row, Town

ONE_IN = HeldBack().sample_one_in


def register(make: Town) -> Register:
    """The town's cells and another at their site, and a site four kilometres away."""
    lat, lon = make.at(4000.0)
    cells = [{"rat": LTE, "area": 4100, "cell": 2001 + n, "lat": lat, "lon": lon} for n in (0, 1)]
    rows: Register = make.register({"rat": LTE, "area": 4100, "cell": 1003}, *cells)
    return rows


def fires(make: Town) -> list[Batch]:
    """Four phones of a place whose reports mostly arrive at once were on a cell of another place,
    and their reports arrive when they are back."""
    return [make.measurements(*prompt(make, 80), *strange(make, 600.0, 90.0, 1, 2, 3, 4))]


def silent(make: Town) -> list[Batch]:
    """Reports that arrive at once, and reports of two phones."""
    return [
        make.measurements(
            *prompt(make, 80),
            *strange(make, 600.0, 1.0, 1, 2, 3, 4),
            *strange(make, 700.0, 90.0, 5, 6, cell=2002),
        )
    ]


def prompt(make: Town, count: int) -> list[Row]:
    """Ordinary reports, some seconds apart, that are in the sample and arrive within a second."""
    rows, at_s = [], 0.0
    for number in range(count):
        at_s = drawn_after(make, at_s + 5.0, ONE_IN)
        rows.append({"device": f"w{number}", "at_s": at_s, "rx_s": at_s + 1.0})
    return rows


def strange(make: Town, at_s: float, late_s: float, *who: int, **over: Any) -> list[Row]:
    """Reports of the cell of the other site by these devices, a hundred metres from one another."""
    rows = []
    for n, number in enumerate(who):
        lat, lon = make.at(100.0 * number)
        where = {"lat": lat, "lon": lon, "at_s": at_s + n, "rx_s": at_s + n + late_s}
        rows.append({"cell": 2001, "device": f"d{number}", **where, **over})
    return rows
