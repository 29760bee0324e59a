"""What `judge.rs` judges, in columns."""

import ctypes
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import F8, I8
from detectors.native import library
from detectors.native.judged.hands import Hands, sound
from detectors.native.judged.level_table import LevelTable
from detectors.native.judged.phone_table import PhoneTable
from detectors.native.orders import place

#: Ways in which a level is judged: the caller does it, or it is not learned.
BY_CALLER, UNLEARNED = 1, 2
#: What is full where judging stopped for lack of room: else that of phones.
_FULL_OF_LEVELS: Final = 1
_SHOWN: Final = np.dtype([("row", "<i8"), ("above_db", "<f8"), ("variance_db2", "<f8")])


class Asked(NamedTuple):
    """What a rule asks for: so many others, an excess of so much (tenths of a decibel) and of so
    many standard deviations; whether what a phone usually reads high is taken off."""

    least_phones: int
    least_tenths: float
    sigmas: float
    excused: bool


class _Levels(ctypes.Structure):
    """`Levels` in `judge.rs`."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("keys", "phones", "level_dbm", "ways")),
        *(("rows", ctypes.c_size_t), ("chosen", ctypes.c_void_p)),
        *(("chosen_count", ctypes.c_size_t), ("begin", ctypes.c_size_t)),
        *(("least_phones", ctypes.c_size_t), ("least_tenths", ctypes.c_double)),
        *(("sigmas", ctypes.c_double), ("excused", ctypes.c_uint8), ("full", ctypes.c_uint8)),
        *(("shown", ctypes.c_void_p), ("shown_count", ctypes.c_size_t)),
    )


class LevelColumns:
    """Levels, a row each: keys, numbers of phones, and levels (dBm). They stay as they are."""

    def __init__(self, keys: I8, phones: I8, level_dbm: F8) -> None:
        self.count = len(phones)
        if keys.shape != (self.count, 6) or len(level_dbm) != self.count:
            raise ValueError("columns of different lengths")
        columns: tuple[NDArray[Any], ...] = keys, phones, level_dbm
        self._held = tuple(map(np.ascontiguousarray, columns))
        self.places = tuple(map(place, self._held))


class JudgedLevels:
    """Levels that are judged: ``chosen`` of them, from the one at ``begin`` on, each in one of the
    ``ways``: 0, or one of the above."""

    def __init__(
        self, columns: LevelColumns, ways: NDArray[np.uint8], chosen: I8, asked: Asked
    ) -> None:
        if len(ways) != columns.count:
            raise ValueError("columns of different lengths")
        chosen = np.ascontiguousarray(chosen, dtype=np.int64)
        self._shown = np.empty((len(chosen), 3))
        self._held = columns, chosen
        self._levels = _Levels(
            *(*columns.places, place(ways), columns.count, place(chosen), len(chosen)),
            *(0, *asked, 0, place(self._shown), 0),
        )
        self._ways = ways
        self._given = ctypes.byref(self._levels)

    def judge(self, at: int, table: LevelTable, phones: PhoneTable) -> int:
        """Judges and learns them from the one at that place on, up to the first that is the
        caller's to judge: at which that is, or how many there are. Only where there is the
        library."""
        assert library.OURS is not None
        step, levels = library.OURS.levels_judge, self._levels
        step.restype = ctypes.c_int64
        given = *(_hands(each).given for each in (table, phones)), self._given
        levels.begin = at
        at = sound(step(*given))
        while levels.full:
            (table if levels.full == _FULL_OF_LEVELS else phones).make_room()
            levels.begin = at
            at = sound(step(*given))
        table.count, phones.count = _hands(table).count, _hands(phones).count
        return at

    @property
    def ways(self) -> NDArray[np.uint8]:
        """In what way each is judged: others may be put in their place."""
        return self._ways

    @ways.setter
    def ways(self, ways: NDArray[np.uint8]) -> None:
        self._ways, self._levels.ways = ways, place(ways)

    def shown(self) -> list[tuple[int, float, float]]:
        """What deviates of those judged since it was last asked: the row, by how much it is above
        others (dB), and the variance of that (dB2)."""
        count = self._levels.shown_count
        self._levels.shown_count = 0
        if not count:
            return []
        shown: list[tuple[int, float, float]] = self._shown[:count].view(_SHOWN)[:, 0].tolist()
        return shown


def _hands(table: LevelTable | PhoneTable) -> Hands:
    hands = table.hands
    assert isinstance(hands, Hands)
    return hands
