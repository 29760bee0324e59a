"""Levels judged many at a time: by our own library where there is one, up to each that is rare."""

from typing import Final, Protocol

import numpy as np

from detectors.features.baselines.level_profiles import Levels
from detectors.features.levels.keyed_levels import KeyedLevels, Leaning
from detectors.model.columns import I8
from detectors.native import library
from detectors.native.judged.asked import BY_CALLER, UNLEARNED, Asked, JudgedLevels

_NEVER_MS: Final = -(1 << 62)


class Judging(Protocol):
    """Some rows of levels as a zone judges and learns them, one after the other."""

    def judge(self, at: int, leanings: list[Leaning]) -> int:
        """Takes rows in from the one at that place on, up to the first that is the caller's: at
        which of them that is, or how many there are. Adds what deviates."""


def judging(state: Levels, levels: KeyedLevels, rows: I8, asked: Asked, thaw_ms: float) -> Judging:
    """What judges some rows of a zone. Those of cells that have been flagged for no longer than
    ``thaw_ms`` are not learned; the others of flagged cells are the caller's."""
    if library.OURS is None:
        return _ByCaller()
    return _ByLibrary(state, levels, rows, asked, thaw_ms)


class _ByCaller:
    def judge(self, at: int, leanings: list[Leaning]) -> int:
        return at


class _ByLibrary:
    """All but those that name neighbours, or whose cell begins anew, or that are odd."""

    def __init__(
        self, state: Levels, levels: KeyedLevels, rows: I8, asked: Asked, thaw_ms: float
    ) -> None:
        self._state, self._levels, self._thaw_ms = state, levels, thaw_ms
        #: The flags that the ways rest on.
        self._flags: dict[str, tuple[int, int]] = {}
        self._judged = JudgedLevels(levels.columns, levels.names_near, rows, asked)

    def judge(self, at: int, leanings: list[Leaning]) -> int:
        if self._state.flags != self._flags:
            self._heed_flags()
        at = self._judged.judge(at, self._state.table, self._state.deviations)
        leanings += [(row, [(above, variance)]) for row, above, variance in self._judged.shown()]
        return at

    def _heed_flags(self) -> None:
        """Puts down in what way rows are judged of cells whose flags have changed."""
        flags, before, levels = self._state.flags, self._flags, self._levels
        all_ways = self._judged.ways.copy()
        for cell in flags.keys() | before.keys():
            if flags.get(cell) == before.get(cell):
                continue
            rows = levels.rows_of(cell)
            if len(rows):
                since_ms, until_ms = flags.get(cell, (0, _NEVER_MS))
                rx_ms = levels.rx_ms[rows]
                is_kept = rx_ms - since_ms <= self._thaw_ms
                ways = np.where(is_kept, UNLEARNED, BY_CALLER)
                ways = np.where(rx_ms > until_ms, 0, ways)
                all_ways[rows] = np.where(levels.names_near[rows], BY_CALLER, ways)
        self._judged.ways = all_ways
        self._flags = dict(flags)
