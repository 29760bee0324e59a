"""Reading capture files, gzipped or not: pcap and pcapng, down to the bytes of each packet.

Only the container, and totally: a file that breaks off, or holds lengths that can't be, gives the
packets before the fault, and the fault's name. The layouts are dpkt's (draft-ietf-opsawg-pcap,
sections 4 and 5; draft-ietf-opsawg-pcapng, section 4); its readers are not used, since they take
one link type for a whole pcapng file and read truncated packets as whole ones.
"""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Final, Literal, NamedTuple

import dpkt
from dpkt.pcap import MAGIC_TO_PKT_HDR, FileHdr, LEFileHdr
from dpkt.pcapng import (
    PCAPNG_BT_EPB,
    PCAPNG_BT_IDB,
    PCAPNG_BT_PB,
    PCAPNG_BT_SHB,
    PCAPNG_BT_SPB,
    PCAPNG_OPT_IF_TSOFFSET,
    PCAPNG_OPT_IF_TSRESOL,
    EnhancedPacketBlock,
    EnhancedPacketBlockLE,
    InterfaceDescriptionBlock,
    InterfaceDescriptionBlockLE,
    PacketBlock,
    PacketBlockLE,
)

#: Larger files than this are cut: a few kilobytes of gzip can stand for gigabytes.
_MOST_FILE_BYTES: Final = 1 << 30
_CHUNK_BYTES: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"
#: Longest packet that is believed: the largest snapshot length in use.
_MOST_BYTES: Final = 262_144
#: Longest block that is believed: such a packet with 64 KB of options, as for comments.
_MOST_BLOCK_BYTES: Final = _MOST_BYTES + 65_536
#: Longest description of an interface: dpkt takes time with the square of its options.
_MOST_INTERFACE_BYTES: Final = 4096
_LITTLE_ENDIAN: Final = b"\x4d\x3c\x2b\x1a"
_BIG_ENDIAN: Final = _LITTLE_ENDIAN[::-1]
_NANOSECONDS: Final = (dpkt.pcap.TCPDUMP_MAGIC_NANO, dpkt.pcap.PMUDPCT_MAGIC_NANO)


def unpacked(data: bytes) -> tuple[bytes, str]:
    """The bytes of a file, unpacked where it is gzipped, and why not all of it, if so.

    The reason is empty, ``broken_gzip`` or ``too_large``; never raises.
    """
    if not data.startswith(_GZIP):
        return data, ""
    whole = bytearray()
    with gzip.GzipFile(fileobj=BytesIO(data)) as file:
        try:
            while chunk := file.read1(_CHUNK_BYTES):
                whole += chunk
                if len(whole) > _MOST_FILE_BYTES:
                    return bytes(whole), "too_large"
        except (OSError, EOFError, zlib.error):
            return bytes(whole), "broken_gzip"
    return bytes(whole), ""


class Packet(NamedTuple):
    """A captured packet: ms since the epoch (UTC; ``None``: not recorded), link type, bytes."""

    ts_ms: int | None
    link_type: int
    data: bytes


class _FaultError(Exception):
    """Reading can't go on; the text is one of the faults of `Capture`."""


@dataclass(frozen=True, slots=True)
class _Interface:
    """A pcapng interface: link type, ticks of its clock a second, seconds to add to its times."""

    link_type: int
    ticks_per_s: int = 1_000_000
    offset_s: int = 0

    def ms(self, ticks: int) -> int:
        return ticks * 1000 // self.ticks_per_s + self.offset_s * 1000


class Capture:
    """An opened capture file, gzipped or not.

    ``fault`` is why reading ended early, known when `packets` has come to its end: empty, or one of
    ``not_a_pcap``, ``broken_gzip``, ``too_large``, ``impossible_length``, ``broken_block`` and
    ``cut_off``.
    """

    def __init__(self, data: bytes) -> None:
        self._data, self.fault = unpacked(data)
        self._at = 0

    def packets(self) -> Iterator[Packet]:
        """The packets in the file's order; never raises."""
        self._at = 0
        try:
            if int.from_bytes(self._data[:4], "big") == PCAPNG_BT_SHB:
                yield from self._pcapng()
            else:
                yield from self._pcap()
        except _FaultError as fault:
            self.fault = self.fault or str(fault)

    def _take(self, count: int, most: int = _MOST_BYTES) -> bytes:
        """The next ``count`` bytes."""
        if not 0 <= count <= most:
            raise _FaultError("impossible_length")
        taken = self._data[self._at : self._at + count]
        if len(taken) < count:
            raise _FaultError("cut_off")
        self._at += count
        return taken

    def _pcap(self) -> Iterator[Packet]:
        if len(self._data) < FileHdr.__hdr_len__:
            raise _FaultError("not_a_pcap")
        head = self._take(FileHdr.__hdr_len__)
        magic = FileHdr(head).magic
        if magic not in MAGIC_TO_PKT_HDR:
            raise _FaultError("not_a_pcap")
        record = MAGIC_TO_PKT_HDR[magic]
        file_header = LEFileHdr if record.__hdr_fmt__.startswith("<") else FileHdr
        # The upper half of the field is about the frame check sequence, not the link.
        link_type = file_header(head).linktype & 0xFFFF
        fractions = 1_000_000_000 if magic in _NANOSECONDS else 1_000_000
        while self._at < len(self._data):
            header = record(self._take(record.__hdr_len__))
            ts_ms = header.tv_sec * 1000 + header.tv_usec * 1000 // fractions
            yield Packet(ts_ms, link_type, self._take(header.caplen))

    def _pcapng(self) -> Iterator[Packet]:
        little_endian = True
        interfaces: list[_Interface] = []
        while self._at < len(self._data):
            head = self._take(8)
            if int.from_bytes(head[:4], "big") == PCAPNG_BT_SHB:  # begins a section
                order = self._data[self._at : self._at + 4]
                if order not in (_LITTLE_ENDIAN, _BIG_ENDIAN):
                    raise _FaultError("cut_off" if len(order) < 4 else "broken_block")
                little_endian, interfaces = order == _LITTLE_ENDIAN, []
            byteorder: Literal["little", "big"] = "little" if little_endian else "big"
            kind = int.from_bytes(head[:4], byteorder)
            block = head + self._take(int.from_bytes(head[4:], byteorder) - 8, _MOST_BLOCK_BYTES)
            if kind == PCAPNG_BT_IDB:
                interfaces.append(_interface(block, little_endian))
            elif kind in (PCAPNG_BT_EPB, PCAPNG_BT_PB):
                yield _timed_packet(kind, block, little_endian, interfaces)
            elif kind == PCAPNG_BT_SPB and interfaces:
                yield Packet(None, interfaces[0].link_type, block[12:-4])


def _interface(block: bytes, little_endian: bool) -> _Interface:
    if len(block) > _MOST_INTERFACE_BYTES:
        raise _FaultError("impossible_length")
    try:
        read = (InterfaceDescriptionBlockLE if little_endian else InterfaceDescriptionBlock)(block)
    except (dpkt.Error, ValueError) as error:  # ValueError: a comment that is no UTF-8
        raise _FaultError("broken_block") from error
    options = {option.code: option.data for option in read.opts}
    ticks_per_s = 1_000_000
    if resolution := options.get(PCAPNG_OPT_IF_TSRESOL):
        # The highest bit chooses between powers of two and of ten.
        base = 2 if resolution[0] & 0x80 else 10
        ticks_per_s = base ** (resolution[0] & 0x7F)
    offset = options.get(PCAPNG_OPT_IF_TSOFFSET, b"")
    offset_s = int.from_bytes(offset, "little" if little_endian else "big", signed=True)
    return _Interface(read.linktype, ticks_per_s, offset_s)


def _timed_packet(
    kind: int, block: bytes, little_endian: bool, interfaces: list[_Interface]
) -> Packet:
    enhanced = EnhancedPacketBlockLE if little_endian else EnhancedPacketBlock
    obsolete = PacketBlockLE if little_endian else PacketBlock
    packet = (enhanced if kind == PCAPNG_BT_EPB else obsolete)()
    if len(block) < packet.__hdr_len__:
        raise _FaultError("broken_block")
    packet.unpack_hdr(block)  # without the options, which may be very many
    begin = packet.__hdr_len__ - 4  # dpkt counts the length at the block's end into the header
    if packet.iface_id >= len(interfaces) or begin + packet.caplen > len(block) - 4:
        raise _FaultError("broken_block")
    interface = interfaces[packet.iface_id]
    ts_ms = interface.ms(packet.ts_high << 32 | packet.ts_low)
    return Packet(ts_ms, interface.link_type, block[begin : begin + packet.caplen])
