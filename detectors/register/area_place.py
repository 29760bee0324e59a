"""Where an area of the register is, and how far it reaches, whatever single rows say.

A register has rows in wrong places: sites that were swapped, axes and digits that went wrong. A few
of them in the next town would make an area reach all the way there. But an area may also have a
village far from its town. Wrong rows lie amid the cells of another area, a village lies by itself.
"""

from typing import Final

import numpy as np

from detectors.model.columns import F8
from geo.earth.sphere import METRES_A_DEGREE, distance_m, wrap_lon_deg

#: Added to the distance within which nine in ten cells of an area lie: a cell has a reach itself.
_MARGIN_M: Final = 500.0
#: What may be wrong: fewer than such a share of an area's cells, so far (m) beyond the others.
_MOST_BEYOND: Final = 0.25
_GAP_M: Final = 10_000.0
#: It is, where within a distance (m) fewer than such a share of the network's cells are the area's.
_AMID_M: Final = 3000.0
_AMID_SHARE: Final = 0.25


def area_place(lat: F8, lon: F8, own: slice, network: slice) -> tuple[float, float, float]:
    """The middle (degrees) of an area and its reach (m), NaN without a placed cell; of all rows'
    places ``own`` are the area's and ``network`` those of its network and technology.

    The middle is the median of the places; nine in ten of them lie within the reach, to which the
    reach of a cell is added.
    """
    lat, lon, lats, lons = lat[own], lon[own], lat[network], lon[network]
    placed = np.isfinite(lat) & np.isfinite(lon)
    if not placed.any():
        return np.nan, np.nan, np.nan
    lat, lon = lat[placed], lon[placed]
    # Relative to one of the cells, so that an area may lie across the date line.
    east = np.median(wrap_lon_deg(lon - lon[0]))
    middle_lat, middle_lon = float(np.median(lat)), float(wrap_lon_deg(lon[0] + east))
    far_m = distance_m(middle_lat, middle_lon, lat, lon)
    order = np.argsort(far_m, kind="stable")
    gaps = np.flatnonzero(np.diff(far_m[order]) > _GAP_M) + 1
    beyond = order[min(gaps[gaps > len(lat) * (1.0 - _MOST_BEYOND)], default=len(lat)) :]
    wrong = [
        at for at in beyond.tolist() if _is_amid_others(lat[at], lon[at], lat, lon, lats, lons)
    ]
    reach_m = float(np.percentile(np.delete(far_m, wrong), 90))
    return middle_lat, middle_lon, reach_m + _MARGIN_M


def _is_amid_others(at_lat: float, at_lon: float, lat: F8, lon: F8, lats: F8, lons: F8) -> bool:
    """Whether about a place hardly any of a network's cells are of an area, at ``lat``, ``lon``."""
    band = np.flatnonzero(np.abs(lats - at_lat) * METRES_A_DEGREE <= _AMID_M)
    every = int((distance_m(at_lat, at_lon, lats[band], lons[band]) <= _AMID_M).sum())
    own = int((distance_m(at_lat, at_lon, lat, lon) <= _AMID_M).sum())
    return own < _AMID_SHARE * every
