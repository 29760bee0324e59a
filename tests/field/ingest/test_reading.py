"""Bodies taken apart: one message or many, packed or not, and never more than the bounds."""

import gzip
import io
import json
import zlib

import pyarrow as pa
import pytest

from field.ingest.reading import (
    KINDS,
    LINES,
    MOST_MESSAGES,
    TooLargeError,
    Unpacking,
    UnreadableError,
    messages,
)
from streams.decode.records import ARROW, JSON
from streams.limits import DEFAULT

_MOST = 1 << 20


def _arrow(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("kind", "body", "found"),
    [
        (JSON, b' {"a": 1}\n', [b'{"a": 1}']),
        (JSON, b'[{"a": 1}, {"b":2} ]', [b'{"a": 1}', b'{"b":2}']),
        (JSON, b"[]", []),
        (JSON, b"", []),
        (JSON, b'{"a": 1}\n{"b": 2}', [b'{"a": 1}\n{"b": 2}']),
        (JSON, b'[{"a": 1}', [b'[{"a": 1}']),
        (JSON, b"\xff", [b"\xff"]),
        (LINES, b'{"a": 1}\r\n\n{"b": 2}', [b'{"a": 1}', b'{"b": 2}']),
        (LINES, b'[{"a": 1},[2]]\n3\nx', [b'{"a": 1}', b"[2]", b"3", b"x"]),
    ],
)
def test_json_becomes_messages_and_loses_nothing(
    kind: str, body: bytes, found: list[bytes]
) -> None:
    assert messages(kind, body, DEFAULT, _MOST) == found


def test_arrow_becomes_messages() -> None:
    table = pa.table(
        {
            "ts": [1, 2],
            "lat": [float("nan"), 2.5],
            "who": pa.array(["a", None]).dictionary_encode(),
            "neighbours": [[{"rat": "lte", "pci": None}], None],
        }
    )
    found = messages(ARROW, _arrow(table), DEFAULT, _MOST)
    assert found[0] == b'{"ts":1,"lat":1e999,"who":"a","neighbours":[{"rat":"lte"}]}'
    assert json.loads(found[1]) == {"ts": 2, "lat": 2.5}


def test_what_is_no_arrow_is_refused_since_nobody_knows_what_it_holds() -> None:
    whole = _arrow(pa.table({"ts": [1]}))
    for body in (b"", b"{}", whole[:-20]):
        with pytest.raises(UnreadableError, match="no Arrow stream"):
            messages(ARROW, body, DEFAULT, _MOST)


def test_a_text_that_stands_for_many_rows_is_bounded() -> None:
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 5000, pa.int8()), ["x" * 100_000])
    with pytest.raises(TooLargeError):
        messages(ARROW, _arrow(pa.table({"ts": [1] * 5000, "mine": texts})), DEFAULT, _MOST)


@pytest.mark.parametrize("kind", KINDS)
def test_so_many_messages_are_too_many(kind: str) -> None:
    bodies = {
        JSON: b"[" + b"1," * MOST_MESSAGES + b"1]",
        LINES: b"1\n" * (MOST_MESSAGES + 1),
        ARROW: _arrow(pa.table({"ts": [1] * (MOST_MESSAGES + 1)})),
    }
    with pytest.raises(TooLargeError):
        messages(kind, bodies[kind], DEFAULT, 1 << 30)


def test_gzip_is_unpacked_as_it_comes() -> None:
    packed, unpacking = gzip.compress(b"abc" * 1000), Unpacking(3000)
    assert b"".join(unpacking.more(packed[at : at + 7]) for at in range(0, len(packed), 7)) == (
        b"abc" * 1000
    )
    unpacking.end()


def test_a_bomb_is_given_up_before_it_is_unpacked() -> None:
    with pytest.raises(TooLargeError):
        Unpacking(1000).more(gzip.compress(b"\0" * 1001))


def test_what_is_no_gzip_is_refused() -> None:
    for packed in (b"no gzip", zlib.compress(b"abc"), gzip.compress(b"abc") + b"more"):
        with pytest.raises(UnreadableError):
            Unpacking(1000).more(packed)


def test_gzip_that_is_cut_short_is_refused() -> None:
    unpacking = Unpacking(1000)
    unpacking.more(gzip.compress(b"abc")[:-3])
    with pytest.raises(UnreadableError, match="cut short"):
        unpacking.end()
