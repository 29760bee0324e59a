"""Rows as they were read, before the checks: what the JSON and the Arrow reader have in common.

Columns go by the field's name on the wire. A number is ``float64``: NaN where it is missing, an
infinity where it is given but not finite, which no range admits. All ranges lie where a double is
exact, so no integer loses anything that the checks would let through. A listed text is a ``uint8``
code: 0 where it is missing, `UNKNOWN` for one that is not listed. Free text is an object array. A
column that no row has is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import F8, I8
from streams.decode.schema import BROADCAST, NEIGHBOUR, Field, Schema

#: Code of a listed text that is not listed.
UNKNOWN: Final = 255

Columns: TypeAlias = dict[str, NDArray[Any]]


class Fault(NamedTuple):
    """Why an item is a dead letter."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class BadItem:
    """An item that gave no row: the record's place in its slice, the place in the record.

    Beyond the first of a record, one stands for ``count`` of them.
    """

    record: int
    index: int
    fault: Fault
    count: int = 1


@dataclass(slots=True)
class RawRows:
    """Rows in order. ``record`` is each row's place among the records, ``index`` within that.

    ``faults`` are rows that are dead already, ``dropped`` the names of wrong optional fields by
    row. ``neighbour_row`` is each neighbour's row. ``has_long`` says that there may be texts that
    are too long for a name, ``is_right`` that all values are known to be right, by themselves and
    together, as far as the row alone shows it.
    """

    record: I8
    index: I8
    columns: Columns = field(default_factory=dict)
    neighbour_row: I8 = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    neighbours: Columns = field(default_factory=dict)
    faults: dict[int, Fault] = field(default_factory=dict)
    dropped: list[tuple[int, str]] = field(default_factory=list)
    has_long: bool = False
    is_right: bool = False

    def __len__(self) -> int:
        return len(self.record)


def blank(spec: Field, count: int) -> NDArray[Any]:
    """A column of ``count`` missing values."""
    if spec.kind == "text":
        return np.empty(count, dtype=np.object_)  # all None
    if spec.kind == "listed":
        return np.zeros(count, dtype=np.uint8)
    column = np.empty(count)
    column.fill(np.nan)
    return column


def column_of(rows: RawRows, spec: Field) -> NDArray[Any]:
    """The column of a field, made where no row has it."""
    found = rows.columns.get(spec.name)
    return blank(spec, len(rows)) if found is None else found


def columns_of(columns: Columns, fields: Sequence[Field], count: int) -> Columns:
    """The columns of some fields, each of ``count`` rows, made where there is none.

    Blank columns of numbers are made together, which takes a fraction of the time.
    """
    found: Columns = {}
    blanks: list[str] = []
    for spec in fields:
        name = spec.name
        if name in columns:
            found[name] = columns[name]
        elif spec.kind == "text" or spec.kind == "listed":
            found[name] = blank(spec, count)
        else:
            blanks.append(name)
    found.update(zip(blanks, np.full((len(blanks), count), np.nan), strict=True))
    return found


def joined(parts: Sequence[RawRows], schema: Schema) -> RawRows:
    """All rows end to end."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return RawRows(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    starts = np.cumsum([0, *map(len, parts)])
    rows = RawRows(
        np.concatenate([part.record for part in parts]),
        np.concatenate([part.index for part in parts]),
    )
    rows.has_long = any(part.has_long for part in parts)
    rows.is_right = all(part.is_right for part in parts)
    fields = (*schema.fields, *broadcast_fields(schema))
    rows.columns = _joined_columns([p.columns for p in parts], [len(p) for p in parts], fields)
    rows.neighbour_row = np.concatenate(
        [part.neighbour_row + start for part, start in zip(parts, starts, strict=False)]
    )
    rows.neighbours = _joined_columns(
        [p.neighbours for p in parts], [len(p.neighbour_row) for p in parts], NEIGHBOUR
    )
    for part, start in zip(parts, starts.tolist(), strict=False):
        rows.faults.update((row + start, fault) for row, fault in part.faults.items())
        rows.dropped.extend((row + start, name) for row, name in part.dropped)
    return rows


def broadcast_fields(schema: Schema) -> tuple[Field, ...]:
    """The fields of ``broadcast`` under their flattened names."""
    return _FLATTENED if schema.broadcast else ()


def by_record(rows: RawRows) -> RawRows:
    """The rows in order of their records, with their neighbours."""
    if _rises(rows.record) and _rises(rows.neighbour_row):
        return rows
    return reordered(rows, np.argsort(rows.record, kind="stable"))


def reordered(rows: RawRows, order: I8) -> RawRows:
    """The rows of ``order``, each at most once, with their neighbours."""
    place = np.full(len(rows), -1, dtype=np.int64)
    place[order] = np.arange(len(order))
    new_row = place[rows.neighbour_row]
    kept = np.flatnonzero(new_row >= 0)
    kept = kept[np.argsort(new_row[kept], kind="stable")]
    return RawRows(
        rows.record[order],
        rows.index[order],
        {name: column[order] for name, column in rows.columns.items()},
        new_row[kept],
        {name: column[kept] for name, column in rows.neighbours.items()},
        {int(place[row]): fault for row, fault in rows.faults.items() if place[row] >= 0},
        [(int(place[row]), name) for row, name in rows.dropped if place[row] >= 0],
        rows.has_long,
        rows.is_right,
    )


def first_of_each(record: I8, most: int) -> NDArray[np.bool_]:
    """Which rows are among the first ``most`` of their record; ``record`` is that of each, rising.

    >>> first_of_each(np.array([3, 3, 3, 7]), 2).tolist()
    [True, True, False, True]
    """
    rank = np.arange(len(record)) - np.searchsorted(record, record)
    return np.asarray(rank < most)


def as_infinite(values: F8, given: NDArray[np.bool_]) -> F8:
    """``values`` with the given ones that are NaN made infinite: given, but not finite."""
    wrong = np.isnan(values) & given
    return np.where(wrong, np.inf, values) if wrong.any() else values


def _joined_columns(
    parts: Sequence[Columns], counts: Sequence[int], fields: Sequence[Field]
) -> Columns:
    present = {name for part in parts for name in part}
    return {
        spec.name: np.concatenate(
            [
                part[spec.name] if spec.name in part else blank(spec, count)
                for part, count in zip(parts, counts, strict=True)
            ]
        )
        for spec in fields
        if spec.name in present
    }


def _rises(numbers: I8) -> bool:
    """Whether none is smaller than the one before it."""
    return bool((numbers[1:] >= numbers[:-1]).all())


def _flattened(spec: Field) -> Field:
    return Field(f"broadcast.{spec.name}", spec.kind, low=spec.low, high=spec.high)


_FLATTENED: Final = tuple(_flattened(spec) for spec in BROADCAST)
