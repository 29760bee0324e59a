"""What rows of levels are looked up by, worked out once for all zones that they concern."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self, cast, runtime_checkable

import numpy as np

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
#: As `detectors.features.baselines.level_profiles.Profile` packs them.
_LEVEL, _PHONE = np.dtype("<i2"), np.dtype("<i8")


@dataclass(frozen=True, slots=True, eq=False)
class KeyedLevels:
    """Rows, and what is asked of each: its cell in its tile as text (`place_key`), its level (dBm)
    and arrival (ms), whose it is, also as a number, the neighbours that it names; and level (tenths
    of a decibel) and number as a `detectors.features.baselines.level_profiles.Profile` has them."""

    rows: LevelRows
    places: list[str]
    level_dbm: list[float]
    rx_ms: list[int]
    who: list[str]
    phones: list[int]
    near: list[str]
    packed_levels: list[bytes]
    packed_phones: list[bytes]

    @classmethod
    def of(cls, rows: LevelRows) -> Self:
        """Works them out."""
        rat, *numbers, tile = (rows.numbers[name].tolist() for name in _KEYED)
        rats = {code: text_of(code, RATS) for code in set(rat)}
        identities = zip(map(rats.__getitem__, rat), *numbers, strict=True)
        cells = [f"{name}-{mcc}-{mnc}-{area}-{cell}" for name, mcc, mnc, area, cell in identities]
        who = rows.who.tolist()
        phones = list(map(number_of, who))
        level_dbm = rows.numbers["signal_dbm"]
        return cls(
            rows,
            list(map(place_key, cells, tile)),
            level_dbm.tolist(),
            rows.numbers["rx_ts"].tolist(),
            who,
            phones,
            rows.near.tolist(),
            _each(np.rint(level_dbm * 10), _LEVEL),
            _each(phones, _PHONE),
        )

    def cell(self, row: int) -> str:
        """The text of a row's cell (`detectors.register.identity_keys.cell_key`)."""
        return self.places[row].partition("@")[0]


def _each(values: Any, kind: np.dtype[Any]) -> list[bytes]:
    """The bytes of each number."""
    raw, size = np.asarray(values).astype(kind).tobytes(), kind.itemsize
    return [raw[at : at + size] for at in range(0, len(raw), size)]


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


def of_levels(rule: object) -> OfLevels | None:
    """A rule that is one of those, and else ``None``. Each class is asked once: to look whether it
    has all that one of those has takes as long as to judge dozens of messages."""
    known = _KNOWN.get(type(rule))
    if known is None:
        known = _KNOWN[type(rule)] = isinstance(rule, OfLevels)
    return cast(OfLevels, rule) if known else None


_KNOWN: Final[dict[type, bool]] = {}
