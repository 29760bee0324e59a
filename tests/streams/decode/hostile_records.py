"""Records that cost far more than they weigh, each with its content type."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from streams.decode.records import ARROW, JSON

AT_MS = 1_748_916_000_000
GOOD: dict[str, Any] = {
    **{"ts": AT_MS, "device": "d", "rat": "lte", "mcc": 460, "mnc": 0, "area": 4100},
    **{"cell": 100_000_001, "signal_dbm": -90.5},
}


def stream(table: pa.Table, packed: str | None = None) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=packed)
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def repeated(rows: int, **changes: Any) -> pa.Table:
    """One message many times over; changes are values or columns."""
    fields = GOOD | changes
    return pa.table(
        {
            name: value if isinstance(value, pa.Array) else pa.repeat(pa.scalar(value), rows)
            for name, value in fields.items()
        }
    )


def _dictionary(rows: int, text: str) -> pa.Array:
    places = pa.array([0] * rows, pa.int8())
    return pa.DictionaryArray.from_arrays(places, pa.array([text]))


def packed_zeros(megabytes: int) -> bytes:
    zeros = pa.array(np.zeros(megabytes << 17, np.int64))
    return stream(pa.table({"ts": zeros}), "zstd")


#: What is hostile: what makes the bytes, since some take a while, and their content type.
KINDS: dict[str, tuple[Callable[[], bytes], str]] = {
    "Arrow that unpacks to 32 MB": (lambda: packed_zeros(32), ARROW),
    "Arrow that unpacks to a thousand times its length": (lambda: packed_zeros(4), ARROW),
    "Arrow of two million null rows": (
        lambda: stream(pa.table({"ts": pa.nulls(2_000_000)})),
        ARROW,
    ),
    "Arrow of a hundred thousand null rows": (
        lambda: stream(pa.table({"ts": pa.nulls(100_000)})),
        ARROW,
    ),
    "Arrow of many rows that are too many": (lambda: stream(repeated(100_001), "zstd"), ARROW),
    "Arrow of lists of nulls": (
        lambda: stream(
            repeated(
                1,
                neighbours=pa.ListArray.from_arrays(
                    pa.array([0, 2**31 - 2], pa.int32()),
                    pa.StructArray.from_arrays([pa.nulls(2**31 - 2)], ["pci"]),
                ),
            )
        ),
        ARROW,
    ),
    "an array of four million zeros": (lambda: b"[" + b"0," * 3_999_999 + b"0]", JSON),
    "an array of a million objects": (lambda: b"[" + b"{}," * 999_999 + b"{}]", JSON),
    "an object longer than any": (lambda: b'{"note":"' + b"x" * (17 << 20) + b'"}', JSON),
    "neighbours without end": (lambda: b'{"neighbours":[' + b"{}," * 3_000_000 + b"{}]}", JSON),
}
#: Hostile too, but it is items that are wrong and not the size.
WRONG_ITEMS: dict[str, tuple[Callable[[], bytes], str]] = {
    "Arrow of one long wrong text": (
        lambda: stream(repeated(60_000, rat=_dictionary(60_000, "x" * 60_000)), "zstd"),
        ARROW,
    ),
    "Arrow of one long text beside what is wrong": (
        lambda: stream(repeated(60_000, mcc=1000, note=_dictionary(60_000, "x" * 60_000)), "zstd"),
        ARROW,
    ),
    "an array of ninety thousand wrong objects": (
        lambda: b"[" + b",".join([json.dumps(GOOD | {"mcc": 1000}).encode()] * 90_000) + b"]",
        JSON,
    ),
    "an array of ninety thousand empty objects": (lambda: b"[" + b"{}," * 89_999 + b"{}]", JSON),
}
