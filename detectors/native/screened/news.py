"""Which reports may say something new of their cell's level, as `news.rs` finds it."""

import ctypes
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import F8, I8, U1, Bool
from detectors.native import library
from detectors.native.library import NativeError
from detectors.native.orders import place


class Reports(NamedTuple):
    """Reports in columns: phone and row before of the same one, times (ms), numbers of cell and
    tile, level, speed, the loudest named neighbour if there is any, and the source of the place."""

    device: I8
    before: I8
    rx_ms: I8
    ts_ms: I8
    cell: I8
    tile: I8
    signal_dbm: F8
    speed_mps: F8
    loudest_dbm: F8 | None
    position_source: U1


class Limits(NamedTuple):
    """For how long a report counts, on the way too, within what time a phone has stood (ms) and how
    fast it doesn't (m/s), how much louder is news (dB), and the code of a place by the network."""

    counts_for_ms: int
    on_its_way_ms: int
    stands_for_ms: int
    stands_mps: float
    news_db: float
    network: int


class MaybeNews(NamedTuple):
    """The rows that may be new; and of all rows whether the report before is known, whether a
    neighbour is loud, and by how much the level has changed (dB)."""

    rows: I8
    known: Bool
    loud: Bool
    jump_db: F8


class _News(ctypes.Structure):
    """`News` in `news.rs`."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in Reports._fields),
        *(("rows", ctypes.c_size_t), ("last", ctypes.c_void_p), ("phones", ctypes.c_size_t)),
        *((name, ctypes.c_int64) for name in Limits._fields[:3]),
        *((name, ctypes.c_double) for name in Limits._fields[3:5]),
        *(("network", ctypes.c_uint8), ("maybe", ctypes.c_void_p), ("known", ctypes.c_void_p)),
        *(("loud", ctypes.c_void_p), ("jump_db", ctypes.c_void_p)),
    )


class _Levels(ctypes.Structure):
    """`Levels` in `news.rs`."""

    _fields_ = (
        *(("chosen", ctypes.c_void_p), ("chosen_count", ctypes.c_size_t)),
        *((name, ctypes.c_void_p) for name in ("device", "rx_ms", "ts_ms", "cell", "tile")),
        *(("signal_dbm", ctypes.c_void_p), ("loud", ctypes.c_void_p), ("rows", ctypes.c_size_t)),
        *(("kept", ctypes.c_void_p), ("kept_count", ctypes.c_size_t), ("slots", ctypes.c_int64)),
        *(("counts_for_ms", ctypes.c_int64), ("news_db", ctypes.c_float), ("new", ctypes.c_void_p)),
    )


class News:
    """Both passes of `detectors.rules.odd_level.level_changes.news`."""

    def __init__(self, ours: ctypes.CDLL) -> None:
        self._step = ours.screened_news
        self._levels = ours.screened_levels
        for each in (self._step, self._levels):
            each.restype = ctypes.c_int64

    def maybe(self, reports: Reports, last: NDArray[Any], limits: Limits) -> MaybeNews:
        """What may be new, where ``last`` are phones' last reports before
        (`detectors.features.phones.phones.REPORT`)."""
        columns = [None if each is None else np.ascontiguousarray(each) for each in reports]
        places = [None if each is None else place(each) for each in columns]
        count = len(reports.rx_ms)
        rows, jump_db = np.empty(count, dtype=np.int64), np.empty(count)
        known, loud = np.empty(count, dtype=np.bool_), np.empty(count, dtype=np.bool_)
        given = _News(
            *(*places, count, place(last), len(last), *limits),
            *map(place, (rows, known, loud, jump_db)),
        )
        found = self._step(ctypes.byref(given))
        if found < 0:
            raise NativeError("reports of phones that there aren't")
        return MaybeNews(rows[:found].copy(), known, loud, jump_db)

    def levels(
        self,
        reports: Reports,
        maybe: MaybeNews,
        rows: I8,
        kept: tuple[NDArray[Any], int],
        limits: Limits,
    ) -> I8:
        """Those of some rows that say something new beside the last in each one's slot, or are
        loud. Of each phone so many are ``kept`` (`detectors.features.phones.phones.LEVEL`), these
        from now on."""
        rows, new = np.ascontiguousarray(rows), np.empty(len(rows), dtype=np.int64)
        columns: list[NDArray[Any]] = [
            np.ascontiguousarray(each) for each in (reports.device, *reports[2:7], maybe.loud)
        ]
        last, slots = kept
        given = _Levels(
            *(place(rows), len(rows), *map(place, columns), len(maybe.loud)),
            *(place(last), len(last), slots, limits.counts_for_ms, limits.news_db, place(new)),
        )
        found = self._levels(ctypes.byref(given))
        if found < 0:
            raise NativeError("reports of phones that there aren't")
        return new[:found].copy()


#: Of this process; ``None`` where the library isn't there.
OURS: Final = None if library.OURS is None else News(library.OURS)
