"""How far a cell's neighbours are: as far as the nearest few sites of its network.

Codes are used again a few sites further on (504 of them in LTE), so that in a dense city nearly
every code is somebody's within kilometres; in the country the next site itself is as far off. The
distance to a site of a certain rank goes with the density of both.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from detectors.model.columns import F8, I8, U1
from detectors.register.index import plmn_key
from detectors.register.register import Register
from geo.earth.sphere import on_sphere

#: Rows are of one site where their places agree to so many degrees (some 11 m).
_SITE_DEG: Final = 1e-4


class NeighbourReach:
    """The sites of each network and RAT of a register, each once."""

    def __init__(self, register: Register) -> None:
        cells = register.rows
        placed = np.flatnonzero(np.isfinite(cells.lat + cells.lon))
        key = plmn_key(cells.rat[placed], cells.mcc[placed], cells.mnc[placed])
        at = np.round(np.column_stack([cells.lat[placed], cells.lon[placed]]) / _SITE_DEG)
        sites = np.unique(np.column_stack([key.astype(np.float64), at]), axis=0)
        keys, first = np.unique(sites[:, 0], return_index=True)
        ends = [*first[1:].tolist(), len(sites)]
        self._trees: dict[int, cKDTree] = {}
        for network, begin, end in zip(keys.tolist(), first.tolist(), ends, strict=True):
            lat, lon = sites[begin:end, 1:].T * _SITE_DEG
            self._trees[int(network)] = cKDTree(on_sphere(lat, lon))

    def reach_m(self, rat: U1, mcc: I8, mnc: I8, lat: F8, lon: F8, sites: int, most_m: float) -> F8:
        """Distance from each place to the ``sites``-th nearest site of its network and RAT (m), at
        most ``most_m``; that without so many sites, and without a place (NaN)."""
        found = np.full(len(rat), most_m)
        network = plmn_key(rat, mcc, mnc)
        for key in np.unique(network[np.isfinite(lat + lon)]).tolist():
            tree = self._trees.get(key)
            if tree is None or tree.n < sites:
                continue
            rows = np.flatnonzero((network == key) & np.isfinite(lat + lon))
            chord_m = np.asarray(tree.query(on_sphere(lat[rows], lon[rows]), k=[sites])[0])
            found[rows] = np.minimum(chord_m[:, 0], most_m)
        return found


@lru_cache(maxsize=1)
def neighbour_reach(register: Register) -> NeighbourReach:
    """The sites of a register; remembered for the present one."""
    return NeighbourReach(register)
