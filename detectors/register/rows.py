"""How rows become the register's: tombstones applied, the newest of each kept, memory saved."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import F8, I8, RegisterRows
from detectors.register.index import area_key, cell_key, positions


def start_ms(rows: RegisterRows) -> F8:
    """Start of validity, minus infinity where unbounded."""
    return np.where(np.isnan(rows.valid_from_ms), -np.inf, rows.valid_from_ms)


def end_ms(rows: RegisterRows) -> F8:
    """End of validity, infinity where unbounded."""
    return np.where(np.isnan(rows.valid_to_ms), np.inf, rows.valid_to_ms)


def cell_numbers(rows: RegisterRows) -> I8:
    """A number for each row's cell, in the order of RAT, PLMN, area and cell."""
    packed = area_key(rows.rat, rows.mcc, rows.mnc, rows.area)
    return cell_key(np.unique(packed, return_inverse=True)[1].astype(np.int64), rows.cell)


def undeleted(rows: RegisterRows) -> I8:
    """Rows that are no tombstone and have none after them."""
    keys = cell_numbers(rows)
    stones = np.flatnonzero(rows.deleted)[::-1]
    stone_keys, newest = np.unique(keys[stones], return_index=True)
    at = positions(stone_keys, keys)
    last = np.where(at >= 0, stones[newest][at], -1)
    return np.flatnonzero(np.arange(len(rows)) > last)


def newest_of_each(keys: I8, starts_ms: F8) -> I8:
    """Order by key and start; of equal ones only the last."""
    order = np.lexsort((starts_ms, keys))
    keys, starts_ms = keys[order], starts_ms[order]
    last = (keys[1:] != keys[:-1]) | (starts_ms[1:] != starts_ms[:-1])
    newest: I8 = order[np.append(last, True)[: len(order)]]
    return newest


def taken(rows: RegisterRows, order: I8) -> RegisterRows:
    """Those rows, read-only; a column of one repeated value takes the room of one."""
    columns: dict[str, NDArray[Any]] = {}
    for f in fields(rows):
        column: NDArray[Any] = getattr(rows, f.name)
        if len(order) and _is_constant(column):
            columns[f.name] = np.broadcast_to(column[0], len(order))
        else:
            columns[f.name] = column[order]
            columns[f.name].setflags(write=False)
    return RegisterRows(**columns)


def _is_constant(column: NDArray[Any]) -> bool:
    if column.strides == (0,):
        return True
    first, last = column[0], column[-1]
    if first != first:
        return bool(np.isnan(last) and np.isnan(column).all())
    return bool(first == last and np.all(column == first))


def joined(parts: Sequence[RegisterRows]) -> RegisterRows:
    """All rows end to end; a column of one repeated value takes the room of one."""
    return RegisterRows(
        **{f.name: _end_to_end([getattr(part, f.name) for part in parts]) for f in fields(parts[0])}
    )


def _end_to_end(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    parts = [part for part in parts if len(part)] or parts[:1]
    firsts = np.array([part[0] for part in parts if len(part)])
    if len(firsts) and _is_constant(firsts) and all(_is_constant(part) for part in parts):
        return np.broadcast_to(parts[0][0], sum(map(len, parts)))
    return np.concatenate(parts)
