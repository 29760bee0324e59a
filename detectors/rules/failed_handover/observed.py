"""What screening has let through of handovers that succeed: each once an hour.

There are hundreds of handovers for each that fails, and a register full of holes, or a city whose
cells hand calls to ten neighbours each, would give rise to as many observations.
"""

from typing import Final

import numpy as np

from detectors.features.baselines.scan_statistic import TARGET
from detectors.features.memory.lru import keep
from detectors.model.columns import I8, Signalling
from detectors.model.finding import Observation
from detectors.model.hashing import scattered
from detectors.sites.cell_number import cell_numbers

_HOUR_MS: Final = 3_600_000
#: Targets that are unknown and honest, and relations that work, which are remembered.
_TARGETS, _RELATIONS = 4096, 131_072


class Observed:
    """When each was observed last: targets by their text and that of the source cell (arrival, ms),
    relations by `relation_numbers` (the hour of arrival)."""

    def __init__(self) -> None:
        self._honest: dict[str, int] = {}
        self._working: dict[int, int] = {}

    def is_honest_anew(self, observation: Observation) -> bool:
        """Whether a target wasn't observed to be honest within the hour."""
        key = f"{observation.values[TARGET]}|{observation.values['seen_on']}"
        if observation.rx_ts - self._honest.get(key, -_HOUR_MS) < _HOUR_MS:
            return False
        self._honest.pop(key, None)
        keep(self._honest, key, observation.rx_ts, _TARGETS)
        return True

    def working(self, relations: I8, rx_ms: I8) -> I8:
        """Which of some handovers are the first of this hour by a relation that works: so they are
        the same in whatever batches they come."""
        hours = rx_ms // _HOUR_MS
        _, first = np.unique(scattered(relations, hours), return_index=True)
        first.sort()
        news = []
        for number, hour in zip(relations[first].tolist(), hours[first].tolist(), strict=True):
            news.append(hour > self._working.get(number, -1))
            if news[-1]:
                self._working.pop(number, None)
                keep(self._working, number, hour, _RELATIONS)
        return np.asarray(first[np.array(news, dtype=np.bool_)])


def relation_numbers(batch: Signalling, rows: I8, code: I8) -> I8:
    """A number of source cell and target of some rows, by the ``code`` of each target; hardly ever
    do two relations share one."""
    own = (getattr(batch, name)[rows] for name in ("rat", "mcc", "mnc", "area", "cell"))
    rat = batch.target_rat[rows].astype(np.int64)
    return scattered(cell_numbers(*own).astype(np.int64), code << 3 | rat)
