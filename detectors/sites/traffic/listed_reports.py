"""Counts of one day's reports by cell, of a zone's listed cells: columns in order of their numbers.

Reports are counted many at once, however many cells they are of.
"""

from collections.abc import Iterable
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.features.rows import runs
from detectors.features.rows.placed_reports import SERVED, Rows, joined
from detectors.sites.traffic.tally import SAMPLE, Tally, mixed

#: A cell: its reports, and the beginnings of the windows of the first and the last of them (ms).
_CELL: Final = np.dtype(
    [("cell", "<u4"), ("reports", "<i8"), ("first_ms", "<i8"), ("last_ms", "<i8")]
)
#: Bound of the state.
_MOST_CELLS: Final = 50_000


class ListedReports(msgspec.Struct, array_like=True):
    """Rows of cells, in order, and a report (`SERVED`) of each phone that is kept of them, in order
    of cell and phone; both as bytes. ``overflowed``: there were more cells than fit."""

    cells: bytes = b""
    phones: bytes = b""
    overflowed: bool = False

    @classmethod
    def of(cls, tallies: Iterable[tuple[int, Tally]]) -> "ListedReports":
        """Of cells by their numbers, each once."""
        in_order = sorted(tallies, key=lambda each: each[0])
        cells = [(cell, one.reports, one.first_ms, one.last_ms) for cell, one in in_order]
        phones = [
            (cell, phone, *one.places[phone])
            for cell, one in in_order
            for phone in sorted(one.places)
        ]
        return cls(np.array(cells, _CELL).tobytes(), np.array(phones, SERVED).tobytes())

    def take(self, reports: Rows) -> None:
        """Counts reports (`SEEN`); of each phone's places on a cell that with the smallest mix
        stays."""
        if len(reports):
            places = _mixed(reports)
            rows = reports[np.lexsort([places, reports["phone"], reports["cell"]])]
            self.cells = _counted(np.frombuffer(self.cells, _CELL), rows).tobytes()
            self.phones = _seen(np.frombuffer(self.phones, SERVED), rows).tobytes()
            self._bound()

    def tally_of(self, cell: int) -> Tally | None:
        """Of one cell by its number; ``None`` if nobody reported it."""
        begin, end = _rows_of(cell, np.frombuffer(self.cells, _CELL))
        if begin == end:
            return None
        _, reports, first_ms, last_ms = np.frombuffer(self.cells, _CELL)[begin].tolist()
        phones = np.frombuffer(self.phones, SERVED)
        own = phones[slice(*_rows_of(cell, phones))].tolist()
        places = {phone: (lat, lon) for _, phone, lat, lon in own}
        return Tally(reports, first_ms, last_ms, places)

    def places(self) -> NDArray[np.int64]:
        """Places of all phones that are kept (millionths of a degree), a row each."""
        phones = np.frombuffer(self.phones, SERVED)
        return np.column_stack([phones["lat"], phones["lon"]]).astype(np.int64)

    def first_places(self) -> dict[int, tuple[int, int]]:
        """Of each cell the place of the phone with the smallest number."""
        phones = np.frombuffer(self.phones, SERVED)
        first = phones[runs.begins(phones["cell"])].tolist()
        return {cell: (lat, lon) for cell, _, lat, lon in first}

    def _bound(self) -> None:
        cells = np.frombuffer(self.cells, _CELL)
        if len(cells) <= _MOST_CELLS:
            return
        newest = np.argsort(cells["last_ms"], kind="stable")[-_MOST_CELLS:]
        kept, phones = cells[np.sort(newest)], np.frombuffer(self.phones, SERVED)
        self.cells, self.overflowed = kept.tobytes(), True
        self.phones = phones[np.isin(phones["cell"], kept["cell"])].tobytes()


def _counted(cells: Rows, rows: Rows) -> Rows:
    """Cells with reports, which are in order of their cells, counted as well."""
    begins = runs.begins(rows["cell"])
    fresh = np.empty(len(begins), _CELL)
    fresh["cell"] = rows["cell"][begins]
    fresh["reports"] = np.diff(np.append(begins, len(rows)))
    fresh["first_ms"] = np.minimum.reduceat(rows["window_ms"], begins)
    fresh["last_ms"] = np.maximum.reduceat(rows["window_ms"], begins)
    at, known = _found(cells["cell"], fresh["cell"])
    cells = cells.copy()
    at, more = at[known], fresh[known]
    cells["reports"][at] += more["reports"]
    cells["first_ms"][at] = np.minimum(cells["first_ms"][at], more["first_ms"])
    cells["last_ms"][at] = np.maximum(cells["last_ms"][at], more["last_ms"])
    every = joined([cells, fresh[~known]], _CELL)
    ordered: Rows = every[np.argsort(every["cell"], kind="stable")]
    return ordered


def _seen(phones: Rows, rows: Rows) -> Rows:
    """Phones with those of reports, which are in order of cell, phone and mix of their place."""
    keys = _keys(rows)
    first = runs.begins(keys)
    fresh = np.empty(len(first), SERVED)
    for name in SERVED.names or ():
        fresh[name] = rows[name][first]
    at, known = _found(_keys(phones), keys[first])
    phones, at, again = phones.copy(), at[known], fresh[known]
    smaller = _mixed(again) < _mixed(phones[at])
    for axis in ("lat", "lon"):
        phones[axis][at[smaller]] = again[axis][smaller]
    every = joined([phones, fresh[~known]], SERVED)
    every = every[np.argsort(_keys(every), kind="stable")]
    kept: Rows = every[runs.places(every["cell"]) < SAMPLE]
    return kept


def _rows_of(cell: int, rows: Rows) -> tuple[int, int]:
    """Where those of a cell begin and end."""
    # Of the column's own type: else all of it would be cast to another.
    own = np.uint32(cell)
    begin, end = (int(np.searchsorted(rows["cell"], own, side)) for side in ("left", "right"))
    return begin, end


def _found(ordered: Rows, wanted: Rows) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Where each of some values is, or would be, in a column in order, and whether it is there."""
    at = np.searchsorted(ordered, wanted)
    there = at < len(ordered)
    there[there] = ordered[at[there]] == wanted[there]
    return at, there


def _keys(rows: Rows) -> NDArray[np.uint64]:
    return np.asarray((rows["cell"].astype(np.uint64) << np.uint64(32)) + rows["phone"])


def _mixed(rows: Rows) -> NDArray[np.int64]:
    return mixed(rows["lat"].astype(np.int64), rows["lon"].astype(np.int64))
