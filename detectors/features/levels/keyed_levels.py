"""What rows of levels are looked up by, worked out once for all zones that they concern."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol, Self, runtime_checkable

from detectors.features.baselines.level_profiles import Levels, place_key
from detectors.features.facts import Facts
from detectors.features.levels.level_rows import LevelRows
from detectors.features.rule import Screened
from detectors.model.codes import RATS, text_of
from detectors.model.hashing import number_of

#: A phone's row, and by how much it measured each of some cells above what others do (dB), each
#: with its variance (dB2): as `detectors.features.rule.Rule.level_deviations`.
Leaning = tuple[int, list[tuple[float, float]]]
_KEYED: Final = ("rat", "mcc", "mnc", "area", "cell", "tile")
_ASKED: Final = ("signal_dbm", "rx_ts")


class Key(NamedTuple):
    """What is asked of one row: the text of its cell (`detectors.register.identity_keys.cell_key`),
    that of it in its tile (`place_key`), its level (dBm) and arrival (ms), whose it is, also as a
    number, and the neighbours that it names."""

    cell: str
    place: str
    level_dbm: float
    rx_ms: int
    who: str
    phone: int
    near: str


@dataclass(frozen=True, slots=True, eq=False)
class KeyedLevels:
    """Rows with the keys of each."""

    rows: LevelRows
    keys: list[Key]

    @classmethod
    def of(cls, rows: LevelRows) -> Self:
        """Works them out."""
        columns = [rows.numbers[name].tolist() for name in (*_KEYED, *_ASKED)]
        keys = []
        for rat, mcc, mnc, area, cell, tile, level_dbm, rx_ms, who, near in zip(
            *columns, rows.who.tolist(), rows.near.tolist(), strict=True
        ):
            name = f"{text_of(rat, RATS)}-{mcc}-{mnc}-{area}-{cell}"
            place, phone = place_key(name, tile), number_of(who)
            keys.append(Key(name, place, level_dbm, rx_ms, who, phone, near))
        return cls(rows, keys)


@runtime_checkable
class OfLevels(Protocol):
    """A rule whose observations are levels, many of which travel together."""

    def screen_together(self, state: None, facts: Facts[Any]) -> Screened:
        """As `detectors.features.rule.Rule.screen`, with observations of many levels each."""

    def judge_levels(
        self, state: Levels, levels: KeyedLevels, rows: Sequence[int]
    ) -> list[Leaning]:
        """As `detectors.features.rule.Rule.observe` of some rows, one after the other, and what of
        them deviates from what others report."""
