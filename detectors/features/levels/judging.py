"""Levels judged many at a time: by our own library where there is one, up to each that is rare."""

from itertools import islice
from typing import Final, Protocol

import numpy as np

from detectors.features.baselines import level_profiles
from detectors.features.baselines.level_profiles import Levels
from detectors.features.levels.keyed_levels import KeyedLevels, Leaning
from detectors.model.columns import I8
from detectors.native.judged import DEVIATIONS, Asked, JudgedLevels, LevelColumns, PhoneMemory

#: What no deviation that is learned lies beyond (tenths of a decibel); what was stored may be
#: anybody's.
_MOST_TENTHS: Final = 1 << 24


class Judging(Protocol):
    """Some rows of levels as a zone judges and learns them, one after the other."""

    def judge(self, at: int, leanings: list[Leaning]) -> int:
        """Takes rows in from the one at that place on, up to the first that is the caller's: at
        which of them that is, or how many there are. Adds what deviates."""

    def judged(self, row: int) -> None:
        """Comes behind a row that the caller took in."""


def judging(state: Levels, levels: KeyedLevels, rows: I8, asked: Asked) -> Judging:
    """What judges some rows of a zone."""
    return _ByLibrary(state, levels, rows, asked) if state.table.has_library else _ByCaller()


class _ByCaller:
    def judge(self, at: int, leanings: list[Leaning]) -> int:
        return at

    def judged(self, row: int) -> None:
        """Nothing."""


class _ByLibrary:
    """All but those that name neighbours, or whose cell is flagged, or that are odd.

    It has phones' deviations in columns, by a number of each; what changes is put into the zone's
    memory, in order, before the caller looks at that.
    """

    def __init__(self, state: Levels, levels: KeyedLevels, rows: I8, asked: Asked) -> None:
        self._state, self._levels = state, levels
        # So many at most may be forgotten, of which so many may be used before.
        oldest = list(islice(state.phones, 2 * len(rows)))
        self._number_of = levels.numbers
        strange = [name for name in oldest if name not in levels.numbers]
        if strange:
            count = len(levels.numbers)
            self._number_of = levels.numbers | {
                name: number for number, name in enumerate(strange, count)
            }
        self._names = [*levels.numbers, *strange]
        self._stops = levels.names_near.copy()
        self._phones = PhoneMemory(
            len(self._names),
            [self._number_of[name] for name in oldest],
            len(state.phones),
            level_profiles.PHONES,
            len(rows),
        )
        self._look_up(levels.numbers.keys() & state.phones.keys())
        columns = levels.keys, levels.phones, levels.level_dbm, levels.whose, self._stops
        self._judged = JudgedLevels(LevelColumns(*columns), rows, self._phones, asked)
        #: The cell flagged last, as far as it is known.
        self._flagged: str | None = None
        #: The phones of which one is forgotten next, if any is: the second where the first is used.
        self._oldest: tuple[str, ...] = ()

    def judge(self, at: int, leanings: list[Leaning]) -> int:
        flags = self._state.flags
        # A cell that was flagged just now is the last of them.
        if flags and (last := next(reversed(flags))) != self._flagged:
            for cell in flags if self._flagged is None else (last,):
                self._stops[self._levels.rows_of_cell.get(cell, [])] = 1
            self._flagged = last
        self._judged.begin = at
        at = self._state.table.judge(self._judged)
        leanings += [(row, [(above, variance)]) for row, above, variance in self._judged.shown()]
        self._put_back()
        self._oldest = tuple(islice(self._state.phones, 2))
        return at

    def judged(self, row: int) -> None:
        phones, who, memory = self._state.phones, self._levels.who[row], self._phones
        if self._levels.near[row]:
            # Several cells may have been flagged.
            self._flagged = None
        for name in self._oldest:
            if name not in phones:
                memory.forget(self._number_of[name])
        memory.given.remembered = len(phones)
        if phones and next(reversed(phones)) == who:
            self._look_up((who,))
            memory.use(self._number_of[who])

    def _put_back(self) -> None:
        """Puts what has changed of phones into the zone's memory."""
        phones, names, memory = self._state.phones, self._names, self._phones
        changes = memory.changes()
        used = [number for number in changes if number >= 0]
        known = zip(memory.deviations[used].tolist(), memory.counts[used].tolist(), strict=True)
        for number in changes:
            phones.pop(names[max(number, ~number)], None)
            if number >= 0:
                deviations, count = next(known)
                phones[names[number]] = deviations[:count]

    def _look_up(self, names: "set[str] | tuple[str, ...]") -> None:
        """Takes what the zone remembers of some phones into the columns. What doesn't fit is the
        caller's to judge."""
        known = {name: self._state.phones[name] for name in names}
        for name, deviations in known.items():
            if len(deviations) > DEVIATIONS or max(map(abs, deviations), default=0) > _MOST_TENTHS:
                self._stops[np.flatnonzero(self._levels.whose == self._number_of[name])] = 1
                known[name] = []
        self._phones.put([self._number_of[name] for name in known], list(known.values()))
