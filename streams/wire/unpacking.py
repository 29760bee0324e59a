"""Unpacking compressed batches of records, up to a bound: a few bytes may hold gigabytes.

By Arrow's own decoders, which are there anyway: aiokafka's need a package more, and know no bound.
"""

import struct
from collections.abc import Callable
from typing import Any, Final

import pyarrow as pa

from streams.limits import BATCH_BYTES

#: Kafka's snappy in blocks, each with its length before it (the Java client's form).
_XERIAL: Final = b"\x82SNAPPY\x00"
_XERIAL_HEADER: Final = 16


class TooLargeError(ValueError):
    """What is packed is longer than the bound."""


def unpacked(codec: str, packed: bytes, most: int = BATCH_BYTES) -> bytes:
    """What ``packed`` holds; ``codec`` is gzip, lz4, snappy or zstd.

    Raises TooLargeError for more than ``most`` bytes, else ValueError or OSError for what is no
    such data.
    """
    if codec == "snappy":
        return _unpacked_snappy(packed, most)
    with pa.CompressedInputStream(pa.BufferReader(packed), codec) as stream:
        found: bytes = stream.read(most + 1)
    if len(found) > most:
        raise TooLargeError(f"it unpacks to more than {most} bytes")
    return found


def decoder(codec: str) -> Callable[[Any], bytes]:
    """A decoder as Kafka's clients call theirs."""
    return lambda packed: unpacked(codec, bytes(packed))


def _unpacked_snappy(packed: bytes, most: int) -> bytes:
    if not packed.startswith(_XERIAL):
        return _unpacked_block(packed, most)
    blocks: list[bytes] = []
    at, left = _XERIAL_HEADER, most
    while at < len(packed):
        try:
            (length,) = struct.unpack_from(">i", packed, at)
        except struct.error as error:
            raise ValueError("a snappy block is cut short") from error
        at += 4
        if not 0 < length <= len(packed) - at:
            raise ValueError("a snappy block is longer than what is there")
        blocks.append(_unpacked_block(packed[at : at + length], left))
        at += length
        left -= len(blocks[-1])
    return b"".join(blocks)


def _unpacked_block(block: bytes, most: int) -> bytes:
    """One block of snappy, which begins with its unpacked length as a varint."""
    size = 0
    for place, byte in enumerate(block[:5]):
        size |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            break
    else:
        raise ValueError("no snappy block")
    if size > most:
        raise TooLargeError(f"it unpacks to more than {most} bytes")
    return bytes(pa.Codec("snappy").decompress(block, size, asbytes=True))
