"""Which metropolitan zone a place belongs to: the cell of H3's resolution 3 (about 12,000 km2).

Places are rounded to a hundredth of a degree before H3 is asked: a column of a town's places then
has few distinct values. Rounding moves the borders of zones by less than 800 m.
"""

from functools import lru_cache
from math import hypot

import h3
import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.earth.sphere import east_north_m, great_circle_m

RESOLUTION = 3
STEPS_A_DEG = 100  # places are rounded to 1 / this
ROUNDING_M = 790.0  # how far rounding moves a place at most: half a step each way at the equator
#: What lies so near a border concerns both zones: wide enough that a transmitter which crosses
#: a border in one sitting stays in sight of its owner.
MARGIN_M = 20_000.0
CELL_INRADIUS_M = 40_000.0  # below the smallest distance from a cell's centre to its edge


def zone_of(lat: float, lon: float) -> str:
    """Zone of one place; "" where it has none (NaN, out of range).

    >>> zone_of(39.91, 116.40)
    '8331aafffffffff'
    """
    if not (abs(lat) <= 90.0 and abs(lon) <= 360.0):
        return ""
    return _zone(round(lat * STEPS_A_DEG), round(lon * STEPS_A_DEG))


def centre_of(zone: str) -> tuple[float, float] | None:
    """Latitude and longitude of a zone's centre; nothing for what is none.

    >>> [round(degrees, 1) for degrees in centre_of("8331aafffffffff") or ()]
    [40.1, 116.7]
    >>> centre_of("calls")
    """
    return h3.cell_to_latlng(zone) if h3.is_valid_cell(zone) else None


def zones_of(lat: ArrayLike, lon: ArrayLike) -> NDArray[np.str_]:
    """Zone of each place of two columns; "" where a place has none."""
    lats, lons = np.broadcast_arrays(np.asarray(lat, float), np.asarray(lon, float))
    zones = np.full(lats.shape, "", dtype="<U15")
    with np.errstate(invalid="ignore"):
        usable = (np.abs(lats) <= 90.0) & (np.abs(lons) <= 360.0)
    steps = np.rint(np.column_stack([lats[usable], lons[usable]]) * STEPS_A_DEG).astype(np.int64)
    distinct, inverse = np.unique(steps, axis=0, return_inverse=True)
    names = [_zone(a, b) for a, b in distinct.tolist()]
    zones[usable] = np.array(names, dtype="<U15")[inverse.ravel()] if names else ""
    return zones


def zones_near(lat: float, lon: float, margin_m: float) -> tuple[str, ...]:
    """The place's own zone first, then, sorted, all others that come within `margin_m` of it.

    Empty where the place has no zone. Contains the zone of every place nearer than `margin_m`.
    """
    own = zone_of(lat, lon)
    if not own:
        return ()
    step_lat, step_lon = round(lat * STEPS_A_DEG), round(lon * STEPS_A_DEG)
    return (own, *_others(own, step_lat, step_lon, float(margin_m)))


@lru_cache(maxsize=65_536)
def _zone(lat_steps: int, lon_steps: int) -> str:
    return str(h3.latlng_to_cell(lat_steps / STEPS_A_DEG, lon_steps / STEPS_A_DEG, RESOLUTION))


@lru_cache(maxsize=65_536)
def _others(own: str, lat_steps: int, lon_steps: int, margin_m: float) -> tuple[str, ...]:
    # Twice the rounding: this place was moved by it, and so is every place near it.
    reach_m = margin_m + 2.0 * ROUNDING_M
    lat, lon = lat_steps / STEPS_A_DEG, lon_steps / STEPS_A_DEG
    # Whoever goes to another zone crosses the border of their own.
    if _gap_m(own, lat, lon) > reach_m:
        return ()
    rings = 1 + int(reach_m // CELL_INRADIUS_M)
    return tuple(
        zone
        for zone in zones_around(own, rings)
        if great_circle_m(lat, lon, *middle_of(zone)) <= radius_m(zone) + reach_m
        and _gap_m(zone, lat, lon) <= reach_m
    )


@lru_cache(maxsize=4_096)
def zones_around(own: str, rings: int) -> tuple[str, ...]:
    """The other zones within so many rings of one, sorted."""
    return tuple(sorted(zone for zone in h3.grid_disk(own, rings) if zone != own))


@lru_cache(maxsize=4_096)
def corners_of(zone: str) -> tuple[tuple[float, float], ...]:
    """A zone's corners, in turn (degrees)."""
    return tuple(h3.cell_to_boundary(zone))


@lru_cache(maxsize=4_096)
def middle_of(zone: str) -> tuple[float, float]:
    """A zone's middle (degrees)."""
    lat, lon = h3.cell_to_latlng(zone)
    return lat, lon


@lru_cache(maxsize=4_096)
def radius_m(zone: str) -> float:
    """How far from its middle a zone reaches (m), and a little more: it is flat here."""
    return 1.01 * max(great_circle_m(*middle_of(zone), *corner) for corner in corners_of(zone))


def _gap_m(zone: str, lat: float, lon: float) -> float:
    """Distance from the place to the zone's border, wherever the place lies."""
    corners = [east_north_m(lat, lon, *corner) for corner in corners_of(zone)]
    ends = (*corners[1:], corners[0])
    return min(_off_m(*begin, *end) for begin, end in zip(corners, ends, strict=True))


def _off_m(x1: float, y1: float, x2: float, y2: float) -> float:
    """Distance from the origin to a straight line between two points."""
    x, y = x2 - x1, y2 - y1
    along = -(x1 * x + y1 * y) / max(x * x + y * y, 1e-9)
    along = min(max(along, 0.0), 1.0)
    return hypot(x1 + along * x, y1 + along * y)
