"""What rows of levels are looked up by, worked out once for all zones that they concern."""

from dataclasses import dataclass
from typing import Any, Final, Protocol, Self, runtime_checkable

from detectors.features.baselines.level_profiles import Levels, place_key
from detectors.features.facts import Facts
from detectors.features.levels.level_rows import LevelRows, as_texts
from detectors.features.rule import Screened
from detectors.model.codes import RATS, text_of
from detectors.model.columns import Text
from detectors.model.hashing import number_of

#: A phone's row, and by how much it measured each of some cells above what others do (dB), each
#: with its variance (dB2): as `detectors.features.rule.Rule.level_deviations`.
Leaning = tuple[int, list[tuple[float, float]]]
_KEYED: Final = ("rat", "mcc", "mnc", "area", "cell", "tile")


@dataclass(frozen=True, slots=True, eq=False)
class KeyedLevels:
    """Rows with the text of each one's cell (`detectors.register.identity_keys.cell_key`), that of
    it in its tile (`place_key`), and the number of each one's phone."""

    rows: LevelRows
    cell: Text
    place: Text
    phone: Text

    @classmethod
    def of(cls, rows: LevelRows) -> Self:
        """Works them out."""
        cells, places = [], []
        for rat, mcc, mnc, area, cell, tile in rows.numbers[list(_KEYED)].tolist():
            name = f"{text_of(rat, RATS)}-{mcc}-{mnc}-{area}-{cell}"
            cells.append(name)
            places.append(place_key(name, tile))
        phones = [number_of(who) for who in rows.who.tolist()]
        return cls(rows, as_texts(cells), as_texts(places), as_texts(phones))

    def take(self, rows: Any) -> Self:
        """Some rows, by places, a mask or a slice."""
        return type(self)(self.rows.take(rows), self.cell[rows], self.place[rows], self.phone[rows])


@runtime_checkable
class OfLevels(Protocol):
    """A rule whose observations are levels, many of which travel together."""

    def screen_together(self, state: None, facts: Facts[Any]) -> Screened:
        """As `detectors.features.rule.Rule.screen`, with observations of many levels each."""

    def judge_levels(self, state: Levels, levels: KeyedLevels) -> list[Leaning]:
        """As `detectors.features.rule.Rule.observe` of one after the other, and what of them
        deviates from what others report."""
