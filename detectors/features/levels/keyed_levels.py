"""What rows of levels are looked up by, worked out once for all zones that they concern."""

from dataclasses import dataclass, field
from typing import Any, Final, Protocol, Self, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from detectors.features.baselines.level_profiles import Levels, numbers_of_cell
from detectors.features.facts import Facts
from detectors.features.levels.level_rows import ROW, LevelRows
from detectors.features.rule import Screened
from detectors.model.columns import F8, I8
from detectors.native.judged.asked import LevelColumns
from detectors.native.judged.hands import Key
from detectors.native.judged.numbers import phone_numbers

#: A phone's row, and by how much it measured each of some cells above what others do (dB), each
#: with its variance (dB2): as `detectors.features.rule.Rule.level_deviations`.
Leaning = tuple[int, list[tuple[float, float]]]
#: What makes up a key: the technology, and numbers that lie together.
_NUMBERS: Final = len(("mcc", "mnc", "area", "cell", "tile"))
_KEYED: Final = np.dtype(
    {
        "names": ["rat", "numbers"],
        "formats": ["u1", ("<i8", _NUMBERS)],
        "offsets": [ROW.fields[name][1] for name in ("rat", "mcc")] if ROW.fields else [],
        "itemsize": ROW.itemsize,
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class KeyedLevels:
    """Rows, and what is asked of each: its ``keys`` (`place_key`), its level (dBm), arrival (ms),
    whose it is, also as a number, and the neighbours that it names, whether there are any.
    ``columns`` are some of these as our own library takes them."""

    rows: LevelRows
    keys: NDArray[np.int64]
    level_dbm: F8
    rx_ms: I8
    who: list[str]
    phones: I8
    near: list[str]
    names_near: NDArray[np.uint8]
    columns: LevelColumns
    _ones: list[tuple[Key, float, int, int]] = field(default_factory=list)

    @classmethod
    def of(cls, rows: LevelRows) -> Self:
        """Works them out."""
        who, near, count = rows.who.tolist(), rows.near.tolist(), len(rows)
        phones = phone_numbers(who)
        names_near = np.zeros(count, dtype=np.uint8)
        if any(near):
            names_near[:] = list(map(bool, near))
        keyed = rows.numbers.view(_KEYED)
        keys = np.empty((count, 1 + _NUMBERS), dtype=np.int64)
        keys[:, 0], keys[:, 1:] = keyed["rat"], keyed["numbers"]
        level_dbm, rx_ms = (rows.numbers[name].copy() for name in ("signal_dbm", "rx_ts"))
        columns = LevelColumns(keys, phones, level_dbm)
        return cls(rows, keys, level_dbm, rx_ms, who, phones, near, names_near, columns)

    def one(self, row: int) -> tuple[Key, float, int, int]:
        """Of a row the key of its cell in its tile, its level (dBm), its phone as a number, and its
        arrival (ms)."""
        if not self._ones:  # once some are asked for, many are
            keys: Any = map(tuple, self.keys.tolist())
            others = (column.tolist() for column in (self.level_dbm, self.phones, self.rx_ms))
            self._ones.extend(zip(keys, *others, strict=True))
        return self._ones[row]

    def rows_of(self, cell: str) -> NDArray[np.intp]:
        """The rows of a cell (`cell_of`)."""
        key = numbers_of_cell(cell)
        if key is None:
            return np.zeros(0, dtype=np.intp)
        # Hardly two cells have the same number, the last.
        rows = np.flatnonzero(self.keys[:, len(key) - 1] == key[-1])
        is_own: NDArray[np.bool_] = (self.keys[rows, : len(key)] == key).all(axis=1)
        return rows[is_own]


@runtime_checkable
class OfLevels(Protocol):
    """A rule whose observations are levels, many of which travel together."""

    def screen_together(self, state: None, facts: Facts[Any]) -> Screened:
        """As `detectors.features.rule.Rule.screen`, with levels that travel together."""

    def judge_levels(self, state: Levels, levels: KeyedLevels, rows: I8) -> list[Leaning]:
        """As `detectors.features.rule.Rule.observe` of some rows, one after the other, and what of
        them deviates from what others report."""


def of_levels(rule: object) -> OfLevels | None:
    """A rule that is one of those, and else ``None``. Each class is asked once: to look whether it
    has all that one of those has takes as long as to judge dozens of messages."""
    known = _KNOWN.get(type(rule))
    if known is None:
        known = _KNOWN[type(rule)] = isinstance(rule, OfLevels)
    return cast(OfLevels, rule) if known else None


_KNOWN: Final[dict[type, bool]] = {}
