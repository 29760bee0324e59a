"""The plain reader reads what the others read, bit for bit, and leaves to them what is odd."""

import json
import shutil
from dataclasses import fields, is_dataclass
from random import Random
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings

from benchmarks.measuring.fuzz.mutations import Chance
from streams.decode import codec
from streams.decode.codec import decode
from streams.decode.fits import FITS
from streams.decode.json.plain_reader import Records, plain_reader
from streams.decode.json.rows import JsonReader
from streams.decode.records import ARROW, JSON, Decoded, RecordSlice
from streams.decode.schema import SCHEMAS
from streams.limits import DEFAULT, Limits
from streams.plain import library
from streams.privacy.hasher import Hasher
from tests.streams.decode.drawn_records import NUMBERS, OTHERS, TEXTS, VALID, drawn_record
from tests.streams.decode.hostile_records import stream

pytestmark = pytest.mark.skipif(
    library.OURS is None and shutil.which("rustc") is None,
    reason="rustc is not installed: nothing is read as plain",
)
HASHER = Hasher(b"test")
NOW_MS = 1_748_920_000_000
PATIENT = {topic: JsonReader(schema, plain=False) for topic, schema in SCHEMAS.items()}
MEASUREMENTS = "cell.measurements"
REPORT = dict(SCHEMAS[MEASUREMENTS].example)


def plain(value: Any) -> Any:
    """A value that can be compared bit by bit."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if value.dtype == np.object_:
        return value.tolist()
    return value.dtype.str, value.tobytes()


def known(decoded: Decoded[Any]) -> Any:
    return plain(decoded.batch), decoded.dead, +decoded.dropped


def agree(records: RecordSlice, limits: Limits = DEFAULT) -> Decoded[Any]:
    """What came of the records, the same with and without the plain reader."""
    quick = decode(records, HASHER, limits)
    usual = codec._READERS[records.topic]
    codec._READERS[records.topic] = PATIENT[records.topic]
    try:
        slow = decode(records, HASHER, limits)
    finally:
        codec._READERS[records.topic] = usual
    assert known(quick) == known(slow), records.values
    return quick


def sliced(topic: str, values: list[bytes | None], **more: Any) -> RecordSlice:
    return RecordSlice(topic, 0, range(len(values)), values, np.full(len(values), NOW_MS), **more)


def drawn_slice(chance: Chance) -> RecordSlice:
    topic = chance.choice(sorted(SCHEMAS))
    values = [drawn_record(topic, chance) for _ in range(chance.randrange(1, 7))]
    kinds: list[str | None] = [None] * len(values)
    if chance.randrange(0, 8) == 0:
        row = dict(SCHEMAS[topic].example)
        values.insert(0, stream(pa.Table.from_pylist([row, row])))
        kinds.insert(0, ARROW)
    return sliced(topic, values, content_types=kinds, arrays=chance.randrange(0, 4) > 0)


def odd(topic: str, *values: bytes, arrays: bool = True) -> list[int]:
    """Which of some records the plain reader leaves to others."""
    plain = plain_reader(SCHEMAS[topic], 10, FITS)
    assert plain is not None
    return plain.read(Records.of(values, range(len(values))), arrays, DEFAULT.rows)[1]


@settings(max_examples=300)
@given(st.randoms())
def test_with_and_without_the_plain_reader_all_comes_out_alike(chance: Random) -> None:
    agree(drawn_slice(chance))


@pytest.mark.long
def test_at_length_all_comes_out_alike() -> None:
    drawn = [drawn_slice(Random(number)) for number in range(8_000)]
    assert sum(map(len, drawn)) > 25_000
    for records in drawn:
        agree(records)


@pytest.mark.parametrize("message", VALID, ids=lambda message: message.topic)
def test_valid_messages_are_plain(message: Any) -> None:
    assert odd(message.topic, message.value) == []
    assert len(agree(sliced(message.topic, [message.value])).batch) > 0


def test_what_is_common_is_plain() -> None:
    """Spaces, other orders, unknown fields, nulls, broadcasts, neighbours, letters of all lands."""
    neighbours = [{"rat": "gsm", "arfcn": 7, "signal_dbm": -100}, {}, {"cell": None, "x": [{}]}]
    reports = [
        REPORT | {"neighbours": neighbours, "broadcast": {"t3212_min": 6.0, "gprs": True}},
        dict(reversed(REPORT.items())) | {"neighbours": [], "device": "Gerät"},
        {"unknown": {"a": [1, {"b": None}, "}"], "c": 1.5e3}} | REPORT,
        REPORT | {"neighbours": None, "pci": None, "serving": False, "area": 4100.0},
    ]
    values = [json.dumps(report, indent=2, ensure_ascii=False).encode() for report in reports]
    values.append(json.dumps(reports, ensure_ascii=False).encode())
    values.append(b" [ ] ")
    assert odd(MEASUREMENTS, *values) == []
    decoded = agree(sliced(MEASUREMENTS, list(values)))
    assert len(decoded.batch) == 2 * len(reports)
    of_each = [len(report["neighbours"] or ()) for report in reports]
    assert np.bincount(decoded.batch.neighbours.row, minlength=8).tolist() == of_each * 2
    assert decoded.batch.device[1] == "Gerät"


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("name", ["rx_ts", "signal_dbm", "pci", "lat", "unknown"])
def test_numbers_of_all_forms_are_read_alike(name: str, number: str) -> None:
    text = json.dumps(REPORT | {name: 0.125}).replace("0.125", number)
    inner = json.dumps(REPORT | {"neighbours": [{name: 0.125}]}).replace("0.125", number)
    agree(sliced(MEASUREMENTS, [text.encode(), inner.encode()]))


@pytest.mark.parametrize("part", [*TEXTS, *OTHERS], ids=lambda part: part[:20])
def test_values_of_all_kinds_are_read_alike(part: str) -> None:
    names = ("device", "rat", "signal_dbm", "serving", "neighbours", "broadcast", "unknown")
    values = [
        json.dumps(REPORT | {name: 0.125}).replace("0.125", part).encode("utf-8", "surrogatepass")
        for name in names
    ]
    for value in values:
        agree(sliced(MEASUREMENTS, [value]))
    agree(sliced(MEASUREMENTS, [*values, *values]))


ODD = {
    "a field twice": b'{"ts":1,' + json.dumps(REPORT).encode()[1:],
    "two objects": json.dumps(REPORT).encode() * 2,
    "something after it": json.dumps(REPORT).encode() + b" null",
    "a mark of byte order": b"\xef\xbb\xbf" + json.dumps(REPORT).encode(),
    "a byte of zeros": json.dumps(REPORT).encode() + b"\0",
    "an escape": json.dumps(REPORT | {"device": "é"}).encode(),
    "a name with an escape": json.dumps(REPORT).replace('"ts"', '"\\u0074s"').encode(),
    "a text for a number": json.dumps(REPORT | {"pci": "7"}).encode(),
    "a truth for a number": json.dumps(REPORT | {"pci": True}).encode(),
    "a number for a truth": json.dumps(REPORT | {"serving": 1}).encode(),
    "a fraction": json.dumps(REPORT | {"pci": 7.5}).encode(),
    "what is out of range": json.dumps(REPORT | {"pci": 1008}).encode(),
    "half a position": json.dumps({k: v for k, v in REPORT.items() if k != "lon"}).encode(),
    "a cell beyond its bits": json.dumps(REPORT | {"rat": "gsm", "cell": 65536}).encode(),
    "too many steps": json.dumps(REPORT | {"rat": "lte", "timing_advance": 1283}).encode(),
    "a neighbour's area beyond its bits": json.dumps(
        REPORT | {"neighbours": [{"rat": "gsm", "area": 65536}]}
    ).encode(),
    "what is not listed": json.dumps(REPORT | {"rat": "LTE"}).encode(),
    "a long text": json.dumps(REPORT | {"device": "d" * 257}).encode(),
    "what is missing": json.dumps({k: v for k, v in REPORT.items() if k != "ts"}).encode(),
    "null for what is required": json.dumps(REPORT | {"ts": None}).encode(),
    "a neighbour that is none": json.dumps(REPORT | {"neighbours": [None]}).encode(),
    "a deep nest": json.dumps(REPORT).encode()[:-1] + b',"x":' + b"[" * 20 + b"]" * 20 + b"}",
    "nothing": b"",
    "a comma too many": json.dumps(REPORT).encode()[:-1] + b",}",
    "half an object": json.dumps(REPORT).encode()[:-1],
    "another case": json.dumps(REPORT).replace('"ts"', '"Ts"').encode(),
    "an array within one": b"[[" + json.dumps(REPORT).encode() + b"]]",
}


@pytest.mark.parametrize("what", ODD)
def test_what_is_odd_is_left_to_others_alone_and_among_others(what: str) -> None:
    good = json.dumps(REPORT).encode()
    assert odd(MEASUREMENTS, good, ODD[what], good) == [1]
    assert odd(MEASUREMENTS, b"[" + good + b"," + ODD[what] + b"]") == [0]
    assert odd(MEASUREMENTS, ODD[what]) == [0]
    agree(sliced(MEASUREMENTS, [ODD[what]]))
    decoded = agree(sliced(MEASUREMENTS, [good, ODD[what], b"[" + good + b"]", good]))
    assert decoded.batch.offset[[0, -1]].tolist() == [0, 3]


def test_a_record_that_is_cut_off_is_not_completed_by_the_next() -> None:
    good = json.dumps(REPORT).encode()
    halves = [good[:40], good[40:], b'{"x":' + good[:-1], b"}}", good + b"\n" + good, b""]
    assert odd(MEASUREMENTS, *halves) == [0, 1, 2, 3, 4, 5]
    assert len(agree(sliced(MEASUREMENTS, [*halves, good])).batch) == 1


def test_without_arrays_an_array_is_odd() -> None:
    good = json.dumps([REPORT]).encode()
    assert odd(MEASUREMENTS, good, arrays=False) == [0]
    assert agree(sliced(MEASUREMENTS, [good], arrays=False)).dead[0].reason == "not_an_object"


@pytest.mark.parametrize("item", [b"{}", b'{"ts":1}', b"[]", b"0"])
def test_limits_hold_alike(item: bytes) -> None:
    """Rows, bytes and values in a record, and its letters."""
    limits = Limits(rows=20, bytes=1 << 15, letters=3)
    good = json.dumps(REPORT).encode()
    many = [
        b"[" + b",".join([one] * count) + b"]" for one in (good, item) for count in (19, 20, 21)
    ]
    mixed = b"[" + b",".join([good, item] * 10) + b"]"
    nested = json.dumps(REPORT | {"neighbours": [{}] * 5000}).encode()
    for value in [*many, mixed, nested, b" " * 40_000 + good, None, b"\xff"]:
        agree(sliced(MEASUREMENTS, [value]), limits)
        agree(sliced(MEASUREMENTS, [good, value, good]), limits)


def test_headers_that_say_json_in_any_way_change_nothing() -> None:
    good = json.dumps(REPORT).encode()
    for kind in (JSON, None, "APPLICATION/JSON ; charset=utf-8"):
        records = sliced(MEASUREMENTS, [good, good], content_types=[kind, None])
        assert len(agree(records).batch) == 2


def test_without_the_library_all_is_read_by_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "OURS", None)
    assert plain_reader(SCHEMAS[MEASUREMENTS], 10, FITS) is None
    patient = JsonReader(SCHEMAS[MEASUREMENTS])
    rows, bad = patient.read([json.dumps(REPORT).encode(), b"["], range(2))
    assert (len(rows), [item.fault.reason for item in bad]) == (1, ["not_json"])
