"""Messages on which `unknown_old_area` fires, and messages on which it stays silent."""

from detectors.model.codes import GSM
from detectors.model.columns import Batch
from detectors.rules.sample_town import Town


def fires(make: Town) -> list[Batch]:
    """Phones that come back from an unknown area; one names two."""
    back = {"old_area": 61001, "old_rat": GSM}
    return [make.signalling(back, {}, {**back, "old_lai_area": 61002}, {"old_area": 0}, back)]


def silent(make: Town) -> list[Batch]:
    return [make.signalling({"old_area": 0xFFFE}, {"old_area": 4100}, {})]
