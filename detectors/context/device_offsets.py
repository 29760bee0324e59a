"""How many decibels each phone reads high or low, learned from cells that it shares with others.

A phone's model, case and pocket add the same to all that it receives, the rogue station too, and to
locating that is as if it stood nearer or farther. By how much is learned from what phones report of
a cell at a place: a phone's deviation from the median of others there
(`detectors.features.baselines.level_deviations`). Its running mean is drawn towards zero by the
prior of what phones differ by, so that few reports change little.

One liar can't shift others, since medians don't follow one level; and cells flagged as far too loud
are not learned from. Levels are decibels.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from detectors.features.memory.lru import keep
from detectors.model.finding import Observation, Space
from detectors.model.hashing import number_of

#: Phones that a zone remembers; those unheard of the longest are forgotten.
MOST_PHONES: Final = 20_000
#: Standard deviation of what phones read high or low: model, hand and pocket.
PRIOR_SD_DB: Final = 4.0
#: What pocket and street add to all levels of one message.
_MOMENT_DB: Final = 3.0
#: A report further off than so many deviations counts the less (Huber).
_HUBER_Z: Final = 2.0
#: Reports are forgotten beyond about fifty: phones get new cases, and pseudonyms new phones.
_MOST_PRECISION: Final = 1.0


class Leaning(msgspec.Struct, array_like=True, gc=False):
    """One phone's reports: the sum of their precisions (1/dB2) and of deviations times
    precision."""

    precision: float = 0.0
    pull: float = 0.0

    @property
    def offset_db(self) -> float:
        """Posterior mean of the phone's offset."""
        return self.pull / (self.precision + PRIOR_SD_DB**-2)


class DeviceOffsets(msgspec.Struct):
    """What one zone knows of phones, by a number of each, in order of their last reports."""

    phones: dict[int, Leaning] = {}

    def learn(self, observation: Observation, deviations: Sequence[tuple[float, float]]) -> None:
        """Takes in by how much an observation's phone measured each of some cells above what others
        do (dB), each with its variance (dB2): a rule's ``level_deviations``.

        All levels of one message count as one, since one hand holds the phone.
        """
        if deviations:
            self.learn_of(f"{observation.space}:{observation.who}", deviations)

    def learn_of(self, voter: str, deviations: Sequence[tuple[float, float]]) -> None:
        """As `learn`, of one named ``space:who``, and of one cell at least."""
        deviation_db, precision = 0.0, 0.0
        for each_db, variance_db2 in deviations:
            weight = 1.0 / variance_db2
            deviation_db += weight * each_db
            precision += weight
        # Two phones that share a number lean alike, which is rare and harmless.
        self._learn(number_of(voter), deviation_db / precision, _MOMENT_DB**2 + 1.0 / precision)

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
