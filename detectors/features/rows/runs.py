"""Runs of equal values in a column, and columns in order, without a loop: by our own library, and
without it by NumPy, which takes several times as long."""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.native import orders

#: The lower half of a number of 64 bits.
_PLACE: Final = np.uint64(0xFFFFFFFF)
#: What numbers are mixed by, and groups.
_MIX, _GROUP_MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)


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


def stable_order(column: NDArray[Any]) -> NDArray[np.intp]:
    """The places of whole numbers in order, equal ones as they lie; at most 2**32 of them.

    >>> stable_order(np.array([7, 3, 7, 3])).tolist()
    [1, 3, 0, 2]
    """
    if orders.OURS is not None:
        return orders.OURS.stable_order(column)
    # NumPy's own stable sort takes some times as long.
    order = np.argsort(column)
    ordered = column[order]
    other = ordered[1:] != ordered[:-1]
    if other.all():
        return order
    # The number of each run, and the place: sorting numbers alone is cheap.
    run = np.append(np.uint64(0), np.cumsum(other, dtype=np.uint64))
    return (np.sort(run << np.uint64(32) | order.astype(np.uint64)) & _PLACE).astype(np.intp)


def reordered(
    order: NDArray[np.intp], column: NDArray[Any], *keys: NDArray[Any]
) -> NDArray[np.intp]:
    """An order in which a column's values, given in that order, that are equal come by ``keys``,
    which are given as they lie: the last of these first, as in `numpy.lexsort`. What is alike in
    all comes as it lies."""
    equal = column[1:] == column[:-1]
    if not equal.any():
        return order
    tied = np.append(equal, False)
    tied[1:] |= equal
    at = np.flatnonzero(tied)
    order, lies = order.copy(), order[at]
    order[at] = lies[np.lexsort([lies, *(key[lies] for key in keys), column[at]])]
    return order


def grouped(column: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """An order of whole numbers of 64 bits in which equal ones come together, as they lie, and
    where those of each begin. A third of what it takes to put them in order.

    >>> order, begins = grouped(np.array([7, 3, 7]))
    >>> sorted(order[begins].tolist())
    [0, 1]
    """
    numbers = np.ascontiguousarray(column).view(np.uint64)
    bits = len(numbers).bit_length()
    place = np.uint64((1 << bits) - 1)
    # To sort numbers alone is cheap: most of a mix of each, and its place.
    mixed = np.sort(numbers * _MIX & ~place | np.arange(len(numbers), dtype=np.uint64))
    order = (mixed & place).astype(np.intp)
    ordered = numbers[order]
    other = ordered[1:] != ordered[:-1]
    if ((mixed[1:] >> bits != mixed[:-1] >> bits) != other).any():
        # Two that aren't equal have the same.
        order = np.argsort(numbers, kind="stable")
        return order, begins(numbers[order])
    return order, np.flatnonzero(np.append(True, other)[: len(numbers)])


class Numbered(NamedTuple):
    """The number of each value, in order of appearance, and where each was first."""

    number: NDArray[np.intp]
    first: NDArray[np.intp]


def numbered(column: NDArray[Any]) -> Numbered:
    """Numbers whole numbers of 64 bits.

    >>> number, first = numbered(np.array([7, 3, 7, 5]))
    >>> number.tolist(), first.tolist()
    ([0, 1, 0, 2], [0, 1, 3])
    """
    if orders.OURS is not None:
        return Numbered(*orders.OURS.numbered(column))
    order, begin = grouped(column)
    place, number = np.empty(len(begin), dtype=np.intp), np.empty(len(column), dtype=np.intp)
    in_turn = np.argsort(order[begin])
    place[in_turn] = np.arange(len(begin))
    number[order] = np.repeat(place, np.diff(np.append(begin, len(column))))
    return Numbered(number, order[begin][in_turn])


def before(column: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Of whole numbers of 64 bits the place before each of an equal one, -1 for none, and the last
    place of each, in any order.

    >>> places, last = before(np.array([7, 3, 7]))
    >>> places.tolist(), sorted(last.tolist())
    ([-1, -1, 0], [1, 2])
    """
    if orders.OURS is not None:
        return orders.OURS.before(column)
    order, begin = grouped(column)
    is_first = np.zeros(len(column), dtype=np.bool_)
    is_first[begin] = True
    found = np.full(len(column), -1, dtype=np.intp)
    again = np.flatnonzero(~is_first)
    found[order[again]] = order[again - 1]
    return found, order[np.append(is_first[1:], True)[: len(column)]]


def newest(groups: NDArray[np.intp], alike: NDArray[np.uint64], most: int) -> NDArray[np.bool_]:
    """Which rows are among the ``most`` last of their group; of those of a group that are alike the
    last counts.

    >>> newest(np.array([0, 0, 1, 0, 0]), np.array([7, 8, 8, 8, 9], np.uint64), 2).tolist()
    [False, False, True, True, True]
    """
    # Any two that have the same number here by chance are two in 2**64.
    alike = alike + groups.astype(np.uint64) * _GROUP_MIX
    if orders.OURS is not None:
        return orders.OURS.newest(groups, alike, most)
    order, begin = grouped(alike)
    last = np.sort(order[np.append(begin[1:], len(order))[: len(begin)] - 1])
    by_group, begin = grouped(groups[last])
    sizes = np.diff(np.append(begin, len(last)))
    from_end = np.repeat(begin + sizes, sizes) - np.arange(len(last))
    kept = np.zeros(len(groups), dtype=np.bool_)
    kept[last[by_group[from_end <= most]]] = True
    return kept


def first_of_each(column: NDArray[Any], *others: NDArray[Any]) -> NDArray[np.intp]:
    """The places of the first rows of each combination of values, as they lie. Quick where hardly a
    value of the first column comes twice.

    >>> first_of_each(np.array([7, 3, 7, 7]), np.array([1, 1, 2, 1])).tolist()
    [0, 1, 2]
    """
    values = np.sort(column)
    if not (values[1:] == values[:-1]).any():
        return np.arange(len(column))
    columns = column, *map(np.ascontiguousarray, others)
    order = np.lexsort(columns)
    is_first = np.zeros(len(order), dtype=np.bool_)
    is_first[0] = True
    for each in columns:
        ordered = each[order]
        is_first[1:] |= ordered[1:] != ordered[:-1]
    return np.sort(order[is_first])
