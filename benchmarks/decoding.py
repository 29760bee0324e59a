"""What it costs to turn the bytes of reports into columns, in microseconds of processor time.

    python benchmarks/decoding.py

prints the time of one report, alone in a record, in arrays, as lines of a trace and in Arrow, in
chunks of the sizes that a worker sees; and beside it what it takes without the plain reader
(`streams.decode.json.plain`). Both take turns in one process; figures are medians.
"""

import statistics
import time
from collections.abc import Iterator
from typing import Any

import click
import msgspec
import numpy as np
import pyarrow as pa

from streams.decode import codec
from streams.decode.codec import decode
from streams.decode.json.plain.reader import LIBRARY, loaded
from streams.decode.json.rows import JsonReader
from streams.decode.records import ARROW, RecordSlice
from streams.decode.schema import SCHEMAS
from streams.privacy.hasher import Hasher

_START_MS = 1_700_000_000_000
_TOPIC = "cell.measurements"
_ARRAY_ITEMS = 500
_ARROW_ROWS = 1_000
_CHUNKS = (100, 500, 2_000)
_HASHER = Hasher(b"benchmark")
_READERS = {True: codec._READERS[_TOPIC], False: JsonReader(SCHEMAS[_TOPIC], plain=False)}


@click.command()
@click.option("--rows", default=20_000, show_default=True, help="Reports to decode, each time.")
@click.option("--times", default=7, show_default=True, help="How often.")
def main(rows: int, times: int) -> None:
    """Decode made-up reports and print what one takes."""
    if loaded() is None:
        raise click.ClickException(f"{LIBRARY.name} is not there, or is an old one: make install")
    click.echo(
        f"{'neighbours':>10}  {'a record is':<18}{'a chunk':>8}{'us':>8}{'without':>9}{'ratio':>7}"
    )
    for neighbours in (0, 5):
        reports = [report(n, neighbours) for n in range(rows)]
        for name, chunk, slices in _cases(reports):
            spent: dict[bool, list[float]] = {True: [], False: []}
            for _ in range(times):
                for plain, seconds in spent.items():
                    seconds.append(_seconds(slices, plain, rows))
            us, without = (statistics.median(spent[plain]) / rows * 1e6 for plain in (True, False))
            ratio = "" if name.startswith("Arrow") else f"{without / us:7.1f}"
            click.echo(f"{neighbours:>10}  {name:<18}{chunk:>8}{us:>8.2f}{without:>9.2f}{ratio}")


def report(n: int, neighbours: int) -> dict[str, Any]:
    """A report, one of a row of them that differ."""
    made: dict[str, Any] = {
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
        made["neighbours"] = [
            {"rat": "lte", "pci": n, "arfcn": 1850, "signal_dbm": -100.0 - n}
            for n in range(neighbours)
        ]
    return made


def _cases(reports: list[dict[str, Any]]) -> Iterator[tuple[str, int, list[RecordSlice]]]:
    """Kinds of records, reports in a chunk, and all chunks."""
    encode = msgspec.json.encode
    objects = [encode(one) for one in reports]
    for chunk in _CHUNKS:
        yield "one report", chunk, _sliced(objects, chunk)
    yield "a line", _CHUNKS[-1], _sliced(objects, _CHUNKS[-1], arrays=False)
    arrays = [encode(part) for part in _parts(reports, _ARRAY_ITEMS)]
    for chunk in _CHUNKS[1:]:
        yield f"an array of {_ARRAY_ITEMS}", chunk, _sliced(arrays, chunk // _ARRAY_ITEMS)
    streams = [_stream(pa.Table.from_pylist(part)) for part in _parts(reports, _ARROW_ROWS)]
    yield (
        f"Arrow of {_ARROW_ROWS:,}",
        _CHUNKS[-1],
        _sliced(streams, _CHUNKS[-1] // _ARROW_ROWS, kind=ARROW),
    )


def _sliced(
    values: list[bytes], records: int, kind: str | None = None, arrays: bool = True
) -> list[RecordSlice]:
    return [
        RecordSlice(
            topic=_TOPIC,
            partition=0,
            offsets=range(len(part)),
            values=part,
            rx_ms=np.full(len(part), _START_MS, dtype=np.int64),
            content_types=[kind] * len(part) if arrays else None,
            arrays=arrays,
        )
        for part in _parts(values, records)
    ]


def _parts(all_: list[Any], size: int) -> list[list[Any]]:
    return [all_[start : start + size] for start in range(0, len(all_), size)]


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _seconds(slices: list[RecordSlice], plain: bool, rows: int) -> float:
    codec._READERS[_TOPIC] = _READERS[plain]
    start = time.process_time()
    found = sum(len(decode(part, _HASHER).batch) for part in slices)
    spent = time.process_time() - start
    if found != rows:
        raise click.ClickException(f"{found} of {rows} reports were decoded")
    return spent


if __name__ == "__main__":
    main()
