"""By how much one phone measures cells above what others do at its place."""

from math import pi
from typing import Final

from detectors.features.baselines.level_profiles import Levels
from detectors.features.rows import named_neighbours
from detectors.model.finding import Observation
from detectors.model.hashing import number_of
from detectors.register.identity_keys import cell_key

#: Others that must have reported a cell's level at the place.
LEAST_PHONES: Final = 5
#: The noise of one level (dB), believed as firmly as if so many phones had shown it.
_LEVEL_DB, _LEVEL_PHONES = 6.0, 5


def level_deviations(levels: Levels, observation: Observation) -> list[tuple[float, float]]:
    """By how much the phone behind an observation of `odd_level` measured each cell that it reports
    above the median of others at its place (dB), with the variance of that (dB2).

    ``levels`` is the rule's state, which has taken the observation in.
    """
    tile = int(observation.values.get("tile") or 0)
    measured = named_neighbours.read(str(observation.values.get("heard") or ""))
    if observation.claimed is not None and observation.signal_dbm is not None:
        measured.append((observation.claimed, observation.signal_dbm))
    deviations = []
    for claimed, level_dbm in measured:
        cell = cell_key(claimed)
        profile = levels.profiles.get(f"{cell}@{tile}")
        # As most are: the cheap question first.
        if profile is None or len(profile.who) < LEAST_PHONES:
            continue
        if levels.is_flagged(cell, observation.rx_ts):
            continue
        phone = number_of(observation.who)
        usual = profile.usual(phone, LEAST_PHONES)
        if usual is not None:
            others = profile.count - (phone in profile.who)
            variance_db2 = _variance_db2(usual[1] / 10, others)
            deviations.append((level_dbm - usual[0] / 10, variance_db2))
    return deviations


def _variance_db2(deviation_db: float, others: int) -> float:
    """Of a phone's level about the median of ``others``, whose own scatter is believed the more
    the more they are."""
    noise_db2 = _LEVEL_PHONES * _LEVEL_DB**2 + others * deviation_db**2
    return noise_db2 / (_LEVEL_PHONES + others) * (1.0 + pi / (2.0 * others))
