"""Rows that are alike, found without putting them in order (`groups.rs`); without the library, by
putting them in order."""

import ctypes
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.native import library

#: Rows have numbers of 32 bits there.
_MOST: Final = (1 << 32) - 1
#: Of this process: no sender knows it, or keys could be chosen that all want the same slot.
_SEED: Final = hash("groups") % (1 << 64)
_MIX: Final = np.uint64(0xC2B2AE3D27D4EB4F)


class Numbered(NamedTuple):
    """The number of each key, in order of appearance, and where each was first."""

    number: NDArray[np.int64]
    first: NDArray[np.int64]


def numbered(keys: NDArray[Any]) -> Numbered:
    """Numbers whole numbers of 64 bits.

    >>> number, first = numbered(np.array([7, 3, 7, 5]))
    >>> number.tolist(), first.tolist()
    ([0, 1, 0, 2], [0, 1, 3])
    """
    if keys.dtype not in (np.int64, np.uint64):
        raise ValueError("keys are whole numbers of 64 bits")
    ours, count = library.OURS, len(keys)
    keys = np.ascontiguousarray(keys).view(np.uint64)
    if ours is None or count >= _MOST:
        _, first, which = np.unique(keys, return_index=True, return_inverse=True)
        in_turn = np.argsort(first)
        place = np.empty(len(first), dtype=np.int64)
        place[in_turn] = np.arange(len(first))
        return Numbered(place[which], first[in_turn].astype(np.int64))
    number, first = (np.empty(count, dtype=np.int64) for _ in range(2))
    found = _called(
        ours.groups_number,
        *(_at(keys), ctypes.c_size_t(count), ctypes.c_uint64(_SEED), _at(number), _at(first)),
    )
    return Numbered(number, first[:found].copy())


def newest(
    groups: NDArray[np.int64], alike: NDArray[np.uint64], count: int, most: int
) -> NDArray[np.bool_]:
    """Which rows are among the ``most`` last of their group, one of ``count``; of those of a group
    that are alike the last counts.

    >>> newest(np.array([0, 0, 1, 0, 0]), np.array([7, 8, 8, 8, 9], np.uint64), 2, 2).tolist()
    [False, False, True, True, True]
    """
    ours, rows = library.OURS, len(groups)
    if len(alike) != rows:
        raise ValueError("columns of different lengths")
    if rows and not 0 <= int(groups.min()) <= int(groups.max()) < count:
        raise ValueError("a group that there is not")
    if ours is None or rows >= _MOST:
        return _newest(groups, alike, most)
    groups = np.ascontiguousarray(groups, dtype=np.int64)
    alike = np.ascontiguousarray(alike, dtype=np.uint64)
    kept = np.empty(rows, dtype=np.bool_)
    sizes = ctypes.c_size_t(rows), ctypes.c_size_t(count), ctypes.c_uint32(most)
    _called(ours.groups_newest, _at(groups), _at(alike), *sizes, ctypes.c_uint64(_SEED), _at(kept))
    return kept


def _newest(groups: NDArray[np.int64], alike: NDArray[np.uint64], most: int) -> NDArray[np.bool_]:
    kept = np.zeros(len(groups), dtype=np.bool_)
    if not len(groups):
        return kept
    # Any two that have the same number here by chance are two in 2**64.
    own = alike + groups.astype(np.uint64) * _MIX
    order = np.argsort(own)
    begins = np.flatnonzero(np.append(True, np.diff(own[order]) != 0))
    last = np.sort(np.maximum.reduceat(order, begins))
    by_group = last[np.argsort(groups[last], kind="stable")]
    begins = np.flatnonzero(np.diff(groups[by_group], prepend=-1))
    sizes = np.diff(np.append(begins, len(by_group)))
    from_end = np.repeat(begins + sizes, sizes) - np.arange(len(by_group))
    kept[by_group[from_end <= most]] = True
    return kept


def _at(column: NDArray[Any]) -> ctypes.c_void_p:
    return ctypes.c_void_p(column.ctypes.data)


def _called(function: Any, *given: Any) -> int:
    function.restype = ctypes.c_int64
    found: int = function(*given)
    if found < 0:
        raise library.NativeError("rows could not be grouped")
    return found
