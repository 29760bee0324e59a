"""JSON lines made column by column, a hundred thousand at a time, and gzip files of them.

Texts are such that JSON needs no escape in them; nothing a person wrote gets here.
"""

import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

ROWS_AT_ONCE = 100_000
LEVEL = 4  # of gzip

Column: TypeAlias = Any  # an array of pyarrow, whose types it does not publish
_HEX = np.array([f"{value:02x}".encode() for value in range(256)])


class Lines:
    """Columns of lines in the making; a value that is not known is left out of its line."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self._parts: list[Column] = []

    def put(self, name: str, values: Column, known: NDArray[np.bool_] | None = None) -> None:
        """A column of whole numbers, truth values or texts."""
        array = values if isinstance(values, pa.Array) else pa.array(values)
        quote = '"' if pa.types.is_string(array.type) else ""
        comma = "," if self._parts else "{"
        text = array if quote else pc.cast(array, pa.string())
        text = pc.binary_join_element_wise(f'{comma}"{name}":{quote}', text, quote, "")
        self._parts.append(text if known is None else pc.if_else(pa.array(known), text, None))

    def words(self, name: str, codes: NDArray[Any], names: Sequence[str]) -> None:
        """A column of words by their places in a list; below zero nothing is known."""
        codes = np.asarray(codes).astype(np.int64)
        self.put(name, words(np.maximum(codes, 0), names), codes >= 0)

    def finished(self) -> bytes:
        """All lines, each with its line break. The first column is known in every row."""
        if not self.rows:
            return b""
        whole = pc.binary_join_element_wise(
            *self._parts, "}\n", "", null_handling="replace", null_replacement=""
        )
        ends = np.frombuffer(whole.buffers()[1], dtype=np.int32)
        return bytes(memoryview(whole.buffers()[2])[: ends[self.rows]])


def words(codes: NDArray[Any], names: Sequence[str]) -> Column:
    """Texts by their places in a list."""
    return pa.array(list(names) or [""], pa.string()).take(pa.array(codes.astype(np.int64)))


def hexadecimal(values: NDArray[np.uint64], before: str = "") -> Column:
    """16 digits of each value, behind a text."""
    octets = values.astype(">u8").view(np.uint8).reshape(-1, 8)
    digits = np.ascontiguousarray(_HEX[octets]).view("S16").ravel()
    text = pc.cast(pa.array(digits.tolist(), pa.binary()), pa.string())
    return pc.binary_join_element_wise(before, text, "") if before else text


def cut(rows: int) -> Iterator[slice]:
    """Slices of so many rows that together are all."""
    return (slice(first, first + ROWS_AT_ONCE) for first in range(0, rows, ROWS_AT_ONCE))


def write_packed(path: Path, chunks: Iterator[bytes]) -> None:
    """A ``.jsonl.gz``, the same bytes for the same lines; none where there is no line."""
    path.unlink(missing_ok=True)
    some = next(chunks, b"")
    if not some:
        return
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=LEVEL, fileobj=raw, mtime=0) as packed,
    ):
        while some:
            packed.write(some)
            some = next(chunks, b"")
