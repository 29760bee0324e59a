"""Memories that forget: a dict in order of last use, of at most so many entries."""

from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


def keep(kept: dict[Key, Value], key: Key, value: Value, most: int) -> None:
    """Puts an entry in as the newest, and forgets the oldest beyond ``most``.

    An entry that was there keeps its age unless it is taken out first.

    >>> last = {"a": 1, "b": 2}
    >>> keep(last, "c", 3, 2)
    >>> last
    {'b': 2, 'c': 3}
    """
    kept[key] = value
    if len(kept) > most:
        del kept[next(iter(kept))]
