"""Records of a batch taken apart patiently, where a client of Kafka would raise.

Kafka's clients raise on a record that they can't take apart: a header whose name is no UTF-8, a
batch in a compression that they have no package for. A header's name that is no UTF-8 is read with
escapes here. What can't be taken apart at all comes as one record with the content type `REFUSED`,
whose value is the batch as it was fetched; decoding makes a dead letter of it.
"""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from streams.wire.unpacking import unpacked

#: Content type of what stands for a batch that can't be taken apart. The reason follows after `;`.
REFUSED: Final = "application/vnd.cellhound.refused"
#: The compressions of Kafka, by their numbers from 1 on.
CODECS: Final = ("gzip", "snappy", "lz4", "zstd")

_CONTENT_TYPE: Final = "content-type"
_HEADER: Final = struct.Struct(">qiibIhiqqqhii")
_MAGIC: Final = 2
_CODEC_MASK, _APPEND_TIME = 0x07, 0x08
_LARGEST_VARINT: Final = 10


class Plain(NamedTuple):
    """A record as aiokafka's own have it."""

    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    checksum: int | None = None


def patiently(raw: bytes, error: Exception) -> Iterator[Plain]:
    """The records of a batch that can be taken apart one by one, then one for those that can't.

    ``error`` is what a client said of it.
    """
    base_offset, _, _, magic, _, _, _, _, newest_ms, *_ = _HEADER.unpack_from(raw)
    next_offset, reason = base_offset, str(error)
    try:
        if magic == _MAGIC:
            for record in _records(raw):
                yield record
                next_offset = record.offset + 1
            return
    except (ValueError, OSError, IndexError, struct.error) as found:
        reason = str(found) or type(found).__name__
    kind = f"{REFUSED}; the batch can't be read: {reason}".encode()
    yield Plain(next_offset, newest_ms, 0, None, raw, ((_CONTENT_TYPE, kind),))


def _records(raw: bytes) -> Iterator[Plain]:
    """The records of a batch (KIP-98)."""
    header = _HEADER.unpack_from(raw)
    base_offset, attributes, first_ms, newest_ms, count = (header[i] for i in (0, 5, 7, 8, 12))
    data, codec = raw[_HEADER.size :], attributes & _CODEC_MASK
    if codec:
        data = unpacked(CODECS[codec - 1], data)
    at = 0
    for _ in range(count):
        length, at = _varint(data, at)
        end = at + length
        if not at < end <= len(data):
            raise ValueError("a record is longer than what is there")
        delta_ms, at = _varint(data, at + 1)
        offset, at = _varint(data, at)
        key, at = _bytes(data, at, end)
        value, at = _bytes(data, at, end)
        headers, at = _headers(data, at, end)
        appended = bool(attributes & _APPEND_TIME)
        timestamp = newest_ms if appended else first_ms + delta_ms
        yield Plain(base_offset + offset, timestamp, int(appended), key, value, headers)
        at = end


def _headers(data: bytes, at: int, end: int) -> tuple[tuple[tuple[str, bytes | None], ...], int]:
    count, at = _varint(data, at)
    found: list[tuple[str, bytes | None]] = []
    for _ in range(count):
        name, at = _bytes(data, at, end)
        value, at = _bytes(data, at, end)
        found.append(((name or b"").decode("utf-8", "backslashreplace"), value))
    return tuple(found), at


def _bytes(data: bytes, at: int, end: int) -> tuple[bytes | None, int]:
    length, at = _varint(data, at)
    if length < 0:
        return None, at
    if at + length > end:
        raise ValueError("a part is longer than its record")
    return data[at : at + length], at + length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of Kafka's records, zigzag, and the place behind it."""
    number = 0
    for place in range(_LARGEST_VARINT):
        byte = data[at + place]
        number |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            return (number >> 1) ^ -(number & 1), at + place + 1
    raise ValueError("a number is too long")
