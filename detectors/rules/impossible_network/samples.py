"""Messages on which `impossible_network` fires, and messages on which it stays silent."""

from detectors.model.codes import GSM
from detectors.model.columns import Batch
from detectors.rules.sample_town import Town

OWN = {"area": 61001, "cell": 7}


def fires(make: Town) -> list[Batch]:
    """A laboratory's network, served and received, and a country code that nobody has."""
    lab = {"mcc": 1, "mnc": 1, **OWN}
    near = {"neighbours": [{"rat": GSM, "mcc": 1, "mnc": 1}]}
    return [make.measurements({}, lab, {**OWN, "mcc": 998, "mnc": 1}, near)]


def silent(make: Town) -> list[Batch]:
    return [make.measurements({}, {"mcc": 262, "mnc": 1, **OWN}, {"mcc": 999, "mnc": 1, **OWN})]
