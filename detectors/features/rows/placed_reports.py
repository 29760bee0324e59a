"""Ordinary reports of one half-minute, as a zone and its rules take them.

`detectors.sites.site_census` counts them; a window's tiles are taken together.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

#: Rows of a numpy structure. Its types know of no fields: as an array, whatever is computed from a
#: field takes the checker of types a tenth of a second.
Rows: TypeAlias = Any

#: One report: registered place of the cell's mast and place of the phone (millionths of a degree),
#: cell and phone as numbers to be told apart, distance by timing advance and half a step (m),
#: accuracy (m), range of the cell (hundreds of metres).
ROW: Final = np.dtype(
    [
        *(("site_lat", "<i4"), ("site_lon", "<i4"), ("lat", "<i4"), ("lon", "<i4")),
        *(("cell", "<u4"), ("phone", "<u4"), ("advance_m", "<u2"), ("half_m", "<u2")),
        *(("accuracy_m", "u1"), ("range", "u1")),
    ]
)
#: A report that was sent at once, by a phone that may know but about where it was.
SERVED: Final = np.dtype([(name, ROW[name]) for name in ("cell", "phone", "lat", "lon")])
#: The same of either kind of report, with the beginning of its window (ms).
SEEN: Final = np.dtype(
    [("window_ms", "<i8"), *((name, SERVED[name]) for name in SERVED.names or ())]
)


def _pairs_of(kind: np.dtype[Any]) -> np.dtype[Any]:
    assert kind.fields is not None
    return np.dtype(
        {
            "names": ["whose", "where"],
            "formats": ["<u8", "<u8"],
            "offsets": [kind.fields[first][1] for first in ("cell", "lat")],
            "itemsize": kind.itemsize,
        }
    )


#: Whose report it is, and where the phone was: of each kind two columns that lie together, which
#: are copied as one.
_PAIRS: Final = {kind: _pairs_of(kind) for kind in (ROW, SERVED, SEEN)}


class Reports(NamedTuple):
    """Reports of a window that begins then (ms), of one tile or several, as the bytes of rows:
    those with a good place of the phone (`ROW`), and those that phones sent at once (`SERVED`)."""

    window_ms: int
    placed: bytes
    at_once: bytes

    @property
    def rows(self) -> Rows:
        """Those with a good place."""
        return np.frombuffer(self.placed, dtype=ROW)

    @property
    def served(self) -> Rows:
        """Those that phones sent at once."""
        return np.frombuffer(self.at_once, dtype=SERVED)


def seen_in(window_ms: int, rows: Rows) -> Rows:
    """Reports of a window, of either kind, as `SEEN`."""
    seen = np.empty(len(rows), dtype=SEEN)
    seen["window_ms"] = window_ms
    _copy_pairs(rows, seen)
    return seen


def served_of(rows: Rows) -> Rows:
    """Those with a good place of the phone (`ROW`) as `SERVED`."""
    served = np.empty(len(rows), dtype=SERVED)
    _copy_pairs(rows, served)
    return served


def _copy_pairs(rows: Rows, to: Rows) -> None:
    pairs, copied = rows.view(_PAIRS[rows.dtype]), to.view(_PAIRS[to.dtype])
    for name in ("whose", "where"):
        copied[name] = pairs[name]


def joined(parts: Sequence[Rows], dtype: np.dtype[Any]) -> Rows:
    """Rows one after the other, all of that type."""
    # NumPy's own way would compare the types' columns one by one.
    return np.frombuffer(b"".join([rows.tobytes() for rows in parts]), dtype)


class Sent(NamedTuple):
    """What one observation has of a window that begins then (ms), as bytes: reports with a good
    place of the phone (`ROW`), a bit for each of them whether it was sent at once (of earlier
    releases none), and others that were (`SERVED`)."""

    window_ms: int
    placed: bytes
    at_once: bytes
    rough: bytes


def together(sent: Sequence[Sent]) -> Reports:
    """Those of several observations of one window, one at least, as of one: in their order, and of
    each those first whose place is good.

    All are taken apart at once: where there are many partitions most hold a handful of rows.
    """
    placed = b"".join([each.placed for each in sent])
    rows = np.frombuffer(placed, dtype=ROW)
    bits = np.unpackbits(np.frombuffer(b"".join([each.at_once for each in sent]), dtype=np.uint8))
    counts = np.array([len(each.placed) for each in sent]) // ROW.itemsize
    room = np.array([len(each.at_once) for each in sent]) * 8
    marked = np.minimum(counts, room)
    # Bits come in whole bytes: an observation has more of them than rows.
    at, turn = _within(marked)
    is_sent = bits[at + _before(room)[turn]] > 0
    at, turn = at[is_sent], turn[is_sent]
    served = served_of(rows.take(at + _before(counts)[turn]))
    rough = np.frombuffer(b"".join([each.rough for each in sent]), dtype=SERVED)
    if len(rough):
        _, of_rough = _within(np.array([len(each.rough) for each in sent]) // SERVED.itemsize)
        order = np.argsort(np.concatenate([turn, of_rough]), kind="stable")
        served = joined([served, rough], SERVED).take(order)
    return Reports(sent[0].window_ms, placed, served.tobytes())


def _before(counts: NDArray[np.intp]) -> NDArray[np.intp]:
    """How many there are before each group."""
    return np.cumsum(counts) - counts


def _within(counts: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Of each in groups of so many its place in its group, and its group."""
    group = np.repeat(np.arange(len(counts)), counts)
    return np.arange(len(group)) - _before(counts)[group], group
