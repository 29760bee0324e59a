"""How many decibels each phone reads high or low, learned from cells that it shares with others.

A phone's model, case and pocket add the same to all that it hears, the rogue station too, and to
locating that is as if it stood nearer or farther. What phones say of a cell at a place, which
`odd_level` judges by, tells by how much: a phone's deviation from the median of what at least
`LEAST_PHONES` others told there. Its running mean is drawn towards zero by the prior of what phones
differ by, so that few words say little.

One liar can't shift others, since medians don't follow one level; and what cells tell that are
flagged as far too loud isn't learned from. Levels are decibels.
"""

from math import pi
from typing import Final

import msgspec

from detectors.context.core_attestation import cell_key
from detectors.features.baselines.level_profiles import Levels, number_of
from detectors.features.memory.lru import keep
from detectors.features.rows import named_neighbours
from detectors.model.finding import Observation, Space

#: Phones that a zone remembers; those unheard of the longest are forgotten.
MOST_PHONES: Final = 20_000
#: Others that must have told a cell's level at the place.
LEAST_PHONES: Final = 5
#: What phones differ by, as `geo.radio.receiver_bias.PHONE_SD_DB`.
PRIOR_SD_DB: Final = 4.0
#: What pocket and street add to all levels of one message, and the noise of each level, believed
#: as firmly as if so many phones had shown it.
_MOMENT_DB, _LEVEL_DB, _LEVEL_PHONES = 3.0, 6.0, 5
#: A word further off than so many deviations counts the less (Huber).
_HUBER_Z: Final = 2.0
#: Words are forgotten beyond about fifty: phones get new cases, and pseudonyms new phones.
_MOST_PRECISION: Final = 1.0


class Leaning(msgspec.Struct, array_like=True, gc=False):
    """One phone's words: the sum of their precisions (1/dB2) and of deviations times precision."""

    precision: float = 0.0
    pull: float = 0.0

    @property
    def offset_db(self) -> float:
        """Posterior mean of the phone's offset."""
        return self.pull / (self.precision + PRIOR_SD_DB**-2)


class DeviceOffsets(msgspec.Struct):
    """What one zone knows of phones, by a number of each, in order of their last words."""

    phones: dict[int, Leaning] = {}

    def observe(self, observation: Observation, levels: Levels) -> None:
        """Takes in an observation of `odd_level`, once that rule has heard it: ``levels`` is its
        state.

        All levels of one message are one word, since one hand holds the phone.
        """
        phone, tile = number_of(observation.who), int(observation.values.get("tile") or 0)
        told = named_neighbours.read(str(observation.values.get("heard") or ""))
        if observation.claimed is not None and observation.signal_dbm is not None:
            told.append((observation.claimed, observation.signal_dbm))
        deviation_db, precision, words = 0.0, 0.0, 0
        for claimed, level_dbm in told:
            cell = cell_key(claimed)
            profile = levels.profiles.get(f"{cell}@{tile}")
            if profile is None or levels.is_flagged(cell, observation.rx_ts):
                continue
            usual = profile.usual(phone, LEAST_PHONES)
            if usual is None:
                continue
            others = len(profile.who) - (phone in profile.who)
            weight = 1.0 / _variance_db2(usual[1] / 10, others)
            deviation_db += weight * (level_dbm - usual[0] / 10)
            precision += weight
            words += 1
        if words:
            variance_db2 = _MOMENT_DB**2 + 1.0 / precision
            # Two phones that share a number lean alike, which is rare and harmless.
            voter = number_of(f"{observation.space}:{observation.who}")
            self._learn(voter, deviation_db / precision, variance_db2)

    def offset_db(self, space: Space, who: str) -> float:
        """By how much a phone reads high, drawn towards zero; 0 where nothing is known of it."""
        return self.of(f"{space}:{who}")

    def of(self, voter: str) -> float:
        """As `offset_db`, of one named ``space:who`` as reports of an incident are."""
        leaning = self.phones.get(number_of(voter))
        return 0.0 if leaning is None else leaning.offset_db

    def _learn(self, key: int, deviation_db: float, variance_db2: float) -> None:
        old = self.phones.pop(key, None) or Leaning()
        off = abs(deviation_db - old.offset_db)
        unsure_db2 = variance_db2 + 1.0 / (old.precision + PRIOR_SD_DB**-2)
        weight = min(1.0, _HUBER_Z * unsure_db2**0.5 / off) if off else 1.0
        precision = weight / variance_db2
        kept = min(1.0, max(0.0, _MOST_PRECISION - precision) / (old.precision or 1.0))
        new = Leaning(kept * old.precision + precision, kept * old.pull + precision * deviation_db)
        keep(self.phones, key, new, MOST_PHONES)


def _variance_db2(deviation_db: float, others: int) -> float:
    """Of a phone's level about the median of ``others``, whose own scatter is believed the more
    the more they are."""
    noise_db2 = _LEVEL_PHONES * _LEVEL_DB**2 + others * deviation_db**2
    return noise_db2 / (_LEVEL_PHONES + others) * (1.0 + pi / (2.0 * others))
