"""Tables of levels by device and group, and the sparse least squares that separate the two.

There are as many unknowns as devices and groups, and each row depends on two of them. Conjugate
gradients need some tens of sparse products, where a dense solution would need memory for the square
of the number of unknowns.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.linalg import cg
from scipy.special import log_ndtr

from geo.earth.sphere import Floats

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Finite levels by device and group, in an order set by content.

    `device` holds the codes, ascending; `row_device` and `row_group` count from 0. `u` is that of
    `geo.radio.pathloss`, 0 where there is no law; `floor` minus infinity where there is none.
    """

    device: Ints
    row_device: NDArray[np.intp]
    row_group: NDArray[np.intp]
    groups: int
    level: Floats
    u: Floats
    floor: Floats

    @classmethod
    def of(
        cls,
        device: ArrayLike,
        group: ArrayLike,
        level: ArrayLike,
        u: ArrayLike,
        floor: ArrayLike,
    ) -> "Table":
        codes = np.atleast_1d(np.asarray(device, np.int64))
        groups = np.broadcast_to(np.asarray(group, np.int64), codes.shape)
        levels, distances, lowest = (
            np.broadcast_to(np.asarray(column, float), codes.shape) for column in (level, u, floor)
        )
        # Where no row has a distance there is no law; else rows without one are left out.
        usable = np.isfinite(levels) & (np.isfinite(distances) | np.isnan(distances).all())
        order = np.lexsort([lowest, distances, codes, groups, levels])
        order = order[usable[order]]
        known, row_device = np.unique(codes[order], return_inverse=True)
        group_codes, row_group = np.unique(groups[order], return_inverse=True)
        return cls(
            known,
            row_device,
            row_group,
            group_codes.size,
            levels[order],
            np.nan_to_num(distances[order]),
            np.nan_to_num(lowest[order], nan=-np.inf),
        )

    def uncensored(self, expected: Floats, variance: float) -> tuple[Floats, Floats]:
        """Levels with the expectation of those below their floor, and its variance by row."""
        below = self.level < self.floor
        if not below.any():
            return self.level, np.zeros(self.level.size)
        sigma = np.sqrt(variance)
        score = (np.where(below, self.floor, 0.0) - expected) / sigma
        # The normal density divided by its tail (inverse Mills ratio), in logarithms for far tails.
        ratio = np.exp(-0.5 * score**2 - 0.5 * np.log(2.0 * np.pi) - log_ndtr(score))
        left = np.maximum(variance * (1.0 - score * ratio - ratio**2), 0.0)
        level = np.where(below, expected - sigma * ratio, self.level)
        return level, np.where(below, left, 0.0)

    def design(self, with_law: bool) -> csr_array:
        """Columns: devices, groups and, with a law, the common power and the exponent."""
        rows, width = self.level.size, self.device.size + self.groups
        ones = np.ones(rows)
        values, columns = [ones, ones], [self.row_device, self.device.size + self.row_group]
        if with_law:
            values += [ones, -self.u]
            columns += [np.full(rows, width), np.full(rows, width + 1)]
        where = np.tile(np.arange(rows), len(values)), np.concatenate(columns)
        shape = rows, width + 2 * with_law
        return csr_array((np.concatenate(values), where), shape=shape)


def least_squares(
    design: csr_array, precision: Floats, aim: Floats, prior: Floats, mean: Floats, start: Floats
) -> Floats:
    """Posterior mean by conjugate gradients, from `start`; `prior` are precisions about `mean`."""
    transposed = csr_array(design.T)
    matrix = transposed @ (design * precision[:, None]) + _diagonal(prior)
    found, _ = cg(
        matrix,
        transposed @ (precision * aim) + prior * mean,
        x0=start,
        rtol=1e-9,
        maxiter=1000,
        M=_diagonal(1.0 / matrix.diagonal()),
    )
    return np.asarray(found, float)


def _diagonal(values: Floats) -> csr_array:
    where = np.arange(values.size)
    return csr_array((values, (where, where)), shape=(values.size, values.size))
