"""Records in plain form to raw rows, all of a chunk in one call of `plain.rs`.

What is plain is read as the typed reader reads it (`streams.decode.json.rows`); which records are
odd is all that is known of the others. Without the library, which the build makes where there is a
Rust compiler, all records are read by the typed reader: alike, but in three times the time.
"""

import ctypes
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import I8
from streams.decode.raw_rows import Columns, RawRows, broadcast_fields
from streams.decode.schema import BROADCAST, NEIGHBOUR, Field, Kind, Schema

LIBRARY: Final = Path(__file__).with_name("plain.so")
_NUMBERS: Final[tuple[Kind, ...]] = ("float", "int", "bool")


class _Call(ctypes.Structure):
    """`Call` in `plain.rs`."""

    _fields_ = (
        *(("data", ctypes.c_char_p), ("length", ctypes.c_size_t), ("spans", ctypes.c_void_p)),
        *(("records", ctypes.c_size_t), ("arrays", ctypes.c_uint8)),
        *((name, ctypes.c_size_t) for name in ("most_items", "row_room", "neighbour_room")),
        *((name, ctypes.c_size_t) for name in ("rows", "neighbours")),
        *((f"{name}_fields", ctypes.c_uint64) for name in ("row", "neighbour", "broadcast")),
        *((name, ctypes.c_void_p) for name in ("odd", "record", "index", "neighbour_row")),
        *((name, ctypes.c_void_p) for name in ("numbers", "codes", "texts")),
        *((f"neighbour_{name}", ctypes.c_void_p) for name in ("numbers", "codes")),
        ("broadcast_numbers", ctypes.c_void_p),
    )


class _Room:
    """Columns of one kind of object, with room for some rows: numbers, codes, places of texts."""

    def __init__(self, fields: Sequence[Field], rows: int) -> None:
        kinds = [spec.kind for spec in fields]
        count = sum(map(kinds.count, _NUMBERS)), kinds.count("listed"), kinds.count("text")
        self.numbers = np.empty((count[0], rows))
        self.codes = np.empty((count[1], rows), dtype=np.uint8)
        self.texts = np.empty((count[2], rows, 2), dtype=np.int64)


class Records(NamedTuple):
    """Records in UTF-8: their values, their places in the slice, and all of them as one, a newline
    between two, as bytes and as a text."""

    values: Sequence[bytes]
    places: Sequence[int]
    data: bytes
    text: str

    @classmethod
    def of(cls, values: Sequence[bytes], places: Sequence[int]) -> "Records":
        """Those of some values. Raises UnicodeDecodeError, and TypeError where one is missing."""
        data = b"\n".join(values)
        return cls(values, places, data, data.decode())


class PlainReader:
    """Reads the plain records of one topic. Holds no state between calls."""

    def __init__(self, schema: Schema, shortest: int, library: ctypes.CDLL) -> None:
        """``shortest`` bytes are the fewest of an object that has all required fields.

        Raises ValueError for a schema with fields that the library has no columns for.
        """
        self._schema, self._shortest = schema, shortest
        self._neighbour = NEIGHBOUR if schema.neighbours else ()
        self._broadcast = BROADCAST if schema.broadcast else ()
        lines = "\n".join(_lines(schema, self._neighbour, self._broadcast)).encode()
        self._read = library.plain_read
        library.plain_schema.restype = ctypes.c_void_p
        shape = library.plain_schema(lines, ctypes.c_size_t(len(lines)))
        if shape is None:
            raise ValueError(f"{schema.topic}: the library has no columns for some of its fields")
        self._shape = ctypes.c_void_p(shape)

    def read(self, records: Records, arrays: bool, most_items: int) -> tuple[RawRows, list[int]]:
        """The rows of the plain ones, and which of the records are odd, by their number.

        Without ``arrays`` each plain record is one object; an array of more than ``most_items`` is
        odd.
        """
        data, count = records.data, len(records.values)
        lengths = np.fromiter(map(len, records.values), np.int64, count)
        spans = np.empty((count, 2), dtype=np.int64)
        np.cumsum(lengths, out=spans[:, 1])
        spans[:, 1] += np.arange(count)
        spans[:, 0] = spans[:, 1] - lengths
        most = self._most_rows(data, spans)
        entries = _count(data, b"{") if self._neighbour else 0
        row, neighbour = _Room(self._schema.fields, most), _Room(self._neighbour, entries)
        seen = _Room(self._broadcast, most)
        places = np.empty((2, most), dtype=np.int64)
        neighbour_row = np.empty(entries, dtype=np.int64)
        odd = np.empty(count, dtype=np.uint8)
        # fmt: off
        call = _Call(
            data, len(data), _at(spans), count, arrays, most_items, most, entries, 0, 0, 0, 0, 0,
            _at(odd), _at(places[0]), _at(places[1]), _at(neighbour_row),
            _at(row.numbers), _at(row.codes), _at(row.texts),
            _at(neighbour.numbers), _at(neighbour.codes), _at(seen.numbers),
        )
        # fmt: on
        if self._read(self._shape, ctypes.byref(call)):
            return RawRows(*np.zeros((2, 0), dtype=np.int64)), list(range(count))
        size = call.rows
        given = records.places
        if isinstance(given, range):
            record = places[0, :size] * given.step + given.start
        else:
            record = np.array(given, dtype=np.int64)[places[0, :size]]
        rows = RawRows(record, places[1, :size], in_range=True)
        rows.columns = _columns(self._schema.fields, row, size, call.row_fields, records)
        if self._neighbour:
            rows.neighbour_row = neighbour_row[: call.neighbours]
            rows.neighbours = _columns(
                self._neighbour, neighbour, call.neighbours, call.neighbour_fields, records
            )
        if call.broadcast_fields:
            flattened = broadcast_fields(self._schema)
            rows.columns |= _columns(flattened, seen, size, call.broadcast_fields, records)
        return rows, np.flatnonzero(odd).tolist()

    def _most_rows(self, data: bytes, spans: I8) -> int:
        """How many rows there are at most: what may be an array has as many as could hold all
        required fields."""
        if not data:
            return 0
        begins = np.minimum(spans[:, 0], len(data) - 1)
        single = np.frombuffer(data, dtype=np.uint8)[begins] == ord("{")
        if single.all():
            return len(spans)
        lengths = (spans[:, 1] - spans[:, 0])[~single]
        return int(np.count_nonzero(single) + (lengths // self._shortest + 1).sum())


def plain_reader(schema: Schema, shortest: int) -> PlainReader | None:
    """The reader of a topic; ``None`` where the build could not make the library."""
    return None if _LIBRARY is None else PlainReader(schema, shortest, _LIBRARY)


def loaded(path: Path = LIBRARY) -> ctypes.CDLL | None:
    """The library at a path; ``None`` where there is none, or one of other sources than those
    beside it, such as after an update without a build: their structures might differ."""
    try:
        library = ctypes.CDLL(str(path))
        library.plain_digest.restype = ctypes.c_char_p
        digest = library.plain_digest()
        sources = b"".join(each.read_bytes() for each in sorted(path.parent.glob("*.rs")))
    except (OSError, AttributeError):
        return None
    return library if digest == sha256(sources).hexdigest().encode() else None


def _lines(schema: Schema, neighbour: Sequence[Field], broadcast: Sequence[Field]) -> Iterator[str]:
    """The schema, as `plain_schema` reads it."""
    groups = (("row", schema.fields), ("neighbour", neighbour), ("broadcast", broadcast))
    for group, fields in groups:
        for spec in fields:
            need = "required" if spec.required else "optional"
            limits = repr(spec.low), repr(spec.high)
            yield "\t".join((group, spec.kind, need, spec.name, *limits, *_listed(spec)))
    if neighbour:
        yield "row\tobjects\toptional\tneighbours\t0\t0"
    if broadcast:
        yield "row\tobject\toptional\tbroadcast\t0\t0"


def _listed(spec: Field) -> Iterator[str]:
    for text, code in (spec.listed or {}).items():
        yield f"{code} {text}"


def _columns(
    fields: Sequence[Field], room: _Room, count: int, given: int, records: Records
) -> Columns:
    """The columns of which some row has a value."""
    columns: Columns = {}
    numbers = codes = texts = 0
    for place, spec in enumerate(fields):
        is_given = given >> place & 1
        if spec.kind == "text":
            if is_given:
                columns[spec.name] = _texts(room.texts[texts, :count], records)
            texts += 1
        elif spec.kind == "listed":
            if is_given:
                columns[spec.name] = room.codes[codes, :count]
            codes += 1
        else:
            if is_given:
                columns[spec.name] = room.numbers[numbers, :count]
            numbers += 1
    return columns


def _texts(spans: I8, records: Records) -> NDArray[np.object_]:
    begins, ends = spans[:, 0].tolist(), spans[:, 1].tolist()
    texts = np.empty(len(spans), dtype=np.object_)
    if records.text.isascii():
        text = records.text
        texts[:] = [text[b:e] if b >= 0 else None for b, e in zip(begins, ends, strict=True)]
    else:
        data = records.data
        texts[:] = [
            data[b:e].decode() if b >= 0 else None for b, e in zip(begins, ends, strict=True)
        ]
    return texts


def _count(data: bytes, byte: bytes) -> int:
    # `bytes.count` takes five times as long where it finds many.
    return int(np.count_nonzero(np.frombuffer(data, dtype=np.uint8) == byte[0]))


def _at(array: NDArray[Any]) -> int:
    return array.ctypes.data


_LIBRARY: Final = loaded()
