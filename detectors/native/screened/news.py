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


class News:
    """The first pass of `detectors.rules.odd_level.level_changes.news`."""

    def __init__(self, ours: ctypes.CDLL) -> None:
        self._step = ours.screened_news
        self._step.restype = ctypes.c_int64

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


#: Of this process; ``None`` where the library isn't there.
OURS: Final = None if library.OURS is None else News(library.OURS)
