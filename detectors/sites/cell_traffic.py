"""Which cells phones report, and which never: counts of all cells of a zone, by days.

A register row whose cell nobody reports is only wrong if phones are where they would. So of each
cell a few distinct phones with a place of each are kept, and all are counted. Which ones is decided
by their numbers alone (the smallest of a hash), so that it doesn't depend on the order of delivery;
the largest that is kept then says how many phones there were in all (Bar-Yossef et al. 2002). Two
days are kept, the running one and the one before: what was reported longer ago is not reported any
more.
"""

from base64 import b64decode
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.features.memory.lru import keep
from detectors.model.codes import RATS, text_of
from detectors.model.finding import Identity, Observation
from detectors.sites import site_census, unlisted_census
from detectors.sites.cell_number import cell_numbers
from detectors.sites.report_windows import DEGREE

DAY_MS: Final = 86_400_000
#: Phones of a cell and day whose places are kept.
SAMPLE: Final = 32
#: Bounds of the state: listed and unlisted cells of a day.
_CELLS, _UNLISTED = 50_000, 4_000
_NUMBERS: Final = 1 << 32


class Tally(msgspec.Struct, array_like=True):
    """Reports of one cell on one day: how many, in windows from ``first_ms`` to ``last_ms`` (their
    beginnings), and places (millionths of a degree) of some phones by their numbers."""

    reports: int
    first_ms: int
    last_ms: int
    places: dict[int, tuple[int, int]] = {}

    def take(self, window_ms: int, phone: int, place: tuple[int, int]) -> None:
        """Counts one report; of a phone's places that with the smallest mix stays."""
        self.reports += 1
        if window_ms < self.first_ms:
            self.first_ms = window_ms
        if window_ms > self.last_ms:
            self.last_ms = window_ms
        places = self.places
        known = places.get(phone)
        if known is not None:
            if known != place and _mixed(place) < _mixed(known):
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
    and until when there were any (beginnings of windows)."""

    day: Day = msgspec.field(default_factory=Day)
    before: Day = msgspec.field(default_factory=Day)
    first_ms: int = 0
    last_ms: int = 0

    def observe(self, observation: Observation) -> None:
        """Takes the reports of one window and tile in, of either census."""
        window_ms = observation.ts
        self._turn_to(window_ms)
        raw = b64decode(str(observation.values["rows"]))
        if observation.detector == unlisted_census.NAME:
            self._take_unlisted(window_ms, np.frombuffer(raw, dtype=unlisted_census.ROW))
            return
        rows = np.frombuffer(raw, dtype=site_census.ROW)
        columns = (rows[name].tolist() for name in ("cell", "phone", "lat", "lon"))
        listed = self.day.listed
        for cell, phone, lat, lon in zip(*columns, strict=True):
            tally = listed.get(cell)
            if tally is None:
                tally = Tally(0, window_ms, window_ms)
                self.day.overflowed |= len(listed) >= _CELLS
                keep(listed, cell, tally, _CELLS)
            tally.take(window_ms, phone, (lat, lon))

    def tally_of(self, cell: int) -> Tally | None:
        """Of a cell by its number, both days together; ``None`` if nobody reported it."""
        found = [
            tally
            for day in (self.day, self.before)
            if (tally := day.listed.get(cell) or _tally(day.unlisted.get(cell))) is not None
        ]
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
            kept = self.day if number == self.day.number + 1 else Day(number - 1)
            self.before, self.day = kept, Day(number)
            self.first_ms = max(self.first_ms, (number - 1) * DAY_MS) if kept.listed else window_ms
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


def _mixed(place: tuple[int, int]) -> int:
    return (place[0] * 0x9E3779B1 ^ place[1] * 0x85EBCA6B) & 0xFFFFFFFF
