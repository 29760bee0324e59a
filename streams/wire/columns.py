"""Records of a batch in columns, read by our own library: an object a record is most of what
fetching costs where records are short.

What the library refuses, or where there is none, is read as records, and then put into columns.
"""

import ctypes
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from streams.plain import library
from streams.plain.gathered import gathered
from streams.wire.patient import CODECS, HEADER_BYTES, MAGIC, BatchHeader
from streams.wire.unpacking import unpacked
from streams.wire.values import Values, chained

Headers = Sequence[tuple[str, bytes]]

#: As many numbers as `batches.rs` writes of each record, and of each header.
_OF_RECORD, _OF_HEADER = 5, 4
#: Bytes of the shortest record: where a batch claims more than fit, there would be memory for none.
_SHORTEST: Final = 7
#: Batches with more headers than this for each record are read as records.
_HEADERS_A_RECORD: Final = 4
#: Values of more bytes than this, on average, are objects from the beginning.
_LONG: Final = 4_096
#: The byte of a batch at which begins what its checksum is of.
_CHECKED_FROM: Final = 21


class _Unpacked(ctypes.Structure):
    """`Unpacked` in `batches.rs`."""

    _fields_ = (
        *(("data", ctypes.c_void_p), ("length", ctypes.c_size_t), ("count", ctypes.c_size_t)),
        *(("records", ctypes.c_void_p), ("header_room", ctypes.c_size_t)),
        *(("header_count", ctypes.c_size_t), ("headers", ctypes.c_void_p)),
    )


@dataclass(slots=True)
class Columns:
    """Successive records of a partition, each field with one entry for each record; timestamps in
    ms. A tombstone's value is None.

    ``keys`` are known where batches hold tombstones, which say by these what they delete.
    """

    offsets: list[int] = field(default_factory=list)
    timestamps: list[int] = field(default_factory=list)
    values: Sequence[bytes | None] = field(default_factory=list)
    headers: list[Headers] = field(default_factory=list)
    keys: list[bytes | None] | None = field(default=None, compare=False)

    def __len__(self) -> int:
        return len(self.offsets)

    @property
    def offset(self) -> int:
        """That of the last record: aiokafka goes by it."""
        return self.offsets[-1]

    @classmethod
    def of(cls, records: Iterable[Any], first: int = 0) -> "Columns":
        """Records as a client has them, from an offset on; like it without any that goes back."""
        found, values, keys = cls(), [], []
        for record in records:
            if record.offset < first:
                continue
            first = record.offset + 1
            found.offsets.append(record.offset)
            found.timestamps.append(record.timestamp)
            values.append(record.value)
            found.headers.append(tuple(record.headers))
            keys.append(record.key)
        found.values, found.keys = values, keys
        return found

    @classmethod
    def joined(cls, parts: Sequence["Columns"]) -> "Columns":
        """Those of several that follow on one another."""
        if len(parts) == 1:
            return parts[0]
        offsets, timestamps, headers = (
            list(chain.from_iterable(getattr(part, name) for part in parts))
            for name in ("offsets", "timestamps", "headers")
        )
        keys = None
        if any(part.keys is not None for part in parts):
            unknown = ([None] * len(part) if part.keys is None else part.keys for part in parts)
            keys = list(chain.from_iterable(unknown))
        return cls(offsets, timestamps, chained(part.values for part in parts), headers, keys)

    def part(self, begin: int, end: int | None = None) -> "Columns":
        """The records from one place up to another."""
        some = slice(begin, end)
        return Columns(
            self.offsets[some],
            self.timestamps[some],
            self.values[some],
            self.headers[some],
            None if self.keys is None else self.keys[some],
        )


def columns_of(fetched: bytes, begin: int, end: int, first: int = 0) -> Columns | None:
    """The records from an offset on of the batch that lies there in what was fetched; ``None``
    where it is odd in any way or holds a tombstone, or there is no library."""
    if library.OURS is None or end - begin < HEADER_BYTES:
        return None
    header = BatchHeader.of(fetched, begin)
    data, at = fetched, begin + HEADER_BYTES
    if header.magic != MAGIC or header.codec > len(CODECS):
        return None
    if header.codec:
        try:
            data, at, end = unpacked(CODECS[header.codec - 1], fetched[at:end]), 0, 0
        except (ValueError, OSError):
            return None
        end = len(data)
    count = header.records
    if not 0 <= count * _SHORTEST <= end - at:
        return None
    room = _HEADERS_A_RECORD * count
    records = np.empty((count, _OF_RECORD), dtype=np.int64)
    headers = np.empty((room, _OF_HEADER), dtype=np.int64)
    view = np.frombuffer(data, dtype=np.uint8)
    call = _Unpacked(
        *(view.ctypes.data + at, end - at, count),
        *(records.ctypes.data, room, 0, headers.ctypes.data),
    )
    if library.OURS.batch_read(ctypes.byref(call)):
        return None
    offsets, times, begins, ends, of_each = records.T
    if (offsets[1:] <= offsets[:-1]).any() or (begins < 0).any():
        return None
    headers = headers[: call.header_count]
    headers[headers >= 0] += at
    values: Sequence[bytes | None] = _in_one(view[at:end], records[:, 2:4]) or [
        data[at + start : at + stop]
        for start, stop in zip(begins.tolist(), ends.tolist(), strict=True)
    ]
    if header.appended:
        timestamps = [header.newest_ms] * count
    else:
        timestamps = (times + header.first_ms).tolist()
    given: list[Headers] = [()] * count
    try:
        if len(headers):
            given = _headers(data, headers, of_each)
    except UnicodeDecodeError:
        return None
    offsets += header.base_offset
    found = Columns(offsets.tolist(), timestamps, values, given)
    # A fetch may begin within a batch.
    before = int(np.searchsorted(offsets, first))
    return found.part(before) if before else found


def _in_one(data: NDArray[np.uint8], spans: NDArray[np.int64]) -> Values | None:
    """Values that lie there, in one piece; ``None`` where they are long."""
    if len(data) > _LONG * len(spans):
        return None
    found = gathered(data, spans)
    return None if found is None else Values.of(*found)


def has_checksum(fetched: bytes, begin: int, end: int) -> bool | None:
    """Whether a batch is as its checksum says; ``None`` where the library can't find out."""
    if library.OURS is None or end - begin < HEADER_BYTES:
        return None
    header = BatchHeader.of(fetched, begin)
    if header.magic != MAGIC:
        return None
    checksum = library.OURS.batch_checksum
    checksum.restype = ctypes.c_int64
    at = begin + _CHECKED_FROM
    view = np.frombuffer(fetched, dtype=np.uint8)
    found = checksum(ctypes.c_void_p(view.ctypes.data + at), ctypes.c_size_t(end - at))
    return None if found < 0 else bool(found == header.checksum)


def _headers(data: bytes, spots: Any, of_each: Any) -> list[Headers]:
    """The headers of each record. Raises UnicodeDecodeError."""
    names: dict[bytes, str] = {}
    flat: list[tuple[str, Any]] = []
    for name_begin, name_end, begin, end in spots.tolist():
        name = data[name_begin:name_end]
        if name not in names:
            names[name] = name.decode()
        flat.append((names[name], data[begin:end] if begin >= 0 else None))
    return list(_shared_out(iter(flat), of_each.tolist()))


def _shared_out(flat: Iterator[tuple[str, Any]], of_each: list[int]) -> Iterator[Headers]:
    for count in of_each:
        yield tuple(islice(flat, count))
