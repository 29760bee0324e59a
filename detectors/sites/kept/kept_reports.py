"""Ordinary reports as a zone keeps them: the newest of each site, and the newest of all.

Reports come by windows and tiles, hundreds for each that is asked of. So they wait together, and
are put to their sites many at once; what is asked of a site looks at those that wait too. Either
way the same is kept: of each phone and cell in a square the last report, of these the newest.
"""

from bisect import bisect_right
from collections.abc import Mapping
from typing import Final, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.features.rows import runs
from detectors.features.rows.placed_reports import ROW, Rows, joined
from detectors.native.reported import reports
from detectors.native.reported.reports import Settled
from detectors.sites.kept.columns import KeptCells, KeptSites, keys_of
from detectors.sites.site_census import in_order

Keys: TypeAlias = NDArray[np.int64]

#: Bounds of the state: reports of one site, and of all.
MOST_ROWS, _ALL_ROWS = 64, 4_096
#: Reports that wait, of most sites several: so many, or those of so many windows, are put to their
#: sites when a window is over, and so many at once, if one window (or what comes late for it) has
#: more than any city's. To put them there costs by the site as much as by the report.
_WAITING, _TURNS, _MOST_WAITING = 131_072, 128, 196_608
#: What waits is put in order for looking up once so many were looked up in it.
_LOOKED_UP: Final = 16
#: Side of the squares in which a phone is reported once (millionths of a degree, some 300 m).
_SQUARE: Final = 3_000
#: What numbers are mixed by.
_PHONE_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
#: Names of what rows that wait are looked up by.
_CELL, _SITE = "_cells", "_sites"


class Reported(msgspec.Struct, array_like=True, gc=False):
    """A site as releases before stored it: rows of `ROW`, and how many there were."""

    rows: bytes = b""
    seen: int = 0


class KeptReports(msgspec.Struct, dict=True):
    """Reports by site and of all sites of one zone, and each cell's site.

    ``settled_sites`` and ``settled_cells`` are of reports that no longer wait; releases before
    stored ``sites`` and ``site_of`` instead, in the order in which they were reported last.
    ``waiting`` are rows of `ROW` that were not put to their sites yet, of windows that begin at the
    rows ``turns``; the newest is ``window``. What came before the newest window is known by then,
    whatever the order in which it came: so each window is put in order of content.
    """

    sites: dict[int, Reported] = {}
    everywhere: bytes = b""
    site_of: dict[int, int] = {}
    waiting: bytearray = msgspec.field(default_factory=bytearray)
    turns: list[int] = []
    window: int = 0
    settled_sites: KeptSites = msgspec.field(default_factory=KeptSites)
    settled_cells: KeptCells = msgspec.field(default_factory=KeptCells)

    def __post_init__(self) -> None:
        if self.sites:
            keys, own = np.array(list(self.sites)), list(self.sites.values())
            order = np.argsort(keys)
            seen = np.array([each.seen for each in own])[order]
            rows = [own[at].rows for at in order.tolist()]
            ends = np.cumsum([len(each) // ROW.itemsize for each in rows])
            turn = np.argsort(order)
            self.settled_sites = KeptSites().put(keys[order], seen, turn, b"".join(rows), ends)
        if self.site_of:
            cells, sites = (np.array(list(each)) for each in (self.site_of, self.site_of.values()))
            order = np.argsort(cells)
            self.settled_cells = KeptCells().put(cells[order], sites[order])
        self.sites, self.site_of = {}, {}

    def take(self, window: int, rows: bytes) -> None:
        """Adds some reports of a window (ms)."""
        if window > self.window:
            if len(self.waiting) >= _WAITING * ROW.itemsize or len(self.turns) >= _TURNS:
                self.settle()
            self.turns.append(len(self.waiting) // ROW.itemsize)
            self.window = window
        elif len(self.waiting) >= _MOST_WAITING * ROW.itemsize:
            self.settle()
            self.turns.append(0)
        self.waiting += rows
        before = self.__dict__.pop("_before", None)
        self.__dict__.clear()
        if before is not None:
            self.__dict__["_before"] = before

    def settle(self) -> None:
        """Puts what waits to its sites."""
        if self.waiting:
            self.everywhere = self._newest_of_all().tobytes()
            self._put_to_sites()
        self.waiting, self.turns = bytearray(), []
        self.__dict__.clear()

    def settle_as_seen(self, least: Mapping[int, int]) -> None:
        """As `settle`; of sites, by their keys, there were at least so many reports."""
        self.settle()
        self.settled_sites = self.settled_sites.seen_at_least(least)

    def newest(self) -> Rows:
        """The newest reports of all sites."""
        found: Rows | None = self.__dict__.get("_newest")
        if found is None:
            begins, over = self._newest_before()
            fresh = self._in_turn(np.arange(begins, len(self.waiting) // ROW.itemsize))
            found = self.__dict__["_newest"] = _newest_of(joined([over, fresh], ROW))
        return found

    def _newest_before(self) -> tuple[int, Rows]:
        """Where among the rows that wait the newest window begins, and the newest reports before:
        windows that are over change no more, so that each is put in order once."""
        settled = np.frombuffer(self.everywhere, dtype=ROW)
        begins, over = self.__dict__.get("_before", (0, settled))
        turn = self.turns[-1] if self.turns else 0
        if begins < turn:
            more = self._in_turn(np.arange(begins, turn))
            over = _newest_of(joined([over, more], ROW))
            self.__dict__["_before"] = turn, over
        return turn, over

    def _newest_of_all(self) -> Rows:
        """As `newest`, where those of the last windows may be enough."""
        count = len(self.waiting) // ROW.itemsize
        turn = bisect_right(self.turns, count - 2 * _ALL_ROWS) - 1
        if turn > 0 and "_before" not in self.__dict__ and "_newest" not in self.__dict__:
            last = _distinct(self._in_turn(np.arange(self.turns[turn], count)), _ALL_ROWS)
            if len(last) == _ALL_ROWS:
                return last
        return self.newest()

    def _put_to_sites(self) -> None:
        ours = reports.OURS
        # The library needn't have them in order.
        rows = self._in_turn(None) if ours is None else np.frombuffer(self.waiting, dtype=ROW)
        every = keys_of(rows)
        number, first = runs.numbered(every)
        order = runs.stable_order(every[first])
        keys, site = every[first][order], _last_of(order, len(order))[number]
        known, had, seen = self.settled_sites.known(keys)
        if ours is None:
            found = _settled(rows, site, known, had)
        else:
            found = ours.settled(rows, self.turns, site, known, had, MOST_ROWS)
        seen += np.bincount(site)
        about = found.in_order, found.rows, found.ends
        self.settled_sites = self.settled_sites.put(keys, seen, *about)
        last = found.last_of_cell
        cells = rows["cell"][last].astype(np.int64)
        self.settled_cells = self.settled_cells.put(cells, every[last])

    def of(self, key: int) -> Rows:
        """The newest reports of a site, by its key."""
        settled = self.settled_sites.rows_of(key)
        fresh = self._in_turn(self._waiting_of(_SITE, key))
        return _distinct(joined([settled, fresh], ROW), MOST_ROWS)

    def seen(self, key: int) -> int:
        """How many reports of a site there were."""
        return self.settled_sites.seen_of(key) + len(self._waiting_of(_SITE, key))

    def site_key(self, cell: int) -> int | None:
        """The key of the site that a cell, by its number, was last reported of."""
        own = self._waiting_of(_CELL, cell)
        if not len(own):
            return self.settled_cells.site_of(cell)
        keys = self._fresh()[_SITE]
        if (keys[own] == keys[own[0]]).all():  # as nearly always
            return int(keys[own[0]])
        return int(keys_of(self._in_turn(own)[-1:])[0])

    def keys(self) -> Keys:
        """The keys of all sites, in order."""
        return np.union1d(self.settled_sites.all_keys(), self._fresh()[_SITE])

    def cells(self) -> Keys:
        """The numbers of all cells that were reported, in order."""
        return np.union1d(self.settled_cells.all_cells(), self._fresh()[_CELL])

    def by_site(self) -> list[tuple[int, Rows]]:
        """How many reports of each site there were, and the newest, that unreported for longest
        first."""
        whole = msgspec.structs.replace(self)
        whole.settle()
        return whole.settled_sites.in_turn()

    def _in_turn(self, chosen: NDArray[np.intp] | None) -> Rows:
        """Rows that wait in their order: the chosen ones, or all."""
        rows = np.frombuffer(self.waiting, dtype=ROW)
        if chosen is None:
            chosen = np.arange(len(rows))
        else:
            rows = rows.take(chosen)
        return in_order(rows, np.searchsorted(self.turns, chosen, side="right"))

    def _waiting_of(self, name: str, number: int) -> NDArray[np.intp]:
        """Which of the rows that wait are of one cell or site, in order; many are asked for between
        two windows."""
        found = self.__dict__.get(name)
        if found is None:
            numbers = self._fresh()[name]
            looked_up = self.__dict__["_looked_up"] = self.__dict__.get("_looked_up", 0) + 1
            if looked_up < _LOOKED_UP:
                return np.flatnonzero(numbers == number)
            order = runs.stable_order(numbers)
            found = self.__dict__[name] = order, numbers[order]
        order, ordered = found
        begin, end = (int(np.searchsorted(ordered, number, side)) for side in ("left", "right"))
        chosen: NDArray[np.intp] = order[begin:end]
        return chosen

    def _fresh(self) -> dict[str, Keys]:
        """The cells of the rows that wait, and the keys of their sites, as they were delivered."""
        found = self.__dict__.get("_keys")
        if found is None:
            rows = np.frombuffer(self.waiting, dtype=ROW)
            cells, sites = rows["cell"].astype(np.int64), keys_of(rows)
            found = self.__dict__["_keys"] = {_CELL: cells, _SITE: sites}
        fresh: dict[str, Keys] = found
        return fresh


def _settled(fresh: Rows, site: Keys, known: Rows, had: Keys) -> Settled:
    """As `detectors.native.reported.reports.OfReports.settled`, of rows that are in order."""
    every = joined([known, fresh], ROW)
    of_site = np.append(np.repeat(np.arange(len(had)), had), site)
    kept = np.flatnonzero(runs.newest(of_site, _alike(every), MOST_ROWS))
    rows = every.take(kept[runs.stable_order(of_site[kept])])
    ends = np.cumsum(np.bincount(of_site[kept], minlength=len(had)))
    number, first = runs.numbered(fresh["cell"].astype(np.int64))
    order = runs.stable_order(fresh["cell"][first])
    in_order = runs.stable_order(_last_of(site, len(had)))
    return Settled(rows.tobytes(), ends, in_order, _last_of(number, len(first))[order])


def _last_of(number: Keys, count: int) -> Keys:
    """Where each of so many numbers comes last."""
    last = np.empty(count, dtype=np.int64)
    last[number] = np.arange(len(number))
    return last


def _distinct(rows: Rows, most: int) -> Rows:
    """Of each phone and cell in a square the last row, in their order; the last of these."""
    own = runs.newest(np.zeros(len(rows), dtype=np.intp), _alike(rows), most)
    kept: Rows = rows.compress(own)
    return kept


def _newest_of(rows: Rows) -> Rows:
    """The last of the distinct rows, as many as are kept of all sites."""
    last = _distinct(rows[-2 * _ALL_ROWS :], _ALL_ROWS)
    if len(last) < _ALL_ROWS and len(rows) > 2 * _ALL_ROWS:
        last = _distinct(rows, _ALL_ROWS)
    return last


def _alike(rows: Rows) -> NDArray[np.uint64]:
    """A number of each row's phone, cell and square."""
    whose = (rows["phone"].astype(np.uint64) << np.uint64(32)) + rows["cell"]
    square = (rows["lat"] // _SQUARE) * np.int64(1 << 20) + rows["lon"] // _SQUARE
    # Any two that are alike here by chance are two in 2**64.
    return np.asarray(whose * _PHONE_MIX + square.astype(np.uint64))
