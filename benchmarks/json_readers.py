"""What readers of JSON take for a report, in microseconds of processor time: why ours is there.

    python -m benchmarks.json_readers

prints, for reports with five neighbours each, what installed readers take: those that look at the
syntax alone, those that make Python's objects, and those that make columns. They take turns;
figures are medians. What is no dependency of cellhound (pysimdjson, orjson, polars, awkward,
duckdb, arro3-io) is left out where it is missing. Traps of the others are not fenced off here:
where they take a number from a text, a field twice or NaN, the fence would come on top.
"""

import importlib
import io
import json
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import click
import msgspec
import pyarrow as pa
import pyarrow.json as arrow_json

from benchmarks.decoding import report
from streams.decode.json.rows import JsonReader
from streams.decode.schema import BROADCAST, NEIGHBOUR, SCHEMAS, Field

_SCHEMA = SCHEMAS["cell.measurements"]
_TEXTS = ("text", "listed")

Read = Callable[[list[bytes]], Any]


@click.command()
@click.option("--reports", default=2_000, show_default=True, help="In a chunk.")
@click.option("--times", default=15, show_default=True, help="How often.")
def main(reports: int, times: int) -> None:
    """Read the same reports in all ways and print what one takes."""
    pa.set_cpu_count(1)
    values = [msgspec.json.encode(report(n, 5)) for n in range(reports)]
    reads: dict[str, Read] = {}
    for name, make in _WAYS.items():
        try:
            reads[name] = make()
        except ImportError:
            click.echo(f"{name} is not installed", err=True)
    spent: dict[str, list[float]] = {name: [] for name in reads}
    for _ in range(times):
        for name, read in reads.items():
            start = time.process_time()
            read(values)
            spent[name].append(time.process_time() - start)
    click.echo(f"{len(values[0])} bytes a report, {reports} in a chunk; us a report")
    for name, seconds in spent.items():
        click.echo(f"{name:<40}{statistics.median(seconds) / reports * 1e6:6.2f}")


def _msgspec_syntax() -> Read:
    raw = msgspec.json.Decoder(list[msgspec.Raw])
    return lambda values: raw.decode(b"[" + b",".join(values) + b"]")


def _simdjson() -> Read:
    parser = importlib.import_module("simdjson").Parser()

    def read(values: list[bytes]) -> None:
        for value in values:
            parser.parse(value)

    return read


def _orjson() -> Read:
    loads = importlib.import_module("orjson").loads
    return lambda values: [loads(value) for value in values]


def _structs() -> Read:
    decode = JsonReader(_SCHEMA, plain=False)._one.decode
    return lambda values: [decode(value) for value in values]


def _polars() -> Read:
    polars = importlib.import_module("polars")
    kind = polars.Struct(polars.from_arrow(_arrow_schema().empty_table()).schema)
    return lambda values: polars.Series(values).cast(polars.String).str.json_decode(kind)


def _pyarrow() -> Read:
    schema = _arrow_schema()
    options = arrow_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
    reading = arrow_json.ReadOptions(use_threads=False, block_size=4 << 20)
    return lambda values: arrow_json.read_json(
        pa.BufferReader(b"\n".join(values)), reading, options
    )


def _awkward() -> Read:
    awkward = importlib.import_module("awkward")

    def named(fields: Sequence[Field]) -> dict[str, Any]:
        kinds = {"bool": "boolean", **dict.fromkeys(_TEXTS, "string")}
        return {spec.name: {"type": [kinds.get(spec.kind, "number"), "null"]} for spec in fields}

    def of(parts: dict[str, Any]) -> dict[str, Any]:
        return {"type": ["object", "null"], "properties": parts, "required": []}

    entries = {"type": ["array", "null"], "items": of(named(NEIGHBOUR))}
    parts = {"neighbours": entries, "broadcast": of(named(BROADCAST))}
    schema = of(named(_SCHEMA.fields) | parts) | {"type": "object"}
    return lambda values: awkward.from_json(b"\n".join(values), line_delimited=True, schema=schema)


def _duckdb() -> Read:
    connection = importlib.import_module("duckdb").connect()
    connection.execute("set threads = 1")

    def named(fields: Sequence[Field]) -> dict[str, Any]:
        kinds = {"bool": "BOOLEAN", **dict.fromkeys(_TEXTS, "VARCHAR")}
        return {spec.name: kinds.get(spec.kind, "DOUBLE") for spec in fields}

    parts = {"neighbours": [named(NEIGHBOUR)], "broadcast": named(BROADCAST)}
    shape = json.dumps(named(_SCHEMA.fields) | parts)

    def read(values: list[bytes]) -> Any:
        connection.register("t", pa.table({"j": pa.array(values).cast(pa.string())}))
        return connection.sql(f"select json_transform(j, '{shape}') from t").to_arrow_table()

    return read


def _arro3() -> Read:
    arro3, schema = importlib.import_module("arro3.io"), _arrow_schema()

    def read(values: list[bytes]) -> pa.Table:
        lines = io.BytesIO(b"\n".join(values))
        return pa.table(arro3.read_json(lines, schema, batch_size=len(values)).read_all())

    return read


def _whole(plain: bool) -> Callable[[], Read]:
    reader = JsonReader(_SCHEMA, plain=plain)
    return lambda: lambda values: reader.read(values, range(len(values)))


def _arrow_schema() -> pa.Schema:
    def named(fields: Sequence[Field]) -> list[tuple[str, pa.DataType]]:
        kinds = {"bool": pa.bool_(), **dict.fromkeys(_TEXTS, pa.string())}
        return [(spec.name, kinds.get(spec.kind, pa.float64())) for spec in fields]

    entries, seen = pa.list_(pa.struct(named(NEIGHBOUR))), pa.struct(named(BROADCAST))
    return pa.schema([*named(_SCHEMA.fields), ("neighbours", entries), ("broadcast", seen)])


_WAYS: dict[str, Callable[[], Read]] = {
    "syntax alone: msgspec": _msgspec_syntax,
    "syntax alone: pysimdjson": _simdjson,
    "objects: orjson": _orjson,
    "objects: msgspec": _structs,
    "columns: polars": _polars,
    "columns: pyarrow": _pyarrow,
    "columns: awkward": _awkward,
    "columns: duckdb": _duckdb,
    "columns: arro3-io": _arro3,
    "columns, all checked: typed reader": _whole(False),
    "columns, all checked: plain reader": _whole(True),
}


if __name__ == "__main__":
    main()
