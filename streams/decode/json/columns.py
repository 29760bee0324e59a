"""Structs, as msgspec reads them, to the columns of raw rows.

Integers are read as floats, since ``3000.0`` is an integer too: so a producer that writes all its
numbers with a point costs no more than another, and fractions are found column by column.
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Annotated, Any, Final

import msgspec
import numpy as np
from msgspec import Meta

from detectors.model.columns import I8
from streams.decode.json.fallback import shown, wrong_type
from streams.decode.raw_rows import UNKNOWN, Columns, Fault, RawRows
from streams.decode.schema import BROADCAST, NEIGHBOUR, Field, Schema
from streams.limits import NAME_CHARACTERS

_TYPES: Final[dict[str, Any]] = {
    **{"int": float, "float": float, "bool": bool},
    # A longer one goes to the patient reader, so that nobody else need look.
    "text": Annotated[str, Meta(max_length=NAME_CHARACTERS)],
    "listed": str,
}


class Heap:
    """Structs on their way to columns; ``dropped`` names a row's wrong optional fields.

    ``has_long`` says that some were read patiently, and may hold texts too long for a name.
    """

    __slots__ = ("dropped", "has_long", "index", "record", "rows")

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self.record: list[int] = []
        self.index: list[int] = []
        self.dropped: list[tuple[int, str]] = []
        self.has_long = False


def struct_of(fields: Iterable[Field], more: Sequence[Any] = ()) -> Any:
    """A struct type for some fields; ``more`` are fields in msgspec's own form."""
    required = [(spec.name, _TYPES[spec.kind]) for spec in fields if spec.required]
    optional = [(s.name, _TYPES[s.kind] | None, None) for s in fields if not s.required]
    return msgspec.defstruct("Row", [*required, *optional, *more], gc=False)


def rows_of(schema: Schema, heap: Heap) -> RawRows:
    """The rows of some structs, in order."""
    rows = RawRows(
        np.array(heap.record, dtype=np.int64),
        np.array(heap.index, dtype=np.int64),
        dropped=heap.dropped,
        has_long=heap.has_long,
    )
    rows.columns = _columns(rows, heap.rows, schema.fields)
    if schema.neighbours:
        lists = list(map(attrgetter("neighbours"), heap.rows))
        some = [row for row, entries in enumerate(lists) if entries]
        counts = [len(lists[row]) for row in some]
        rows.neighbour_row = np.repeat(np.array(some, dtype=np.int64), counts)
        entries = [entry for row in some for entry in lists[row]]
        rows.neighbours = _columns(rows, entries, NEIGHBOUR, rows.neighbour_row, "neighbours.")
    if schema.broadcast:
        seen = list(map(attrgetter("broadcast"), heap.rows))
        at = np.array([row for row, part in enumerate(seen) if part is not None], dtype=np.int64)
        parts = [seen[row] for row in at]
        for name, values in _columns(rows, parts, BROADCAST, at, "broadcast.").items():
            column = np.full(len(rows), np.nan)
            column[at] = values
            rows.columns[f"broadcast.{name}"] = column
    return rows


def _columns(
    rows: RawRows,
    structs: Sequence[Any],
    fields: Iterable[Field],
    row_of: I8 | None = None,
    prefix: str = "",
) -> Columns:
    """Columns of one kind of struct; fractions for integers go to the faults and drops of ``rows``.

    ``row_of`` is each struct's row where they aren't one a row, ``prefix`` what its fields are
    counted under.
    """
    columns: Columns = {}
    for spec in fields:
        values = list(map(attrgetter(spec.name), structs))
        if values.count(None) == len(values):
            continue
        if spec.kind == "text":
            columns[spec.name] = np.array(values, dtype=np.object_)
        elif spec.kind == "listed":
            codes = map(_Codes(spec).__getitem__, values)
            columns[spec.name] = np.fromiter(codes, np.uint8, len(values))
        else:
            column = columns[spec.name] = np.array(values, dtype=np.float64)
            # Neither NaN nor an infinity is above its own floor.
            fractions = np.flatnonzero(np.floor(column) < column) if spec.kind == "int" else ()
            for at in fractions:
                row = int(at if row_of is None else row_of[at])
                if spec.kills:
                    detail = wrong_type(spec, shown(float(column[at])))
                    rows.faults.setdefault(row, Fault("wrong_type", detail))
                else:
                    rows.dropped.append((row, prefix + spec.name))
                column[at] = np.nan
    return columns


class _Codes(dict[str | None, int]):
    """The codes of a listed text; `UNKNOWN` for what is not listed."""

    def __init__(self, spec: Field) -> None:
        super().__init__()
        self.update(spec.listed or {})
        self[None] = 0
        self._any_case = spec.any_case

    def __missing__(self, text: str) -> int:
        upper = text.upper()
        return self[upper] if self._any_case and upper in self else UNKNOWN
