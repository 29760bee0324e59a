"""Grids of places, and how to save work on them. Places are numbered row by row.

Smooth terms are computed on every second line only, which is a quarter of the work. The lines
between are the means of their neighbours; the error is an eighth of the change of slope (per line
computed) from one computed line to the next.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.earth.sphere import Floats

Singles = NDArray[np.float32]


def squared_m2(from_x: Floats, from_y: Floats, x: Floats, y: Floats) -> Singles:
    """Squared distances from some points to the places of the grid of axes x and y, shape
    (points, places); single precision is 0.1 m at 20 km."""
    east = ((from_x[:, None] - x) ** 2).astype(np.float32)
    north = ((from_y[:, None] - y) ** 2).astype(np.float32)
    return (north[:, :, None] + east[:, None, :]).reshape(from_x.size, y.size * x.size)


@dataclass(frozen=True, slots=True, eq=False)
class SecondLines:
    """Every second line of a grid: their axes, and the numbers of their places in the whole grid.

    Where an axis has an even number of lines every second one would miss its end; then all lines.
    """

    x: Floats
    y: Floats
    places: NDArray[np.intp]
    all_places: int

    @classmethod
    def of(cls, x: Floats, y: Floats) -> "SecondLines":
        """The lines of the grid of axes x and y."""
        every = 2 if x.size % 2 and y.size % 2 else 1
        numbers = np.arange(x.size * y.size).reshape(y.size, x.size)
        return cls(x[::every], y[::every], numbers[::every, ::every].ravel(), numbers.size)

    def filled(self, values: Floats) -> Floats:
        """Values for all places from those on these lines; between lines the means.

        >>> lines = SecondLines.of(np.array([0.0, 1.0, 2.0]), np.array([5.0]))
        >>> lines.filled(lines.x * 10.0).tolist()
        [0.0, 10.0, 20.0]
        """
        if values.size == self.all_places:
            return values
        rows = _doubled(values.reshape(self.y.size, self.x.size))
        return _doubled(rows.T).T.ravel()


def _doubled(values: Floats) -> Floats:
    """Rows of an array with the means of neighbours between them."""
    between = np.empty((2 * values.shape[0] - 1, values.shape[1]))
    between[::2] = values
    between[1::2] = 0.5 * (values[:-1] + values[1:])
    return between
