"""What stands near a place: counts of keyed things in cubes about the globe.

Cubes in space instead of degrees, as in the register's own coverage: no pole, no date line and no
scale of longitude. Looking into a cube and its 26 neighbours finds all things within one side of
the place and none beyond some three and a half.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from detectors.model.columns import F8, I8, Bool
from detectors.model.hashing import U8, slots_of
from detectors.native.planned import cubes as by_library
from detectors.native.planned.codes import Planned
from detectors.register.index import positions
from geo.earth.sphere import EARTH_RADIUS_M

#: Slots in which equal questions of one batch meet: four for each, within bounds.
_LEAST_BITS, _MOST_BITS = 8, 18
#: Slots for answers that are kept, and what stands in one that has none: no question's.
_ANSWER_BITS: Final = 17
_NO_ANSWER: Final = np.uint64((1 << 64) - 1)
_ONE: Final = np.uint64(1)


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Keyed things in cubes of ``side_m`` metres (at least 400)."""

    side_m: float
    keys: I8
    _packed: I8
    #: By slot the last question with its answer in the lowest bit: one number, so that threads that
    #: ask at the same time can't mix up the two.
    _answers: U8

    @classmethod
    def build(cls, keys: I8, lat: F8, lon: F8, side_m: float) -> "Ground":
        """Of things with these keys (not negative) and places; those without a place are left out.

        Raises `ValueError` where the keys are too many for cubes so small.
        """
        placed = np.isfinite(lat) & np.isfinite(lon)
        distinct, number = np.unique(keys[placed], return_inverse=True)
        bits = 3 * _axis_bits(side_m)
        if len(distinct) >> (63 - bits):
            raise ValueError(f"{len(distinct)} keys in cubes of {side_m:g} m don't fit 63 bits.")
        cube = cubes(lat[placed], lon[placed], side_m)
        packed = np.sort(number.astype(np.int64) << bits | cube)
        answers = np.full(1 << _ANSWER_BITS, _NO_ANSWER)
        return cls(side_m, distinct.astype(np.int64), packed, answers)

    def holds(self, keys: I8, cube: I8) -> Bool:
        """Whether anything of each key stands in or next to each cube: phones ask the same again
        and again, so answers are kept."""
        number = positions(self.keys, keys)
        held = np.zeros(len(keys), dtype=np.bool_)
        asked = np.flatnonzero((number >= 0) & (cube >= 0))
        if not len(asked):
            return held
        middle = number[asked] << 3 * _axis_bits(self.side_m) | cube[asked]
        slot, question = slots_of(middle, middle, _ANSWER_BITS), middle.astype(np.uint64)
        kept = self._answers[slot]
        new = np.flatnonzero(kept >> _ONE != question)
        if len(new):
            kept[new] = question[new] << _ONE | (self._count_about(middle[new]) > 0)
            self._answers[slot[new]] = kept[new]
        held[asked] = kept & _ONE
        return held

    def planned(self) -> Planned:
        """What `detectors.native.planned.codes` asks it by."""
        return Planned(self.keys, self._packed, _axis_bits(self.side_m), self._answers)

    def count(self, keys: I8, cube: I8) -> I8:
        """How many things of each key stand in or next to each cube (-1: no place) of `cubes`."""
        first, back = distinct_pairs(keys, cube)
        return self._count(keys[first], cube[first])[back]

    def _count(self, keys: I8, cube: I8) -> I8:
        number = positions(self.keys, keys)
        counted = np.zeros(len(keys), dtype=np.int64)
        asked = np.flatnonzero((number >= 0) & (cube >= 0))
        if not len(asked):
            return counted
        middle = number[asked] << 3 * _axis_bits(self.side_m) | cube[asked]
        counted[asked] = self._count_about(middle)
        return counted

    def _count_about(self, middle: I8) -> I8:
        """How many things stand about each packed key and cube."""
        bits = _axis_bits(self.side_m)
        counted = np.zeros(len(middle), dtype=np.int64)
        for x in (-1, 0, 1):
            for y in (-1, 0, 1):
                column = middle + (x << 2 * bits) + (y << bits)
                counted += np.searchsorted(self._packed, column + 1, side="right")
                counted -= np.searchsorted(self._packed, column - 1, side="left")
        return counted


def cubes(lat: F8, lon: F8, side_m: float) -> I8:
    """The cube of each place (degrees); -1 without one.

    >>> cubes(np.array([np.nan]), np.array([0.0]), 5000.0).tolist()
    [-1]
    """
    bits, scale = _axis_bits(side_m), EARTH_RADIUS_M / side_m
    if by_library.OURS is None:
        return _cubes(lat, lon, scale, bits)
    found, unsure = by_library.OURS.of(lat, lon, scale, bits)
    if len(unsure):
        found[unsure] = _cubes(lat[unsure], lon[unsure], scale, bits)
    return found


def _cubes(lat: F8, lon: F8, scale: float, bits: int) -> I8:
    placed = np.isfinite(lat) & np.isfinite(lon)
    lat_rad = np.radians(np.where(placed, lat, 0.0))
    lon_rad = np.radians(np.where(placed, lon, 0.0))
    across = np.cos(lat_rad)
    packed = np.zeros(len(lat), dtype=np.int64)
    for axis in (across * np.cos(lon_rad), across * np.sin(lon_rad), np.sin(lat_rad)):
        step = np.floor(axis * scale).astype(np.int64)
        packed = packed << bits | step + (1 << bits - 1)
    return np.where(placed, packed, -1)


def distinct_pairs(one: I8, other: I8) -> tuple[I8, I8]:
    """Rows that stand for all, and for each row the place in them of an equal one.

    Some pairs may stand for themselves twice: this only saves asking the same again and again,
    without the cost of sorting.

    >>> first, back = distinct_pairs(np.array([7, 7, 8]), np.array([1, 1, 1]))
    >>> len(first), bool(back[0] == back[1])
    (2, True)
    """
    bits = min(max((4 * len(one)).bit_length(), _LEAST_BITS), _MOST_BITS)
    slot = slots_of(one, other, bits)
    row = np.arange(len(one), dtype=np.int64)
    taken = np.empty(1 << bits, dtype=np.int64)
    taken[slot] = row
    equal = taken[slot]
    equal = np.where((one[equal] == one) & (other[equal] == other), equal, row)
    first = np.flatnonzero(equal == row)
    place = np.zeros(len(one), dtype=np.int64)
    place[first] = np.arange(len(first))
    return first, place[equal]


def _axis_bits(side_m: float) -> int:
    """Bits for one index: the globe's diameter in sides, and a cube to spare at each end."""
    return int(np.ceil(np.log2(2 * EARTH_RADIUS_M / side_m + 4)))
