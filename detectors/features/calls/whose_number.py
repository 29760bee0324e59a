"""Which numbers are somebody's: they were rung while they rang nobody but a few, or have been
ringing many for days.

Of a number that begins to ring others it is thus known whether it had a life before. Of those that
were rung two spans of time are kept, each as filters of bits that are added to in turn, the next
many times as large as the one before (scalable Bloom filters, Almeida et al., Information
Processing Letters 101(6), 2007). Of numbers that nobody rang some twenty in a thousand seem to be
somebody's in each filter, more where the largest is overfull; that speaks for them. Who rang many
are fewer, and are kept one by one, since it would speak for a fraud that seemed to be one of them.
Plain data, so that a state may hold it.
"""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

#: Bytes of the first filter and of the largest; how many times as large the next one is.
_FIRST, _MOST, _TIMES = 1 << 11, 1 << 24, 16
#: Bytes for each number at which a filter is full: two of sixteen bits are set.
_EACH: Final = 2
#: Numbers of a span that rang many; of more some are left out.
_MOST_KEPT: Final = 1 << 19


class Span(msgspec.Struct):
    """Numbers of one span: its filters, and how many went into the last one, about."""

    filters: list[bytearray] = []
    count: int = 0

    def add(self, names: NDArray[np.uint32]) -> None:
        """Takes numbers in."""
        while len(names):
            if not self.filters or (self._room() <= 0 and len(self.filters[-1]) < _MOST):
                self._begin_filter()
            room = self._room() if len(self.filters[-1]) < _MOST else len(names)
            some, names = names[:room], names[room:]
            bits = np.frombuffer(self.filters[-1], dtype=np.uint8)
            for places, bit in _bits(some, len(bits)):
                np.bitwise_or.at(bits, places, bit)
            self.count += len(some)

    def has(self, name: np.uint32) -> bool:
        """Whether a number is one of them, about."""
        names = np.array([name], dtype=np.uint32)
        return any(
            all(each[int(places[0])] & int(bit[0]) for places, bit in _bits(names, len(each)))
            for each in self.filters
        )

    def _room(self) -> int:
        return len(self.filters[-1]) // _EACH - self.count

    def _begin_filter(self) -> None:
        size = _TIMES * len(self.filters[-1]) if self.filters else _FIRST
        self.filters.append(bytearray(min(size, _MOST)))
        self.count = 0


class WhoseNumber(msgspec.Struct):
    """Numbers of this span and of the one before."""

    now: Span = msgspec.field(default_factory=Span)
    before: Span = msgspec.field(default_factory=Span)

    def begin(self, *, is_next: bool) -> None:
        """Begins a span; whether the last one that was begun is the one before it."""
        self.before, self.now = self.now if is_next else Span(), Span()

    def has(self, name: np.uint32) -> bool:
        """Whether a number was somebody's in either, about."""
        return self.now.has(name) or self.before.has(name)


class RangMany(msgspec.Struct):
    """Sorted numbers that rang many in this span, and in the one before."""

    now: bytes = b""
    before: bytes = b""

    def begin(self, *, is_next: bool) -> None:
        """As `WhoseNumber.begin`."""
        self.before, self.now = self.now if is_next else b"", b""

    def add(self, names: NDArray[np.uint32]) -> None:
        """Takes numbers in."""
        all_of_them = np.union1d(np.frombuffer(self.now, dtype="<u4"), names)
        self.now = all_of_them[:_MOST_KEPT].astype("<u4").tobytes()

    def has(self, name: np.uint32) -> bool:
        """Whether a number was one of them in either."""
        for span in (self.now, self.before):
            known = np.frombuffer(span, dtype="<u4")
            at = int(np.searchsorted(known, name))
            if at < len(known) and known[at] == name:
                return True
        return False


def _bits(
    names: NDArray[np.uint32], size: int
) -> tuple[tuple[NDArray[np.uint32], NDArray[np.uint8]], ...]:
    """The byte and the bit of each number, twice: of its own bits, and of these mixed (the second
    half of MurmurHash3's finish)."""
    mixed = names ^ (names >> np.uint32(16))
    mixed = mixed * np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(13)
    mask = np.uint32(size - 1)
    return tuple(
        ((each >> np.uint32(3)) & mask, np.uint8(1) << (each & np.uint32(7)).astype(np.uint8))
        for each in (names, mixed)
    )
