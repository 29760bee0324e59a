"""Which unknown old areas were named lately, by whom, and where: the memory that
`unknown_old_area` judges by.

Plain data with bounds; places are degrees, times arrival in milliseconds.
"""

from collections import Counter
from math import cos, radians, sqrt
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from detectors.features.baselines.acquaintance import people_known
from detectors.features.memory.waiting import Waiting
from geo.earth.sphere import METRES_A_DEGREE

#: Phones that come back together, and sites at which they can be said to.
_CROWD, _SITES = 4, 2
#: Side of a site as `_site` has it, degrees, with room for rounding.
_SITE: Final = 0.0011
_HOUR_MS: Final = 3_600_000
#: Bounds: areas and cells of a zone, and what is remembered of each.
_AREAS, _CELLS, _NAMINGS, _HOURS, _USUAL = 512, 1024, 48, 48, 128
#: Longer ago than this a stray says nothing of today.
_MOST_HOURS: Final = 720


class Naming(msgspec.Struct, array_like=True):
    """One phone that named ``area`` on ``cell``; place NaN where nothing is known.

    ``fresh``: it attached, so it was off or detached before. ``known``: the core had dealt with it
    not long ago. ``way``: from which site to which one it went meanwhile; empty where it stayed.
    """

    rx: int
    who: str
    area: str
    cell: str
    lat: float
    lon: float
    fresh: bool
    known: bool
    way: str = ""


class Area(msgspec.Struct):
    """One area: the last namings, and the hours in which but a few phones named it."""

    namings: list[Naming] = []
    hour: int = 0
    who: list[str] = []
    quiet_hours: list[int] = []


class QuietArea(msgspec.Struct, frozen=True, array_like=True):
    """One area, and how many hours before the newest those were in which a few phones named it."""

    area: Annotated[str, Meta(max_length=40)]
    hours_before: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=_MOST_HOURS)], ...], Meta(max_length=_HOURS)
    ]


class QuietAreas(msgspec.Struct, frozen=True):
    """Areas that a few phones name at times, that unnamed for longest first."""

    areas: Annotated[tuple[QuietArea, ...], Meta(max_length=_AREAS)] = ()


class StrangeAreas(msgspec.Struct):
    """Judging state of one zone; tables in order of the last naming."""

    waiting: list[Waiting] = []
    areas: dict[str, Area] = {}
    cells: dict[str, list[Naming]] = {}
    usual: list[tuple[int, float | None]] = []
    began_ms: int | None = None

    def note_usual(self, rx_ms: int, away_s: float | None) -> None:
        """Takes in how long before the core had dealt with a phone that came back as usual (s);
        ``None``: it hadn't."""
        if self.began_ms is None:
            self.began_ms = rx_ms
        self.usual.append((rx_ms, away_s))
        del self.usual[:-_USUAL]

    def usually_known(self, since_ms: int, horizon_ms: int) -> tuple[int, int]:
        """Of how many people the core knows how many, as `people_known`, by those who came back as
        usual."""
        return people_known(self.usual, since_ms, self.began_ms or 0, horizon_ms)

    def note(self, naming: Naming, few: int) -> None:
        """Takes one naming in. Hours of at most ``few`` phones are quiet ones."""
        area = self.areas.pop(naming.area, None) or Area()
        self.areas[naming.area] = area
        area.namings = [*area.namings[1 - _NAMINGS :], naming]
        if (hour := naming.rx // _HOUR_MS) != area.hour:
            if 0 < len(area.who) <= few:
                area.quiet_hours = [*area.quiet_hours[1 - _HOURS :], area.hour]
            area.hour, area.who = hour, []
        if naming.who not in area.who and len(area.who) <= few:
            area.who.append(naming.who)
        here = self.cells.pop(naming.cell, [])
        self.cells[naming.cell] = [*here[1 - _NAMINGS :], naming]
        for table, most in ((self.areas, _AREAS), (self.cells, _CELLS)):
            if len(table) > most:
                del table[next(iter(table))]

    def of_area(self, area: str, since_ms: int) -> list[Naming]:
        """Its namings since a time, in order."""
        known = self.areas.get(area)
        return [n for n in known.namings if n.rx >= since_ms] if known else []

    def on_cell(self, cell: str, since_ms: int) -> list[Naming]:
        """Namings on a cell since a time, in order."""
        return [n for n in self.cells.get(cell, ()) if n.rx >= since_ms]

    def at_site(self, naming: Naming, since_ms: int) -> list[Naming]:
        """Namings on any cell of the same site since a time; none without a place."""
        site, lat, lon = _site(naming), naming.lat, naming.lon
        return [
            n
            for namings in self.cells.values()
            if namings[-1].rx >= since_ms  # the newest comes last
            for n in namings
            # What is farther than a site is wide needs no rounding.
            if abs(n.lat - lat) < _SITE and abs(n.lon - lon) < _SITE and n.rx >= since_ms
            if _site(n) == site
        ]

    def quiet_hours(self, area: str, since_ms: int) -> int:
        """In how many hours since a time a few phones named the area, the present one left out."""
        known = self.areas.get(area)
        return sum(hour * _HOUR_MS >= since_ms for hour in known.quiet_hours) if known else 0

    def learned(self) -> QuietAreas:
        """In which hours areas were named by a few, hours before the newest hour of all."""
        newest = max((area.hour for area in self.areas.values()), default=0)
        learned = []
        for name, area in self.areas.items():
            before = (newest - hour for hour in area.quiet_hours)
            if kept := tuple(hours for hours in before if 1 <= hours <= _MOST_HOURS):
                learned.append(QuietArea(name, kept))
        return QuietAreas(tuple(learned))

    def take_up(self, learned: QuietAreas, now_ms: int) -> None:
        """Puts areas into a fresh state, as if the newest hour had been that of ``now_ms``."""
        now = now_ms // _HOUR_MS
        for each in learned.areas:
            quiet_hours = [now - hours for hours in each.hours_before]
            self.areas[each.area] = Area(hour=now, quiet_hours=quiet_hours)


def width_m(namings: list[Naming]) -> float:
    """How far about the places are scattered that a car on its way can't explain, metres.

    Root mean square distance from a straight course at constant speed, by least squares; NaN
    without three placed namings.
    """
    placed = [n for n in namings if n.lat == n.lat and n.lon == n.lon]
    if len(placed) < 3:
        return float("nan")
    first = placed[0]
    scale = METRES_A_DEGREE * cos(radians(first.lat))
    times = [(n.rx - first.rx) / 1000.0 for n in placed]
    easts = [((n.lon - first.lon + 180.0) % 360.0 - 180.0) * scale for n in placed]
    norths = [(n.lat - first.lat) * METRES_A_DEGREE for n in placed]
    return sqrt(_scatter(times, easts) + _scatter(times, norths))


def one_place(namings: list[Naming]) -> bool:
    """Whether four phones or more came back at not more than two sites (places to 100 m)."""
    if len({n.who for n in namings}) < _CROWD:
        return False
    sites = {_site(n) for n in namings if n.lat == n.lat}
    return 0 < len(sites) <= _SITES


def _site(naming: Naming) -> tuple[float, float]:
    """Where a site is, to about a hundred metres; NaN, which equals nothing, without a place."""
    return round(naming.lat, 3), round(naming.lon, 3)


def shares(namings: list[Naming]) -> tuple[int, float]:
    """How many areas were named, and the share of the one most named, each phone once."""
    by_phone = {naming.who: naming.area for naming in namings}
    counts = Counter(by_phone.values())
    most = max(counts.values(), default=0)
    return len(counts), most / max(len(by_phone), 1)


def _scatter(times: list[float], values: list[float]) -> float:
    """Mean square about the regression line over time, with its two degrees of freedom."""
    count = len(times)
    mean_t, mean_v = sum(times) / count, sum(values) / count
    spread = sum((t - mean_t) ** 2 for t in times)
    slope = 0.0
    if spread > 0.0:
        slope = sum((t - mean_t) * (v - mean_v) for t, v in zip(times, values, strict=True))
        slope /= spread
    left = (v - mean_v - slope * (t - mean_t) for t, v in zip(times, values, strict=True))
    return sum(error * error for error in left) / (count - 2)
