"""Values of records in few pieces of memory.

A Python object for each is a good part of what fetching short records costs, and hardly one is
looked at by itself: they are decoded many at once (`streams.decode.json.plain_reader`).
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple, TypeVar, cast, overload

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
Value = TypeVar("Value", bound=bytes | None)


class _Part(NamedTuple):
    """Values that lie one after the other, a newline behind each: where each ends, and which of
    them are meant."""

    memory: memoryview
    ends: Places
    begin: int
    end: int

    @property
    def begins(self) -> Places:
        """Where those that are meant begin."""
        before = self.ends[max(self.begin - 1, 0) : self.end - 1] + 1
        return before if self.begin else np.append(0, before)

    @property
    def stops(self) -> Places:
        """Where they end."""
        return self.ends[self.begin : self.end]

    @property
    def joined(self) -> memoryview:
        """They, with what lies between them."""
        begin = int(self.ends[self.begin - 1]) + 1 if self.begin else 0
        return self.memory[begin : int(self.ends[self.end - 1])]


class Values(Sequence[bytes]):
    """Values of records, none of them missing; each is an object once it is asked for."""

    def __init__(self, parts: Iterable[_Part]) -> None:
        self._parts = [part for part in parts if part.begin < part.end]
        self._count = sum(part.end - part.begin for part in self._parts)

    @classmethod
    def of(cls, memory: NDArray[np.uint8], ends: Places) -> "Values":
        """Those that lie in one piece, a newline behind each; where each ends."""
        return cls([_Part(memory.data, ends, 0, len(ends))])

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            for begin, end in zip(part.begins.tolist(), part.stops.tolist(), strict=True):
                yield bytes(part.memory[begin:end])

    @overload
    def __getitem__(self, place: int) -> bytes: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[bytes]: ...

    def __getitem__(self, place: int | slice) -> Sequence[bytes] | bytes:
        if isinstance(place, slice):
            begin, end, step = place.indices(self._count)
            return Values(self._between(begin, end)) if step == 1 else list(self)[place]
        at = place + self._count if place < 0 else place
        if not 0 <= at < self._count:
            raise IndexError("there are fewer values")
        (part,) = self._between(at, at + 1)
        return bytes(part.joined)

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, bytes):
            return False
        alike = np.flatnonzero(self.lengths() == len(value)).tolist()
        return any(self[place] == value for place in alike)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __reduce__(self) -> tuple[Any, ...]:
        # Some of many are as much as they say, and no more.
        return list, (list(self),)

    def lengths(self) -> Places:
        """How many bytes each has."""
        lengths = [part.stops - part.begins for part in self._parts]
        return np.concatenate([np.zeros(0, dtype=np.int64), *lengths])

    @property
    def size(self) -> int:
        """How many bytes all have."""
        return sum(len(part.joined) - (part.end - part.begin - 1) for part in self._parts)

    def joined(self) -> bytes:
        """All of them, a newline between two."""
        return b"\n".join([part.joined for part in self._parts])

    def parts(self) -> list[_Part]:
        """The pieces that they lie in."""
        return self._parts

    def _between(self, begin: int, end: int) -> Iterator[_Part]:
        before = 0
        for part in self._parts:
            count = part.end - part.begin
            first, last = max(begin - before, 0), min(end - before, count)
            if first < last:
                yield part._replace(begin=part.begin + first, end=part.begin + last)
            before += count


def chained(some: Iterable[Sequence[Value]]) -> Sequence[Value]:
    """Values that follow on one another."""
    every = [values for values in some if len(values)]
    if len(every) == 1:
        return every[0]
    pieces = [values for values in every if isinstance(values, Values)]
    if len(pieces) == len(every):
        found: Any = Values(chain.from_iterable(values.parts() for values in pieces))
        return cast(Sequence[Value], found)
    return list(chain.from_iterable(every))


def bytes_of(values: Sequence[bytes | None]) -> int:
    """How many bytes all have; a missing one none."""
    if isinstance(values, Values):
        return values.size
    return sum(map(len, filter(None, values)))
