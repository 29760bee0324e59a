"""Levels judged many at a time: by our own library where there is one, up to each that is rare."""

from collections.abc import Iterable
from itertools import islice
from typing import Final, Protocol

import numpy as np

from detectors.features.baselines import level_profiles
from detectors.features.baselines.level_profiles import Levels
from detectors.features.levels.keyed_levels import KeyedLevels, Leaning
from detectors.model.columns import I8
from detectors.native.judged import (
    BY_CALLER,
    DEVIATIONS,
    UNLEARNED,
    Asked,
    JudgedLevels,
    LevelColumns,
    PhoneMemory,
)

#: What no deviation that is learned lies beyond (tenths of a decibel); what was stored may be
#: anybody's.
_MOST_TENTHS: Final = 1 << 24
_NEVER_MS: Final = -(1 << 62)


class Judging(Protocol):
    """Some rows of levels as a zone judges and learns them, one after the other."""

    def judge(self, at: int, leanings: list[Leaning]) -> int:
        """Takes rows in from the one at that place on, up to the first that is the caller's: at
        which of them that is, or how many there are. Adds what deviates."""

    def judged(self, row: int) -> None:
        """Comes behind a row that the caller took in."""


def judging(state: Levels, levels: KeyedLevels, rows: I8, asked: Asked, thaw_ms: float) -> Judging:
    """What judges some rows of a zone. Those of cells that have been flagged for no longer than
    ``thaw_ms`` are not learned; the others of flagged cells are the caller's."""
    if not state.table.has_library:
        return _ByCaller()
    return _ByLibrary(state, levels, rows, asked, thaw_ms)


class _ByCaller:
    def judge(self, at: int, leanings: list[Leaning]) -> int:
        return at

    def judged(self, row: int) -> None:
        """Nothing."""


class _ByLibrary:
    """All but those that name neighbours, or whose cell begins anew, or that are odd.

    It has phones' deviations in columns, by a number of each; what changes is put into the zone's
    memory, in order, before the caller looks at that.
    """

    def __init__(
        self, state: Levels, levels: KeyedLevels, rows: I8, asked: Asked, thaw_ms: float
    ) -> None:
        self._state, self._levels, self._thaw_ms = state, levels, thaw_ms
        remembered, most, count = len(state.phones), level_profiles.PHONES, len(rows)
        # So many at most are forgotten, and so many may be used before.
        forgotten = min(max(remembered + count - most, 0), count)
        oldest = list(islice(state.phones, forgotten + count)) if forgotten else []
        #: Of those that have sent nothing this time.
        self._others: dict[str, int] = {}
        for name in oldest:
            if name not in levels.numbers:
                self._others[name] = len(levels.numbers) + len(self._others)
        #: Of the numbers, once any is asked for.
        self._names: list[str] = []
        #: The flags that the ways rest on.
        self._flags: dict[str, tuple[int, int]] = {}
        self._phones = PhoneMemory(
            len(levels.numbers) + len(self._others),
            list(map(self._number_of, oldest)),
            *(remembered, most, count),
        )
        self._is_callers = levels.names_near
        self._judged = JudgedLevels(levels.columns, levels.names_near, rows, self._phones, asked)
        self._look_up(levels.numbers.keys() & state.phones.keys())
        #: The phones of which one is forgotten next, if any is: the second where the first is used.
        self._oldest: tuple[str, ...] = ()

    def judge(self, at: int, leanings: list[Leaning]) -> int:
        if self._state.flags != self._flags:
            self._heed_flags()
        self._judged.begin = at
        at = self._state.table.judge(self._judged)
        leanings += [(row, [(above, variance)]) for row, above, variance in self._judged.shown()]
        self._put_back()
        self._oldest = tuple(islice(self._state.phones, 2))
        return at

    def judged(self, row: int) -> None:
        phones, who, memory = self._state.phones, self._levels.who[row], self._phones
        for name in self._oldest:
            if name not in phones:
                memory.forget(self._number_of(name))
        memory.given.remembered = len(phones)
        if phones and next(reversed(phones)) == who:
            self._look_up((who,))
            memory.use(self._number_of(who))

    def _number_of(self, name: str) -> int:
        number = self._levels.numbers.get(name)
        return self._others[name] if number is None else number

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
                all_ways[rows] = np.where(self._is_callers[rows], BY_CALLER, ways)
        self._judged.ways = all_ways
        self._flags = dict(flags)

    def _put_back(self) -> None:
        """Puts what has changed of phones into the zone's memory."""
        changes = self._phones.changes()
        if not changes:
            return
        self._names = self._names or [*self._levels.numbers, *self._others]
        phones, names, memory = self._state.phones, self._names, self._phones
        used = [number for number in changes if number >= 0]
        known = zip(memory.deviations[used].tolist(), memory.counts[used].tolist(), strict=True)
        for number in changes:
            phones.pop(names[number if number >= 0 else ~number], None)
            if number >= 0:
                deviations, count = next(known)
                phones[names[number]] = deviations[:count]

    def _look_up(self, names: Iterable[str]) -> None:
        """Takes what the zone remembers of some phones into the columns. What doesn't fit is the
        caller's to judge."""
        known: dict[int, list[int]] = {}
        for name in names:
            number, deviations = self._number_of(name), self._state.phones[name]
            if len(deviations) > DEVIATIONS or max(map(abs, deviations), default=0) > _MOST_TENTHS:
                is_own = self._levels.whose == number
                self._is_callers = self._is_callers | is_own
                self._judged.ways = np.where(is_own, np.uint8(BY_CALLER), self._judged.ways)
            else:
                known[number] = deviations
        self._phones.put(known)
