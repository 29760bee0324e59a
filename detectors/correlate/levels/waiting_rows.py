"""What waits in columns at a correlator, whatever it is: levels, or reports drawn as samples."""

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, Self, TypeVar

import numpy as np

from detectors.model.columns import I8, Bool

#: Of more small parts than so many those are put together that come one after the other, up to so
#: many rows: each is asked in each turn.
_MANY: Final = 128
_SMALL: Final = 1_024


class Rows(Protocol):
    """Rows of some input partitions, ``numbers`` with ``offset`` and ``index`` among its fields."""

    @property
    def origins(self) -> tuple[tuple[str, int], ...]: ...

    @property
    def numbers(self) -> Any: ...

    def __len__(self) -> int: ...

    def take(self, rows: Any) -> Self: ...


class Waiting(Protocol):
    """Rows as they are stored, each with its turn."""

    who: list[str]

    @property
    def rows(self) -> Any: ...

    @property
    def turns(self) -> I8: ...

    @property
    def span_ms(self) -> tuple[int, int]:
        """The first and the last turn, asked for again and again: `span_of` the turns."""

    def some(self, rows: slice) -> Self: ...

    @classmethod
    def of(cls, rows: Any, rx: I8) -> Self: ...


SomeWaiting = TypeVar("SomeWaiting", bound=Waiting)
SomeRows = TypeVar("SomeRows", bound=Rows)


def count_of(waiting: Sequence[Waiting]) -> int:
    """How many rows wait."""
    return sum(len(each.who) for each in waiting)


def turns_of(waiting: Sequence[Waiting]) -> list[I8]:
    """When those that wait have their turns (ms)."""
    return [each.turns for each in waiting]


def span_of(turns: I8) -> tuple[int, int]:
    """The first and the last of some turns (ms); where there are none, they are over."""
    return (int(turns.min()), int(turns.max())) if len(turns) else (-1, -1)


def take_due(
    waiting: list[SomeWaiting], until_ms: int, joined: Callable[[list[SomeWaiting]], SomeRows]
) -> tuple[SomeRows, I8] | None:
    """Takes out what has its turn before a time, in order of that, with each one's turn; ``None``
    where there is nothing. ``joined`` are the rows of some parts.

    What isn't due is left as it lies: each turn would else cost as much as all that waits.
    """
    if len(waiting) > _MANY:
        _put_together(waiting, joined)
    due = [each for each in waiting if each.span_ms[0] < until_ms]
    if not due:
        return None
    waiting[:] = [each for each in waiting if each.span_ms[0] >= until_ms]
    parts: list[SomeWaiting] = []
    for each in due:
        if each.span_ms[1] >= until_ms:
            each = _in_order([each], joined)
            end = int(np.searchsorted(each.turns, until_ms))
            waiting.append(each.some(slice(end, None)))
            each = each.some(slice(end))
        if each.who:
            parts.append(each)
    return _rows_in_order(parts, joined) if parts else None


def _put_together(
    waiting: list[SomeWaiting], joined: Callable[[list[SomeWaiting]], SomeRows]
) -> None:
    """Puts small parts together, if there are many; what that comes to is soon no longer small."""
    small = [each for each in waiting if len(each.who) < _SMALL]
    if len(small) <= _MANY:
        return
    small.sort(key=lambda each: each.span_ms)
    waiting[:] = [each for each in waiting if len(each.who) >= _SMALL]
    run, count = list[SomeWaiting](), 0
    for each in small:
        run.append(each)
        count += len(each.who)
        if count >= _SMALL:
            waiting.append(_in_order(run, joined))
            run, count = [], 0
    if run:
        waiting.append(_in_order(run, joined))


def _in_order(
    parts: list[SomeWaiting], joined: Callable[[list[SomeWaiting]], SomeRows]
) -> SomeWaiting:
    """Some parts, one at least, as one in order of turns."""
    if len(parts) == 1 and not _are_mixed(parts[0].turns):
        return parts[0]
    return parts[0].of(*_rows_in_order(parts, joined))


def _rows_in_order(
    parts: list[SomeWaiting], joined: Callable[[list[SomeWaiting]], SomeRows]
) -> tuple[SomeRows, I8]:
    rows, rx = joined(parts), np.concatenate(turns_of(parts))
    if _are_mixed(rx):  # of several partitions
        order = np.argsort(rx, kind="stable")
        return rows.take(order), rx[order]
    return rows, rx


def _are_mixed(turns: I8) -> bool:
    return bool((turns[1:] < turns[:-1]).any())


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
    offsets = numbers["offset"]
    if len(offsets) and int(offsets.min()) > offset:  # nearly always
        new: Bool = np.ones(len(offsets), dtype=np.bool_)
        last = numbers[-1]
    else:
        new = (offsets > offset) | ((offsets == offset) & (numbers["index"] > index))
        if not new.any():
            return new
        last = numbers[int(np.flatnonzero(new)[-1])]
    taken[key] = (int(last["offset"]), int(last["index"]), 0)
    return new
