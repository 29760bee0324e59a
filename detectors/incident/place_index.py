"""Which incidents have reports near a place: their boxes by the tiles that they touch.

A box that is too large for a few tiles is near every place, and a pole is near every longitude:
what is found is then looked at for nothing, and nothing is missed.
"""

from collections.abc import Iterable
from itertools import product
from math import ceil, cos, floor, radians
from typing import Final

from geo.earth.bounds import Bounds
from geo.earth.sphere import METRES_A_DEGREE

#: Side of the tiles, degrees; how many of them a box may touch, and a search.
_SIDE: Final = 0.02
_MOST, _MOST_SEARCHED = 64, 512
#: Tiles around the Earth.
_AROUND: Final = round(360.0 / _SIDE)


class PlaceIndex:
    """Boxes by number; they only grow until they are dropped."""

    def __init__(self) -> None:
        self._boxes: dict[int, Bounds] = {}
        self._tiles: dict[tuple[int, int], set[int]] = {}
        self._large: set[int] = set()

    def put(self, number: int, box: Bounds) -> None:
        """Adds a box, or makes one larger."""
        known = self._boxes.get(number)
        if known is not None:
            box = known.around(box)
            if box == known:
                return
        self._boxes[number] = box
        tiles = _touched(box, 0.0, _MOST)
        if tiles is None:
            self._large.add(number)
        for tile in tiles or ():
            self._tiles.setdefault(tile, set()).add(number)

    def drop(self, number: int) -> None:
        """Forgets a box, if there is one."""
        box = self._boxes.pop(number, None)
        if box is None:
            return
        self._large.discard(number)
        # A large box was a smaller one, in tiles of its own, before.
        tiles = _touched(box, 0.0, _MOST)
        for tile in list(self._tiles) if tiles is None else tiles:
            numbers = self._tiles.get(tile)
            if numbers is not None:
                numbers.discard(number)
                if not numbers:
                    del self._tiles[tile]

    def near(self, box: Bounds, within_m: float) -> set[int]:
        """All whose box is within a distance of another box, and others."""
        tiles = _touched(box, within_m, _MOST_SEARCHED)
        if tiles is None:
            return set(self._boxes)
        return self._large.union(*filter(None, map(self._tiles.get, tiles)))


def _touched(box: Bounds, margin_m: float, most: int) -> Iterable[tuple[int, int]] | None:
    """The tiles that a box with a margin touches; ``None`` for more than so many."""
    margin = margin_m / METRES_A_DEGREE
    south, north = box.south - margin, box.north + margin
    narrow = cos(radians(min(max(abs(south), abs(north)), 90.0)))
    if margin >= 180.0 * narrow:
        return None
    across = margin / narrow if margin else 0.0
    rows = range(floor(south / _SIDE), floor(north / _SIDE) + 1)
    first = floor((box.west - across) / _SIDE)
    columns = range(first, max(first, ceil((box.east + across) / _SIDE)) + 1)
    if len(rows) * len(columns) > most:
        return None
    return product(rows, [column % _AROUND for column in columns])
