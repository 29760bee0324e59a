"""Counts of one day's reports by cell, of a zone's listed cells: columns in order of their numbers.

Reports are counted many at once, however many cells they are of.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.features.rows import runs
from detectors.features.rows.placed_reports import SERVED, Rows, joined
from detectors.native.reported import reports as native
from detectors.sites.traffic.tally import SAMPLE, Tally, mixed

#: A cell as releases before stored it: its reports, and the beginnings of the windows of the first
#: and the last of them (ms). And with how many phones are kept of it.
_FORMER_CELL: Final = np.dtype(
    [("cell", "<u4"), ("reports", "<i8"), ("first_ms", "<i8"), ("last_ms", "<i8")]
)
CELL: Final = np.dtype(
    [*((name, _FORMER_CELL[name]) for name in _FORMER_CELL.names or ()), ("phones", "u1")]
)
#: A phone of a cell.
PHONE: Final = np.dtype([(name, SERVED[name]) for name in ("phone", "lat", "lon")])
#: Bits of a report's number among those that are counted at once.
_PLACE_BITS: Final = 31
#: Bound of the state.
_MOST_CELLS: Final = 50_000


class ListedReports(msgspec.Struct, array_like=True):
    """Rows of cells, in order, and a phone (`PHONE`) of each that is kept of them, one cell's
    after the other's, in order; both as bytes. ``overflowed``: there were more cells than fit.

    Releases before stored phones that named their cells (`SERVED`), and were not ``counted``.
    """

    cells: bytes = b""
    phones: bytes = b""
    overflowed: bool = False
    counted: bool = False

    def __post_init__(self) -> None:
        if not self.counted:
            former = np.frombuffer(self.cells, _FORMER_CELL)
            self._put(_with_phones(former), np.frombuffer(self.phones, SERVED))
        self.counted = True

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
        return cls(np.array(cells, _FORMER_CELL).tobytes(), np.array(phones, SERVED).tobytes())

    def take(self, reports: Rows) -> None:
        """Counts reports (`SEEN`); of each phone's places on a cell that with the smallest mix
        stays."""
        if len(reports) and native.OURS is not None:
            given = (self.cells, CELL), (self.phones, PHONE)
            self.cells, self.phones = native.OURS.counted(reports, *given, SAMPLE)
            self._bound()
        elif len(reports):
            keys = _keys(reports)
            order = runs.stable_order(keys)
            cells = _counted(self.cells, reports["cell"][order], reports["window_ms"][order])
            self._put(cells, _seen(self._served(), reports, order, runs.begins(keys[order])))
            self._bound()

    def tally_of(self, cell: int) -> Tally | None:
        """Of one cell by its number; ``None`` if nobody reported it."""
        cells = np.frombuffer(self.cells, CELL)
        # Of the column's own type: else all of it would be cast to another.
        at = int(np.searchsorted(cells["cell"], np.uint32(cell)))
        if at == len(cells) or cells["cell"][at] != cell:
            return None
        _, reports, first_ms, last_ms, count = cells[at].tolist()
        begin = int(cells["phones"][:at].sum())
        own = np.frombuffer(self.phones, PHONE)[begin : begin + count].tolist()
        return Tally(reports, first_ms, last_ms, {phone: (lat, lon) for phone, lat, lon in own})

    def places(self) -> NDArray[np.int64]:
        """Places of all phones that are kept (millionths of a degree), a row each."""
        phones = np.frombuffer(self.phones, PHONE)
        return np.column_stack([phones["lat"], phones["lon"]]).astype(np.int64)

    def first_places(self) -> dict[int, tuple[int, int]]:
        """Of each cell the place of the phone with the smallest number."""
        phones = self._served()
        first = phones[runs.begins(phones["cell"])].tolist()
        return {cell: (lat, lon) for cell, _, lat, lon in first}

    def _served(self) -> Rows:
        """The phones with their cells (`SERVED`)."""
        cells, phones = np.frombuffer(self.cells, CELL), np.frombuffer(self.phones, PHONE)
        served = np.empty(len(phones), SERVED)
        served["cell"] = np.repeat(cells["cell"], cells["phones"])
        for name in PHONE.names or ():
            served[name] = phones[name]
        return served

    def _put(self, cells: Rows, served: Rows) -> None:
        """Has those cells and, in their order, those phones."""
        ends = np.searchsorted(served["cell"], cells["cell"], side="right")
        cells["phones"] = np.diff(ends, prepend=0)
        phones = np.empty(len(served), PHONE)
        for name in PHONE.names or ():
            phones[name] = served[name]
        self.cells, self.phones = cells.tobytes(), phones.tobytes()

    def _bound(self) -> None:
        cells = np.frombuffer(self.cells, CELL)
        if len(cells) <= _MOST_CELLS:
            return
        stays = np.zeros(len(cells), dtype=np.bool_)
        stays[np.argsort(cells["last_ms"], kind="stable")[-_MOST_CELLS:]] = True
        phones = np.frombuffer(self.phones, PHONE).compress(np.repeat(stays, cells["phones"]))
        self.cells, self.phones = cells.compress(stays).tobytes(), phones.tobytes()
        self.overflowed = True


def _with_phones(former: Rows) -> Rows:
    cells = np.zeros(len(former), CELL)
    for name in _FORMER_CELL.names or ():
        cells[name] = former[name]
    return cells


def _counted(raw: bytes, cell: NDArray[np.uint32], window_ms: NDArray[np.int64]) -> Rows:
    """Rows of cells, with reports, in order of their cells, counted as well."""
    begins = runs.begins(cell)
    fresh = np.zeros(len(begins), CELL)
    fresh["cell"] = cell[begins]
    fresh["reports"] = np.diff(np.append(begins, len(cell)))
    fresh["first_ms"] = np.minimum.reduceat(window_ms, begins)
    fresh["last_ms"] = np.maximum.reduceat(window_ms, begins)
    cells = np.frombuffer(bytearray(raw), CELL)
    at, known, before, new = _found(cells["cell"], fresh["cell"])
    more = fresh.take(known)
    cells["reports"][at] += more["reports"]
    cells["first_ms"][at] = np.minimum(cells["first_ms"][at], more["first_ms"])
    cells["last_ms"][at] = np.maximum(cells["last_ms"][at], more["last_ms"])
    return _with(cells, before, fresh.take(new), CELL)


def _seen(phones: Rows, reports: Rows, order: NDArray[np.intp], begins: NDArray[np.intp]) -> Rows:
    """Rows of phones with those of reports, whose ``order`` is that of their cells and phones; of
    each of these the first is where the order ``begins``."""
    # The smallest mix, and among those that are alike the first, is the smallest number.
    numbered = _mixed(reports) << _PLACE_BITS | np.arange(len(reports))
    first = np.minimum.reduceat(numbered[order], begins) & ((1 << _PLACE_BITS) - 1)
    fresh = np.empty(len(first), SERVED)
    for name in SERVED.names or ():
        fresh[name] = reports[name][first]
    at, known, before, new = _found(_keys(phones), _keys(fresh))
    again = fresh.take(known)
    smaller = _mixed(again) < _mixed(phones.take(at))
    for axis in ("lat", "lon"):
        phones[axis][at[smaller]] = again[axis][smaller]
    every = _with(phones, before, fresh.take(new), SERVED)
    return every.compress(runs.places(every["cell"]) < SAMPLE)


def _found(
    ordered: NDArray[Any], wanted: NDArray[Any]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Of values that are wanted in a column in order: where those are that are in it, and which
    they are; before which values of it the others belong, and which they are."""
    at = np.searchsorted(ordered, wanted)
    there = at < len(ordered)
    there[there] = ordered[at[there]] == wanted[there]
    return at[there], np.flatnonzero(there), at[~there], np.flatnonzero(~there)


def _with(rows: Rows, before: NDArray[np.intp], more: Rows, dtype: np.dtype[Any]) -> Rows:
    """Rows, and more of them, each before one by its place; both in order."""
    at = before + np.arange(len(more))
    is_more = np.zeros(len(rows) + len(more), dtype=np.bool_)
    is_more[at] = True
    order = np.empty(len(is_more), dtype=np.intp)
    order[at] = np.arange(len(rows), len(is_more))
    order[~is_more] = np.arange(len(rows))
    both: Rows = joined([rows, more], dtype).take(order)
    return both


def _keys(rows: Rows) -> NDArray[np.uint64]:
    return np.asarray((rows["cell"].astype(np.uint64) << np.uint64(32)) + rows["phone"])


def _mixed(rows: Rows) -> NDArray[np.int64]:
    return mixed(rows["lat"].astype(np.int64), rows["lon"].astype(np.int64))
