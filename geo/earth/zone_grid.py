"""Zones near places, remembered: whoever routes millions of reports asks about the same land again.

What was asked once lies in squares of the globe, four bytes for a place: so a country has room in
some megabytes, and a column of places is answered without going through them one by one.
"""

from collections.abc import Mapping
from itertools import count
from math import isfinite
from typing import Final, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.earth.zone_columns import zones_near_each
from geo.earth.zones import STEPS_A_DEG, zones_near

Floats: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]
Numbers: TypeAlias = NDArray[np.int32]
Step = TypeVar("Step", int, NDArray[np.int64])

#: Farther north, south, east and west there is no place (steps).
_NORTH, _EAST = 90 * STEPS_A_DEG, 360 * STEPS_A_DEG
#: Places along a square's side (more than a degree) are two to the power of so much. A place is one
#: number: its square's times the places in one, plus its own in the square.
_BITS: Final = 7
_SIDE, _PLACES = 1 << _BITS, 1 << 2 * _BITS
#: Squares along a parallel, and of the globe.
_COLUMNS: Final = (2 * _EAST >> _BITS) + 1
_SQUARES: Final = ((2 * _NORTH >> _BITS) + 1) * _COLUMNS
#: Bounds of the state: squares (64 kB each; Russia needs some 1,400), and answers that differ.
_MOST_SQUARES, _MOST_ANSWERS = 2_048, 65_536
#: Fewer places are asked about one by one.
_FEW: Final = 8
#: The numbers of a place that nobody asked about, and of one that has no zone.
_UNKNOWN, _NOWHERE = 0, 1


class ZoneGrid:
    """`geo.earth.zones.zones_near` within a margin (m), of places rounded to `STEPS_A_DEG`; for
    several threads."""

    def __init__(self, margin_m: float, most_squares: int = _MOST_SQUARES) -> None:
        self._margin_m, self._most = margin_m, most_squares
        self._known = _Known(most_squares)

    def of(self, lat: float, lon: float) -> tuple[str, ...]:
        """The zones near a place (degrees), its own first; none where it is no place."""
        if not isfinite(lat + lon):
            return ()
        north, east = round(lat * STEPS_A_DEG), round(lon * STEPS_A_DEG)
        if abs(north) > _NORTH or abs(east) > _EAST:
            return ()
        known, place = self._known, _place(north + _NORTH, east + _EAST)
        number = known.number(place)
        if number == _UNKNOWN:
            numbers, known = self._learned(np.array([place]))
            number = numbers.item(0)
        return known.answers[number]

    def numbers(self, lat: Floats, lon: Floats) -> tuple[Numbers, Mapping[int, tuple[str, ...]]]:
        """Of each place (degrees) the number of its answer, and what the numbers stand for: one
        number for all that have the same zones near, and of these the same as their own."""
        north, east = np.rint(lat * STEPS_A_DEG), np.rint(lon * STEPS_A_DEG)
        # Comparisons with NaN are false.
        there = (np.abs(north) <= _NORTH) & (np.abs(east) <= _EAST)
        if not there.all():
            north, east = np.where(there, north, 0.0), np.where(there, east, 0.0)
        places = _place((north + _NORTH).astype(np.int64), (east + _EAST).astype(np.int64))
        known = self._known
        found = known.numbers(places)
        if not found.all():
            found, known = self._learned(places)
        found[~there] = _NOWHERE
        return found, known.answers

    def _learned(self, places: Places) -> tuple[Numbers, "_Known"]:
        known = self._known
        if known.is_full or len(known.answers) > _MOST_ANSWERS:
            # Whoever has the old one in hand finds its answers there.
            known = self._known = _Known(self._most)
        return known.learned(places, self._margin_m), known


class _Known:
    """Numbers by place, and the answers that they stand for.

    Needs no lock: no number and no square is given out twice, an answer is there before its number
    is, and of two threads that learn the same the later one's square stays, whose places the other
    only asks about again.
    """

    def __init__(self, most: int) -> None:
        # Memory that was never written to isn't taken. The first square stays empty: it stands for
        # all those of which nothing is known.
        self._numbers = np.zeros((most + 1, _PLACES), dtype=np.int32)
        self._square = np.zeros(_SQUARES, dtype=np.int16)
        self._free, self.is_full = count(1), False
        self.answers: dict[int, tuple[str, ...]] = {_UNKNOWN: (), _NOWHERE: ()}
        self._next = count(len(self.answers))
        self._number_of: dict[tuple[str, ...], int] = {(): _NOWHERE}

    def number(self, place: int) -> int:
        """That of a place."""
        square = self._square.item(place // _PLACES)
        return self._numbers.item(square, place % _PLACES)

    def numbers(self, places: Places) -> Numbers:
        """Those of places."""
        found: Numbers = self._numbers[self._square[places // _PLACES], places % _PLACES]
        return found

    def learned(self, places: Places, margin_m: float) -> Numbers:
        """As `numbers`, of which none is unknown: from now on known as far as there is room."""
        found = self.numbers(places)
        unknown = np.flatnonzero(found == _UNKNOWN)
        distinct, which = np.unique(places[unknown], return_inverse=True)
        y, x = _steps(distinct)
        if len(distinct) < _FEW:
            steps = zip(y.tolist(), x.tolist(), strict=True)
            zones = [zones_near(y / STEPS_A_DEG, x / STEPS_A_DEG, margin_m) for y, x in steps]
        else:
            zones = zones_near_each(y.tolist(), x.tolist(), margin_m)
        numbers = np.array([self._numbered(each) for each in zones], dtype=np.int32)
        found[unknown] = numbers[which]
        self._keep(distinct, numbers)
        return found

    def _numbered(self, zones: tuple[str, ...]) -> int:
        number = self._number_of.get(zones)
        if number is None:
            number = next(self._next)
            self.answers[number] = zones
            number = self._number_of.setdefault(zones, number)
        return number

    def _keep(self, places: Places, numbers: Numbers) -> None:
        squares = places // _PLACES
        for square in np.unique(squares).tolist():
            if not self._square[square]:
                free = next(self._free)
                if free >= len(self._numbers):
                    self.is_full = True
                    return
                self._square[square] = free
            own = squares == square
            self._numbers[self._square[square], places[own] % _PLACES] = numbers[own]


def _place(y: Step, x: Step) -> Step:
    """The number of a place, so many steps from the south and the west."""
    square = (y >> _BITS) * _COLUMNS + (x >> _BITS)
    return square * _PLACES + (y % _SIDE) * _SIDE + x % _SIDE


def _steps(places: Places) -> tuple[Places, Places]:
    """How far north and east of the origin places are (steps)."""
    squares, at = np.divmod(places, _PLACES)
    y = (squares // _COLUMNS) * _SIDE + at // _SIDE - _NORTH
    return y, (squares % _COLUMNS) * _SIDE + at % _SIDE - _EAST
