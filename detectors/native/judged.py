"""What `judge.rs` judges, and what it remembers of phones meanwhile, in columns."""

import ctypes
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import I8

#: Deviations of one phone.
DEVIATIONS: Final = 9
#: Ways in which a level is judged: the caller does it, or it is not learned.
BY_CALLER, UNLEARNED = 1, 2
_FORGOTTEN: Final = -1
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
        *((name, ctypes.c_void_p) for name in ("keys", "phones", "level_dbm", "whose", "ways")),
        *(("rows", ctypes.c_size_t), ("chosen", ctypes.c_void_p)),
        *(("chosen_count", ctypes.c_size_t), ("begin", ctypes.c_size_t)),
        *(("least_phones", ctypes.c_size_t), ("least_tenths", ctypes.c_double)),
        *(("sigmas", ctypes.c_double), ("excused", ctypes.c_uint8), ("full", ctypes.c_uint8)),
        *(("shown", ctypes.c_void_p), ("shown_count", ctypes.c_size_t)),
    )


class _Phones(ctypes.Structure):
    """`Phones` in `phones.rs`."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("deviations", "counts", "used")),
        *(("count", ctypes.c_size_t), ("queue", ctypes.c_void_p)),
        *((name, ctypes.c_size_t) for name in ("queue_size", "queued", "next")),
        *(("log", ctypes.c_void_p), ("log_size", ctypes.c_size_t), ("logged", ctypes.c_size_t)),
        *((name, ctypes.c_size_t) for name in ("remembered", "most")),
        ("clock", ctypes.c_int64),
    )


class LevelColumns(NamedTuple):
    """Levels, a row each: keys, numbers of phones, levels (dBm), which of the names of phones each
    has, and in what way each is judged: 0, or one of the above."""

    keys: NDArray[np.int64]
    phones: NDArray[np.int64]
    level_dbm: NDArray[np.float64]
    whose: NDArray[np.int32]
    ways: NDArray[np.uint8]


class PhoneMemory:
    """What is remembered of phones that have ``count`` numbers, of ``remembered`` of which there
    may be ``most``. ``oldest`` are numbers of those unused for longest, in order; ``levels`` more
    may be used."""

    def __init__(
        self, count: int, oldest: Sequence[int], remembered: int, most: int, levels: int
    ) -> None:
        self.deviations = np.zeros((count, DEVIATIONS), dtype=np.int32)
        self.counts = np.zeros(count, dtype=np.uint8)
        self.used = np.empty(count, dtype=np.int64)
        self.used.fill(_FORGOTTEN)
        self._queue = np.empty((len(oldest) + levels, 2), dtype=np.int64)
        if oldest:
            known = self._queue[: len(oldest)]
            known[:, 0], known[:, 1] = oldest, range(len(oldest))
            self.used[known[:, 0]] = known[:, 1]
        #: Of each level at most one phone is used, and one forgotten.
        self._log = np.empty(2 * levels, dtype=np.int32)
        self.given = _Phones(
            *(_place(self.deviations), _place(self.counts), _place(self.used), count),
            *(_place(self._queue), len(self._queue), len(oldest), 0),
            *(_place(self._log), len(self._log), 0),
            *(remembered, most, len(oldest) + 1),
        )

    def put(self, number: int, deviations: Sequence[int]) -> None:
        """Puts down what is known of a phone, which isn't used thereby."""
        count = len(deviations)
        self.deviations[number, :count], self.counts[number] = deviations, count
        if self.used[number] == _FORGOTTEN:
            # Not among the oldest, and so forgotten only when it was used before.
            self.used[number] = len(self._queue)

    def use(self, number: int) -> None:
        """Notes that a phone was used just now."""
        given = self.given
        self._queue[given.queued] = number, given.clock
        self.used[number] = given.clock
        given.queued, given.clock = given.queued + 1, given.clock + 1

    def forget(self, number: int) -> None:
        """Notes that a phone was forgotten."""
        self.used[number], self.counts[number] = _FORGOTTEN, 0

    def changes(self) -> list[int]:
        """What was changed since it was last asked, in order: the number of who was used, or the
        complement of that of who was forgotten."""
        changed: list[int] = self._log[: self.given.logged].tolist()
        self.given.logged = 0
        return changed


class JudgedLevels:
    """Levels that are judged: ``chosen`` of them, from the one at ``begin`` on."""

    def __init__(
        self, columns: LevelColumns, chosen: I8, phones: PhoneMemory, asked: Asked
    ) -> None:
        count = len(columns.phones)
        if columns.keys.shape != (count, 6) or any(len(each) != count for each in columns[2:]):
            raise ValueError("columns of different lengths")
        held: list[NDArray[Any]] = [np.ascontiguousarray(each) for each in (*columns, chosen)]
        self._held = held
        self._shown = np.empty(len(chosen), dtype=_SHOWN)
        self._levels = _Levels(
            *(*map(_place, held[:-1]), count, _place(held[-1]), len(chosen), 0, *asked, 0),
            *(_place(self._shown), 0),
        )
        self._phones = phones
        self.given = ctypes.byref(self._levels), ctypes.byref(phones.given)

    @property
    def begin(self) -> int:
        """Which is judged next."""
        begin: int = self._levels.begin
        return begin

    @begin.setter
    def begin(self, begin: int) -> None:
        self._levels.begin = begin

    @property
    def is_full(self) -> bool:
        """Whether judging stopped for lack of room."""
        return bool(self._levels.full)

    def shown(self) -> list[tuple[int, float, float]]:
        """What deviates of those judged since it was last asked: the row, by how much it is above
        others (dB), and the variance of that (dB2)."""
        shown: list[tuple[int, float, float]] = self._shown[: self._levels.shown_count].tolist()
        self._levels.shown_count = 0
        return shown


def _place(column: NDArray[Any]) -> int:
    """Where a column lies; a third of what asking its ``ctypes`` takes."""
    place: int = column.__array_interface__["data"][0]
    return place
