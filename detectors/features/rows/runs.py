"""Runs of equal values in a column, without a loop."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def begins(column: NDArray[Any]) -> NDArray[np.intp]:
    """Where each run begins.

    >>> begins(np.array([7, 7, 3, 7])).tolist()
    [0, 2, 3]
    """
    changes = np.ones(len(column), dtype=np.bool_)
    changes[1:] = column[1:] != column[:-1]
    return np.flatnonzero(changes)


def places(column: NDArray[Any]) -> NDArray[np.intp]:
    """The place of each value in its run, from 0.

    >>> places(np.array([7, 7, 3, 7])).tolist()
    [0, 1, 0, 0]
    """
    first = begins(column)
    lengths = np.diff(np.append(first, len(column)))
    return np.arange(len(column)) - np.repeat(first, lengths)
