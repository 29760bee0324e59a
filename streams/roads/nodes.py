"""Places of a map's lines that coincide, made one node: roads meet where they share a place."""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

Units: TypeAlias = NDArray[np.int64]

#: Places are kept to 1e-7 degrees, as OpenStreetMap does (a centimetre), ..
UNITS_A_DEG: Final = 10_000_000
#: .. and are one node where they are at most so many of these units apart: 1e-6 degrees.
ALIKE_UNITS: Final = 10
TURN_UNITS: Final = 360 * UNITS_A_DEG


def nodes_of(lat: Units, lon: Units) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For each place the number of its node, and for each node a place that it lies at.

    Latitudes and longitudes in units of 1e-7 degrees, the longitudes from 0 up to `TURN_UNITS`;
    both of shape (places,). Places that are alike in both by `ALIKE_UNITS`, or by way of others,
    are one node, across the antimeridian too. Nodes are numbered from south to north, then
    eastwards, by the first of their places in that order, at which they lie.

    >>> nodes_of(np.array([5, 5, 900, -7]), np.array([3_599_999_998, 4, 0, 0]))[0].tolist()
    [1, 1, 2, 0]
    """
    packed = lat * TURN_UNITS + lon
    _, first, same = np.unique(packed, return_index=True, return_inverse=True)
    # 0: latitudes are not periodic.
    tree = cKDTree(np.column_stack([lat[first], lon[first]]), boxsize=np.array([0, TURN_UNITS]))
    near = tree.query_pairs(ALIKE_UNITS, p=np.inf, output_type="ndarray")
    links = coo_array((np.ones(len(near)), (near[:, 0], near[:, 1])), shape=2 * first.shape)
    count, label = connected_components(links, directed=False)
    # The different places are in order, so the least number of each group is its first.
    least = np.full(count, len(first))
    np.minimum.at(least, label, np.arange(len(first)))
    order = np.argsort(least)
    rank = np.empty(count, dtype=np.intp)
    rank[order] = np.arange(count)
    return rank[label][same], first[least[order]]
