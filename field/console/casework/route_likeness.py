"""How alike two ways through a town are: what share of one lies along the other.

A transmitter in a car is driven where people are, often by the same streets. Ways are compared by
their points alone, at equal steps, so that a way with many fixes weighs no more than one with few.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.earth.frame import frame_at
from geo.earth.sphere import distance_m

F8 = NDArray[np.float64]
_STEP_M: Final = 100.0
#: A track is as rough as its fixes: so near (m) counts as the same street.
ALONG_M: Final = 400.0
#: Shorter ways (m) are places.
LEAST_WAY_M: Final = 1_000.0
_MOST_POINTS: Final = 1_000
_MOST_PAIRS: Final = 1_000_000

Points = Sequence[tuple[float, float]]
Track = Sequence[tuple[int, float, float]]


def length_m(points: Points) -> float:
    """How long a way is, metres; points are (lat, lon) in degrees."""
    if len(points) < 2:
        return 0.0
    xy = _metres(points, points[0])
    return float(np.hypot(*np.diff(xy, axis=0).T).sum())


def alike(one: Points, other: Points) -> float:
    """The share (0..1) of the shorter way that lies within `ALONG_M` of the other.

    >>> east = [(30.0, 104.0), (30.0, 104.05)]
    >>> alike(east, [(30.0, 104.02), (30.0, 104.07)]), alike(east, [(30.1, 104.0), (30.1, 104.05)])
    (0.67, 0.0)
    """
    if len(one) < 2 or len(other) < 2:
        return 0.0
    if length_m(one) > length_m(other):
        one, other = other, one
    own = _even(_metres(one, one[0]))
    gap_m = _to_way(own, _metres(other, one[0]))
    return round(float(np.mean(gap_m <= ALONG_M)), 2)


def apart_m(one: Points, other: Points) -> float:
    """The distance between the nearest points of two sets; neither is empty."""
    here, there = _metres(one, one[0]), _metres(other, one[0])
    return float(np.hypot(*(here[:, None, :] - there[None, :, :]).transpose(2, 0, 1)).min())


def least_apart_m(one: Track, other: Track, within_ms: int) -> float | None:
    """The least distance (m) between fixes (ms, lat, lon) whose times are that near; ``None`` where
    there are none.

    >>> least_apart_m([(0, 30.0, 104.0)], [(50, 30.0, 104.0), (200, 31.0, 104.0)], 100)
    0.0
    """
    if not one or not other:
        return None
    here, there = np.array(one, dtype=np.float64), np.array(sorted(other), dtype=np.float64)
    first = np.searchsorted(there[:, 0], here[:, 0] - within_ms, "left")
    many = np.searchsorted(there[:, 0], here[:, 0] + within_ms, "right") - first
    some = slice(None, None, 1 + int(many.sum()) // _MOST_PAIRS)
    here, first, many = here[some], first[some], many[some]
    # The first of each, and so many after it.
    pairs = np.arange(many.sum()) + np.repeat(first - np.cumsum(many) + many, many)
    if not len(pairs):
        return None
    lat, lon = np.repeat(here[:, 1:], many, axis=0).T
    return float(distance_m(lat, lon, *there[pairs, 1:].T).min())


def _metres(points: Points, about: tuple[float, float]) -> F8:
    """East and north of a frame about a place, points x 2; of very many, some."""
    step = 1 + len(points) // _MOST_POINTS
    degrees = np.array([*points[::step], points[-1]], dtype=np.float64)
    x, y = frame_at(*about).to_xy(degrees[:, 0], degrees[:, 1])
    return np.column_stack([x, y])


def _even(way: F8) -> F8:
    """Points at equal steps along a way."""
    legs = np.hypot(*np.diff(way, axis=0).T)
    at = np.concatenate([[0.0], np.cumsum(legs)])
    count = int(min(max(at[-1] / _STEP_M, 1), _MOST_POINTS)) + 1
    steps = np.linspace(0.0, at[-1], count)
    return np.column_stack([np.interp(steps, at, way[:, 0]), np.interp(steps, at, way[:, 1])])


def _to_way(points: F8, way: F8) -> F8:
    """The distance of each point to the nearest leg of a way."""
    low, high = way.min(axis=0) - ALONG_M, way.max(axis=0) + ALONG_M
    gap: F8 = np.full(len(points), np.inf)
    about = np.flatnonzero(((points >= low) & (points <= high)).all(axis=1))
    if len(about):
        legs = np.diff(way, axis=0)
        square = np.maximum((legs**2).sum(axis=1), 1e-9)
        away = points[about, None, :] - way[None, :-1, :]
        share = np.clip((away * legs).sum(axis=2) / square, 0.0, 1.0)
        gap[about] = np.hypot(*(away - share[:, :, None] * legs).transpose(2, 0, 1)).min(axis=1)
    return gap
