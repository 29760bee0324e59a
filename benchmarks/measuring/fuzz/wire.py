"""Batches of records as a broker keeps them, read by both clients of Kafka, and in columns.

A broker looks at a batch's header and its checksum, not at what it packs: so the header is put
right again after a message was spoilt, but for the number of its compression.
"""

import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import pyarrow as pa
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from benchmarks.measuring.fuzz.messages import Message
from benchmarks.measuring.fuzz.readers import Reader
from streams.wire import fetched_batches, polled_batches
from streams.wire.columns import Columns
from streams.wire.patient import CODECS, REFUSED

#: In the place of a topic's name.
BATCH: Final = "(record batch)"
_HEADER_BYTES: Final = 61
_LENGTH_AT, _BEFORE_LENGTH, _ATTRIBUTES_AT = 8, 12, 21
_CODEC_MASK: Final = 0x07


def valid_batches() -> Iterator[Message]:
    """One in each compression."""
    plain = _batch()
    yield Message(BATCH, plain)
    for number, codec in enumerate(CODECS, 1):
        yield Message(BATCH, _framed(plain, number, _packed(codec, plain[_HEADER_BYTES:])))


@dataclass
class Clients(Reader):
    """aiokafka and kafka-python; a batch that can't be read comes as one record that says so."""

    topics: Iterable[str] = (BATCH,)
    forms: ClassVar[int] = 2

    def __post_init__(self) -> None:
        self._plain = _batch()

    def read(self, message: Message, offset: int) -> "Counter[str]":
        """What both found; they must find as many."""
        value = message.value or b""
        codec = value[_ATTRIBUTES_AT + 1] & _CODEC_MASK if len(value) > _HEADER_BYTES else 0
        raw = _framed(self._plain, codec, value[_HEADER_BYTES:])
        batches = fetched_batches.Batches(raw), polled_batches.Batches(raw)
        found = [list(_records(each)) for each in batches]
        if len(found[0]) != len(found[1]):
            raise AssertionError(f"the clients disagree: {len(found[0])}, {len(found[1])} records")
        if _in_columns(raw) != _parts(Columns.of(found[0])):
            raise AssertionError("columns are others than the client's records")
        refused = sum(_is_refused(record) for record in found[0])
        return Counter({"used": len(found[0]) - refused, "dead": refused})


def _records(batches: Any) -> Iterator[Any]:
    while batches.has_next():
        yield from batches.next_batch()


def _in_columns(raw: bytes) -> tuple[Any, ...]:
    """The parts of records as chunks have them."""
    batches = fetched_batches.Batches(raw)
    batches.columns_from = 0
    return _parts(Columns.joined(list(_records(batches))))


def _parts(columns: Columns) -> tuple[Any, ...]:
    headers = [tuple(some) for some in columns.headers]
    return columns.offsets, columns.timestamps, columns.values, headers


def _is_refused(record: Any) -> bool:
    return any(
        name == "content-type" and (value or b"").startswith(REFUSED.encode())
        for name, value in record.headers
    )


def _batch() -> bytes:
    building = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=1 << 20,
    )
    for offset in range(4):
        headers = [("rx-ts", b"1748916000000"), ("seq", b"1:%d" % offset)]
        building.append(offset, 1_748_916_000_000 + offset, b"d-17", b'{"ts":1}' * 9, headers)
    return bytes(building.build())


def _framed(plain: bytes, codec: int, records: bytes) -> bytes:
    made = bytearray(plain[:_HEADER_BYTES] + records)
    struct.pack_into(">i", made, _LENGTH_AT, len(made) - _BEFORE_LENGTH)
    (attributes,) = struct.unpack_from(">h", plain, _ATTRIBUTES_AT)
    struct.pack_into(">h", made, _ATTRIBUTES_AT, attributes | codec)
    return bytes(made)


def _packed(codec: str, plain: bytes) -> bytes:
    if codec == "snappy":
        return bytes(pa.compress(plain, codec, asbytes=True))
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, codec) as stream:
        stream.write(plain)
    return bytes(sink.getvalue())
