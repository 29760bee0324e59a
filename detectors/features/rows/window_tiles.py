"""What screening counts by half-minutes of arrival time and tiles of a tenth of a degree.

A window is sent as one observation for each tile, or for several together, at the time at which it
ends, when all that arrived in it has been screened: so its counts come to the same whatever the
partitioning. Its number is its place in a sequence of its own (`Source`), so that a correlator
knows repeats.
"""

from functools import lru_cache
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from detectors.features.facts import Origin
from detectors.model.finding import Observation, Place, Source
from geo.earth.zones import MARGIN_M, zones_near

WINDOW_MS: Final = 30_000
TILES_A_DEG: Final = 10
#: One more than lie between west and east, so that longitude 180 has a tile.
_A_ROW: Final = 360 * TILES_A_DEG + 1

Number = TypeVar("Number", int, NDArray[np.int64])


def tile_of(south: Number, west: Number) -> Number:
    """The number of the tile that is so many north of the south pole and east of the date line."""
    return south * _A_ROW + west


def steps_of(tile: int) -> tuple[int, int]:
    """How many tiles a tile is north of the south pole and east of the date line.

    >>> steps_of(tile_of(1299, 2964))
    (1299, 2964)
    """
    return divmod(tile, _A_ROW)


def middle_of(tile: int) -> tuple[float, float]:
    """Latitude and longitude of a tile's middle (degrees)."""
    south, west = steps_of(tile)
    return (south + 0.5) / TILES_A_DEG - 90.0, (west + 0.5) / TILES_A_DEG - 180.0


@lru_cache(maxsize=65_536)
def zones_of(tile: int) -> frozenset[str]:
    """The zones that what was counted in a tile concerns."""
    return frozenset(zones_near(*middle_of(tile), MARGIN_M))


def of_window(
    name: str, kind: str, number: int, part: int, tile: int, values: dict[str, Any], origin: Origin
) -> Observation:
    """What was counted in one window and tile; ``part`` numbers the tiles of the window."""
    return Observation(
        detector=name,
        kind=kind,
        ts=number * WINDOW_MS,
        rx_ts=(number + 1) * WINDOW_MS,
        space="device",
        who="",
        place=Place(*middle_of(tile)),
        values=values,
        source=Source(f"{origin.topic}/{name}", origin.partition, number, -1, part),
    )
