"""Messages on which `impossible_distance` fires, and messages on which it stays silent."""

from detectors.model.columns import Batch
from detectors.model.words import Values
from detectors.rules.sample_town import Town

#: Of findings that these messages do not bring about.
MORE_VALUES: list[Values] = [{"reason": "too_far", "site_distance_m": 41_200}]


def fires(make: Town) -> list[Batch]:
    """The town's LTE cell 40 km away, and next to it."""
    lat, lon = make.at(40_000.0)
    away = {"lat": lat, "lon": lon}
    return [make.measurements(away, {}, {**away, "timing_advance": 2}, {}, away)]


def silent(make: Town) -> list[Batch]:
    return [make.measurements({}, {"timing_advance": 2}, {"lat": None, "lon": None})]
