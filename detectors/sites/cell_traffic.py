"""Which cells phones report, and which never: counts of all cells of a zone, by days.

A register row whose cell nobody reports is only wrong if phones are where they would. So of each
cell a few distinct phones with a place of each are kept, and all are counted. Which ones is decided
by their numbers alone (the smallest of a hash), so that it doesn't depend on the order of delivery;
the largest that is kept then says how many phones there were in all (Bar-Yossef et al. 2002). Two
days are kept, the running one and the one before: what was reported longer ago is not reported any
more.
"""

from base64 import b64decode
from typing import Any, Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.features.memory.lru import keep
from detectors.features.rows.placed_reports import Reports
from detectors.model.codes import RATS, text_of
from detectors.model.finding import Identity, Observation
from detectors.sites import unlisted_census
from detectors.sites.cell_number import cell_numbers
from detectors.sites.report_windows import DEGREE

DAY_MS: Final = 86_400_000
#: Phones of a cell and day whose places are kept.
SAMPLE: Final = 32
#: Bounds of the state: listed and unlisted cells of a day.
_CELLS, _UNLISTED = 50_000, 4_000
_NUMBERS: Final = 1 << 32
#: So many reports are counted at once.
_WAITING: Final = 16_384
#: One that waits: beginning of its window (ms), cell and phone as numbers, place (millionths of a
#: degree).
_ROW: Final = np.dtype(
    [("window_ms", "<i8"), ("cell", "<u4"), ("phone", "<u4"), ("lat", "<i4"), ("lon", "<i4")]
)

Number = TypeVar("Number", int, NDArray[np.int64])


class Tally(msgspec.Struct, array_like=True):
    """Reports of one cell on one day: how many, in windows from ``first_ms`` to ``last_ms`` (their
    beginnings), and places (millionths of a degree) of some phones by their numbers."""

    reports: int
    first_ms: int
    last_ms: int
    places: dict[int, tuple[int, int]] = {}

    def count(self, reports: int, first_ms: int, last_ms: int) -> None:
        """Counts reports, of windows from one to another."""
        self.reports += reports
        self.first_ms = min(self.first_ms, first_ms)
        self.last_ms = max(self.last_ms, last_ms)

    def see(self, phone: int, place: tuple[int, int]) -> None:
        """Notes where a phone was; of its places that with the smallest mix stays."""
        places = self.places
        known = places.get(phone)
        if known is not None:
            if known != place and _mixed(*place) < _mixed(*known):
                places[phone] = place
        elif len(places) < SAMPLE:
            places[phone] = place
        elif phone < (largest := max(places)):
            del places[largest]
            places[phone] = place

    @property
    def phones(self) -> float:
        """How many distinct phones reported it, about."""
        return float(_distinct(self.places))


class Unlisted(msgspec.Struct, array_like=True):
    """A cell that the register lacks: its identity with channel and code, and its reports."""

    identity: Identity
    tally: Tally


class Day(msgspec.Struct, array_like=True):
    """One day's cells by number. ``overflowed``: there were more than fit."""

    number: int = 0
    listed: dict[int, Tally] = {}
    unlisted: dict[int, Unlisted] = {}
    overflowed: bool = False


class CellTraffic(msgspec.Struct):
    """Reports of all cells of a zone on the running ``day`` and that ``before``, and from when on
    and until when there were any (beginnings of windows).

    Reports of listed cells come by the hundred for each that is asked of: those that wait to be
    counted are in ``waiting``, as the bytes of rows, all of the running day.
    """

    day: Day = msgspec.field(default_factory=Day)
    before: Day = msgspec.field(default_factory=Day)
    first_ms: int = 0
    last_ms: int = 0
    waiting: bytes = b""

    def observe(self, reports: Reports) -> None:
        """Takes reports of listed cells in, of one window."""
        self._turn_to(reports.window_ms)
        rows = reports.rows
        added = np.empty(len(rows), dtype=_ROW)
        added["window_ms"] = reports.window_ms
        for name in ("cell", "phone", "lat", "lon"):
            added[name] = rows[name]
        self.waiting += added.tobytes()
        if len(self.waiting) >= _WAITING * _ROW.itemsize:
            self.settle()

    def observe_unlisted(self, observation: Observation) -> None:
        """Takes the reports of one window and tile in, of cells that the register lacks."""
        self._turn_to(observation.ts)
        raw = b64decode(str(observation.values["rows"]))
        self._take_unlisted(observation.ts, np.frombuffer(raw, dtype=unlisted_census.ROW))

    def settle(self) -> None:
        """Counts what waits."""
        if not self.waiting:
            return
        rows, self.waiting = np.frombuffer(self.waiting, dtype=_ROW), b""
        # Of each phone's places on a cell that which stays comes first.
        mixed = _mixed(rows["lat"].astype(np.int64), rows["lon"].astype(np.int64))
        order = np.lexsort([mixed, rows["phone"], rows["cell"]])
        rows = rows[order]
        begins = _changes(rows["cell"])
        ends = np.append(begins[1:], len(rows))
        pairs = np.union1d(begins, _changes(rows["phone"]))
        phones, lat, lon = (rows[name][pairs].tolist() for name in ("phone", "lat", "lon"))
        columns = (
            rows["cell"][begins],
            ends - begins,
            np.minimum.reduceat(rows["window_ms"], begins),
            np.maximum.reduceat(rows["window_ms"], begins),
            np.searchsorted(pairs, begins),
            np.searchsorted(pairs, ends),
        )
        # Cells in the order in which they came.
        came = np.argsort(np.minimum.reduceat(order, begins))
        for cell, reports, first_ms, last_ms, begin, end in zip(
            *(column[came].tolist() for column in columns), strict=True
        ):
            tally = self._listed(cell, first_ms)
            tally.count(reports, first_ms, last_ms)
            # Beyond those no phone has a number that is small enough.
            for at in range(begin, min(end, begin + SAMPLE)):
                tally.see(phones[at], (lat[at], lon[at]))

    def tally_of(self, cell: int) -> Tally | None:
        """Of a cell by its number, both days together; ``None`` if nobody reported it."""
        self.settle()
        found = [
            tally
            for day in (self.day, self.before)
            if (tally := day.listed.get(cell) or _tally(day.unlisted.get(cell))) is not None
        ]
        return together(found) if found else None

    def listed(self) -> list[Tally]:
        """Of all listed cells, of each day by itself, the running one first."""
        self.settle()
        return [tally for day in (self.day, self.before) for tally in day.listed.values()]

    def unlisted(self) -> dict[int, Unlisted]:
        """The cells that the register lacked, both days together, by number."""
        newest = {**self.before.unlisted, **self.day.unlisted}
        return {
            number: Unlisted(each.identity, tally)
            for number, each in newest.items()
            if (tally := self.tally_of(number)) is not None
        }

    def places(self) -> list[tuple[float, float]]:
        """A place of a phone of each cell that was reported, degrees."""
        self.settle()
        days = (self.before, self.day)
        tallies = {number: tally for day in days for number, tally in day.listed.items()}
        tallies |= {number: each.tally for day in days for number, each in day.unlisted.items()}
        first = [tally.places[min(tally.places)] for tally in tallies.values()]
        return [(lat / DEGREE, lon / DEGREE) for lat, lon in first]

    @property
    def is_whole(self) -> bool:
        """Whether no cell was forgotten, so that one which isn't there wasn't reported."""
        return not (self.day.overflowed or self.before.overflowed)

    def _turn_to(self, window_ms: int) -> None:
        number = window_ms // DAY_MS
        if number > self.day.number:
            self.settle()
            kept = self.day if number == self.day.number + 1 else Day(number - 1)
            self.before, self.day = kept, Day(number)
            self.first_ms = max(self.first_ms, (number - 1) * DAY_MS) if kept.listed else window_ms
        self.last_ms = max(self.last_ms, window_ms)

    def _listed(self, cell: int, window_ms: int) -> Tally:
        """That of a listed cell on the running day."""
        listed = self.day.listed
        tally = listed.get(cell)
        if tally is None:
            tally = Tally(0, window_ms, window_ms)
            self.day.overflowed |= len(listed) >= _CELLS
            keep(listed, cell, tally, _CELLS)
        return tally

    def _take_unlisted(self, window_ms: int, rows: NDArray[Any]) -> None:
        names = ("rat", "mcc", "mnc", "area", "cell")
        numbers = cell_numbers(*(rows[name] for name in names)).tolist()
        for number, row in zip(numbers, rows.tolist(), strict=True):
            lat, lon, phone, rat, mcc, mnc, area, cell, *codes = row
            known = self.day.unlisted.pop(number, None)
            if known is None:
                arfcn, pci = (None if code == unlisted_census.UNKNOWN else code for code in codes)
                identity = Identity(text_of(rat, RATS), mcc, mnc, area, cell, arfcn, pci)
                known = Unlisted(identity, Tally(0, window_ms, window_ms))
            known.tally.count(1, window_ms, window_ms)
            known.tally.see(phone, (lat, lon))
            keep(self.day.unlisted, number, known, _UNLISTED)


def together(tallies: list[Tally]) -> Tally:
    """One tally for those of several days, one at least."""
    places = {phone: place for tally in tallies for phone, place in tally.places.items()}
    return Tally(
        sum(tally.reports for tally in tallies),
        min(tally.first_ms for tally in tallies),
        max(tally.last_ms for tally in tallies),
        {phone: places[phone] for phone in sorted(places)[:SAMPLE]},
    )


def _tally(unlisted: Unlisted | None) -> Tally | None:
    return None if unlisted is None else unlisted.tally


def _distinct(places: dict[int, tuple[int, int]]) -> float:
    """Phones in all, of whom the smallest numbers are kept."""
    if len(places) < SAMPLE:
        return len(places)
    return max((SAMPLE - 1) * _NUMBERS / (max(places) + 1), float(SAMPLE))


def _mixed(lat: Number, lon: Number) -> Number:
    return (lat * 0x9E3779B1 ^ lon * 0x85EBCA6B) & 0xFFFFFFFF


def _changes(column: NDArray[Any]) -> NDArray[np.intp]:
    """Where in a column another value begins than the one before, the first place too."""
    return np.flatnonzero(np.append(True, column[1:] != column[:-1]))
