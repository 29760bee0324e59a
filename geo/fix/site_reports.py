"""What `geo.fix.site_place` weighs: reports of one site's cells, and the town about it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.earth.sphere import Floats

Ints = NDArray[np.int64]

#: What a witness counts, and the side of squares in which all phones are one (m): shadowing is
#: alike over 10 to 150 m.
_TEMPER, _ALIKE_M, _SQUARES = 0.5, 300.0, float(1 << 24)


@dataclass(frozen=True, slots=True, eq=False)
class SiteReports:
    """Reports of phones served by one site's cells, an entry each.

    ``x`` and ``y`` are metres east and north of the registered place, ``advance_m`` the distance
    that a timing advance gives (NaN without one), ``accuracy_m`` the doubt of position and advance
    together; ``cell`` and ``device`` number those. ``reach_m`` is the distance from which on the
    chance to be served falls off, one for the site.
    """

    x: Floats
    y: Floats
    advance_m: Floats
    accuracy_m: Floats
    cell: Ints
    device: Ints
    reach_m: float

    def weights(self, rows: Ints) -> Floats:
        """What each of some reports counts beside the others of these: all of a phone together at
        most one, and all of a square, tempered."""
        _, of, count = np.unique(self.device[rows], return_inverse=True, return_counts=True)
        weights = 1.0 / count[of]
        # One number a square: parts and whole stay apart within some million squares.
        east, north = np.rint(self.x[rows] / _ALIKE_M), np.rint(self.y[rows] / _ALIKE_M)
        _, at = np.unique(east + _SQUARES * north, return_inverse=True)
        together = np.bincount(at, weights)[at]
        return np.asarray(_TEMPER * weights / np.maximum(together, 1.0))


@dataclass(frozen=True, slots=True, eq=False)
class Town:
    """What is about a site: where phones are at all, and other sites as the register has them.

    So many reports (``phones``) at places ``x``, ``y``, so many sites at ``site_x``, ``site_y``
    (``sites``), in metres east and north of the registered place; ``share`` of all those reports
    are of the site in question.
    """

    x: Floats
    y: Floats
    phones: Floats
    site_x: Floats
    site_y: Floats
    sites: Floats
    share: float
