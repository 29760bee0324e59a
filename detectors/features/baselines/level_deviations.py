"""By how much one phone measures cells above what others do at its place."""

from math import pi
from typing import Final, NamedTuple

from detectors.features.baselines.level_profiles import Levels, Profile, place_key
from detectors.features.rows import named_neighbours
from detectors.model.finding import Identity, Observation
from detectors.model.hashing import number_of
from detectors.native.judged.hands import Key

#: Others that must have reported a cell's level at the place.
LEAST_PHONES: Final = 5
#: The noise of one level (dB), believed as firmly as if so many phones had shown it.
_LEVEL_DB, _LEVEL_PHONES = 6.0, 5


def level_deviations(levels: Levels, observation: Observation) -> list[tuple[float, float]]:
    """By how much the phone behind an observation of `odd_level` measured each cell that it reports
    above the median of others at its place (dB), with the variance of that (dB2).

    ``levels`` is the rule's state, which has taken the observation in.
    """
    phone, near, serving = reported_levels(observation)
    deviations = []
    for key, _, level_dbm in near if observation.signal_dbm is None else (*near, *serving):
        profile = levels.known(key)
        deviations += deviation_of(levels, key, level_dbm, phone, observation.rx_ts, profile)
    return deviations


def deviation_of(
    levels: Levels,
    key: Key,
    level_dbm: float,
    phone: int,
    rx_ms: int,
    profile: Profile | None,
) -> list[tuple[float, float]]:
    """As `level_deviations`, of a phone's level of one cell at a place (`place_key`), whose profile
    is given: none where too little is known of it."""
    # As most are: the cheap question first.
    if profile is None or profile.size < LEAST_PHONES or levels.is_flagged(key, rx_ms):
        return []
    usual = profile.usual(phone, LEAST_PHONES)
    if usual is None:
        return []
    who = profile.who
    others = len(who) - (phone in who)
    return [(level_dbm - usual[0] / 10, _variance_db2(usual[1] / 10, others))]


class ReportedLevel(NamedTuple):
    """One cell in an observation of `odd_level`, by the key by which its profile is found
    (`place_key`), with its level (dBm)."""

    key: Key
    claimed: Identity
    level_dbm: float


class ReportedLevels(NamedTuple):
    """The number of the phone behind an observation, the neighbours that it reports, and the cell
    that serves it, if that is named."""

    phone: int
    near: tuple[ReportedLevel, ...]
    serving: tuple[ReportedLevel, ...]


def reported_levels(observation: Observation) -> ReportedLevels:
    """What an observation of `odd_level` holds. Raises LookupError, TypeError or ValueError for
    what screening never makes."""
    # Each zone asks, one after the other, before it learns and after.
    if (last := _LAST.read) is not None and last[0] is observation:
        return last[1]
    found = _reported(observation)
    _LAST.read = observation, found
    return found


class _Last:
    """The observation that was read last, with what it holds: one tuple, since correlators may be
    at work in several threads."""

    __slots__ = ("read",)

    def __init__(self) -> None:
        self.read: tuple[Observation, ReportedLevels] | None = None


_LAST: Final = _Last()


def _reported(observation: Observation) -> ReportedLevels:
    near, tile = str(observation.values["heard"]), int(observation.values["tile"] or 0)

    def level_of(identity: Identity, level_dbm: float) -> ReportedLevel:
        return ReportedLevel(place_key(identity, tile), identity, level_dbm)

    claimed, level_dbm = observation.claimed, observation.signal_dbm or 0.0
    serving = () if claimed is None else (level_of(claimed, level_dbm),)
    neighbours = tuple(level_of(*each) for each in named_neighbours.read(near))
    return ReportedLevels(number_of(observation.who), neighbours, serving)


def _variance_db2(deviation_db: float, others: int) -> float:
    """Of a phone's level about the median of ``others``, whose own scatter is believed the more
    the more they are."""
    # Products, since powers are rounded as the C library likes: the library of ours has another.
    noise_db2 = _LEVEL_PHONES * (_LEVEL_DB * _LEVEL_DB) + others * (deviation_db * deviation_db)
    return noise_db2 / (_LEVEL_PHONES + others) * (1.0 + pi / (2.0 * others))
