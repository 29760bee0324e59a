"""Messages on which `wrong_channel` fires, and messages on which it stays silent."""

from detectors.model.codes import LTE
from detectors.model.columns import Batch
from detectors.register.register import Register
from detectors.rules.sample_town import Town

PLANNED = {"arfcn": 1300.0, "pci": 7.0}
CLONE = {"arfcn": 1300, "pci": 300}


def register(make: Town) -> Register:
    """The town's cells, all of one channel and code, and three sites more a kilometre apart."""
    sites = []
    for number in (1, 2, 3):
        lat, lon = make.at(1000.0 * number)
        sites.append({"rat": LTE, "area": 4100, "cell": 2000 + number, "lat": lat, "lon": lon})
    rows: Register = make.register(*({**site, **PLANNED} for site in sites), **PLANNED)
    return rows


def fires(make: Town) -> list[Batch]:
    """Two phones on a clone with a code of its own, one of them sees the honest cell as well."""
    near = {"rat": LTE, "mcc": 460, "mnc": 0, "area": 4100, "cell": 1001, "arfcn": 1300, "pci": 7}
    return [make.measurements({}, CLONE, {**CLONE, "neighbours": [near]}, {})]


def silent(make: Town) -> list[Batch]:
    return [make.measurements({"arfcn": 1300, "pci": 7}, {"arfcn": 1350, "pci": 7}, {})]
