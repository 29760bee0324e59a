"""Which of a network's cells serve phones where they are: how many phones each should have.

The chance to be served by a cell falls off with distance, as the fourth power beyond its reach, and
away from the direction of its antenna. At every place all cells compete: the chances of all sum to
one. This is no propagation model; it says which cell is silent though phones are in front of it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.earth.sphere import Floats, bearing_deg, distance_m, on_sphere

#: So many cells nearest to a phone compete for it.
_COMPETING: Final = 36
#: An antenna's main lobe (sharpness of a von Mises density; 65 degrees between half-power points)
#: and what reflections bring from all around.
_SHARPNESS, _BEHIND = 2.0, 0.08


@dataclass(frozen=True, slots=True, eq=False)
class Antennas:
    """Cells of one network and technology: places (degrees), azimuths (degrees; NaN where none is
    known) and the distance from which on the chance to be served falls off (m)."""

    lat: Floats
    lon: Floats
    azimuth_deg: Floats
    reach_m: Floats


def expected_phones(antennas: Antennas, lat: Floats, lon: Floats, phones: Floats) -> Floats:
    """How many of some phones each cell should serve; entries of them are at places (degrees), so
    many at each. One cell and one entry at least.

    >>> mast = Antennas(np.zeros(2), np.zeros(2), np.array([90.0, 270.0]), np.full(2, 500.0))
    >>> east, west = expected_phones(mast, np.zeros(1), np.array([0.004]), np.array([10.0]))
    >>> bool(east > 9.0), round(float(east + west), 6)
    (True, 10.0)
    """
    count = len(antennas.lat)
    tree = cKDTree(on_sphere(antennas.lat, antennas.lon))
    ranks = list(range(1, min(_COMPETING, count) + 1))
    nearest = np.asarray(tree.query(on_sphere(lat, lon), k=ranks)[1], dtype=np.int64)
    chance = served_chance(antennas, nearest, lat[:, None], lon[:, None])
    share = chance / chance.sum(axis=1, keepdims=True) * phones[:, None]
    expected = np.bincount(nearest.ravel(), share.ravel(), minlength=count)
    return np.asarray(expected, dtype=np.float64)


def given_at(squared_m2: Floats | float, reach_m: Floats | float) -> Floats:
    """What a mast gives at such a squared distance (m2), at itself 1: it falls off as the fourth
    power beyond its reach. Its integral over the plane is pi times the squared reach.

    >>> [round(float(given_at(off_m**2, 500.0)), 3) for off_m in (0.0, 500.0, 5000.0)]
    [1.0, 0.25, 0.0]
    """
    given = np.asarray(squared_m2 / reach_m**2)
    # In place: there may be a million distances.
    given += 1.0
    given *= given
    return np.asarray(np.divide(1.0, given, out=given))


def served_chance(antennas: Antennas, cell: NDArray[np.int64], lat: Floats, lon: Floats) -> Floats:
    """Chance that a cell, by its number, serves a phone at a place, up to a factor that all cells
    share; shapes broadcast."""
    at_lat, at_lon = antennas.lat[cell], antennas.lon[cell]
    off_m = distance_m(at_lat, at_lon, lat, lon)
    near = given_at(off_m**2, antennas.reach_m[cell])
    turn = np.radians(bearing_deg(at_lat, at_lon, lat, lon) - antennas.azimuth_deg[cell])
    return np.asarray(near * _lobe(turn))


def _lobe(turn: Floats) -> Floats:
    """Relative to an antenna that radiates alike all around, so that both compete fairly."""
    aimed = _BEHIND + (1.0 - _BEHIND) * np.exp(_SHARPNESS * (np.cos(turn) - 1.0))
    mean = _BEHIND + (1.0 - _BEHIND) * np.exp(-_SHARPNESS) * np.i0(_SHARPNESS)
    return np.asarray(np.where(np.isnan(turn), 1.0, aimed / mean))
