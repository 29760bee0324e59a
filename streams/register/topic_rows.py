"""Registers on the topic `cell.register`, and back into a file.

A key has one value on a compacted topic, so a cell with several spans of validity is one message:
an array of its rows.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import repeat
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.model.codes import CELL_KINDS, RATS, text_of
from detectors.model.columns import F8, RegisterRows
from detectors.register.register import key_text
from detectors.register.rows import cell_numbers
from streams.decode.schema import REGISTER
from streams.register.csv_columns import COLUMNS
from streams.register.csv_result import RegisterFile

_CHUNK_ROWS: Final = 20_000
#: OpenCelliD's names by RAT code.
_RADIOS: Final = ("", *(name.upper() for name in RATS))
_KINDS: Final = tuple(text_of(code, CELL_KINDS) for code in range(len(CELL_KINDS) + 1))
#: Columns of numbers: their name in `RegisterRows`.
_NUMBERS: Final = {
    spec.name: spec.column or spec.name
    for spec in REGISTER.fields
    if spec.kind in ("int", "float") and spec.name in COLUMNS
}
#: One row, its fields in the order of `COLUMNS`; what is missing is left out.
_Row: Final = msgspec.defstruct(
    "_Row", [(name, Any, None) for name in COLUMNS], omit_defaults=True, gc=False
)


def register_messages(register: RegisterFile | RegisterRows) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of each cell, in the order in which the cells first stand in the register."""
    rows = register.rows if isinstance(register, RegisterFile) else register
    carried = register.carried if isinstance(register, RegisterFile) else {}
    keys = cell_numbers(rows)
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(first[group], kind="stable")
    keys = keys[order]
    last = np.append(keys[1:] != keys[:-1], True)[: len(keys)]
    encode = msgspec.json.Encoder().encode
    spans: list[Any] = []
    for start in range(0, len(order), _CHUNK_ROWS):
        some = order[start : start + _CHUNK_ROWS]
        chunk = rows.take(some)
        numbers = (c.tolist() for c in (chunk.rat, chunk.mcc, chunk.mnc, chunk.area, chunk.cell))
        others = {name: column[some] for name, column in carried.items()}
        ends = last[start : start + _CHUNK_ROWS].tolist()
        for row, end, *identity in zip(_objects(chunk, others), ends, *numbers, strict=True):
            spans.append(row)
            if end:
                value = encode(spans[0] if len(spans) == 1 else spans)
                spans = []
                yield key_text(*identity).encode(), value


def write_register(path: Path, values: Iterable[bytes]) -> int:
    """Write the topic's values as a CSV file, in their order; the number of rows left out.

    Left out is what can't stand in a CSV: no JSON object, or a list, object or truth in a field.
    """
    left_out = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(",".join(COLUMNS) + "\n")
        for value in values:
            try:
                found = msgspec.json.decode(value)
            except (msgspec.MsgspecError, ValueError, RecursionError):
                left_out += 1
                continue
            for row in found if isinstance(found, list) else [found]:
                line = _line(row)
                left_out += line is None
                stream.write(line or "")
    return left_out


def _line(row: object) -> str | None:
    if not isinstance(row, dict):
        return None
    fields = [row.get(name) for name in COLUMNS]
    if any(isinstance(field, bool | list | dict) for field in fields):
        return None
    return ",".join("" if field is None else _field(field) for field in fields) + "\n"


def _field(value: object) -> str:
    text = str(value).replace("\r", " ").replace("\n", " ")
    return '"' + text.replace('"', '""') + '"' if "," in text or '"' in text else text


def _objects(rows: RegisterRows, carried: Mapping[str, F8]) -> Iterator[Any]:
    columns: dict[str, Iterable[Any]] = {
        name: _values(getattr(rows, column)) for name, column in _NUMBERS.items()
    }
    columns |= {name: _values(column) for name, column in carried.items()}
    columns["radio"] = [_RADIOS[code] for code in rows.rat.tolist()]
    columns["kind"] = [_KINDS[code] for code in rows.kind.tolist()]
    return map(_Row, *(columns.get(name, repeat(None)) for name in COLUMNS))


def _values(column: NDArray[Any]) -> Iterable[Any]:
    """Plain numbers, whole ones as ``int`` where all are, ``None`` for NaN."""
    if column.dtype.kind != "f":
        return list(column.tolist())
    known = ~np.isnan(column)
    if not known.any():
        return repeat(None)
    numbers = column[known]
    if (numbers == np.floor(numbers)).all() and (np.abs(numbers) < 2.0**53).all():
        numbers = numbers.astype(np.int64)
    if known.all():
        return list(numbers.tolist())
    values = np.full(len(column), None, dtype=np.object_)
    values[known] = numbers
    return list(values)
