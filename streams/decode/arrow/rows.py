"""Arrow tables to raw rows, column by column: Parquet traces, and messages that are IPC streams.

A column's type decides for all its values; only whether a float is an integer is looked at value by
value. No row becomes a Python object here but its texts.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detectors.model.columns import I8, Bool
from streams.decode.json.fallback import wrong_type
from streams.decode.raw_rows import UNKNOWN, Fault, RawRows, as_infinite, broadcast_fields
from streams.decode.schema import BROADCAST, NEIGHBOUR, Field, Schema
from streams.limits import NAME_CHARACTERS


def missing_column(schema: Schema, table: pa.Table) -> str | None:
    """A required field that no row can have, since there is no column of it."""
    required = (spec.name for spec in schema.fields if spec.required)
    return next((name for name in required if _place(table, name) is None), None)


def read_table(schema: Schema, table: pa.Table, record: I8, index: I8) -> RawRows:
    """The rows of ``table``; ``record`` and ``index`` say where each came from."""
    rows = RawRows(record, index)
    for spec in schema.fields:
        column = _column(table, spec.name)
        if column is None:
            given = np.zeros(len(rows), dtype=np.bool_)
        else:
            values, given, wrong = _read(spec, column)
            rows.has_long |= spec.kind == "text" and _has_long(column)
            if wrong is not None and wrong.any():
                _note_wrong(rows, spec, column, wrong)
            if given.any():
                rows.columns[spec.name] = values
        if spec.required:
            fault = Fault("missing_field", f"{spec.name!r} is missing")
            for row in np.flatnonzero(~given).tolist():
                rows.faults.setdefault(row, fault)
    if schema.neighbours and (column := _column(table, "neighbours")) is not None:
        _read_neighbours(rows, column)
    if schema.broadcast:
        _read_broadcast(rows, table, schema)
    return rows


def rows_as_json(table: pa.Table, rows: Iterable[int]) -> list[bytes]:
    """Some rows of a table as JSON objects, for dead letters."""
    shown = table.select([at for at, field in enumerate(table.schema) if _is_plain(field.type)])
    return [_as_json(shown.slice(row, 1)) for row in rows]


def _is_plain(kind: pa.DataType) -> bool:
    """Whether a value of a type holds no more than its share of the bytes: views and dictionaries
    of lists may name one part many times, at each level anew."""
    if pa.types.is_dictionary(kind):
        return not pa.types.is_nested(kind.value_type)
    if _is_list(kind):
        return _is_plain(kind.value_type)
    if pa.types.is_struct(kind):
        return all(_is_plain(kind.field(at).type) for at in range(kind.num_fields))
    return not pa.types.is_nested(kind) and not isinstance(kind, pa.BaseExtensionType)


def _as_json(row: pa.Table) -> bytes:
    try:
        return _encoded(row.to_pylist()[0])
    # A value that Python can't hold (a date of the year 200,000, a text that is no UTF-8)
    # mustn't cost the letter.
    except Exception:
        return b""


def _encoded(row: dict[str, Any]) -> bytes:
    given = {name: value for name, value in row.items() if value is not None}
    try:
        return msgspec.json.encode(given, enc_hook=str)
    except Exception:  # As above: integers beyond 64 bits, keys that are no text.
        return repr(given).encode("utf-8", "backslashreplace")


def _column(table: pa.Table, name: str) -> pa.Array | None:
    """The column of a name, in one piece; of two of one name the last, as in JSON."""
    at = _place(table, name)
    if at is None:
        return None
    column = table.column(at)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _place(table: pa.Table, name: str) -> int | None:
    at = table.schema.get_all_field_indices(name)
    return at[-1] if at and not pa.types.is_null(table.schema.field(at[-1]).type) else None


_Read = tuple[NDArray[Any], Bool, Bool | None]


def _read(spec: Field, column: pa.Array) -> _Read:
    """Values, which of them are given and right, and which are given but of a wrong type."""
    given = _is_given(column)
    values: NDArray[Any] | None = None
    match spec.kind:
        case "int" | "float" if _is_number(column.type):
            values = as_infinite(_plain(column, np.float64), given)
            if spec.kind == "int" and pa.types.is_floating(column.type):
                wrong = given & np.isfinite(values) & (values != np.floor(values))
                return np.where(wrong, np.nan, values), given & ~wrong, wrong
        case "bool" if pa.types.is_boolean(column.type):
            values = pc.cast(column, pa.uint8()).to_numpy(zero_copy_only=False).astype(np.float64)
        case "text" if _is_text(column.type):
            values = _texts(column)
        case "listed" if _is_text(column.type):
            values = _codes(spec, column, given)
    if values is None:
        return np.zeros(0), np.zeros(len(given), dtype=np.bool_), given
    return values, given, None


def _note_wrong(rows: RawRows, spec: Field, column: pa.Array, wrong: Bool) -> None:
    at = np.flatnonzero(wrong).tolist()
    if not spec.kills:
        rows.dropped.extend((row, spec.name) for row in at)
        return
    for row in at:
        value = str(column[row]) if _is_number(column.type) else f"of type {column.type}"
        rows.faults.setdefault(row, Fault("wrong_type", wrong_type(spec, value)))


def _read_neighbours(rows: RawRows, column: pa.Array) -> None:
    kind = column.type
    if not (_is_list(kind) and pa.types.is_struct(kind.value_type)):
        empty = pa.types.is_null(kind.value_type) if _is_list(kind) else False
        wrong = _is_given(column)
        if _is_list(kind):
            wrong &= pc.fill_null(pc.list_value_length(column), 0).to_numpy() > 0
        at = [] if empty else np.flatnonzero(wrong).tolist()
        rows.dropped.extend((row, "neighbours") for row in at)
        return
    row_of = pc.list_parent_indices(column).to_numpy().astype(np.int64)
    entries = column.flatten()
    is_entry = _is_given(entries)
    rows.dropped.extend((row, "neighbours") for row in row_of[~is_entry].tolist())
    if not is_entry.all():
        row_of, entries = row_of[is_entry], entries.filter(pa.array(is_entry))
    rows.neighbour_row = row_of
    for spec in NEIGHBOUR:
        part = _member(entries, spec.name)
        if part is None:
            continue
        values, given, wrong_entries = _read(spec, part)
        if wrong_entries is not None:
            at = row_of[wrong_entries].tolist()
            rows.dropped.extend((row, f"neighbours.{spec.name}") for row in at)
        if given.any():
            rows.neighbours[spec.name] = values


def _read_broadcast(rows: RawRows, table: pa.Table, schema: Schema) -> None:
    """A struct column, or flattened columns, which count where both are there."""
    whole = _column(table, "broadcast")
    if whole is not None and not pa.types.is_struct(whole.type):
        rows.dropped.extend((row, "broadcast") for row in np.flatnonzero(_is_given(whole)).tolist())
        whole = None
    for spec, flat in zip(BROADCAST, broadcast_fields(schema), strict=True):
        column = _column(table, flat.name)
        if column is None and whole is not None:
            column = _member(whole, spec.name)
        if column is None:
            continue
        values, given, wrong = _read(flat, column)
        if wrong is not None:
            rows.dropped.extend((row, flat.name) for row in np.flatnonzero(wrong).tolist())
        if given.any():
            rows.columns[flat.name] = values


def _member(struct: pa.StructArray, name: str) -> pa.Array | None:
    at = struct.type.get_all_field_indices(name)
    if not at or pa.types.is_null(struct.type.field(at[-1]).type):
        return None
    # Unlike `field`, `flatten` leaves out what lies below a null struct.
    return struct.flatten()[at[-1]]


def _codes(spec: Field, column: pa.Array, given: Bool) -> NDArray[np.uint8]:
    listed_texts = pa.array(list((spec.listed or {}).keys()), type=pa.string())
    codes = np.array([*(spec.listed or {}).values(), UNKNOWN], dtype=np.uint8)
    places = None
    if pa.types.is_dictionary(column.type):
        # Not decoded: a long text may stand for many rows.
        places, column = _places(column), column.dictionary
    texts = pc.cast(column, pa.string())
    if spec.any_case:
        texts = pc.utf8_upper(texts)
    at = pc.fill_null(pc.index_in(texts, value_set=listed_texts), len(codes) - 1).to_numpy()
    found = codes[at]
    if places is not None:
        found = np.append(found, np.uint8(0))[places]
    return np.where(given, found, np.uint8(0)).astype(np.uint8)


def _texts(column: pa.Array) -> NDArray[np.object_]:
    if not pa.types.is_dictionary(column.type):
        return _plain(column, np.object_)
    # One Python text for each distinct one; a null picks the None at the end.
    distinct = np.array([*column.dictionary.to_pylist(), None], dtype=np.object_)
    texts: NDArray[np.object_] = distinct[_places(column)]
    return texts


def _has_long(column: pa.Array) -> bool:
    """Whether a text may be too long for a name: bytes are at least as many as characters."""
    if not _is_text(column.type):
        return False
    texts = column.dictionary if pa.types.is_dictionary(column.type) else column
    if pa.types.is_string_view(texts.type):
        texts = pc.cast(texts, pa.large_string())
    return (pc.max(pc.binary_length(texts)).as_py() or 0) > NAME_CHARACTERS


def _places(column: pa.DictionaryArray) -> I8:
    """The place of each row in the dictionary, that after its end for a null."""
    indices = pc.cast(column.indices, pa.int64())
    places: I8 = pc.fill_null(indices, len(column.dictionary)).to_numpy(zero_copy_only=False)
    return places


def _plain(column: pa.Array, dtype: type[Any]) -> NDArray[Any]:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    # Copied: columns are changed in place by the checks, and Arrow's memory is read-only.
    return np.array(column.to_numpy(zero_copy_only=False), dtype=dtype)


def _is_given(column: pa.Array) -> Bool:
    if column.null_count == 0 and not pa.types.is_dictionary(column.type):
        return np.ones(len(column), dtype=np.bool_)
    if pa.types.is_dictionary(column.type):
        valid = pc.is_valid(column.dictionary).to_numpy(zero_copy_only=False)
        return np.append(valid, np.False_)[_places(column)]
    given: Bool = pc.is_valid(column).to_numpy(zero_copy_only=False)
    return given


def _is_number(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return any(test(kind) for test in _TEXT_TYPES)


def _is_list(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


_TEXT_TYPES: Final = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
