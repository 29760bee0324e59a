"""`geo.earth.zones.zones_near` of many places at once, for which asking one by one is dear: a place
that nobody asked about before takes tens of microseconds."""

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from geo.earth.sphere import EARTH_RADIUS_M, distance_m
from geo.earth.zones import (
    CELL_INRADIUS_M,
    ROUNDING_M,
    STEPS_A_DEG,
    corners_of,
    middle_of,
    radius_m,
    zone_of,
    zones_around,
)

Floats: TypeAlias = NDArray[np.float64]
_LEAST: Final = 1e-9


def zones_near_each(
    lat_steps: Sequence[int], lon_steps: Sequence[int], margin_m: float
) -> list[tuple[str, ...]]:
    """Of each place, given in steps of `STEPS_A_DEG`, its own zone first, then, sorted, all others
    that come within ``margin_m`` of it; none where it has no zone.

    >>> zones_near_each([3991, 9900], [11640, 0], 1_000.0)
    [('8331aafffffffff',), ()]
    """
    lat, lon = np.array(lat_steps) / STEPS_A_DEG, np.array(lon_steps) / STEPS_A_DEG
    own = [zone_of(*place) for place in zip(lat.tolist(), lon.tolist(), strict=True)]
    found: list[tuple[str, ...]] = [()] * len(own)
    places: dict[str, list[int]] = {}
    for at, zone in enumerate(own):
        places.setdefault(zone, []).append(at)
    places.pop("", None)
    for zone, rows in places.items():
        for row, others in zip(rows, _others(zone, lat[rows], lon[rows], margin_m), strict=True):
            found[row] = (zone, *others)
    return found


def _others(own: str, lat: Floats, lon: Floats, margin_m: float) -> list[list[str]]:
    """The other zones near each of some places of one."""
    # As in `geo.earth.zones`: twice the rounding, and whoever goes to another zone crosses the
    # border of their own.
    reach_m = margin_m + 2.0 * ROUNDING_M
    near: list[list[str]] = [[] for _ in lat]
    about = np.flatnonzero(_gaps_m(own, lat, lon) <= reach_m)
    if not len(about):
        return near
    for zone in zones_around(own, 1 + int(reach_m // CELL_INRADIUS_M)):
        away_m = distance_m(lat[about], lon[about], *middle_of(zone))
        some = about[away_m <= radius_m(zone) + reach_m]
        for place in some[_gaps_m(zone, lat[some], lon[some]) <= reach_m].tolist():
            near[place].append(zone)
    return near


def _gaps_m(zone: str, lat: Floats, lon: Floats) -> Floats:
    """Distance from each place to a zone's border."""
    x, y = _east_north_m(lat, lon, np.array(corners_of(zone)))
    along_x, along_y = np.roll(x, -1, axis=1) - x, np.roll(y, -1, axis=1) - y
    along = -(x * along_x + y * along_y) / np.maximum(along_x**2 + along_y**2, _LEAST)
    along = np.clip(along, 0.0, 1.0)
    off_m: Floats = np.hypot(x + along * along_x, y + along * along_y).min(axis=1, initial=np.inf)
    return off_m


def _east_north_m(lat: Floats, lon: Floats, corners: Floats) -> tuple[Floats, Floats]:
    """As `geo.earth.sphere.east_north_m`, from each place to each corner."""
    from_rad, to_rad = np.radians(lat)[:, None], np.radians(corners[:, 0])
    turn = np.radians(corners[:, 1] - lon[:, None])
    cos_to = np.cos(to_rad)
    east = np.sin(turn) * cos_to
    north = np.cos(from_rad) * np.sin(to_rad) - np.sin(from_rad) * cos_to * np.cos(turn)
    half = np.sin(np.radians(corners[:, 0] - lat[:, None]) / 2) ** 2
    half += np.cos(from_rad) * cos_to * np.sin(turn / 2) ** 2
    length_m = 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, np.sqrt(half)))
    length_m /= np.maximum(np.hypot(east, north), np.finfo(float).tiny)
    return east * length_m, north * length_m
