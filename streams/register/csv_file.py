"""Cell registers as files: OpenCelliD's CSV, plain or gzipped, into columns.

A file is checked against the same table of fields as the topic's messages. It is read in blocks, so
that a million rows need little more memory than their columns. Where its columns stand is found in
`streams.register.csv_layout`.
"""

import zlib
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from detectors.model.columns import F8, I8, RegisterRows
from detectors.register.rows import cell_numbers, joined, start_ms, taken
from streams.register.column_map import ColumnMap
from streams.register.csv_columns import CARRIED, Block, checked
from streams.register.csv_layout import (
    EXPECTED,
    Layout,
    RegisterError,
    is_gzipped,
    layout_of,
    opened,
)
from streams.register.csv_result import RegisterFile, Reject

__all__ = ["RegisterError", "read_register"]

_BLOCK_BYTES: Final = 8 << 20


def read_register(
    path: Path,
    column_map: ColumnMap | None = None,
    advance: Callable[[int], object] | None = None,
) -> RegisterFile:
    """Read a register. Bad rows become rejects, in the order of their lines.

    ``column_map`` says which column is which, where the file has others than OpenCelliD's.
    ``advance`` is called with how many bytes of the file were worked off since the last call. Of
    rows with one key and start of validity the last stays. Raises RegisterError where there is no
    file, no header with the required columns, or a gzip that is damaged.
    """
    layout = layout_of(path, column_map)
    step = advance or (lambda _: None)
    try:
        return _read(path, layout, step)
    except pa.ArrowInvalid as error:
        raise RegisterError(f"{path}: not readable as CSV ({error}); {EXPECTED}.") from error
    except (OSError, EOFError, zlib.error) as error:
        raise RegisterError(f"{path}: damaged or cut short ({error}); {EXPECTED}.") from error


@dataclass(slots=True)
class _Reading:
    """What has been read so far. ``skipped`` are lines that gave no row."""

    first_line: int = 2
    rows: list[RegisterRows] = field(default_factory=list)
    carried: list[dict[str, F8]] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    faulty: list[tuple[int, str, str]] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)
    count: int = 0

    def on_wrong_count(self, row: Any) -> str:
        """Called by the parser: leave a line out that has not the header's number of fields."""
        self.skipped.append(row.number)
        if row.text.strip():
            counts = f"{row.actual_columns} fields instead of {row.expected_columns}"
            self.rejects.append(Reject(row.number, "wrong_column_count", counts))
        return "skip"

    def add(self, block: Block, texts: dict[str, Any]) -> None:
        """Take the good rows of a block, note the bad ones."""
        first = block.faults.first
        bad = np.flatnonzero(first >= 0)
        for at, number in zip(bad.tolist(), first[bad].tolist(), strict=True):
            reason, name = block.faults.met[number]
            detail = f"{name} is {str(texts[name][at].as_py() or '')[:80]!r}"
            self.faulty.append((self.count + at, reason, detail))
        good = np.flatnonzero((first < 0) & ~block.blank)
        rows = replace(block.rows, offset=block.rows.offset + self.count)
        self.rows.append(taken(rows, good))
        self.carried.append({name: column[good] for name, column in block.carried.items()})
        self.count += len(block.rows)
        for name, lost in block.wrong.items():
            self.dropped[name] = self.dropped.get(name, 0) + lost

    def result(self) -> RegisterFile:
        """Everything, with line numbers (the file's first is 1) and without duplicates."""
        end = self.first_line + self.count + len(self.skipped)
        lines = np.setdiff1d(np.arange(self.first_line, end), self.skipped)
        rejects = self.rejects + [Reject(int(lines[at]), *why) for at, *why in self.faulty]
        rows = joined(self.rows or [RegisterRows.of(ts_ms=[])])
        self.rows.clear()
        rows = replace(rows, offset=lines[rows.offset])
        kept, duplicates = _without_duplicates(rows)
        carried = {
            spec.name: np.concatenate([np.zeros(0), *(part[spec.name] for part in self.carried)])
            for spec in CARRIED
        }
        return RegisterFile(
            taken(rows, kept) if duplicates else rows,
            sorted(rejects + duplicates),
            {name: column[kept] for name, column in carried.items()},
            self.dropped,
        )


def _read(path: Path, layout: Layout, advance: Callable[[int], object]) -> RegisterFile:
    reading = _Reading(first_line=1 + layout.has_header)
    for block in _blocks(path, layout, reading, advance):
        texts = layout.texts(block)
        reading.add(checked(texts, block.num_rows), texts)
    return reading.result()


def _blocks(
    path: Path,
    layout: Layout,
    reading: _Reading,
    advance: Callable[[int], object],
) -> Iterator[Any]:
    """Record batches of text, the columns named by their place; an empty field is null."""
    with opened(path) as stream:
        if layout.has_header:
            stream.readline()
        if not stream.read(1):
            return
    # By place, since names may come twice.
    names = [str(place) for place in range(layout.width)]
    with path.open("rb", buffering=0) as file:
        counted, utf8 = _Counted(file), _Utf8()
        raw = pa.PythonFile(counted, mode="r")
        unpacked = pa.CompressedInputStream(raw, "gzip") if is_gzipped(path) else raw
        blocks = pacsv.open_csv(
            pa.TransformInputStream(unpacked, utf8),
            pacsv.ReadOptions(
                use_threads=False,  # else bad lines come without their numbers
                block_size=_BLOCK_BYTES,
                column_names=names,
                skip_rows=int(layout.has_header),
            ),
            pacsv.ParseOptions(
                delimiter=layout.delimiter,
                invalid_row_handler=reading.on_wrong_count,
                ignore_empty_lines=False,  # else they don't count into the numbers
            ),
            pacsv.ConvertOptions(
                include_columns=[str(place) for place in layout.needed],
                column_types={name: pa.string() for name in names},
                strings_can_be_null=True,
                null_values=["", *layout.missing],
            ),
        )
        done = 0
        for block in blocks:
            yield block
            # Arrow reads ahead: what has been taken in is a block, of what is packed its share.
            step = int(min(_BLOCK_BYTES * counted.count / utf8.count, counted.count - done))
            done += step
            advance(step)
        advance(counted.count - done)


class _Utf8:
    """Bytes that are no UTF-8, replaced: such stand mostly in columns that we don't need."""

    def __init__(self) -> None:
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self.count = 1

    def __call__(self, piece: Any) -> bytes:
        data = bytes(piece)
        self.count += len(data)
        if data.isascii() and not self._decoder.getstate()[0]:
            return data
        return self._decoder.decode(data).encode()


class _Counted:
    """A file for Arrow to read from, which knows how many bytes have been read."""

    def __init__(self, file: Any) -> None:
        self._file, self.count = file, 0

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._file.read(size)
        self.count += len(data)
        return data

    def close(self) -> None:
        """The file is closed by who opened it."""

    @property
    def closed(self) -> bool:
        return bool(self._file.closed)


def _without_duplicates(rows: RegisterRows) -> tuple[I8, list[Reject]]:
    """Places of the rows that stay, and rejects for those that a later row replaces."""
    keys = cell_numbers(rows)
    starts_ms = start_ms(rows)
    order = np.lexsort((starts_ms, keys))
    same = keys[order][1:] == keys[order][:-1]
    same &= starts_ms[order][1:] == starts_ms[order][:-1]
    lines = rows.offset[order]
    rejects = [
        Reject(int(lines[at]), "duplicate", f"line {int(lines[at + 1])} comes after it")
        for at in np.flatnonzero(same).tolist()
    ]
    return np.sort(order[np.append(~same, True)[: len(order)]]), rejects
