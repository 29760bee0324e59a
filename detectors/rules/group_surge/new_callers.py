"""Which callers were there before: two filters of bits (Bloom), of this span and the last.

Numbers of campaigns are new ones all the time; travellers and firms come back. A filter that is
full grows, up to a bound; beyond it some new callers pass for known ones.
"""

from collections.abc import Iterator
from typing import Final
from zlib import crc32

import msgspec

_SPAN_MS: Final = 2 * 86_400_000
_FIRST_BYTES: Final = 1 << 13
_MOST_BYTES: Final = 1 << 20
#: Bits set for a caller, and bytes for each caller at which a filter is full: of new callers then
#: one in forty passes for known.
_HASHES, _BYTES_EACH = 3, 2


class NewCallers(msgspec.Struct):
    """Callers of the last days, and when those of the last hour came first (ms)."""

    since_ms: int = 0
    count: int = 0
    now: bytearray = msgspec.field(default_factory=bytearray)
    before: bytearray = msgspec.field(default_factory=bytearray)
    first: dict[str, int] = {}

    def take(self, who: str, rx_ms: int) -> bool:
        """Takes in a caller; whether it was there before ``first`` begins."""
        if who in self.first:
            return False
        if rx_ms - self.since_ms > _SPAN_MS or not self.now:
            self.before = self.now if rx_ms - self.since_ms <= 2 * _SPAN_MS else bytearray()
            self.since_ms, self.count, self.now = rx_ms, 0, bytearray(_FIRST_BYTES)
        known = _is_in(self.now, who)
        if not known:
            self._put(who)
        if known or _is_in(self.before, who):
            return True
        self.first[who] = rx_ms
        return False

    def forget(self, before_ms: int) -> None:
        """Callers that came first before then are new no longer."""
        while self.first:
            who = next(iter(self.first))
            if self.first[who] >= before_ms:
                return
            del self.first[who]

    def _put(self, who: str) -> None:
        if self.count * _BYTES_EACH >= len(self.now) and len(self.now) < _MOST_BYTES:
            # Twice the bits: each stands at two places, so that all who were in it still are.
            self.now = self.now + self.now
        self.count += 1
        for byte, bit in _bits(who, len(self.now)):
            self.now[byte] |= bit


def _is_in(bits: bytearray, who: str) -> bool:
    return bool(bits) and all(bits[byte] & bit for byte, bit in _bits(who, len(bits)))


def _bits(who: str, size: int) -> Iterator[tuple[int, int]]:
    """The bits of a caller; in a filter of twice the size, the same or so many bytes later."""
    text = who.encode()
    one, other = crc32(text), crc32(text, 0x9E3779B9) | 1
    for step in range(_HASHES):
        mixed = (one + step * other) & 0xFFFFFFFF
        yield (mixed >> 3) % size, 1 << (mixed & 7)
