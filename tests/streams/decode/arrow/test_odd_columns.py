"""A column of an Arrow batch may have any type: each of its rows is used, or a dead letter."""

import datetime
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from streams.decode.codec import TOPICS, decode
from streams.decode.records import ARROW, RecordSlice
from streams.privacy.hasher import Hasher

SCHEMAS = Path(__file__).parents[4] / "docs" / "schema"
#: Types that no field has, each with a value.
ODD: dict[str, tuple[pa.DataType, Any]] = {
    "nulls": (pa.null(), None),
    "duration": (pa.duration("us"), 7),
    "timestamp": (pa.timestamp("ns", "Asia/Shanghai"), 2**62),
    "timestamp without a zone": (pa.timestamp("ms"), 1_748_920_000_000),
    "date": (pa.date32(), 20_000),
    "time": (pa.time64("us"), 7),
    "decimal": (pa.decimal128(38, 3), 7),
    "half": (pa.float16(), np.float16(0.5)),
    "binary": (pa.binary(), b"\xff\xfe"),
    "view": (pa.string_view(), "x" * 40),
    "list": (pa.list_(pa.duration("s")), [datetime.timedelta(seconds=1), None]),
    "map": (pa.map_(pa.string(), pa.int32()), [("a", 1)]),
    "struct": (pa.struct([("a", pa.timestamp("us"))]), {"a": datetime.datetime(2026, 1, 1)}),
}


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_a_row_with_it_is_used_or_a_dead_letter(topic: str, kind: str) -> None:
    schema = json.loads((SCHEMAS / f"{topic}.json").read_text("utf-8"))
    example = pa.Table.from_pylist(schema["examples"][:1])
    column = pa.array([ODD[kind][1]], ODD[kind][0])
    # Each type in each third field, so that each field has some types.
    for name in list(schema["properties"])[list(ODD).index(kind) % 3 :: 3]:
        rest = example.drop_columns([name]) if name in example.column_names else example
        value = stream_of(rest.append_column(name, column))
        records = RecordSlice(topic, 0, [0], [value], np.array([1_748_920_000_000]), [ARROW])
        got = decode(records, Hasher(b"test"))
        assert len(got.batch) + len(got.dead) == 1, name


def stream_of(table: pa.Table) -> bytes:
    """A table as an Arrow IPC stream."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()
