"""JSON bytes to raw rows: a plain reader, a typed one for what is odd, a patient one for the rest.

Most records are plain: values of the right kinds and in their ranges, nothing twice, no escapes. A
library of our own writes a whole chunk straight into columns (`streams.decode.json.plain_reader`).
What it refuses is read by msgspec into structs, which become columns. A record that this refuses
too is read again as a plain object and looked at field by field (`streams.decode.json.fallback`);
an array is taken apart and its items go the same two ways. What one reader accepts, the next would
read alike.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np

from streams.decode.fits import FITS
from streams.decode.json.columns import Heap, rows_of, struct_of
from streams.decode.json.fallback import ItemReader, parsed
from streams.decode.json.plain_reader import Records, plain_reader
from streams.decode.raw_rows import BadItem, Fault, RawRows, joined, reordered
from streams.decode.schema import BROADCAST, NEIGHBOUR, Schema
from streams.limits import DEFAULT, Limits

#: Structs are turned into columns while they still lie in the processor's cache.
_CHUNK_RECORDS: Final = 2048
_WHITESPACE: Final = b" \t\r\n"
#: Arrays and objects in a message that may go with others.
_MOST_PARTS: Final = 256
_ITEMS: Final = msgspec.json.Decoder(list[msgspec.Raw])


class JsonReader:
    """Reads the records of one topic. Holds no state between calls.

    Without ``plain``, none is read by the library, as where there is none.
    """

    def __init__(self, schema: Schema, plain: bool = True) -> None:
        self._schema = schema
        parts: list[Any] = []
        if schema.neighbours:
            neighbour = struct_of(NEIGHBOUR)
            parts.append(("neighbours", list[neighbour] | None, None))  # type: ignore[valid-type]
        if schema.broadcast:
            parts.append(("broadcast", struct_of(BROADCAST) | None, None))
        row = struct_of(schema.fields, parts)
        self._one = msgspec.json.Decoder(row)
        self._many = msgspec.json.Decoder(list[row])  # type: ignore[valid-type]
        self._items = ItemReader(schema, row)
        #: Length of an object of the required names alone, a digit the value of each.
        required = {spec.name: 0 for spec in schema.fields if spec.required}
        self._shortest = len(msgspec.json.encode(required))
        self._plain = plain_reader(schema, self._shortest, FITS) if plain else None

    def takes(self, value: bytes) -> bool:
        """Whether a record is one object of UTF-8 whose known fields have the types that are due,
        so that nothing in it has to be looked at patiently."""
        try:
            self._one.decode(value)
        except Exception:  # Total by law, as `read` is.
            return False
        return _is_utf8(value)

    def read(
        self,
        values: Sequence[bytes | None],
        places: Sequence[int],
        arrays: bool = True,
        limits: Limits = DEFAULT,
    ) -> tuple[RawRows, list[BadItem]]:
        """The rows of the records, whose places are ``places``, and the items that gave none.

        Without ``arrays`` each record has to be one object. Of one record, as many bad items are
        given as it may have letters; one more stands for all that follow.
        """
        parts: list[RawRows] = []
        bad: list[BadItem] = []
        for start in range(0, len(values), _CHUNK_RECORDS):
            chunk = slice(start, start + _CHUNK_RECORDS)
            rows = self._read_chunk(values[chunk], places[chunk], arrays, bad, limits)
            if len(rows):
                parts.append(rows)
        return joined(parts, self._schema), bad

    def _read_chunk(
        self,
        values: Sequence[bytes | None],
        places: Sequence[int],
        arrays: bool,
        bad: list[BadItem],
        limits: Limits,
    ) -> RawRows:
        records = _sound(values, places, bad, limits)
        if self._plain is None or not records.values:
            return self._read_typed(records.values, records.places, arrays, bad, limits)
        rows, odd = self._plain.read(records, arrays, limits.rows)
        if not odd:
            return rows
        some = [records.values[number] for number in odd]
        where = [records.places[number] for number in odd]
        del records
        rest = self._read_typed(some, where, arrays, bad, limits)
        if not len(rest):
            return rows
        rows = joined([rows, rest], self._schema)
        return reordered(rows, np.argsort(rows.record, kind="stable"))

    def _read_typed(
        self,
        values: Sequence[bytes],
        places: Sequence[int],
        arrays: bool,
        bad: list[BadItem],
        limits: Limits,
    ) -> RawRows:
        heap = Heap()
        decode = self._one.decode
        add_row, add_record, add_index = heap.rows.append, heap.record.append, heap.index.append
        for value, place in zip(values, places, strict=True):
            try:
                row = decode(value)
            # Whatever the typed reader raises on foreign bytes, the patient one finds the reason.
            except Exception:
                if arrays and value.lstrip(_WHITESPACE)[:1] == b"[":
                    self._take_array(value, place, heap, bad, limits)
                else:
                    self._take_item(value, (place, -1), heap, bad)
                continue
            add_row(row)
            add_record(place)
            add_index(-1)
        return rows_of(self._schema, heap)

    def _take_array(
        self, value: bytes, place: int, heap: Heap, bad: list[BadItem], limits: Limits
    ) -> None:
        try:
            rows = self._many.decode(value)
        except Exception:  # As above.
            items = array_items(value)
        else:
            if len(rows) > limits.rows:
                bad.append(BadItem(place, -1, _too_many(len(rows), limits)))
                return
            heap.rows.extend(rows)
            heap.record.extend([place] * len(rows))
            heap.index.extend(range(len(rows)))
            return
        if isinstance(items, Fault) or len(items) > limits.rows:
            fault = items if isinstance(items, Fault) else _too_many(len(items), limits)
            bad.append(BadItem(place, -1, fault))
            return
        self._take_items(items, place, heap, bad, limits)

    def _take_items(
        self,
        items: Sequence[bytes],
        place: int,
        heap: Heap,
        bad: list[BadItem],
        limits: Limits,
    ) -> None:
        begin, more = len(bad), 0
        for index, item in enumerate(items):
            if len(bad) - begin < limits.letters:
                self._take_item(item, (place, index), heap, bad)
            # From here on what is wrong is only counted, and what is too short to be right at once.
            elif len(item) < self._shortest:
                more += 1
            else:
                self._take_item(item, (place, index), heap, bad)
                if len(bad) - begin > limits.letters:
                    del bad[-1]
                    more += 1
        if more:
            fault = bad[-1].fault
            bad.append(BadItem(place, len(items) - 1, fault, more))

    def _take_item(self, item: bytes, at: tuple[int, int], heap: Heap, bad: list[BadItem]) -> None:
        dropped: list[str] = []
        try:
            row = self._one.decode(item)
        except Exception:  # As above.
            row = self._items.read(item, dropped)
            heap.has_long = True
        if isinstance(row, Fault):
            bad.append(BadItem(*at, row))
            return
        heap.dropped.extend((len(heap.rows), name) for name in dropped)
        heap.rows.append(row)
        heap.record.append(at[0])
        heap.index.append(at[1])


def is_shallow(value: bytes) -> bool:
    """Whether a message is surely nested no deeper than every reader follows, also within an array:
    beyond, it would depend on that whether it can be read."""
    return value.count(b"{") + value.count(b"[") <= _MOST_PARTS


def array_items(value: bytes) -> list[bytes] | Fault:
    """The bytes of each item of a JSON array, or why it is none."""
    try:
        return [bytes(item) for item in _ITEMS.decode(value)]
    except Exception:  # Total by law: `parsed` finds the reason.
        found = parsed(value)
        return found if isinstance(found, Fault) else Fault("not_json", "the array can't be split")


def _sound(
    values: Sequence[bytes | None], places: Sequence[int], bad: list[BadItem], limits: Limits
) -> Records:
    """Those that are neither missing nor too large nor other than UTF-8; of the rest, why."""
    try:
        records = Records.of(values, places)  # type: ignore[arg-type]  # None can't be joined
    except (TypeError, UnicodeDecodeError):
        pass
    else:
        if len(records.data) <= limits.values:
            return records
        del records
    kept = []
    for number, value in enumerate(values):
        if value is None:
            fault: Fault | None = Fault("tombstone", "the record has no value")
        elif not _is_utf8(value):
            fault = Fault("not_utf8", "the value is not UTF-8")
        else:
            fault = _too_large(value, limits)
        if fault is None:
            kept.append(number)
        else:
            bad.append(BadItem(places[number], -1, fault))
    return Records.of([values[n] or b"" for n in kept], [places[n] for n in kept])


def _too_large(value: bytes, limits: Limits) -> Fault | None:
    if len(value) > limits.bytes:
        return Fault("too_large", f"{len(value)} bytes are more than {limits.bytes}")
    # Each value but the first has a comma before it.
    if len(value) > limits.values and (count := value.count(b",")) >= limits.values:
        return Fault("too_large", f"{count} values in {len(value)} bytes are too many")
    return None


def _too_many(count: int, limits: Limits) -> Fault:
    return Fault("too_large", f"{count} messages are more than {limits.rows}")


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True
