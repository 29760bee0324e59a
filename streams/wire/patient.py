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
MAGIC: Final = 2
#: Bytes of a batch before its records.
HEADER_BYTES: Final = _HEADER.size
_CODEC_MASK, _APPEND_TIME = 0x07, 0x08
_LARGEST_VARINT: Final = 10


class BatchHeader(NamedTuple):
    """What a batch says of itself (KIP-98); times in ms."""

    base_offset: int
    length: int
    leader_epoch: int
    magic: int
    checksum: int
    attributes: int
    last_delta: int
    first_ms: int
    newest_ms: int
    producer: int
    producer_epoch: int
    sequence: int
    records: int

    @classmethod
    def of(cls, raw: bytes, begin: int = 0) -> "BatchHeader":
        """That of the batch which begins there. Raises struct.error."""
        return cls._make(_HEADER.unpack_from(raw, begin))

    @property
    def codec(self) -> int:
        """The number of its compression in `CODECS`, from 1 on; 0 for none."""
        return self.attributes & _CODEC_MASK

    @property
    def appended(self) -> bool:
        """Whether the time of all its records is the broker's."""
        return bool(self.attributes & _APPEND_TIME)


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
    header = BatchHeader.of(raw)
    next_offset, reason = header.base_offset, str(error)
    try:
        if header.magic == MAGIC:
            for record in _records(raw, header):
                yield record
                next_offset = record.offset + 1
            return
    except (ValueError, OSError, IndexError, struct.error) as found:
        reason = str(found) or type(found).__name__
    kind = f"{REFUSED}; the batch can't be read: {reason}".encode()
    yield Plain(next_offset, header.newest_ms, 0, None, raw, ((_CONTENT_TYPE, kind),))


def _records(raw: bytes, header: BatchHeader) -> Iterator[Plain]:
    """The records of a batch."""
    data, appended = raw[HEADER_BYTES:], header.appended
    if header.codec:
        data = unpacked(CODECS[header.codec - 1], data)
    at = 0
    for _ in range(header.records):
        length, at = _varint(data, at)
        end = at + length
        if not at < end <= len(data):
            raise ValueError("a record is longer than what is there")
        delta_ms, at = _varint(data, at + 1)
        offset, at = _varint(data, at)
        key, at = _bytes(data, at, end)
        value, at = _bytes(data, at, end)
        headers, at = _headers(data, at, end)
        timestamp = header.newest_ms if appended else header.first_ms + delta_ms
        yield Plain(header.base_offset + offset, timestamp, int(appended), key, value, headers)
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
