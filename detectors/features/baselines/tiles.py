"""Tiles about as wide as high by which places are counted, and what is counted in each."""

from collections.abc import Callable
from functools import lru_cache
from math import cos, floor, hypot, radians
from typing import TypeAlias

import msgspec

from detectors.model.finding import Observation, Place
from geo.earth.sphere import METRES_A_DEGREE

#: What gives the tiles of a place, where there is one, of so many metres.
TilesOf: TypeAlias = Callable[[Place | None, float], tuple[str, ...]]
#: Windows over which a habit is learned, and over which while something is found.
MEMORY, _FLAGGED_MEMORY = 24, 48


class Tile(msgspec.Struct, array_like=True):
    """Counts of one tile, or of the whole zone, in the present ``window`` and the one before.

    ``usual`` is the learned count of odd messages a window, from ``windows`` windows; ``habit`` is
    what it was without the window before, below 0 where there was none. ``who`` are the odd
    subscribers with their last arrival (ms); of the zone, active and odd tiles are counted.
    ``honest`` says that what the messages here are about was found to be so.
    """

    window: int
    odd: int = 0
    odd_before: int = 0
    plain: int = 0
    plain_before: int = 0
    usual: float = 0.0
    windows: int = 0
    flagged: bool = False
    honest: bool = False
    who: dict[str, int] = {}
    unreported: list[Observation] = []
    active: int = 0
    active_before: int = 0
    odd_tiles: int = 0
    odd_tiles_before: int = 0
    habit: float = -1.0

    @property
    def before(self) -> float:
        """The count that was usual before the window before: what is counted now may have begun in
        that."""
        return self.usual if self.habit < 0.0 else self.habit

    @property
    def traffic(self) -> int:
        """Ordinary messages of the present window and the one before."""
        return self.plain + self.plain_before


# Zones that see the same phones ask the same, one after the other.
@lru_cache(maxsize=64)
def tiles_about(place: Place | None, tile_m: float) -> tuple[str, ...]:
    """The tile of a place and the eight about it, the nearer ones first; one tile for no place."""
    if place is None:
        return ("-",)
    step_deg = tile_m / METRES_A_DEGREE
    row = floor(place.lat / step_deg)
    found: list[tuple[bool, float, str]] = []
    for y in (row, row - 1, row + 1):
        across = _across(place, y, step_deg)
        for x in (floor(across), floor(across) - 1, floor(across) + 1):
            far = hypot(y + 0.5 - place.lat / step_deg, x + 0.5 - across)
            found.append((y != row or x != floor(across), far, f"{y}:{x}"))
    return tuple(key for *_, key in sorted(found))


def own_tile(place: Place | None, tile_m: float) -> tuple[str, ...]:
    """The first of `tiles_about`, by itself.

    >>> here = Place(31.2, 121.5)
    >>> own_tile(here, 500.0) == tiles_about(here, 500.0)[:1], own_tile(None, 500.0)
    (True, ('-',))
    """
    if place is None:
        return ("-",)
    step_deg = tile_m / METRES_A_DEGREE
    row = floor(place.lat / step_deg)
    return (f"{row}:{floor(_across(place, row, step_deg))}",)


def _across(place: Place, row: int, step_deg: float) -> float:
    """How many tiles of a row lie between the meridian and a place. The width of a row's tiles is
    that at its own middle, so rows needn't line up."""
    return place.lon * max(cos(radians((row + 0.5) * step_deg)), 0.01) / step_deg


def roll(tile: Tile, window: int) -> bool:
    """Brings a tile into the present window, learning from those that are over."""
    passed = window - tile.window
    if passed <= 0:
        return False
    for count in [tile.odd, *[0] * min(passed - 1, 6 * MEMORY)]:
        tile.habit = tile.usual
        tile.windows = min(tile.windows + 1, 2 * MEMORY)
        pace = min(tile.windows, MEMORY)
        if tile.flagged:
            pace, tile.flagged = _FLAGGED_MEMORY, False
        # However many came at once, one window can't make them usual.
        tile.usual += (min(count, 3 * tile.usual + 1) - tile.usual) / pace
    again = passed == 1
    tile.odd_before, tile.odd = (tile.odd if again else 0), 0
    tile.plain_before, tile.plain = (tile.plain if again else 0), 0
    tile.active_before, tile.active = (tile.active if again else 0), 0
    tile.odd_tiles_before, tile.odd_tiles = (tile.odd_tiles if again else 0), 0
    tile.window = window
    return True
