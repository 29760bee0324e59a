"""Messages on which `sudden_cell` fires, and messages on which it stays silent."""

from typing import Any

from detectors.model.codes import LTE
from detectors.model.columns import Batch
from detectors.model.words import Values
from detectors.register.register import Register
from detectors.rules.ground_samples import watched
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
    return [make.measurements(*watched(make, 40, ONE_IN), *sudden(2400.0, 1, 2, 3, 4))]


def silent(make: Town) -> list[Batch]:
    """Three phones only; and as many on a cell of the place itself."""
    here = sudden(2430.0, 1, 2, 3, 4, cell=1001)
    return [make.measurements(*watched(make, 40, ONE_IN), *sudden(2400.0, 1, 2, 3), *here)]


def sudden(at_s: float, *who: int, **over: Any) -> list[Row]:
    """Reports of the cell of another site by these devices, five seconds apart."""
    clone = {"cell": 2001, "arfcn": 1300, "pci": 7}
    return [
        {**clone, "device": f"d{number}", "at_s": at_s + 5.0 * n, **over}
        for n, number in enumerate(who)
    ]
