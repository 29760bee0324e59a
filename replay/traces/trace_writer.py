"""Writing traces: JSON lines as they are, or Parquet with a column a field."""

import gzip
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Self

import msgspec
import pyarrow as pa
import pyarrow.json as pajson
import pyarrow.parquet as pq
import zstandard

from replay.traces.trace_files import FILES, FORMS, LINE_FORMS, PARQUET, TraceError
from streams.decode.schema import BROADCAST, NEIGHBOUR, SCHEMAS, Field

_ROW_GROUP: Final = 20_000
_TYPES: Final = {
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "text": pa.string(),
    "listed": pa.string(),
}
_STEMS: Final = {topic: stem for stem, topic in FILES.items()}


class TraceWriter:
    """Writes the files of a trace, each as its topic is first written to. A context manager.

    ``form`` is one of `replay.traces.trace_files.FORMS`, with or without the dot. The same values
    give the same bytes. In the forms of lines, values stay as they are, broken ones too, save that
    a line end within a value is taken out.

    In Parquet, columns have the types of docs/messages.md. Fields that it doesn't name are kept
    where the first 20,000 values of the file have them, with the type that they have there. Values
    that don't fit (broken, or a wrong type in a column) are left out and counted in ``left_out`` by
    topic when the writer closes. `network.changes` and `field.feedback`, few and nested at will,
    are JSON lines in every form.
    """

    def __init__(self, folder: Path, form: str = ".jsonl") -> None:
        self._form = "." + form.removeprefix(".")
        if self._form not in FORMS:
            raise TraceError(f"{form}: no form of a trace; the forms are {', '.join(FORMS)}.")
        self._folder = folder
        self._open: dict[str, Any] = {}
        self._stack = ExitStack()
        self.left_out: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Write what is still held and close all files."""
        self._stack.close()
        for topic, sink in self._open.items():
            if isinstance(sink, _ParquetFile) and sink.left_out:
                self.left_out[topic] = sink.left_out

    def write(self, topic: str, values: Iterable[bytes]) -> None:
        """Append values to the topic's file. Raises TraceError for a topic that traces lack."""
        if topic not in self._open:
            self._open[topic] = self._opened(topic)
        self._open[topic].write(values)

    def _opened(self, topic: str) -> Any:
        if topic not in _STEMS:
            raise TraceError(f"{topic}: not in a trace; the topics are {', '.join(_STEMS)}.")
        stem = _STEMS[topic]
        form = ".jsonl" if self._form == PARQUET and topic not in SCHEMAS else self._form
        for other in FORMS:
            if other != form and (self._folder / (stem + other)).exists():
                raise TraceError(
                    f"{self._folder}: holds {stem}{other}, so {stem}{form} would be a second form "
                    f"of the same file; remove it or choose an empty folder."
                )
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / (stem + form)
        if form in LINE_FORMS:
            return _LineFile(path, form, self._stack)
        file = _ParquetFile(path, topic)
        self._stack.callback(file.close)
        return file


class _LineFile:
    def __init__(self, path: Path, form: str, stack: ExitStack) -> None:
        self._stream: Any = stack.enter_context(path.open("wb"))
        if form.endswith(".gz"):
            # Neither name nor time goes into the header: the same content, the same bytes.
            packer = gzip.GzipFile("", "wb", fileobj=self._stream, compresslevel=6, mtime=0)
            self._stream = stack.enter_context(packer)
        elif form.endswith(".zst"):
            packed = zstandard.ZstdCompressor().stream_writer(self._stream, closefd=False)
            self._stream = stack.enter_context(packed)

    def write(self, values: Iterable[bytes]) -> None:
        for value in values:
            self._stream.write((_one_line(value) if b"\n" in value else value) + b"\n")


class _ParquetFile:
    def __init__(self, path: Path, topic: str) -> None:
        self._path = path
        self._schema = _schema(topic)
        self._writer: Any = None
        self._held: list[bytes] = []
        self.left_out = 0

    def write(self, values: Iterable[bytes]) -> None:
        for value in values:
            self._held.append(value)
            if len(self._held) == _ROW_GROUP:
                self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        lines = [_one_line(value) for value in self._held]
        self._held = []
        if self._writer is None:
            self._schema = _with_others(lines, self._schema)
            self._writer = pq.ParquetWriter(self._path, self._schema, compression="zstd")
        tables = _tables(lines, self._schema)
        if tables:
            table = pa.concat_tables(tables)
            self._writer.write_table(table, row_group_size=_ROW_GROUP)
            self.left_out += len(lines) - table.num_rows
        else:
            self.left_out += len(lines)


def _one_line(value: bytes) -> bytes:
    """The value without line ends: JSON is written compactly, what is none stays none."""
    if b"\n" not in value and b"\r" not in value:
        return value
    try:
        return msgspec.json.format(value, indent=-1)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        # A space could make a broken value a whole one; JSON allows a vertical tab nowhere.
        return value.replace(b"\r", b"\x0b").replace(b"\n", b"\x0b")


def _schema(topic: str) -> Any:
    schema = SCHEMAS[topic]
    columns = _columns(schema.fields)
    if schema.neighbours:
        columns.append(pa.field("neighbours", pa.list_(pa.struct(_columns(NEIGHBOUR)))))
    if schema.broadcast:
        columns.append(pa.field("broadcast", pa.struct(_columns(BROADCAST))))
    return pa.schema(columns)


def _columns(fields: Iterable[Field]) -> list[Any]:
    return [pa.field(spec.name, _TYPES[spec.kind]) for spec in fields]


def _with_others(lines: list[bytes], schema: Any) -> Any:
    """The schema and, at its end, those columns beyond it that the lines have."""
    found = [table.schema for table in _tables(lines, schema, others="infer")]
    for other in pa.unify_schemas(found, promote_options="permissive") if found else ():
        if other.name not in schema.names and not pa.types.is_null(other.type):
            # Texts that look like times stay texts.
            kind = pa.string() if pa.types.is_temporal(other.type) else other.type
            schema = schema.append(pa.field(other.name, kind))
    return schema


def _tables(lines: list[bytes], schema: Any, others: str = "ignore") -> list[Any]:
    """The lines as tables; halved until those that don't fit stand alone, and are left out."""
    if not lines:
        return []
    joined = b"\n".join(lines)
    try:
        if not all(line.lstrip().startswith(b"{") for line in lines):
            raise pa.ArrowInvalid("a line is no object")
        table = pajson.read_json(
            pa.BufferReader(joined),
            pajson.ReadOptions(use_threads=False, block_size=len(joined) + 1),
            pajson.ParseOptions(explicit_schema=schema, unexpected_field_behavior=others),
        )
        if table.num_rows != len(lines):
            raise pa.ArrowInvalid("a line is more than one value")
        return [table]
    except pa.ArrowException:
        if len(lines) == 1:
            return []
        middle = len(lines) // 2
        return _tables(lines[:middle], schema, others) + _tables(lines[middle:], schema, others)
