"""How large an Arrow IPC stream is, from what its messages say of themselves, before any of it is
unpacked.

Each message has a header (a flatbuffer, `Message.fbs` of Arrow's format): rows, the length of
each array, and the place of each buffer. A compressed buffer begins with its unpacked length. So
what a stream would take is known without reading a single body. Offsets into flatbuffers are read
unchecked and bounded by `struct`, which raises where they lead out of the header.
"""

import struct
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

#: Kinds of headers.
_DICTIONARY_BATCH, _RECORD_BATCH = 2, 3
#: Places of fields in the tables Message, DictionaryBatch and RecordBatch.
_MESSAGE_KIND, _MESSAGE_HEADER = 1, 2
_DICTIONARY_DATA: Final = 1
_LENGTH, _NODES, _BUFFERS, _COMPRESSION = 0, 1, 2, 3
#: Both FieldNode and Buffer are two 64-bit integers.
_PAIR_BYTES: Final = 16
#: What early versions of Arrow wrote beside the header where buffers are packed.
_EXPERIMENTAL: Final = b"experimental_compression"
#: The unpacked length of a buffer that is stored as it is, though others are compressed.
_AS_IT_IS: Final = -1
_PREFIX_BYTES: Final = 8


class Size(NamedTuple):
    """Rows in all, the most entries of any array, bytes of all buffers once unpacked."""

    rows: int
    entries: int
    unpacked: int


def size_of(value: bytes) -> Size:
    """The size of a stream.

    Raises ValueError, `struct.error` or one of Arrow's errors where the bytes are no stream.
    """
    rows = entries = unpacked = 0
    # Its own iteration ends at the end of a stream, and raises where one is cut short.
    for message in pa.ipc.MessageReader.open_stream(pa.BufferReader(value)):
        table = _Table.root(memoryview(message.metadata))
        kind, header = table.number(_MESSAGE_KIND, "<B"), table.table(_MESSAGE_HEADER)
        batch = header
        if kind == _DICTIONARY_BATCH and header is not None:
            batch = header.table(_DICTIONARY_DATA)
        if kind not in (_RECORD_BATCH, _DICTIONARY_BATCH) or batch is None:
            continue
        if kind == _RECORD_BATCH:
            rows += max(batch.number(_LENGTH, "<q"), 0)
        nodes = batch.pairs(_NODES)
        entries = max(entries, batch.number(_LENGTH, "<q"), int(nodes[:, 0].max(initial=0)))
        lengths = batch.pairs(_BUFFERS)
        if batch.table(_COMPRESSION) is None:
            if _EXPERIMENTAL in bytes(message.metadata):
                raise ValueError("it is packed in a form of before Arrow 1.0")
            unpacked += _sum(lengths[:, 1])
        else:
            unpacked += _unpacked(lengths, memoryview(message.body or b""))
    return Size(rows, entries, unpacked)


def _unpacked(buffers: "np.ndarray[tuple[int, int], np.dtype[np.int64]]", body: memoryview) -> int:
    total = 0
    for offset, length in buffers.tolist():
        if length <= 0:
            continue
        (size,) = struct.unpack_from("<q", body, offset)
        total += max(length - _PREFIX_BYTES if size == _AS_IT_IS else size, 0)
    return total


def _sum(lengths: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> int:
    # In Python's integers: a sum of forged lengths must not wrap around.
    return sum(length for length in lengths.tolist() if length > 0)


class _Table(NamedTuple):
    """A table of a flatbuffer: where it begins, and where its list of fields does."""

    data: memoryview
    at: int
    fields: int
    size: int

    @classmethod
    def root(cls, data: memoryview) -> "_Table":
        return cls._at(data, *struct.unpack_from("<I", data, 0))

    @classmethod
    def _at(cls, data: memoryview, at: int) -> "_Table":
        (back,) = struct.unpack_from("<i", data, at)
        (size,) = struct.unpack_from("<H", data, _inside(at - back))
        return cls(data, at, at - back + 4, (size - 4) // 2)

    def _place(self, field: int) -> int | None:
        if field >= self.size:
            return None
        (offset,) = struct.unpack_from("<H", self.data, self.fields + 2 * field)
        return self.at + offset if offset else None

    def number(self, field: int, form: str) -> int:
        place = self._place(field)
        return 0 if place is None else int(struct.unpack_from(form, self.data, place)[0])

    def table(self, field: int) -> "_Table | None":
        place = self._place(field)
        if place is None:
            return None
        return self._at(self.data, place + self.number(field, "<I"))

    def pairs(self, field: int) -> "np.ndarray[tuple[int, int], np.dtype[np.int64]]":
        """A vector of structs of two integers."""
        place = self._place(field)
        if place is None:
            return np.zeros((0, 2), dtype=np.int64)
        place += self.number(field, "<I")
        (count,) = struct.unpack_from("<I", self.data, place)
        if count * _PAIR_BYTES > len(self.data):
            raise ValueError("a header names more than it holds")
        return np.frombuffer(self.data, "<i8", 2 * count, place + 4).reshape(-1, 2)


def _inside(place: int) -> int:
    if place < 0:
        raise ValueError("a header leads out of itself")
    return place
