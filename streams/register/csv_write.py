"""A register as a file: its columns written at once, so that a million rows take a second."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from detectors.model.codes import CELL_KINDS, RATS, text_of
from detectors.model.columns import F8
from streams.decode.schema import REGISTER
from streams.register.csv_columns import COLUMNS
from streams.register.csv_result import RegisterFile


def write_register_file(path: Path, register: RegisterFile) -> None:
    """Writes all columns of a register, in the order of `csv_columns.COLUMNS`, as CSV.

    Raises OSError where it can't be written.
    """
    rows, count = register.rows, len(register.rows)
    columns: dict[str, Any] = {
        spec.name: _numbers(np.asarray(getattr(rows, spec.column or spec.name)))
        for spec in REGISTER.fields
        if spec.kind in ("int", "float") and spec.name in COLUMNS
    }
    columns |= {name: _numbers(column) for name, column in register.carried.items()}
    radios = pa.array(["", *(name.upper() for name in RATS)])
    kinds = pa.array([None, *(text_of(code, CELL_KINDS) for code in range(1, len(CELL_KINDS) + 1))])
    columns["radio"] = radios.take(pa.array(rows.rat))
    columns["kind"] = kinds.take(pa.array(rows.kind))
    table = pa.table({name: columns.get(name, pa.nulls(count)) for name in COLUMNS})
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write(",".join(COLUMNS).encode() + b"\n")
        options = pacsv.WriteOptions(include_header=False, quoting_style="none")
        pacsv.write_csv(table, stream, options)


def _numbers(column: F8 | Any) -> Any:
    """Numbers for Arrow: null for NaN, whole where all are."""
    if column.dtype.kind != "f":
        return pa.array(column)
    known = ~np.isnan(column)
    whole = np.where(known, column, 0.0)
    if (whole == np.floor(whole)).all() and (np.abs(whole) < 2.0**53).all():
        return pa.array(whole.astype(np.int64), mask=~known)
    return pa.array(column, mask=~known)
