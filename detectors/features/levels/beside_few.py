"""Levels of places where few phones have reported any yet, as most are: learned many at a time."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from detectors.features.baselines.level_profiles import PHONES, Levels, cell_of
from detectors.features.levels.keyed_levels import KeyedLevels
from detectors.model.columns import I8
from detectors.native.levels import LevelColumns

#: What is no level, in tenths of a decibel, lies beyond.
_MOST_TENTHS: Final = 32_767
_NO_ROWS: Final = (-1,)


class BesideFew:
    """Some rows of levels, one at least, as a zone learns them: up to where ``few`` have reported a
    level neither is anything found nor does anything deviate.

    ``excused`` says whether what a phone usually reads high is taken off.
    """

    def __init__(
        self, state: Levels, levels: KeyedLevels, rows: I8, few: int, excused: bool
    ) -> None:
        self._state, self._levels, self._few, self._excused = state, levels, few, excused
        self._rows = rows
        self._columns = LevelColumns(
            levels.keys, levels.phones, levels.tenths, levels.names_near, rows
        )
        self._rows_of: dict[str, list[int]] = {}
        #: The phone that is forgotten for another next, where there are as many as may be.
        self._oldest: str | None = None
        #: Rows by cell, once any is flagged; the one flagged last, as far as it is known.
        self._rows_of_cell: dict[str, list[int]] | None = None
        self._flagged: str | None = None
        if excused and state.phones:
            self._take_off(self._by_phone().keys() & state.phones.keys())

    def learn(self, begin: int) -> int:
        """Takes in rows, one after the other from the one at ``begin`` on, up to the first that is
        to be judged: since it names neighbours, or a cell is flagged, or enough levels are known at
        its place. At which of the rows that is, or how many there are."""
        phones, flags = self._state.phones, self._state.flags
        self._oldest = next(iter(phones)) if len(phones) >= PHONES else None
        # A cell that was flagged just now is the last of them.
        if flags and (last := next(reversed(flags))) != self._flagged:
            for cell in flags if self._flagged is None else (last,):
                self._stop_at(cell)
            self._flagged = last
        return self._state.table.learn(self._columns, begin, self._few)

    def judged(self, row: int) -> None:
        """Comes behind a row that was judged, which may have shown more of its phone, so that what
        was known of another is forgotten."""
        phones, who = self._state.phones, self._levels.who[row]
        if self._levels.near[row]:
            # Several cells may have been flagged.
            self._flagged = None
        if self._excused and who in phones:
            oldest = self._oldest
            gone = [oldest] if oldest is not None and oldest not in phones else []
            rows_of = self._by_phone()
            self._take_off(name for name in (who, *gone) if rows_of.get(name, _NO_ROWS)[-1] > row)

    def _stop_at(self, cell: str) -> None:
        """Lets rows of a cell be judged each."""
        if self._rows_of_cell is None:
            self._rows_of_cell = {}
            for row in self._rows.tolist():
                own = cell_of(self._levels.one(row)[0])
                self._rows_of_cell.setdefault(own, []).append(row)
        if (rows := self._rows_of_cell.get(cell)) is not None:
            self._columns.make_own()
            self._columns.stops[rows] = 1

    def _by_phone(self) -> dict[str, list[int]]:
        if not self._rows_of:
            for row in self._rows.tolist():
                self._rows_of.setdefault(self._levels.who[row], []).append(row)
        return self._rows_of

    def _take_off(self, names: Iterable[str]) -> None:
        """Puts down anew what is learned of some phones' rows."""
        columns, levels = self._columns, self._levels
        for who in names:
            columns.make_own()
            own, offset = self._by_phone()[who], self._state.offset(who)
            tenths = np.rint(levels.level_dbm[own] * 10 - offset)
            is_none = np.abs(tenths) > _MOST_TENTHS
            columns.tenths[own] = np.where(is_none, 0, tenths)
            # Whoever judges it says what is wrong with it.
            columns.stops[own] |= is_none
