"""Records in plain form to raw rows, all of a chunk in one call of `plain.rs`.

What is plain is read as the typed reader reads it (`streams.decode.json.rows`), with nothing wrong
about it; which records are odd is all that is known of the others. Without the library, which the
build makes where there is a Rust compiler, all records are read by the typed reader: alike, but in
three times the time.
"""

import ctypes
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import F8, I8, U1
from streams.decode.raw_rows import RawRows, broadcast_fields
from streams.decode.schema import BROADCAST, NEIGHBOUR, Field, Schema
from streams.plain import library
from streams.plain.gathered import gathered
from streams.wire.values import Values

_WORD_BYTES: Final = 8

#: Names of numbers and of codes that bound them, with the limit, itself too high, for each code.
Fits: TypeAlias = Iterable[tuple[str, str, NDArray[np.float64]]]


class Records(NamedTuple):
    """Records in UTF-8: their values, their places in the slice, and all of them as one, a newline
    between two."""

    values: Sequence[bytes]
    places: Sequence[int]
    data: bytes

    @classmethod
    def of(cls, values: Sequence[bytes], places: Sequence[int]) -> "Records":
        """Those of some values. Raises UnicodeDecodeError, and TypeError where one is missing."""
        data = values.joined() if isinstance(values, Values) else b"\n".join(values)
        if not data.isascii():
            data.decode()
        return cls(values, places, data)


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
        *((f"{name}_numbers", ctypes.c_void_p) for name in ("neighbour", "broadcast")),
        ("neighbour_codes", ctypes.c_void_p),
    )


class _Shape:
    """The fields of one kind of object, each with its bit and its place among its kind."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self.numbers: list[tuple[int, str, int]] = []
        self.codes: list[tuple[int, str, int]] = []
        self.texts: list[tuple[int, str, int]] = []
        for place, spec in enumerate(fields):
            kinds = {"text": self.texts, "listed": self.codes}
            columns = kinds.get(spec.kind, self.numbers)
            columns.append((1 << place, spec.name, len(columns)))


class _Memory:
    """One piece of memory for all that a call writes, shared out in order: words, then bytes."""

    def __init__(self, words: int, more_bytes: int) -> None:
        self._words = np.empty(words + more_bytes // _WORD_BYTES + 1, dtype=np.int64)
        self._floats = self._words.view(np.float64)
        self._bytes = self._words.view(np.uint8)
        self._address = self._words.ctypes.data
        self._word, self._byte = 0, words * _WORD_BYTES

    def words(self, count: int) -> int:
        """Where the next so many words begin."""
        self._word += count
        return self._word - count

    def bytes(self, count: int) -> int:
        """Where the next so many bytes begin."""
        self._byte += count
        return self._byte - count

    def at(self, word: int = 0, byte: int = 0) -> int:
        return self._address + word * _WORD_BYTES + byte

    def integers(self, begin: int, count: int) -> I8:
        return self._words[begin : begin + count]

    def floats(self, begin: int, count: int) -> F8:
        return self._floats[begin : begin + count]

    def codes(self, begin: int, count: int) -> U1:
        return self._bytes[begin : begin + count]


class PlainReader:
    """Reads the plain records of one topic. Holds no state between calls."""

    def __init__(self, schema: Schema, shortest: int, fits: Fits, compiled: ctypes.CDLL) -> None:
        """``shortest`` bytes are the fewest of an object that has all required fields.

        Raises ValueError for a schema with fields that the library has no columns for.
        """
        self._shortest = shortest
        neighbour = NEIGHBOUR if schema.neighbours else ()
        broadcast = BROADCAST if schema.broadcast else ()
        lines = "\n".join(_lines(schema, neighbour, broadcast, fits)).encode()
        self._row, self._neighbour = _Shape(schema.fields), _Shape(neighbour)
        self._broadcast = _Shape(broadcast_fields(schema))
        self._read = compiled.plain_read
        compiled.plain_schema.restype = ctypes.c_void_p
        shape = compiled.plain_schema(lines, ctypes.c_size_t(len(lines)))
        if shape is None:
            raise ValueError(f"{schema.topic}: the library has no columns for some of its fields")
        self._shape = ctypes.c_void_p(shape)

    def read(self, records: Records, arrays: bool, most_items: int) -> tuple[RawRows, list[int]]:
        """The rows of the plain ones, and which of the records are odd, by their number.

        Without ``arrays`` each plain record is one object; an array of more than ``most_items`` is
        odd.
        """
        data, count = records.data, len(records.values)
        spans = _spans(records.values)
        most = self._most_rows(data, spans)
        has_neighbours = bool(self._neighbour.numbers)
        entries = _count(data, b"{") if has_neighbours else 0
        row, neighbour, broadcast = self._row, self._neighbour, self._broadcast
        numbers, texts = len(row.numbers), len(row.texts)
        of_entry = len(neighbour.numbers)
        memory = _Memory(
            most * (2 + numbers + 2 * texts + len(broadcast.numbers)) + entries * (1 + of_entry),
            most * len(row.codes) + entries * len(neighbour.codes) + count,
        )
        record, index = memory.words(most), memory.words(most)
        number, text = memory.words(most * numbers), memory.words(2 * most * texts)
        seen = memory.words(most * len(broadcast.numbers))
        entry_row, entry_number = memory.words(entries), memory.words(entries * of_entry)
        code, entry_code = (
            memory.bytes(room * len(shape.codes))
            for room, shape in ((most, row), (entries, neighbour))
        )
        odd = memory.bytes(count)
        at = memory.at
        # fmt: off
        call = _Call(
            data, len(data), spans.ctypes.data, count, arrays, most_items, most, entries,
            0, 0, 0, 0, 0, at(byte=odd), at(record), at(index), at(entry_row),
            at(number), at(byte=code), at(text), at(entry_number), at(seen), at(byte=entry_code),
        )
        # fmt: on
        if self._read(self._shape, ctypes.byref(call)):
            return RawRows(*np.zeros((2, 0), dtype=np.int64)), list(range(count))
        size = call.rows
        rows = RawRows(
            _places(records.places, memory.integers(record, size)),
            memory.integers(index, size),
            is_right=True,
        )
        for bit, name, column in row.numbers:
            if call.row_fields & bit:
                rows.columns[name] = memory.floats(number + column * most, size)
        for bit, name, column in row.codes:
            if call.row_fields & bit:
                rows.columns[name] = memory.codes(code + column * most, size)
        for bit, name, column in row.texts:
            if call.row_fields & bit:
                begin = text + 2 * column * most
                rows.columns[name] = _texts(memory.integers(begin, 2 * size), data)
        if call.broadcast_fields:
            for bit, name, column in broadcast.numbers:
                if call.broadcast_fields & bit:
                    rows.columns[name] = memory.floats(seen + column * most, size)
        if has_neighbours:
            size = call.neighbours
            rows.neighbour_row = memory.integers(entry_row, size)
            for bit, name, column in neighbour.numbers:
                if call.neighbour_fields & bit:
                    begin = entry_number + column * entries
                    rows.neighbours[name] = memory.floats(begin, size)
            for bit, name, column in neighbour.codes:
                if call.neighbour_fields & bit:
                    rows.neighbours[name] = memory.codes(entry_code + column * entries, size)
        return rows, np.flatnonzero(memory.codes(odd, count)).tolist()

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


def plain_reader(schema: Schema, shortest: int, fits: Fits) -> PlainReader | None:
    """The reader of a topic; ``None`` where the build could not make the library."""
    return None if library.OURS is None else PlainReader(schema, shortest, fits, library.OURS)


def _lines(
    schema: Schema, neighbour: Sequence[Field], broadcast: Sequence[Field], fits: Fits
) -> Iterator[str]:
    """The schema, as `plain_schema` reads it."""
    groups = (("row", schema.fields), ("neighbour", neighbour), ("broadcast", broadcast))
    for group, fields in groups:
        names = {spec.name for spec in fields}
        for spec in fields:
            need = "required" if spec.required else "optional"
            listed = (f"{code} {text}" for text, code in (spec.listed or {}).items())
            limits = repr(spec.low), repr(spec.high)
            yield "\t".join((group, spec.kind, need, spec.name, *limits, *listed))
        if {"lat", "lon"} <= names:
            yield f"{group}\ttogether\tlat\tlon"
        for name, by, limits_of in fits:
            if {name, by} <= names:
                yield "\t".join((group, "fits", name, by, *map(repr, limits_of.tolist())))
    if neighbour:
        yield "row\tobjects\toptional\tneighbours\t0\t0"
    if broadcast:
        yield "row\tobject\toptional\tbroadcast\t0\t0"


def _spans(values: Sequence[bytes]) -> I8:
    """Where each value begins and ends among all."""
    if isinstance(values, Values):
        lengths = values.lengths()
    else:
        lengths = np.fromiter(map(len, values), np.int64, len(values))
    spans = np.empty((len(values), 2), dtype=np.int64)
    np.cumsum(lengths, out=spans[:, 1])
    spans[:, 1] += np.arange(len(values))
    np.subtract(spans[:, 1], lengths, out=spans[:, 0])
    return spans


def _places(places: Sequence[int], numbers: I8) -> I8:
    """The places of records with some numbers."""
    if isinstance(places, range) and places.step == 1:
        return numbers if places.start == 0 else numbers + places.start
    return np.array(places, dtype=np.int64)[numbers]


def _texts(spans: I8, data: bytes) -> NDArray[np.object_]:
    texts = np.empty(len(spans) // 2, dtype=np.object_)
    found = gathered(np.frombuffer(data, dtype=np.uint8), spans.reshape(-1, 2))
    if found is not None and len(texts):
        # No plain text has a newline in it.
        texts[:] = str(found.memory.data[:-1], "utf-8").split("\n")
        return texts
    spots = zip(spans[::2].tolist(), spans[1::2].tolist(), strict=True)
    texts[:] = [data[begin:end].decode() if begin >= 0 else None for begin, end in spots]
    return texts


def _count(data: bytes, byte: bytes) -> int:
    # `bytes.count` takes five times as long where it finds many.
    return int(np.count_nonzero(np.frombuffer(data, dtype=np.uint8) == byte[0]))
