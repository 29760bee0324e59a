"""What `judge.rs` judges, and what it remembers of phones meanwhile, in columns."""

import ctypes
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import F8, I8

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


class LevelColumns:
    """Levels, a row each: keys, numbers of phones, levels (dBm), and which of the names of phones
    each has. They stay as they are."""

    def __init__(self, keys: I8, phones: I8, level_dbm: F8, whose: NDArray[np.int32]) -> None:
        self.count = len(phones)
        if keys.shape != (self.count, 6) or {len(level_dbm), len(whose)} != {self.count}:
            raise ValueError("columns of different lengths")
        columns: tuple[NDArray[Any], ...] = keys, phones, level_dbm, whose
        self._held = tuple(map(np.ascontiguousarray, columns))
        self.places = tuple(map(_place, self._held))


class PhoneMemory:
    """What is remembered of phones that have ``count`` numbers, of ``remembered`` of which there
    may be ``most``. ``oldest`` are numbers of those unused for longest, in order; ``levels`` more
    may be used."""

    def __init__(
        self, count: int, oldest: Sequence[int], remembered: int, most: int, levels: int
    ) -> None:
        queue_size = len(oldest) + levels
        # Of each level at most one phone is used, and one forgotten.
        log_size = 2 * levels
        sizes = 8 * count, 16 * queue_size, 4 * DEVIATIONS * count, 4 * log_size, count
        # One piece for all: what is laid out for each zone is much of what a few levels cost.
        used, queue, deviations, log, counts, end = accumulate(sizes, initial=0)
        piece = np.zeros(end, dtype=np.uint8)
        self.used: NDArray[np.int64] = piece[used:queue].view(np.int64)
        self.used.fill(_FORGOTTEN)
        self._queue = piece[queue:deviations].view(np.int64).reshape(queue_size, 2)
        self.deviations: NDArray[np.int32] = piece[deviations:log].view(np.int32)
        self.deviations = self.deviations.reshape(count, DEVIATIONS)
        self._log: NDArray[np.int32] = piece[log:counts].view(np.int32)
        self.counts = piece[counts:]
        if oldest:
            known = self._queue[: len(oldest)]
            known[:, 0], known[:, 1] = oldest, np.arange(len(oldest))
            self.used[known[:, 0]] = known[:, 1]
        at = _place(piece)
        self.given = _Phones(
            *(at + deviations, at + counts, at + used, count),
            *(at + queue, queue_size, len(oldest), 0),
            *(at + log, log_size, 0),
            *(remembered, most, len(oldest) + 1),
        )

    def put(self, known: dict[int, list[int]]) -> None:
        """Puts down what is known of phones, by their numbers, which aren't used thereby."""
        if not known:
            return
        for number, deviations in known.items():
            self.deviations[number, : len(deviations)] = deviations
        at = np.fromiter(known, np.intp, len(known))
        self.counts[at] = list(map(len, known.values()))
        # Not among the oldest, and so forgotten only when it was used before.
        self.used[at[self.used[at] == _FORGOTTEN]] = len(self._queue)

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
    """Levels that are judged: ``chosen`` of them, from the one at ``begin`` on, each in one of the
    ``ways``: 0, or one of the above."""

    def __init__(
        self,
        columns: LevelColumns,
        ways: NDArray[np.uint8],
        chosen: I8,
        phones: PhoneMemory,
        asked: Asked,
    ) -> None:
        if len(ways) != columns.count:
            raise ValueError("columns of different lengths")
        chosen = np.ascontiguousarray(chosen, dtype=np.int64)
        self._shown = np.empty((len(chosen), 3))
        self._held = columns, chosen, phones
        self._levels = _Levels(
            *(*columns.places, _place(ways), columns.count, _place(chosen), len(chosen)),
            *(0, *asked, 0, _place(self._shown), 0),
        )
        self._ways = ways
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
    def ways(self) -> NDArray[np.uint8]:
        """In what way each is judged: others may be put in their place."""
        return self._ways

    @ways.setter
    def ways(self, ways: NDArray[np.uint8]) -> None:
        self._ways, self._levels.ways = ways, _place(ways)

    @property
    def is_full(self) -> bool:
        """Whether judging stopped for lack of room."""
        return bool(self._levels.full)

    def shown(self) -> list[tuple[int, float, float]]:
        """What deviates of those judged since it was last asked: the row, by how much it is above
        others (dB), and the variance of that (dB2)."""
        count = self._levels.shown_count
        self._levels.shown_count = 0
        if not count:
            return []
        shown: list[tuple[int, float, float]] = self._shown[:count].view(_SHOWN)[:, 0].tolist()
        return shown


def _place(column: NDArray[Any]) -> int:
    """Where a column lies; a third of what asking its ``ctypes`` takes."""
    place: int = column.__array_interface__["data"][0]
    return place
