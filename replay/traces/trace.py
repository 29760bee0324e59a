"""Traces on disk: finding, reading and writing them; other folders import from here.

A trace may be larger than memory: nothing is read whole.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from detectors.model.columns import I8
from replay.traces.arrival import NO_TIME, valid_arrivals, with_arrivals
from replay.traces.trace_files import FILES, FORMS, PARQUET, Trace, TraceError, form_of, open_trace
from replay.traces.trace_lines import LineFile, Lines, read_lines
from replay.traces.trace_writer import TraceWriter
from streams.decode.arrow_rows import rows_as_json

__all__ = [
    "FILES",
    "FORMS",
    "LineFile",
    "Lines",
    "Message",
    "TableChunk",
    "Trace",
    "TraceError",
    "TraceWriter",
    "open_trace",
    "read_lines",
    "read_messages",
    "read_tables",
]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a trace; times as in `Lines`, the stand-in as ``stand_in_ms``."""

    topic: str
    value: bytes
    arrival_ms: int
    stand_in_ms: int


@dataclass(frozen=True, slots=True, eq=False)
class TableChunk:
    """Some rows of a Parquet file; the first of the file is row 1. Times as in `Lines`."""

    first_row: int
    table: Any
    rx_ms: I8
    arrival_ms: I8


def read_tables(path: Path, chunk_rows: int = 20_000) -> Iterator[TableChunk]:
    """The rows of a Parquet file in chunks, in order. Raises TraceError where it is damaged."""

    def timed() -> Iterator[tuple[tuple[int, Any], I8]]:
        first_row = 1
        try:
            with pq.ParquetFile(path, pre_buffer=False) as file:
                for batch in file.iter_batches(chunk_rows):
                    yield (first_row, pa.Table.from_batches([batch])), _times(batch, "ts")
                    first_row += batch.num_rows
        except (OSError, pa.ArrowException) as error:
            raise TraceError(f"{path}: can't be read as Parquet: {error}") from error

    for (first_row, table), rx_ms in with_arrivals(timed):
        rx_ts = valid_arrivals(_times(table, "rx_ts"))
        yield TableChunk(first_row, table, rx_ms, np.where(rx_ts == NO_TIME, rx_ms, rx_ts))


def read_messages(trace: Trace, topic: str) -> Iterator[Message]:
    """The messages of one of the trace's topics, in the file's order.

    A row of Parquet becomes a JSON object without its nulls.
    """
    path = trace.files[topic]
    chunks: Iterable[Lines | TableChunk] = (
        read_tables(path) if form_of(path) == PARQUET else read_lines(path)
    )
    for chunk in chunks:
        values = chunk.values if isinstance(chunk, Lines) else _as_json(chunk.table)
        times = zip(values, chunk.arrival_ms.tolist(), chunk.rx_ms.tolist(), strict=True)
        for value, arrival_ms, stand_in_ms in times:
            yield Message(topic, value, arrival_ms, stand_in_ms)


def _as_json(table: Any) -> list[bytes]:
    try:
        return [msgspec.json.encode(_without_nulls(row)) for row in table.to_pylist()]
    except (TypeError, ValueError, OverflowError, msgspec.MsgspecError):
        # JSON can't hold a column's type: row by row, as far as possible.
        return rows_as_json(table, range(table.num_rows))


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _times(batch: Any, name: str) -> I8:
    """A column of times; `NO_TIME` where it is missing, null or no whole number."""
    if name not in batch.schema.names:
        return np.full(batch.num_rows, NO_TIME, dtype=np.int64)
    column = batch.column(name)
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return np.full(batch.num_rows, NO_TIME, dtype=np.int64)
    numbers = pc.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    whole = (np.abs(numbers) < 2.0**53) & (np.floor(numbers) == numbers)
    return np.where(whole, numbers, 0.0).astype(np.int64) + np.where(whole, 0, NO_TIME)
