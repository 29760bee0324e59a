"""Ordinary reports put to their sites, counted by cell, and the newest of each cell, by our own
library (`sites.rs`, `traffic.rs`, `served.rs`), which needn't put all of them in order."""

import ctypes
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np

from detectors.model.columns import I8
from detectors.native import library
from detectors.native.library import NativeError
from detectors.native.orders import place

#: Rows of a numpy structure, of whose fields its types know nothing.
Rows: TypeAlias = Any
_SEEDED: Final = "reports"


class _Settling(ctypes.Structure):
    """`Settling` in `sites.rs`."""

    _fields_ = (
        *(("fresh", ctypes.c_void_p), ("count", ctypes.c_size_t), ("turns", ctypes.c_void_p)),
        *(("turn_count", ctypes.c_size_t), ("site", ctypes.c_void_p), ("sites", ctypes.c_size_t)),
        *(("known", ctypes.c_void_p), ("had", ctypes.c_void_p), ("most", ctypes.c_size_t)),
        *(("seed", ctypes.c_uint64), ("kept", ctypes.c_void_p), ("room", ctypes.c_size_t)),
        *((name, ctypes.c_void_p) for name in ("ends", "in_order", "last_of_cell")),
        ("cells", ctypes.c_size_t),
    )


class _Counting(ctypes.Structure):
    """`Counting` in `traffic.rs`."""

    _fields_ = (
        *(("reports", ctypes.c_void_p), ("count", ctypes.c_size_t), ("cells", ctypes.c_char_p)),
        *(("cell_count", ctypes.c_size_t), ("phones", ctypes.c_char_p)),
        *(("phone_count", ctypes.c_size_t), ("most", ctypes.c_size_t), ("seed", ctypes.c_uint64)),
        *(("new_cells", ctypes.c_void_p), ("new_cell_count", ctypes.c_size_t)),
        *(("new_phones", ctypes.c_void_p), ("new_phone_count", ctypes.c_size_t)),
    )


class _Serving(ctypes.Structure):
    """`Serving` in `served.rs`."""

    _fields_ = (
        *(("reports", ctypes.c_void_p), ("count", ctypes.c_size_t), ("since_ms", ctypes.c_int64)),
        *(("most", ctypes.c_size_t), ("seed", ctypes.c_uint64)),
        *(("kept", ctypes.c_void_p), ("kept_count", ctypes.c_size_t)),
    )


class Settled(NamedTuple):
    """The newest reports of sites one site after the other, as bytes, and the row where those of
    each end; the numbers of the sites in order of their last report; of each cell, in order, the
    place of its last report."""

    rows: bytes
    ends: I8
    in_order: I8
    last_of_cell: I8


class OfReports:
    """What `detectors.sites` does with reports, by our library."""

    def __init__(self, ours: ctypes.CDLL) -> None:
        self._settle, self._count = ours.sites_settle, ours.traffic_count
        self._keep = ours.served_keep
        for each in (self._settle, self._count, self._keep):
            each.argtypes, each.restype = (ctypes.c_void_p,), ctypes.c_int64
        # No sender knows it, or numbers could be chosen that all want the same slot.
        self._seed = hash(_SEEDED) % (1 << 64)

    def settled(
        self, fresh: Rows, turns: Sequence[int], site: I8, known: Rows, had: I8, most: int
    ) -> Settled:
        """Rows of `detectors.features.rows.placed_reports.ROW`, of turns that begin at some places,
        each of the site of its number, put to what is ``known`` of the sites so far, which ``had``
        so many rows: at most so many of each stay."""
        turn = np.array(turns, dtype=np.int64)
        site = np.ascontiguousarray(site, dtype=np.int64)
        known, had = np.ascontiguousarray(known), np.ascontiguousarray(had, dtype=np.int64)
        most_of_each = np.minimum(had + np.bincount(site, minlength=len(had)), most)
        kept = np.empty(int(most_of_each.sum()), dtype=fresh.dtype)
        ends, in_order = (np.empty(len(had), dtype=np.int64) for _ in range(2))
        last_of_cell = np.empty(len(fresh), dtype=np.int64)
        asked = _Settling(
            *(place(fresh), len(fresh), place(turn), len(turn), place(site), len(had)),
            *(place(known), place(had), most, self._seed, place(kept), len(kept)),
            *map(place, (ends, in_order, last_of_cell)),
        )
        _sound(self._settle(ctypes.byref(asked)))
        rows = kept[: ends[-1] if len(ends) else 0].tobytes()
        return Settled(rows, ends, in_order, last_of_cell[: asked.cells])

    def counted(
        self,
        reports: Rows,
        cells: tuple[bytes, np.dtype[Any]],
        phones: tuple[bytes, np.dtype[Any]],
        most: int,
    ) -> tuple[bytes, bytes]:
        """Rows of cells and of at most so many phones of each, both as bytes and their type, with
        some rows of `detectors.features.rows.placed_reports.SEEN`."""
        old = [(raw, len(raw) // kind.itemsize) for raw, kind in (cells, phones)]
        new = [
            np.empty(count + len(reports), dtype=kind)
            for (_, count), (_, kind) in zip(old, (cells, phones), strict=True)
        ]
        asked = _Counting(
            *(place(reports), len(reports), *old[0], *old[1], most, self._seed),
            *(place(new[0]), 0, place(new[1]), 0),
        )
        _sound(self._count(ctypes.byref(asked)))
        return new[0][: asked.new_cell_count].tobytes(), new[1][: asked.new_phone_count].tobytes()

    def served(self, reports: Rows, since_ms: int, most: int) -> Rows:
        """Of some rows of `detectors.features.rows.placed_reports.SEEN`, of windows that begin not
        before, those of the newest phones of each cell, at most so many, in their turn; cell by
        cell."""
        kept = np.empty(len(reports), dtype=reports.dtype)
        reports = np.ascontiguousarray(reports)
        asked = _Serving(place(reports), len(reports), since_ms, most, self._seed, place(kept), 0)
        _sound(self._keep(ctypes.byref(asked)))
        return kept[: asked.kept_count]


def _sound(found: int) -> None:
    if found < 0:
        raise NativeError("reports that can't be put to their sites, or counted")


#: Of this process; ``None`` where the library isn't there.
OURS: Final = None if library.OURS is None else OfReports(library.OURS)
