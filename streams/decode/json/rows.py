"""JSON bytes to raw rows: a typed reader for what is in order, a patient one for the rest.

A record whose fields all have their types is read by msgspec straight into a struct, at a million a
second, and structs become columns. A record that this refuses is read again as a plain object and
looked at field by field (`streams.decode.json.fallback`); an array is taken apart and its items go
the same two ways. What the typed reader accepts, the patient one reads alike.

pyarrow's JSON reader would be no faster, ends the process on a top-level ``null``, and reads NaN.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from streams.decode.json.columns import Heap, rows_of, struct_of
from streams.decode.json.fallback import ItemReader, parsed
from streams.decode.raw_rows import BadItem, Fault, RawRows, joined
from streams.decode.schema import BROADCAST, NEIGHBOUR, Schema

#: Structs are turned into columns while they still lie in the processor's cache.
_CHUNK_RECORDS: Final = 2048
_WHITESPACE: Final = b" \t\r\n"
_ITEMS: Final = msgspec.json.Decoder(list[msgspec.Raw])


class JsonReader:
    """Reads the records of one topic. Holds no state between calls."""

    def __init__(self, schema: Schema) -> None:
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

    def read(
        self, values: Sequence[bytes | None], places: Sequence[int], arrays: bool = True
    ) -> tuple[RawRows, list[BadItem]]:
        """The rows of the records, whose places are ``places``, and the items that gave none.

        Without ``arrays`` each record has to be one object.
        """
        parts: list[RawRows] = []
        bad: list[BadItem] = []
        for start in range(0, len(values), _CHUNK_RECORDS):
            chunk = slice(start, start + _CHUNK_RECORDS)
            rows = self._read_chunk(values[chunk], places[chunk], arrays, bad)
            if len(rows):
                parts.append(rows)
        return joined(parts, self._schema), bad

    def _read_chunk(
        self,
        values: Sequence[bytes | None],
        places: Sequence[int],
        arrays: bool,
        bad: list[BadItem],
    ) -> RawRows:
        heap = Heap()
        decode = self._one.decode
        all_utf8 = _is_utf8(b"\n".join([value for value in values if value is not None]))
        add_row, add_record, add_index = heap.rows.append, heap.record.append, heap.index.append
        for value, place in zip(values, places, strict=True):
            if value is None:
                bad.append(BadItem(place, -1, Fault("tombstone", "the record has no value")))
                continue
            if not all_utf8 and not _is_utf8(value):
                bad.append(BadItem(place, -1, Fault("not_utf8", "the value is not UTF-8")))
                continue
            try:
                row = decode(value)
            # Whatever the typed reader raises on foreign bytes, the patient one finds the reason.
            except Exception:
                if arrays and value.lstrip(_WHITESPACE)[:1] == b"[":
                    self._take_array(value, place, heap, bad)
                else:
                    self._take_item(value, place, -1, heap, bad)
                continue
            add_row(row)
            add_record(place)
            add_index(-1)
        return rows_of(self._schema, heap)

    def _take_array(self, value: bytes, place: int, heap: Heap, bad: list[BadItem]) -> None:
        try:
            rows = self._many.decode(value)
        except Exception:  # As above.
            pass
        else:
            heap.rows.extend(rows)
            heap.record.extend([place] * len(rows))
            heap.index.extend(range(len(rows)))
            return
        items = array_items(value)
        if isinstance(items, Fault):
            bad.append(BadItem(place, -1, items))
            return
        for index, item in enumerate(items):
            self._take_item(item, place, index, heap, bad)

    def _take_item(
        self, item: bytes, place: int, index: int, heap: Heap, bad: list[BadItem]
    ) -> None:
        dropped: list[str] = []
        try:
            row = self._one.decode(item)
        except Exception:  # As above.
            row = self._items.read(item, dropped)
        if isinstance(row, Fault):
            bad.append(BadItem(place, index, row))
            return
        heap.dropped.extend((len(heap.rows), name) for name in dropped)
        heap.rows.append(row)
        heap.record.append(place)
        heap.index.append(index)


def array_items(value: bytes) -> list[bytes] | Fault:
    """The bytes of each item of a JSON array, or why it is none."""
    try:
        return [bytes(item) for item in _ITEMS.decode(value)]
    except Exception:  # Total by law: `parsed` finds the reason.
        found = parsed(value)
        return found if isinstance(found, Fault) else Fault("not_json", "the array can't be split")


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True
