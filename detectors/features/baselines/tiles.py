"""Tiles about as wide as high by which places are counted, and what is counted in each.

When a core network restarts, for a minute or two phones everywhere do what else few do. Such a
*pulse* says nothing of what is usual: kept in mind, it would hide for twenty minutes whatever has
victims after it. So what was counted in it is taken back when it is over.
"""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from math import cos, floor, hypot, radians
from typing import Final

import msgspec

from detectors.model.finding import Observation, Place

_METRES_A_DEGREE: Final = 111_195.0
#: Windows over which a habit is learned, and over which while something is found.
MEMORY, _FLAGGED_MEMORY = 24, 48
#: In one minute (ms) in so many tiles beside the fullest place, and so many times as often as
#: usual, of at least so many a minute: odd everywhere at once.
_MINUTE_MS, MANY_TILES, _MANY_TIMES, _LEAST_USUAL = 60_000, 6, 5.0, 2.0
#: The most of one pulse that is kept in mind.
_MOST_OF_PULSE: Final = 4096


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


class Counted(msgspec.Struct, frozen=True, array_like=True):
    """Who was counted as odd in which tile, in which window, and when it arrived (ms)."""

    tile: str
    who: str
    window: int
    rx: int


class Pulse(msgspec.Struct, array_like=True):
    """Who was counted in the present ``minute``, and before in minutes that were a pulse each."""

    minute: int = 0
    present: list[Counted] = []
    before: list[Counted] = []

    def count(self, one: Counted) -> None:
        """Takes in that somebody was counted."""
        if len(self.present) < _MOST_OF_PULSE:
            self.present.append(one)

    def over(self, rx_ms: int, many: int, window_ms: int) -> list[Counted]:
        """Those of a pulse that is over at an arrival time (ms), once; ``many`` were counted in the
        window and the one before."""
        minute = rx_ms // _MINUTE_MS
        if minute <= self.minute:
            return []
        usual = (many - len(self.present) - len(self.before)) * _MINUTE_MS / window_ms
        is_over = minute > self.minute + 1
        if _is_everywhere(self.present, max(usual, _LEAST_USUAL)):
            self.before = (self.before + self.present)[-_MOST_OF_PULSE:]
        else:
            is_over = True
        self.minute, self.present = minute, []
        over: list[Counted] = []
        if is_over:
            over, self.before = self.before, over
        return over


def _is_everywhere(counted: Iterable[Counted], usual: float) -> bool:
    """Whether more than one place, a tile and those about it, explains is odd."""
    by_tile = Counter(one.tile.rpartition("|")[2] for one in counted)
    if len(by_tile) <= MANY_TILES:
        return False
    places = {name: [tile for tile in by_tile if _adjoin(name, tile)] for name in by_tile}
    fullest = max(places.values(), key=lambda tiles: sum(by_tile[tile] for tile in tiles))
    left = by_tile.total() - sum(by_tile[tile] for tile in fullest)
    return len(by_tile) - len(fullest) >= MANY_TILES and left >= _MANY_TIMES * usual


@lru_cache(maxsize=4096)
def _adjoin(one: str, other: str) -> bool:
    """Whether two tiles touch, or are the same."""
    if "-" in (one, other):
        return one == other
    (row, column), (y, x) = (map(int, name.split(":")) for name in (one, other))
    return abs(row - y) <= 1 and abs(column - x) <= 1


# Zones that see the same phones ask the same, one after the other.
@lru_cache(maxsize=64)
def tiles_about(place: Place | None, tile_m: float) -> tuple[str, ...]:
    """The tile of a place and the eight about it, the nearer ones first; one tile for no place."""
    if place is None:
        return ("-",)
    step_deg = tile_m / _METRES_A_DEGREE
    row = floor(place.lat / step_deg)
    found: list[tuple[bool, float, str]] = []
    for y in (row, row - 1, row + 1):
        # The width of a row's tiles is that at its own middle, so rows needn't line up.
        across = place.lon * max(cos(radians((y + 0.5) * step_deg)), 0.01) / step_deg
        for x in (floor(across), floor(across) - 1, floor(across) + 1):
            far = hypot(y + 0.5 - place.lat / step_deg, x + 0.5 - across)
            found.append((y != row or x != floor(across), far, f"{y}:{x}"))
    return tuple(key for *_, key in sorted(found))


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


def take_back(tile: Tile, window: int, many: int) -> bool:
    """Takes back how many were counted in a window, and what a tile learned of them; whether none
    is left in it. Of windows longer ago than the one before nothing is known any more."""
    if tile.window == window:
        tile.odd = max(0, tile.odd - many)
        return not tile.odd
    if tile.window != window + 1:
        return False
    taught = _taught(tile)
    tile.odd_before = max(0, tile.odd_before - many)
    if tile.habit >= 0.0 and taught:
        tile.usual = tile.habit + (tile.usual - tile.habit) * _taught(tile) / taught
    return not tile.odd_before


def _taught(tile: Tile) -> float:
    """How far the window before was from what was usual before it, as far as that is learned."""
    return min(tile.odd_before, 3 * tile.habit + 1) - tile.habit
