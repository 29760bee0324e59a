"""What waits in columns at a correlator, whatever it is: levels, or reports drawn as samples."""

from collections.abc import Sequence
from typing import Any, Final, Protocol, Self, TypeVar

import numpy as np

from detectors.model.columns import I8, Bool

#: To ask each part takes microseconds.
_MANY: Final = 64


class Rows(Protocol):
    """Rows of some input partitions, ``numbers`` with ``offset`` and ``index`` among its fields."""

    @property
    def origins(self) -> tuple[tuple[str, int], ...]: ...

    @property
    def numbers(self) -> Any: ...

    def take(self, rows: Any) -> Self: ...


class Waiting(Protocol):
    """Rows as they are stored, each with its turn."""

    who: list[str]

    @property
    def rows(self) -> Any: ...

    @property
    def turns(self) -> I8: ...

    @classmethod
    def of(cls, rows: Any, rx: I8) -> Self: ...


SomeWaiting = TypeVar("SomeWaiting", bound=Waiting)


def count_of(waiting: Sequence[Waiting]) -> int:
    """How many rows wait."""
    return sum(len(each.who) for each in waiting)


def turns_of(waiting: Sequence[Waiting]) -> list[I8]:
    """When those that wait have their turns (ms)."""
    return [each.turns for each in waiting]


def with_due(
    waiting: Sequence[SomeWaiting], until_ms: int
) -> tuple[list[SomeWaiting], list[SomeWaiting]]:
    """Those that hold anything that has its turn before a time, and the others, which needn't be
    gone through row by row: most, where partitions are far apart. Of many parts all count as the
    former if one does, so that they are put together."""
    due, later = list[SomeWaiting](), list[SomeWaiting]()
    for each in waiting:
        if len(turns := each.turns):
            (due if int(turns.min()) < until_ms else later).append(each)
    return (due + later, []) if due and len(later) > _MANY else (due, later)


def forget_before(waiting: Sequence[SomeWaiting], until_ms: int) -> list[SomeWaiting]:
    """What has its turn at a time or later."""
    kept = [(each, each.turns >= until_ms) for each in waiting]
    return [
        each.of(each.rows.take(is_later), each.turns[is_later])
        for each, is_later in kept
        if is_later.any()
    ]


def are_new(taken: dict[str, tuple[int, int, int]], stream: str, rows: Rows) -> Bool:
    """Which rows, all of one partition, lie behind the last that was ``taken`` of it under the name
    of a stream; from now on they are."""
    key = "/".join(map(str, (stream, *rows.origins[0])))
    offset, index, _ = taken.get(key, (-1, -2, -1))
    numbers = rows.numbers
    new: Bool = numbers["offset"] > offset
    new |= (numbers["offset"] == offset) & (numbers["index"] > index)
    if new.any():
        last = numbers[int(np.flatnonzero(new)[-1])]
        taken[key] = (int(last["offset"]), int(last["index"]), 0)
    return new
