"""Batches against a slow twin of lists of dictionaries."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.model.columns import (
    Batch,
    Broadcast,
    FieldMeasurements,
    Measurements,
    Neighbours,
    RegisterRows,
    Signalling,
    Sms,
)

ALL = (Measurements, FieldMeasurements, Signalling, Sms, RegisterRows)
every_kind = pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)


def batch_of(rows: int, measured: list[int]) -> Measurements:
    """Rows numbered by ``cell``; ``measured`` has the row of each neighbour, in any order."""
    return Measurements.of(
        ts_ms=range(100, 100 + rows),
        device=[f"d{n}" for n in range(rows)],
        cell=range(rows),
        neighbours=[{"row": row, "cell": 1000 * row + n} for n, row in enumerate(measured)],
        broadcast=Broadcast(*(np.arange(rows, dtype=np.float64) for _ in fields(Broadcast))),
    )


def neighbours_of(batch: Measurements) -> dict[int, list[float]]:
    """Neighbour cells by the number of the row that they belong to."""
    by_cell: dict[int, list[float]] = {int(cell): [] for cell in batch.cell}
    for row, cell in zip(batch.neighbours.row, batch.neighbours.cell, strict=True):
        by_cell[int(batch.cell[row])].append(float(cell))
    return by_cell


@every_kind
def test_an_empty_batch(kind: type[Batch]) -> None:
    empty = kind.of(ts_ms=[])
    assert len(empty) == len(empty.take(slice(None))) == 0
    assert len(empty.take(np.zeros(0, dtype=np.int64))) == 0


@every_kind
def test_what_is_not_given_is_missing(kind: type[Batch]) -> None:
    batch = kind.of(ts_ms=[5, 6])
    assert batch.rx_ms.tolist() == [5, 6]
    assert batch.offset.tolist() == [0, 1]
    assert batch.index.tolist() == [-1, -1]
    for f in fields(kind):
        column = getattr(batch, f.name)
        if not isinstance(column, np.ndarray):
            continue
        assert len(column) == 2
        if column.dtype == np.float64:
            assert np.isnan(column).all(), f.name
        if column.dtype == object:
            assert column.tolist() == [None, None], f.name
        if column.dtype == np.uint8:
            assert column.tolist() == [0, 0], f.name


@every_kind
def test_all_columns_have_one_length_and_their_type(kind: type[Batch]) -> None:
    batch = kind.of(ts_ms=[1, 2, 3])
    dtypes = {getattr(batch, f.name).dtype for f in fields(kind) if _is_column(batch, f.name)}
    assert dtypes <= {np.dtype(t) for t in (np.int64, np.float64, np.uint8, np.bool_, object)}
    assert batch.ts_ms.dtype == batch.rx_ms.dtype == np.int64


def _is_column(batch: Batch, name: str) -> bool:
    return isinstance(getattr(batch, name), np.ndarray)


def test_a_report_is_of_the_serving_cell_unless_it_says_otherwise() -> None:
    assert Measurements.of(ts_ms=[1, 2], serving=[None, False]).serving.tolist() == [True, False]
    assert RegisterRows.of(ts_ms=[1]).deleted.tolist() == [False]


def test_the_widest_cell_identity_fits() -> None:
    widest = (1 << 36) - 1
    assert int(Measurements.of(ts_ms=[1], cell=[widest]).cell[0]) == widest
    assert int(Sms.of(ts_ms=[1], cell=[widest]).cell[0]) == widest


def test_a_mask_a_slice_and_positions_take_the_same() -> None:
    batch = batch_of(5, [0, 3, 3])
    mask = np.array([False, True, False, True, True])
    for rows in (mask, np.flatnonzero(mask)):
        assert batch.take(rows).cell.tolist() == [1, 3, 4]
    assert batch.take(slice(1, None, 2)).cell.tolist() == [1, 3]
    assert batch.take(slice(1, None, 2)).broadcast.sib_count.tolist() == [1.0, 3.0]
    assert len(batch) == 5


@given(data=st.data())
def test_neighbours_and_broadcast_go_with_their_rows(data: st.DataObject) -> None:
    rows = data.draw(st.integers(0, 8))
    measured = data.draw(st.lists(st.integers(0, rows - 1), max_size=12)) if rows else []
    batch = batch_of(rows, measured)
    order = data.draw(st.permutations(range(rows)))
    kept = order[: data.draw(st.integers(0, rows))]
    taken = batch.take(np.array(kept, dtype=np.int64))
    assert taken.cell.tolist() == kept
    assert taken.device.tolist() == [f"d{n}" for n in kept]
    assert taken.broadcast.t3212_min.tolist() == kept
    assert neighbours_of(taken) == {row: neighbours_of(batch)[row] for row in kept}
    assert len(taken.neighbours) == sum(row in kept for row in measured)


def test_entries_keep_their_values() -> None:
    entry: dict[str, Any] = {"row": 0, "rat": 1, "mcc": 460, "signal_dbm": -70.0}
    near = Measurements.of(ts_ms=[1, 2], neighbours=[entry]).take(slice(0, 1)).neighbours
    assert isinstance(near, Neighbours)
    assert (near.rat[0], near.mcc[0], near.signal_dbm[0]) == (1, 460.0, -70.0)
    assert np.isnan(near.cell[0])


def test_taking_copies_nothing_of_the_old_batch_back() -> None:
    batch = batch_of(3, [1])
    taken = batch.take(np.array([1]))
    taken.cell[0] = 99
    assert batch.cell.tolist() == [0, 1, 2]
