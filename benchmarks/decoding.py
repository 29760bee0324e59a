"""What it costs to turn the bytes of reports into columns, in microseconds of processor time.

    python benchmarks/decoding.py

prints the time of one message, alone in a record, in arrays, as lines of a trace and in Arrow, in
chunks of the sizes that a worker sees; and beside it what it takes without the plain reader
(`streams.plain`). Both take turns in one process; figures are medians. Messages are
reports without and with neighbours, records of texts, and records of calls, whose numbers are bare
or were hashed before.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import click
import msgspec
import numpy as np
import pyarrow as pa

from streams.decode import codec
from streams.decode.codec import decode
from streams.decode.json.rows import JsonReader
from streams.decode.records import ARROW, RecordSlice
from streams.decode.schema import SCHEMAS
from streams.plain.library import OURS
from streams.privacy.hasher import Hasher

_START_MS = 1_700_000_000_000
_ARRAY_ITEMS = 500
_ARROW_ROWS = 1_000
_CHUNKS = (100, 500, 2_000)
_HASHER = Hasher(b"benchmark")
_TOPICS = ("cell.measurements", "sms.metadata", "call.signalling")
_READERS = {
    topic: {True: codec._READERS[topic], False: JsonReader(SCHEMAS[topic], plain=False)}
    for topic in _TOPICS
}


@click.command()
@click.option("--rows", default=20_000, show_default=True, help="Reports to decode, each time.")
@click.option("--times", default=7, show_default=True, help="How often.")
def main(rows: int, times: int) -> None:
    """Decode made-up reports and print what one takes."""
    if OURS is None:
        raise click.ClickException("plain.so is not there, or is an old one: make install")
    click.echo(
        f"{'message':<22}{'a record is':<18}{'a chunk':>8}{'us':>8}{'without':>9}{'ratio':>7}"
    )
    for kind, (topic, make) in _MESSAGES.items():
        for name, chunk, slices in _cases(topic, [make(n) for n in range(rows)]):
            spent: dict[bool, list[float]] = {True: [], False: []}
            for _ in range(times):
                for plain, seconds in spent.items():
                    seconds.append(_seconds(slices, plain, rows))
            us, without = (statistics.median(spent[plain]) / rows * 1e6 for plain in (True, False))
            ratio = "" if name.startswith("Arrow") else f"{without / us:7.1f}"
            click.echo(f"{kind:<22}{name:<18}{chunk:>8}{us:>8.2f}{without:>9.2f}{ratio}")


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


def text(n: int) -> dict[str, Any]:
    """A centre's record of a text, one of a row of them that differ."""
    return {
        **{"ts": _START_MS + n, "rx_ts": _START_MS + n + 500, "source": "smsc"},
        **{"device": f"d-{n * 7919 % 100_000:06d}", "sender": ("95588", "10086")[n % 2]},
        **{"smsc": "+8613800100500", "length": 67, "parts": 1, "has_url": n % 3 == 0},
        **{"content_hash": f"{n * 0x9E3779B97F4A7C15 % 2**64:016x}", "message_ref": f"m-{n}"},
        **{"url_domain": f"s{n % 500}.example.net" if n % 3 == 0 else None},
        **{"sent_ts": _START_MS + n - 900, "rat": "lte", "mcc": 460, "mnc": 0, "area": 4100},
        "cell": 100_000_001 + n % 10_000,
    }


def call(n: int, hashed: bool = False) -> dict[str, Any]:
    """A record of a call, one of a row of them: all callers and callees differ."""
    caller, callee = f"8610{n * 7919 % 10**8:08d}", f"86139{n * 104_729 % 10**8:08d}"
    made: dict[str, Any] = {
        **{"ts": _START_MS + n, "rx_ts": _START_MS + n + 500, "call_ref": f"c-{n:08x}"},
        **{"point": "igw", "caller": caller, "caller_nai": 4, "caller_npi": 1},
        **{"presentation": 0, "screening": 3, "callee": callee, "callee_region": "chengdu"},
        **{"ingress": "international", "trunk": f"t-{n % 300}", "carrier": f"c-{n % 20}"},
        **{"answered": n % 3 == 0, "ring_ms": 4200, "duration_ms": 61_000, "cause": 16},
        **{"released_by": "callee", "roaming_check": "unasked", "number_class": "fixed"},
    }
    if not hashed:
        return made
    for name, digits in (("caller", caller), ("callee", callee)):
        made[name] = _HASHER.sender(f"+{digits}")
        made |= {f"{name}_prefix": digits[:7], f"{name}_length": len(digits)}
    return made


_MESSAGES: dict[str, tuple[str, Callable[[int], dict[str, Any]]]] = {
    "report": ("cell.measurements", lambda n: report(n, 0)),
    "report, 5 neighbours": ("cell.measurements", lambda n: report(n, 5)),
    "text": ("sms.metadata", text),
    "call": ("call.signalling", call),
    "call, hashed before": ("call.signalling", lambda n: call(n, hashed=True)),
}


def _cases(
    topic: str, reports: list[dict[str, Any]]
) -> Iterator[tuple[str, int, list[RecordSlice]]]:
    """Kinds of records, reports in a chunk, and all chunks."""
    encode = msgspec.json.encode
    objects = [encode(one) for one in reports]
    for chunk in _CHUNKS:
        yield "one message", chunk, _sliced(topic, objects, chunk)
    yield "a line", _CHUNKS[-1], _sliced(topic, objects, _CHUNKS[-1], arrays=False)
    arrays = [encode(part) for part in _parts(reports, _ARRAY_ITEMS)]
    for chunk in _CHUNKS[1:]:
        yield f"an array of {_ARRAY_ITEMS}", chunk, _sliced(topic, arrays, chunk // _ARRAY_ITEMS)
    streams = [_stream(pa.Table.from_pylist(part)) for part in _parts(reports, _ARROW_ROWS)]
    yield (
        f"Arrow of {_ARROW_ROWS:,}",
        _CHUNKS[-1],
        _sliced(topic, streams, _CHUNKS[-1] // _ARROW_ROWS, kind=ARROW),
    )


def _sliced(
    topic: str, values: list[bytes], records: int, kind: str | None = None, arrays: bool = True
) -> list[RecordSlice]:
    return [
        RecordSlice(
            topic=topic,
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
    topic = slices[0].topic
    codec._READERS[topic] = _READERS[topic][plain]
    start = time.process_time()
    found = sum(len(decode(part, _HASHER).batch) for part in slices)
    spent = time.process_time() - start
    if found != rows:
        raise click.ClickException(f"{found} of {rows} reports were decoded")
    return spent


if __name__ == "__main__":
    main()
