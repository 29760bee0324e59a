"""Which cells phones report, and which never: counts of all cells of a zone, by days.

A register row whose cell nobody reports is only wrong if phones are where they would. So of each
cell a few distinct phones with a place of each are kept, and all are counted. Which ones is decided
by their numbers alone (the smallest of a hash), so that it doesn't depend on the order of delivery.
Two days are kept, the running one and the one before: what was reported longer ago is not reported
any more.
"""

from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from pybase64 import b64decode

from detectors.features.memory.lru import keep
from detectors.features.rows.placed_reports import SEEN, Reports, seen_in
from detectors.model.codes import RATS, text_of
from detectors.model.finding import Identity, Observation
from detectors.sites import unlisted_census
from detectors.sites.cell_number import cell_numbers
from detectors.sites.report_windows import DEGREE
from detectors.sites.traffic.listed_reports import ListedReports
from detectors.sites.traffic.tally import Tally, together

DAY_MS: Final = 86_400_000
#: Bound of the state: unlisted cells of a day.
_UNLISTED: Final = 4_000
#: So many reports are counted at once: each time all that is kept of the day is gone through.
_WAITING: Final = 65_536


class Unlisted(msgspec.Struct, array_like=True):
    """A cell that the register lacks: its identity with channel and code, and its reports."""

    identity: Identity
    tally: Tally


class Day(msgspec.Struct, array_like=True):
    """One day's cells by number: in ``counted`` those that are listed, which the releases before
    stored in ``listed`` (``overflowed``: there were more than fit)."""

    number: int = 0
    listed: dict[int, Tally] = {}
    unlisted: dict[int, Unlisted] = {}
    overflowed: bool = False
    counted: ListedReports = msgspec.field(default_factory=ListedReports)

    def __post_init__(self) -> None:
        if self.listed:
            self.counted = ListedReports.of(self.listed.items())
            self.counted.overflowed = self.overflowed
            self.listed = {}

    def tally_of(self, cell: int) -> Tally | None:
        """Of a cell by its number; ``None`` if nobody reported it."""
        unlisted = self.unlisted.get(cell)
        return self.counted.tally_of(cell) or (None if unlisted is None else unlisted.tally)


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
    waiting: bytearray = msgspec.field(default_factory=bytearray)

    def observe(self, reports: Reports) -> None:
        """Takes reports of listed cells in, of one window."""
        self._turn_to(reports.window_ms)
        self.waiting += seen_in(reports.window_ms, reports.rows).tobytes()
        if len(self.waiting) >= _WAITING * SEEN.itemsize:
            self.settle()

    def observe_unlisted(self, observation: Observation) -> None:
        """Takes the reports of one window and tile in, of cells that the register lacks."""
        self._turn_to(observation.ts)
        raw = b64decode(str(observation.values["rows"]), validate=True)
        self._take_unlisted(observation.ts, np.frombuffer(raw, dtype=unlisted_census.ROW))

    def settle(self) -> None:
        """Counts what waits."""
        self.day.counted.take(np.frombuffer(self.waiting, dtype=SEEN))
        self.waiting = bytearray()

    def tally_of(self, cell: int) -> Tally | None:
        """Of a cell by its number, both days together; ``None`` if nobody reported it."""
        self.settle()
        days = self.day, self.before
        found = [tally for day in days if (tally := day.tally_of(cell)) is not None]
        return together(found) if found else None

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
        first: dict[int, tuple[int, int]] = {}
        for day in (self.before, self.day):
            first |= day.counted.first_places()
            for number, each in day.unlisted.items():
                first[number] = each.tally.places[min(each.tally.places)]
        return [(lat / DEGREE, lon / DEGREE) for lat, lon in first.values()]

    def reported(self) -> NDArray[np.int64]:
        """Places of phones of all cells (millionths of a degree), a row each."""
        self.settle()
        days = self.day, self.before
        unlisted = [
            place for one in self.unlisted().values() for place in one.tally.places.values()
        ]
        own = np.array(unlisted, dtype=np.int64).reshape(-1, 2)
        return np.concatenate([*(day.counted.places() for day in days), own])

    @property
    def is_whole(self) -> bool:
        """Whether no cell was forgotten, so that one which isn't there wasn't reported."""
        return not (self.day.counted.overflowed or self.before.counted.overflowed)

    def _turn_to(self, window_ms: int) -> None:
        number = window_ms // DAY_MS
        if number > self.day.number:
            self.settle()
            kept = self.day if number == self.day.number + 1 else Day(number - 1)
            self.before, self.day = kept, Day(number)
            self.first_ms = (
                max(self.first_ms, (number - 1) * DAY_MS) if kept.counted.cells else window_ms
            )
        self.last_ms = max(self.last_ms, window_ms)

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
            known.tally.take(window_ms, phone, (lat, lon))
            keep(self.day.unlisted, number, known, _UNLISTED)
