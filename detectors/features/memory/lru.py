"""Memories that forget: a dict in order of last use, of at most so many entries.

What the first halves of rules remember of single devices goes with time. Who sends under ever new
names could fill it within that time, so that each such memory also has at most `MOST_KEPT` entries
(and those of one batch): of more, the newest half stays. A partition with so many devices that
report within an hour should be several; what is forgotten early may be taken for new.

A dict keeps the places of what was taken out of it until it grows, and who looks for the oldest
passes all of them. So a large memory forgets many at a time, and those that forget by age look for
what is old once a batch or an hour, not with each record (`python -m benchmarks.memories`).
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final, Protocol, TypeVar

import numpy as np

from detectors.model.columns import I8

#: Chosen: some 100 bytes each.
MOST_KEPT: Final = 1 << 20

#: Room is made for so many devices at first, and later for a quarter more than there are: moving
#: all of them costs little beside what brings new ones, and memory is what a worker lacks.
_FIRST_ROOM, _SPARE = 1024, 4

#: A memory of so many entries is large: one that is full then forgets one in `_AT_ONCE` of them.
_LARGE: Final = 1 << 15
_AT_ONCE: Final = 16

Key = TypeVar("Key")
Value = TypeVar("Value")


def keep(kept: dict[Key, Value], key: Key, value: Value, most: int) -> None:
    """Puts an entry in as the newest, and forgets the oldest beyond ``most``; of a large memory
    some more of them.

    An entry that was there keeps its age unless it is taken out first.

    >>> last = {"a": 1, "b": 2}
    >>> keep(last, "c", 3, 2)
    >>> last
    {'b': 2, 'c': 3}
    """
    kept[key] = value
    if len(kept) > most:
        if most < _LARGE:
            del kept[next(iter(kept))]
            return
        for oldest in list(islice(kept, most // _AT_ONCE)):
            del kept[oldest]


def keep_all(
    kept: dict[Key, Value], keys: Sequence[Key], values: Iterable[Value], most: int
) -> None:
    """`keep` of one entry after the other.

    >>> last = {"a": 1, "b": 2}
    >>> keep_all(last, ["c", "a"], [3, 4], 3)
    >>> last
    {'a': 4, 'b': 2, 'c': 3}
    """
    entries = zip(keys, values, strict=True)
    if len(kept) + len(keys) <= most:
        kept.update(entries)
        return
    if most < _LARGE and kept.keys().isdisjoint(keys) and len(set(keys)) == len(keys):
        # Each of them would take the place of the oldest: that is looked for once.
        beyond = min(len(kept) + len(keys) - most, len(keys))
        kept.update(entries)
        for oldest in list(islice(kept, beyond)):
            del kept[oldest]
        return
    for key, value in entries:
        keep(kept, key, value, most)


def forget(kept: dict[Key, Value], is_over: Callable[[Value], bool]) -> None:
    """Forgets entries that are over, from the oldest on up to the first that isn't.

    >>> last = {"a": 1, "b": 5, "c": 2}
    >>> forget(last, lambda rx: rx < 3)
    >>> last
    {'b': 5, 'c': 2}
    """
    old = []
    for name, value in kept.items():
        if not is_over(value):
            break
        old.append(name)
    for name in old:
        del kept[name]


class Dated(Protocol):
    """What has the time of its newest record, of arrival (ms)."""

    rx: int


Of = TypeVar("Of", bound=Dated)


def renew(kept: dict[str, Of], name: str, one: Of, rx: int, keep_ms: int, most: int) -> Of:
    """Puts in as the newest what had a record at ``rx``, and forgets what is oldest: all of which
    nothing arrived for ``keep_ms``, and what is beyond ``most``."""
    kept.pop(name, None)
    one.rx = max(one.rx, rx)
    keep(kept, name, one, most)
    forget(kept, lambda each: each.rx <= rx - keep_ms)
    return one


def is_full(count: int) -> bool:
    """Whether a memory has more entries than it may."""
    return count > MOST_KEPT


def room_for(count: int) -> int:
    """For how many devices there is room once it has to be made for so many.

    >>> room_for(3), room_for(100_000)
    (1024, 125000)
    """
    return max(_FIRST_ROOM, count + count // _SPARE)


def newest_places(rx_ms: I8, oldest_ms: int) -> I8:
    """Places of what arrived at ``oldest_ms`` or later, in order; of too many the newest half."""
    left = np.flatnonzero(rx_ms >= oldest_ms)
    if is_full(len(left)):
        order = np.argsort(-rx_ms[left], kind="stable")
        left = np.sort(left[order[: MOST_KEPT // 2]])
    return left


def newest(times: dict[Key, int], oldest: int) -> set[Key]:
    """Names of what is of ``oldest`` or later, by time; of too many the newest half.

    >>> sorted(newest({"a": 1, "b": 2, "c": 3}, 2))
    ['b', 'c']
    """
    names = list(times)
    left = newest_places(np.array([times[name] for name in names], dtype=np.int64), oldest)
    return {names[place] for place in left.tolist()}
