"""Checked rows to the batches of `detectors.model.columns`."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import I8, Batch, Bool, Broadcast, Neighbours
from streams.decode.domains import registrable
from streams.decode.raw_rows import Columns, RawRows, broadcast_fields, columns_of
from streams.decode.row_checks import Checked
from streams.decode.schema import NEIGHBOUR, Field, Schema
from streams.privacy.hasher import Hasher
from streams.privacy.telephones.columns import none_of, with_given
from streams.privacy.telephones.in_messages import NATURES
from streams.privacy.telephones.number import beside

#: Where pseudonyms or telephones are due, and what makes pseudonyms of people's. All other texts
#: may hold an identifier within.
_HASHED: dict[str, Callable[[Hasher, NDArray[np.object_], bool], NDArray[np.object_]]] = {
    "device": Hasher.pseudonyms,
    "subscriber": Hasher.pseudonyms,
    "sender": Hasher.senders,
    "smsc": Hasher.senders,
    "sim": Hasher.pseudonyms,
    "terminal": Hasher.pseudonyms,
}
#: Checked by its form, which no identifier has (`streams.decode.row_checks`).
_FREE: Final = frozenset({"content_hash"})
#: What the columns of a number end in, in the order of `Numbers`.
_PARTS: Final = ("", "_prefix", "_digits", "_length")


def assembled(
    schema: Schema, checked: Checked, offsets: I8, hasher: Hasher, deleted: frozenset[int]
) -> Batch:
    """The batch; ``offsets`` are the records' own, ``deleted`` the records that were deletions."""
    rows = checked.rows
    columns: dict[str, Any] = {
        "ts_ms": checked.rx_ms,
        "rx_ms": checked.rx_ms,
        "offset": offsets[rows.record],
        "index": rows.index,
    }
    # A key is changed between two moments of arrival, so nearly always for a whole batch.
    parts = hasher.parts(checked.rx_ms)
    all_values = columns_of(rows.columns, schema.fields, len(rows))
    apart = frozenset(name for one in schema.numbers for name in (one, *beside(one)))
    for spec in schema.fields:
        if spec.name == "rx_ts":
            continue
        values = all_values[spec.name]
        if spec.number:
            columns |= _numbers(spec, checked, all_values, parts)
        if spec.name in apart:
            continue
        if spec.name == "url_domain" and spec.name in rows.columns:
            values = _domains(values)
        if spec.kind == "text" and spec.name not in _FREE and spec.name in rows.columns:
            hashed = _HASHED.get(spec.name, Hasher.texts)
            for each, which in parts:
                if which is None:
                    values = hashed(each, values, rows.has_long)
                else:
                    values = values.copy()
                    values[which] = hashed(each, values[which], rows.has_long)
        columns[spec.column or spec.name] = _typed(spec, values)
    if schema.neighbours:
        columns["neighbours"] = _neighbours(rows)
    if schema.broadcast:
        seen = columns_of(rows.columns, broadcast_fields(schema), len(rows))
        columns["broadcast"] = Broadcast(**{k.partition(".")[2]: v for k, v in seen.items()})
    if schema.tombstones:
        columns["deleted"] = np.isin(rows.record, list(deleted))
    return schema.batch(**columns)


def _numbers(
    spec: Field, checked: Checked, all_values: Columns, parts: Sequence[tuple[Hasher, Bool | None]]
) -> dict[str, Any]:
    """The columns of a telephone number; what is wrong beside it is dropped here."""
    rows = checked.rows
    name, (prefix, length) = spec.name, beside(spec.name)
    found = none_of(len(rows))
    if name in rows.columns:
        nature = rows.columns.get(NATURES.get(name, ""))
        for each, which in parts:
            at = slice(None) if which is None else which
            kinds = None if nature is None else nature[at]
            read = each.numbers(rows.columns[name][at], kinds, rows.has_long, spec.required)
            if which is None:
                found = read
                continue
            for part, values in read._asdict().items():
                getattr(found, part)[which] = values
    if (prefix in rows.columns or length in rows.columns) and not found.digits.all():
        found, wrong = with_given(found, rows.columns.get(prefix), rows.columns.get(length))
        for one, which in zip((prefix, length), wrong, strict=True):
            if count := int(np.count_nonzero(which)):
                checked.dropped[one] += count
    columns = dict(zip(_PARTS, found, strict=True))
    return {f"{name}{part}": values for part, values in columns.items()}


def _domains(values: NDArray[np.object_]) -> NDArray[np.object_]:
    found = np.empty(len(values), dtype=np.object_)
    found[:] = [registrable(text) if text else text for text in values.tolist()]
    return found


def _typed(spec: Field, values: NDArray[Any]) -> NDArray[Any]:
    """A column as the batch has it: required integers as such, the rest as they are."""
    if spec.kind == "int" and spec.required:
        return values.astype(np.int64)
    if spec.name == "serving" or (spec.kind == "bool" and spec.required):
        return np.asarray(values != 0)  # true where missing
    if spec.name == "averageSignal":
        # OpenCelliD writes 0 where nothing was measured.
        return np.where(values == 0, np.nan, values)
    return values


def _neighbours(rows: RawRows) -> Neighbours:
    columns: dict[str, Any] = columns_of(rows.neighbours, NEIGHBOUR, len(rows.neighbour_row))
    return Neighbours(row=rows.neighbour_row, **columns)
