"""Messages on which `odd_shape` fires, and messages on which it stays silent."""

from typing import Any

from detectors.model.codes import LTE
from detectors.model.columns import Batch
from detectors.rules.sample_town import Row, Town


def bare(level_dbm: float, number: int, **over: Any) -> Row:
    return {"rat": LTE, "arfcn": 1300, "pci": 10 + number, "signal_dbm": level_dbm, **over}


AROUND = [bare(-92.0, 0), bare(-90.0, 1), bare(-93.0, 2)]


def register(make: Town) -> Any:
    return town(make)


def fires(make: Town) -> list[Batch]:
    """Three phones on the clone, one of them twice, and one on the true cell."""
    clone = row(make)
    return [make.measurements(clone, {**clone, "device": "d0"}, row(make, 100.0), clone)]


def silent(make: Town) -> list[Batch]:
    return [make.measurements(row(make, 100.0), row(make, 3000.0, signal_dbm=-118.0), {})]


def town(make: Town, **clone: Any) -> Any:
    """The town's cell 1001 at the site; three cells 3 km east, about the phones there."""
    around: list[Row] = []
    for number, (east_m, north_m) in enumerate(((3400, 0), (2700, 300), (3000, -400))):
        lat, lon = make.at(east_m, north_m)
        codes = {"arfcn": 1300.0, "pci": 10.0 + number}
        around.append({"rat": LTE, "area": 4100, "cell": 2001 + number, "lat": lat, "lon": lon})
        around[-1] |= codes
    return make.register_of({"rat": LTE, "area": 4100, "cell": 1001, **clone}, *around)


def row(make: Town, far_m: float = 3000.0, **over: Any) -> Row:
    """A phone so far east on cell 1001 at -80 dBm, which 100 m off would be -28 dBm."""
    lat, lon = make.at(far_m)
    return {"lat": lat, "lon": lon, "signal_dbm": -80.0, "neighbours": AROUND, **over}
