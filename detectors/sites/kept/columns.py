"""What a zone keeps of each site and of each cell, as the bytes of columns in order of their
numbers: of a million sites each byte counts, and all of a zone's are renewed at once.
"""

from collections.abc import Mapping
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.features.rows import runs
from detectors.features.rows.placed_reports import ROW, Rows
from detectors.model.columns import I8

#: Bounds of the state: sites and cells.
MOST_SITES, MOST_CELLS = 20_000, 100_000
#: A report without its site's place, which is the site's key.
_REST: Final = np.dtype(f"V{ROW.itemsize - 8}")
_OF_SITE: Final = np.dtype([("lat", "<i4"), ("lon", "<i4"), ("rest", _REST)])
#: A site's key is its registered place: millionths of a degree north times so much, plus east.
_NORTH: Final = 1 << 32
_CELL: Final = np.dtype("<u4")


class KeptSites(msgspec.Struct, array_like=True, gc=False):
    """The newest reports of sites: ``keys`` in order, how many reports of each were ``seen``, when
    the last came (``turns``, which grow), and where each one's ``rows`` end, a site's in order."""

    keys: bytes = b""
    seen: bytes = b""
    turns: bytes = b""
    ends: bytes = b""
    rows: bytes = b""

    def all_keys(self) -> I8:
        """The keys of all sites, in order."""
        return _whole(self.keys)

    def seen_of(self, key: int) -> int:
        """How many reports of a site there were."""
        place = _place(self.all_keys(), key)
        return 0 if place is None else int(_whole(self.seen)[place])

    def rows_of(self, key: int) -> Rows:
        """The reports that are kept of a site."""
        place, ends = _place(self.all_keys(), key), _whole(self.ends)
        if place is None:
            return np.empty(0, dtype=ROW)
        rest = np.frombuffer(self.rows, _REST)[ends[place - 1] if place else 0 : ends[place]]
        return _with_sites(np.full(len(rest), key), rest)

    def in_turn(self) -> list[tuple[int, Rows]]:
        """How many reports of each site were seen, and those that are kept, that unreported for
        longest first."""
        order = np.argsort(_whole(self.turns))
        rows, seen = self._rows(order), _whole(self.seen)[order].tolist()
        parts = np.split(rows, np.cumsum(self._counts()[order])[:-1])
        return list(zip(seen, parts, strict=False))

    def known(self, keys: I8) -> tuple[Rows, I8, I8]:
        """The rows of some sites one site after the other, how many there are of each, and how many
        were seen."""
        every = self.all_keys()
        at = np.searchsorted(every, keys)
        there = at < len(every)
        there[there] = every[at[there]] == keys[there]
        own, counts, seen = at[there], np.zeros_like(keys), np.zeros_like(keys)
        counts[there], seen[there] = self._counts()[own], _whole(self.seen)[own]
        return self._rows(own), counts, seen

    def put(self, keys: I8, seen: I8, order: I8, rows: bytes, ends: I8) -> "KeptSites":
        """All sites, with some of them, in order of their keys, as they are now: how many reports
        of each were seen, the places of the sites in order of their last reports, and the rows that
        are kept, which end there. Those unreported for longest go beyond the most."""
        turns = np.empty_like(keys)
        turns[order] = _next(self.turns) + np.arange(len(keys))
        every = np.concatenate([_whole(self.turns), turns])
        kept = _kept(self.all_keys(), keys, every, MOST_SITES)
        counts = np.concatenate([self._counts(), np.diff(ends, prepend=0)])
        fresh = np.ascontiguousarray(np.frombuffer(rows, _OF_SITE)["rest"])
        both = np.concatenate([np.frombuffer(self.rows, _REST), fresh])
        return KeptSites(
            np.concatenate([self.all_keys(), keys])[kept].tobytes(),
            np.concatenate([_whole(self.seen), seen])[kept].tobytes(),
            every[kept].tobytes(),
            np.cumsum(counts[kept]).tobytes(),
            both.take(_places(np.cumsum(counts) - counts, counts, kept)).tobytes(),
        )

    def seen_at_least(self, least: Mapping[int, int]) -> "KeptSites":
        """The same with so many reports seen, by key, where fewer were."""
        given = [least.get(key, 0) for key in self.all_keys().tolist()]
        seen = np.maximum(_whole(self.seen), np.array(given, dtype=np.int64))
        return msgspec.structs.replace(self, seen=seen.tobytes())

    def _counts(self) -> I8:
        return np.diff(_whole(self.ends), prepend=0)

    def _rows(self, sites: I8) -> Rows:
        """Those of sites at some places, one site's after the other's."""
        ends, counts = _whole(self.ends), self._counts()
        keys = np.repeat(self.all_keys()[sites], counts[sites])
        rest = np.frombuffer(self.rows, _REST)
        return _with_sites(keys, rest.take(_places(ends - counts, counts, sites)))


class KeptCells(msgspec.Struct, array_like=True, gc=False):
    """Cells by their numbers, in order: the keys of the ``sites`` that they were last reported of,
    and when that was (``turns``, which grow)."""

    cells: bytes = b""
    sites: bytes = b""
    turns: bytes = b""

    def all_cells(self) -> I8:
        """The numbers of all cells, in order."""
        return np.frombuffer(self.cells, _CELL).astype(np.int64)

    def site_of(self, cell: int) -> int | None:
        """The key of a cell's site; ``None`` for a cell that nobody reported."""
        # Of the column's own type: else all of it would be cast to another.
        place = _place(np.frombuffer(self.cells, _CELL), _CELL.type(cell))
        return None if place is None else int(_whole(self.sites)[place])

    def put(self, cells: I8, sites: I8) -> "KeptCells":
        """All cells, with some of them, in order, as they are now. Those unreported for longest go
        beyond the most."""
        old = self.all_cells()
        turns = np.append(_whole(self.turns), _next(self.turns) + np.arange(len(cells)))
        kept = _kept(old, cells, turns, MOST_CELLS)
        return KeptCells(
            np.concatenate([old, cells])[kept].astype(_CELL).tobytes(),
            np.concatenate([_whole(self.sites), sites])[kept].tobytes(),
            turns[kept].tobytes(),
        )


def keys_of(rows: Rows) -> I8:
    """The key of each row's site."""
    return np.asarray(rows["site_lat"].astype(np.int64) * _NORTH + rows["site_lon"])


def place_of(keys: I8) -> tuple[I8, I8]:
    """The registered places of sites by their keys, millionths of a degree."""
    east = (keys + _NORTH // 2) % _NORTH - _NORTH // 2
    return (keys - east) // _NORTH, east


def _with_sites(keys: I8, rest: NDArray[np.void]) -> Rows:
    found = np.empty(len(rest), dtype=_OF_SITE)
    found["lat"], found["lon"] = place_of(keys)
    found["rest"] = rest
    return found.view(ROW)


def _whole(column: bytes) -> I8:
    return np.frombuffer(column, np.int64)


def _place(ordered: NDArray[np.integer], number: int | np.integer) -> int | None:
    place = int(np.searchsorted(ordered, number))
    return place if place < len(ordered) and ordered[place] == number else None


def _next(turns: bytes) -> int:
    return int(_whole(turns).max()) + 1 if turns else 0


def _kept(old: I8, new: I8, turns: I8, most: int) -> NDArray[np.intp]:
    """The places, in old numbers followed by new ones, of what is kept, in order of the numbers: of
    equal ones the new, and of too many those of the last turns."""
    order = runs.stable_order(np.concatenate([old, new]))
    ordered = np.concatenate([old, new])[order]
    kept: NDArray[np.intp] = order[np.append(ordered[1:] != ordered[:-1], True)[: len(ordered)]]
    if len(kept) > most:
        own = turns[kept]
        kept = kept[own >= np.partition(own, -most)[-most]]
    return kept


def _places(begins: I8, counts: I8, chosen: I8 | NDArray[np.intp]) -> I8:
    """The places of the rows of those chosen, of which each has so many from there on."""
    own = counts[chosen]
    ends = np.cumsum(own)
    return np.repeat(begins[chosen] - ends + own, own) + np.arange(ends[-1] if len(ends) else 0)
