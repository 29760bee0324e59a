"""Reading capture files: the classic pcap container, down to the bytes of each packet.

Only the container, and totally: a file that breaks off, or holds lengths that can't be, gives the
packets before the fault and a word for it. Layout: draft-ietf-opsawg-pcap, sections 4 and 5.
"""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import Struct
from typing import Final

#: Longest packet that is believed: the largest snapshot length in use.
_MOST_BYTES: Final = 262_144
#: Magic number -> (byte order, fractions of a second in the second time word).
_MAGICS: Final = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000_000),
    b"\xa1\xb2\xc3\xd4": (">", 1_000_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1_000_000_000),
    b"\xa1\xb2\x3c\x4d": (">", 1_000_000_000),
}
_FILE_HEADER_BYTES: Final = 24
_GZIP: Final = b"\x1f\x8b"


@dataclass(slots=True)
class Capture:
    """An opened capture: its link type, and why reading it ended early, if it did.

    ``fault`` is empty, or one of ``not_a_pcap``, ``broken_gzip``, ``impossible_length`` and
    ``cut_off``; the last two are known only when `packets` has come to its end.
    """

    link_type: int = -1
    fault: str = ""
    _data: bytes = b""
    _record: Struct = field(default_factory=lambda: Struct("<IIII"))
    _fractions: int = 1_000_000

    @classmethod
    def of(cls, data: bytes) -> "Capture":
        """A capture from the bytes of its file, gzipped or not; never raises."""
        if data.startswith(_GZIP):
            try:
                data = gzip.decompress(data)
            except (OSError, EOFError, zlib.error):
                return cls(fault="broken_gzip")
        order, fractions = _MAGICS.get(data[:4], ("", 0))
        if not order or len(data) < _FILE_HEADER_BYTES:
            return cls(fault="not_a_pcap")
        # The upper bits of the word tell of a frame check sequence, not of the link.
        link_type = Struct(order + "I").unpack_from(data, 20)[0] & 0xFFFF
        return cls(link_type, "", data, Struct(order + "IIII"), fractions)

    def packets(self) -> Iterator[tuple[int, bytes]]:
        """Each packet's time (ms since the epoch, UTC) and the bytes that were captured of it."""
        at = _FILE_HEADER_BYTES
        while at < len(self._data):
            if at + self._record.size > len(self._data):
                self.fault = "cut_off"
                return
            seconds, fraction, captured, _ = self._record.unpack_from(self._data, at)
            at += self._record.size
            if captured > _MOST_BYTES:
                self.fault = "impossible_length"
                return
            if at + captured > len(self._data):
                self.fault = "cut_off"
                return
            yield (
                seconds * 1000 + fraction * 1000 // self._fractions,
                self._data[at : at + captured],
            )
            at += captured
