"""Who was there before: two filters of bits (Bloom), of this span of time and the last.

A filter that is full grows, up to a bound; beyond it some who are new pass for known ones. Plain
data, so that a zone's state may hold it.
"""

from collections.abc import Iterator
from typing import Final
from zlib import crc32

import msgspec

_FIRST_BYTES: Final = 1 << 13
_MOST_BYTES: Final = 1 << 20
#: Bits set for a name, and bytes for each name at which a filter is full: of new ones then one in
#: forty passes for known.
_HASHES, _BYTES_EACH = 3, 2


class SeenBefore(msgspec.Struct):
    """Names of a span that began at ``since_ms`` and of the one before."""

    since_ms: int = 0
    count: int = 0
    now: bytearray = msgspec.field(default_factory=bytearray)
    before: bytearray = msgspec.field(default_factory=bytearray)

    def has(self, who: str) -> bool:
        """Whether somebody was there, about."""
        return _is_in(self.now, who) or _is_in(self.before, who)

    def put(self, who: str, at_ms: int, span_ms: int) -> None:
        """Takes somebody in; a span of ``span_ms`` that is over makes place for the next."""
        if at_ms - self.since_ms > span_ms or not self.now:
            is_next = at_ms - self.since_ms <= 2 * span_ms
            self.before = self.now if is_next else bytearray()
            self.since_ms, self.count, self.now = at_ms, 0, bytearray(_FIRST_BYTES)
        if _is_in(self.now, who):
            return
        if self.count * _BYTES_EACH >= len(self.now) and len(self.now) < _MOST_BYTES:
            # Twice the bits: each stands at two places, so that all who were in it still are.
            self.now = self.now + self.now
        self.count += 1
        for byte, bit in _bits(who, len(self.now)):
            self.now[byte] |= bit


def _is_in(bits: bytearray, who: str) -> bool:
    return bool(bits) and all(bits[byte] & bit for byte, bit in _bits(who, len(bits)))


def _bits(who: str, size: int) -> Iterator[tuple[int, int]]:
    """The bits of a name; in a filter of twice the size, the same or so many bytes later."""
    text = who.encode()
    one, other = crc32(text), crc32(text, 0x9E3779B9) | 1
    for step in range(_HASHES):
        mixed = (one + step * other) & 0xFFFFFFFF
        yield (mixed >> 3) % size, 1 << (mixed & 7)
