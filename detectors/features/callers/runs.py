"""Runs of rows of one thing, in columns that are sorted by it."""

import numpy as np

from detectors.model.columns import I8, Bool


def ends_of_runs(group: I8) -> tuple[Bool, Bool]:
    """Which rows are the first, and which the last of their run; there is at least one row.

    >>> [rows.tolist() for rows in ends_of_runs(np.array([3, 3, 5]))]
    [[True, False, True], [False, True, True]]
    """
    differs = group[1:] != group[:-1]
    first, last = (np.concatenate(each) for each in (([True], differs), (differs, [True])))
    return first, last


def so_far(begins: Bool, is_it: Bool) -> I8:
    """How many rows of each run are it, up to and including each row.

    >>> so_far(np.array([1, 0, 0, 1, 0], bool), np.array([0, 1, 1, 0, 1], bool)).tolist()
    [0, 1, 2, 0, 1]
    """
    count = np.cumsum(is_it)
    start = np.maximum.accumulate(np.where(begins, np.arange(len(begins)), 0))
    return np.asarray(count - count[start] + is_it[start])
