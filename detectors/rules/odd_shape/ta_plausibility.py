"""What timing advances say of cells that are too strong: carried there, or close by.

The memory that `odd_shape` judges by. A repeater or a long fibre carries a cell far with all its
strength, and its timing advance with it; a clone close by has a short one. Few phones tell any, so
what some tell of a cell holds for all who hear it near by. Times are arrival, ms.
"""

import msgspec

from detectors.features.memory.lru import keep
from detectors.model.finding import Observation
from detectors.register.identity_keys import cell_key
from geo.earth.sphere import great_circle_m

#: Cells and words on each that a zone remembers, and for how long.
_CELLS, _WORDS, _WORD_LASTS_MS = 512, 12, 7_200_000


class Word(msgspec.Struct, array_like=True):
    """A phone whose odd cell told a timing advance: as long as the way to the mast, or shorter."""

    who: str
    lat: float
    lon: float
    rx_ms: int
    carried: bool


class Carried(msgspec.Struct):
    """Judging state: what waits, in order of arrival, and words by cell in order of last use."""

    waiting: list[Observation] = []
    words: dict[str, list[Word]] = {}

    def observe(self, observation: Observation, carried: bool) -> None:
        """Notes what a message's timing advance says of its cell there."""
        assert observation.claimed is not None
        assert observation.place is not None
        cell = cell_key(observation.claimed)
        words = [word for word in self.words.pop(cell, []) if word.who != observation.who]
        words.append(
            Word(
                observation.who,
                observation.place.lat,
                observation.place.lon,
                observation.rx_ts,
                carried,
            )
        )
        keep(self.words, cell, words[-_WORDS:], _CELLS)

    def is_carried(self, observation: Observation, within_m: float) -> bool:
        """Whether two phones or more near by say that the cell is what it claims to be, and more
        than say otherwise."""
        assert observation.claimed is not None
        assert observation.place is not None
        here = [
            word.carried
            for word in self.words.get(cell_key(observation.claimed), ())
            if observation.rx_ts - word.rx_ms <= _WORD_LASTS_MS
            and great_circle_m(word.lat, word.lon, observation.place.lat, observation.place.lon)
            <= within_m
        ]
        return here.count(True) > max(1, here.count(False))

    def take(self, until_ms: int) -> list[Observation]:
        """What has waited since then or longer, which is forgotten."""
        taken = []
        while self.waiting and self.waiting[0].rx_ts <= until_ms:
            taken.append(self.waiting.pop(0))
        return taken
