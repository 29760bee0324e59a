"""Tiles about as wide as high by which places are counted."""

from functools import lru_cache
from math import cos, floor, radians
from typing import Final

from detectors.model.finding import Place

_METRES_A_DEGREE: Final = 111_195.0


# Zones that see the same phones ask the same, one after the other.
@lru_cache(maxsize=64)
def tiles_about(place: Place | None, tile_m: float) -> tuple[str, ...]:
    """The tile of a place and the eight about it, the own first; one tile for no place."""
    if place is None:
        return ("-",)
    step_deg = tile_m / _METRES_A_DEGREE
    row = floor(place.lat / step_deg)
    keys: list[str] = []
    for y in (row, row - 1, row + 1):
        # The width of a row's tiles is that at its own middle, so rows needn't line up.
        column = floor(place.lon * max(cos(radians((y + 0.5) * step_deg)), 0.01) / step_deg)
        keys += [f"{y}:{x}" for x in (column, column - 1, column + 1)]
    return tuple(keys)
