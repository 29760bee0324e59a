"""Reading the files of a trace in chunks, lines plain or packed and Parquet, damaged or not.

A trace may be larger than memory: nothing is read whole. Lines are handed on as the bytes they are,
broken ones too, so that a trace that is replayed and recorded is the same again.
"""

import logging
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, TypeAlias

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import zstandard

from detectors.model.columns import I8
from replay.traces.arrival import (
    NO_TIME,
    times_of_lines,
    times_of_rows,
    valid_arrivals,
    with_arrivals,
)
from replay.traces.line_chunks import NumberedLines, line_chunks
from replay.traces.parquet_columns import columns_with_values
from replay.traces.trace_files import (
    LINE_FORMS,
    PARQUET,
    Trace,
    TraceError,
    form_of,
)
from streams.decode.arrow.rows import rows_as_json
from streams.decode.codec import ReadAhead

_READ_BYTES: Final = 1 << 18
#: Smaller, since packed lines may be a thousand times as long unpacked.
_READ_PACKED_BYTES: Final = 1 << 15

#: Reads lines before it is known when they arrived; ``None`` where it can't.
ReadsAhead: TypeAlias = Callable[[Sequence[bytes]], ReadAhead | None]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Some lines of a file, blank ones left out, without their line ends.

    ``line_numbers`` count from 1, blank lines too. ``rx_ms`` is the stand-in arrival time,
    ``arrival_ms`` the message's own ``rx_ts`` where it has one, else the stand-in; ``ahead`` what
    they were read to, where that was asked for.
    """

    line_numbers: I8
    values: Sequence[bytes]
    rx_ms: I8
    arrival_ms: I8
    ahead: ReadAhead | None = None


@dataclass(slots=True)
class LineFile:
    """Iterates over the chunks of a file of JSON lines, any number of times.

    ``warning``, set once the file has been read to its end, names the byte from which on a damaged
    or truncated file could not be read; ``None`` for a whole file. A last line without an end
    counts as a line. ``read`` is the share of the file that has been read so far. With
    ``read_ahead`` lines are read by it, and their times taken from the rows.
    """

    path: Path
    chunk_rows: int = 20_000
    warning: str | None = field(default=None, init=False)
    read: float = field(default=0.0, init=False)
    read_ahead: ReadsAhead | None = None

    def __iter__(self) -> Iterator[Lines]:
        yield from _with_times(
            lambda: line_chunks(self._blocks(), self.chunk_rows), self.read_ahead
        )

    def _blocks(self) -> Iterator[bytes]:
        form = form_of(self.path)
        try:
            size = max(1, self.path.stat().st_size)
            with self.path.open("rb") as stream:
                if form == ".jsonl":
                    blocks = iter(lambda: stream.read(_READ_BYTES), b"")
                else:
                    blocks = self._unpacked(stream, form)
                for block in blocks:
                    self.read = stream.seek(0, 1) / size
                    yield block
        except OSError as error:
            raise TraceError(f"{self.path}: can't be read: {error.strerror}.") from error

    def _unpacked(self, stream: IO[bytes], form: str) -> Iterator[bytes]:
        """Unpack one frame after the other; a damaged end leaves a warning."""
        unpacker: Any = None
        packed = b""
        read = 0
        while packed or (packed := stream.read(_READ_PACKED_BYTES)):
            if unpacker is None:
                unpacker = _unpacker(form)
            try:
                block = unpacker.decompress(packed)
            except (zlib.error, zstandard.ZstdError) as error:
                self._warn(read, f"is damaged ({error})")
                return
            packed = b""
            read += len(block)
            if block:
                yield block
            if unpacker.eof:
                packed, unpacker = unpacker.unused_data, None
        if unpacker is not None:
            # What came so far may still hide in the unpacker's window.
            if tail := unpacker.flush():
                read += len(tail)
                yield tail
            self._warn(read, "is cut short")

    def _warn(self, read: int, what: str) -> None:
        warning = (
            f"{self.path}: {what}; the first {read} bytes of its lines were read, the rest is lost."
        )
        # Arrival times may take a second pass over the file, which finds the same.
        if warning != self.warning:
            _log.warning(warning)
        self.warning = warning


def read_lines(path: Path, chunk_rows: int = 20_000) -> LineFile:
    """The lines of a ``.jsonl``, ``.jsonl.gz`` or ``.jsonl.zst`` file in chunks, in order.

    Raises TraceError for another form, and while iterating where the file can't be read.
    """
    if (form := form_of(path)) not in LINE_FORMS:
        raise TraceError(f"{path}: {form} holds no lines; read it with read_tables.")
    return LineFile(path, chunk_rows)


def lines_in_memory(content: bytes, chunk_rows: int = 20_000) -> Iterator[Lines]:
    """Lines that were read already, such as those of standard input; as `read_lines` gives them."""
    return _with_times(lambda: line_chunks([content], chunk_rows))


def _with_times(
    chunks: Callable[[], Iterator[NumberedLines]],
    read_ahead: ReadsAhead | None = None,
) -> Iterator[Lines]:
    def timed() -> Iterator[tuple[tuple[NumberedLines, I8, ReadAhead | None], I8]]:
        for lines in chunks():
            ahead = None if read_ahead is None else read_ahead(lines.values)
            if ahead is None:
                ts, rx_ts = times_of_lines(lines.values)
            else:
                ts, rx_ts = times_of_rows(lines.values, ahead.rows)
            yield (lines, rx_ts, ahead), ts

    for (lines, rx_ts, ahead), rx_ms in with_arrivals(timed):
        yield Lines(*lines, rx_ms, np.where(rx_ts == NO_TIME, rx_ms, rx_ts), ahead)


def _unpacker(form: str) -> Any:
    if form.endswith(".gz"):
        return zlib.decompressobj(wbits=31)
    return zstandard.ZstdDecompressor().decompressobj()


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


@dataclass(slots=True)
class TableFile:
    """Iterates over the rows of a Parquet file in chunks; ``read`` is the share that has been read.

    Row groups are read one by one. Raises TraceError while iterating where it is damaged.
    """

    path: Path
    chunk_rows: int = 20_000
    read: float = field(default=0.0, init=False)

    def __iter__(self) -> Iterator[TableChunk]:
        for (first_row, table), rx_ms in with_arrivals(self._timed):
            rx_ts = valid_arrivals(_times(table, "rx_ts"))
            yield TableChunk(first_row, table, rx_ms, np.where(rx_ts == NO_TIME, rx_ms, rx_ts))

    def _timed(self) -> Iterator[tuple[tuple[int, Any], I8]]:
        first_row = 1
        try:
            with pq.ParquetFile(self.path, pre_buffer=False) as file:
                for batch in file.iter_batches(self.chunk_rows, columns=columns_with_values(file)):
                    yield (first_row, pa.Table.from_batches([batch])), _times(batch, "ts")
                    first_row += batch.num_rows
                    self.read = first_row / max(1, file.metadata.num_rows)
        except (OSError, pa.ArrowException) as error:
            raise TraceError(f"{self.path}: can't be read as Parquet: {error}") from error


def read_tables(path: Path, chunk_rows: int = 20_000) -> TableFile:
    """The rows of a Parquet file in chunks, in order."""
    return TableFile(path, chunk_rows)


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
