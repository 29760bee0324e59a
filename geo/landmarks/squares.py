"""Places put into squares of the globe, so that those near another are found without a look at
all."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.earth.sphere import METRES_A_DEGREE, Floats, wrap_lon_deg

Ints = NDArray[np.int64]

#: Some 550 m from south to north.
STEP_DEG: Final = 0.005
_COLUMNS: Final = round(360 / STEP_DEG)


@dataclass(frozen=True, slots=True, eq=False)
class Squares:
    """Numbers of places in the order of their squares, and the square of each in that order."""

    order: Ints
    square: Ints

    @classmethod
    def of(cls, lat: Floats, lon: Floats) -> Squares:
        """Of places in degrees; they are numbered as they come."""
        square = _row(lat) * _COLUMNS + _column(lon)
        order = np.argsort(square, kind="stable")
        return cls(order, square[order])

    def near(self, lat: float, lon: float, reach_m: float) -> Ints:
        """Numbers, ascending, of all places within ``reach_m`` of a place, and of some beyond.

        >>> Squares.of(np.array([0.0, 0.1, 0.0]), np.array([179.999, 0.0, -179.999])).near(
        ...     0.0, 180.0, 500.0
        ... )
        array([0, 2])
        """
        reach_deg = reach_m / METRES_A_DEGREE
        rows = np.arange(int(_row(lat - reach_deg)), int(_row(lat + reach_deg)) + 1)
        across = cos(radians(min(abs(lat) + reach_deg, 90.0)))
        half_deg = 180.0 if reach_deg >= 180.0 * across else reach_deg / across
        least, most = rows * _COLUMNS, rows * _COLUMNS + _COLUMNS
        if half_deg < 180.0 - STEP_DEG:
            west, east = int(_column(lon - half_deg)), int(_column(lon + half_deg))
            # Over the antimeridian a row is two stretches.
            stretches = [(west, east)] if west <= east else [(0, east), (west, _COLUMNS - 1)]
            least = np.concatenate([rows * _COLUMNS + first for first, _ in stretches])
            most = np.concatenate([rows * _COLUMNS + last + 1 for _, last in stretches])
        begin, end = np.searchsorted(self.square, least), np.searchsorted(self.square, most)
        held = [self.order[one:other] for one, other in zip(begin, end, strict=True) if one < other]
        return np.sort(np.concatenate(held)) if held else np.zeros(0, np.int64)


def _row(lat: Floats | float) -> Ints:
    return np.floor((np.asarray(lat) + 90.0) / STEP_DEG).astype(np.int64)


def _column(lon: Floats | float) -> Ints:
    column = np.floor((wrap_lon_deg(lon) + 180.0) / STEP_DEG).astype(np.int64)
    return np.minimum(column, _COLUMNS - 1)
