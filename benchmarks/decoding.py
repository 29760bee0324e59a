"""How many reports a second one core turns from bytes into columns.

    python benchmarks/decoding.py --rows 200000

prints rows a second for JSON with one report a message, for JSON arrays, and for Arrow messages and
tables, in records of the sizes that a worker sees. Figures are the best of three runs.
"""

import time
from collections.abc import Callable
from typing import Any

import click
import msgspec
import numpy as np
import pyarrow as pa

from streams.decode.codec import decode, decode_table
from streams.decode.records import ARROW, JSON, RecordSlice
from streams.privacy.hasher import Hasher

_START_MS = 1_700_000_000_000
_TOPIC = "cell.measurements"
_CHUNK_RECORDS = 2_000
_ARRAY_ITEMS = 100
_BATCH_ROWS = 2_000
_RUNS = 3


@click.command()
@click.option("--rows", default=200_000, show_default=True, help="Reports to decode.")
@click.option("--neighbours", default=0, show_default=True, help="Neighbours in each report.")
def main(rows: int, neighbours: int) -> None:
    """Decode made-up reports and print rows a second."""
    reports = [_report(n, neighbours) for n in range(rows)]
    objects = [msgspec.json.encode(report) for report in reports]
    arrays = [
        msgspec.json.encode(reports[at : at + _ARRAY_ITEMS]) for at in range(0, rows, _ARRAY_ITEMS)
    ]
    tables = [
        pa.Table.from_pylist(reports[at : at + _BATCH_ROWS]) for at in range(0, rows, _BATCH_ROWS)
    ]
    streams = [_stream(table) for table in tables]
    hasher = Hasher(b"benchmark")
    cases: dict[str, Callable[[], int]] = {
        "JSON, one report a message": lambda: _decoded(objects, JSON, _CHUNK_RECORDS, hasher),
        "JSON arrays of 100": lambda: _decoded(arrays, JSON, 20, hasher),
        "Arrow messages of 2,000": lambda: _decoded(streams, ARROW, 4, hasher),
        "Arrow tables of 2,000": lambda: sum(_table_rows(table, hasher) for table in tables),
    }
    click.echo(f"{len(objects[0])} bytes a JSON report, {rows} reports")
    for name, run in cases.items():
        click.echo(f"{name:<28}{rows / _best_seconds(run, rows):>12,.0f} rows/s")


def _report(n: int, neighbours: int) -> dict[str, Any]:
    report: dict[str, Any] = {
        "ts": _START_MS + n,
        "rx_ts": _START_MS + n + 500,
        "device": f"d-{n * 7919 % 100_000:06d}",
        "lat": round(31.0 + n % 9973 / 1e4, 6),
        "lon": round(121.0 + n % 7919 / 1e4, 6),
        "position_source": "gnss",
        "accuracy_m": 8.0,
        "rat": "lte",
        "mcc": 460,
        "mnc": 0,
        "area": 4100,
        "cell": 100_000_001 + n % 10_000,
        "arfcn": 1850,
        "pci": n % 504,
        "signal_dbm": -90.5,
        "timing_advance": 3,
    }
    if neighbours:
        report["neighbours"] = [
            {"rat": "lte", "pci": n, "arfcn": 1850, "signal_dbm": -100.0 - n}
            for n in range(neighbours)
        ]
    return report


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _decoded(values: list[bytes], content_type: str, chunk: int, hasher: Hasher) -> int:
    total = 0
    for start in range(0, len(values), chunk):
        part = values[start : start + chunk]
        records = RecordSlice(
            topic=_TOPIC,
            partition=0,
            offsets=range(start, start + len(part)),
            values=part,
            rx_ms=np.full(len(part), _START_MS, dtype=np.int64),
            content_types=[content_type] * len(part),
        )
        total += len(decode(records, hasher).batch)
    return total


def _table_rows(table: pa.Table, hasher: Hasher) -> int:
    rx_ms = np.full(table.num_rows, _START_MS, dtype=np.int64)
    return len(decode_table(_TOPIC, table, hasher, rx_ms=rx_ms).batch)


def _best_seconds(run: Callable[[], int], rows: int) -> float:
    best = float("inf")
    for _ in range(_RUNS):
        start = time.perf_counter()
        found = run()
        best = min(best, time.perf_counter() - start)
        if found != rows:
            raise click.ClickException(f"{found} of {rows} reports were decoded")
    return best


if __name__ == "__main__":
    main()
