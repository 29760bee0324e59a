"""Every way in which a message can be broken, as a JSON object, in an array and in Arrow."""

import json
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from streams.decode.codec import decode, decode_table
from streams.decode.dead_letters import REASONS
from streams.decode.records import ARROW, Decoded, RecordSlice
from streams.privacy.hasher import Hasher

NOW_MS = 1_700_000_000_000
HASHER = Hasher(b"test")
CELL = {"rat": "lte", "mcc": 460, "mnc": 0, "area": 4100, "cell": 100_000_001}
GOOD: dict[str, dict[str, Any]] = {
    "cell.measurements": {"ts": NOW_MS, "device": "d", **CELL, "signal_dbm": -90.5},
    "field.measurements": {"ts": NOW_MS, "device": "team", **CELL, "signal_dbm": -90.5},
    "cell.signalling": {
        **{"ts": NOW_MS, "subscriber": "s", "source": "core", **CELL},
        "procedure": "attach",
    },
    "sms.metadata": {"ts": NOW_MS, "device": "d", "source": "smsc", "sender": "10086"},
    "cell.register": {
        **{"radio": "LTE", "mcc": 460, "net": 0, "area": 4100, "cell": 100_000_001},
        **{"lat": 31.2, "lon": 121.5, "range": 500, "changeable": 0},
    },
}
MISSING = object()

M, S, X, F, R = (
    "cell.measurements",
    "cell.signalling",
    "sms.metadata",
    "field.measurements",
    "cell.register",
)
#: Topic, what is changed in a good message, the reason.
BROKEN: list[tuple[str, dict[str, Any], str]] = [
    (M, {"ts": MISSING}, "missing_field"),
    (M, {"device": None}, "missing_field"),
    (M, {"rat": MISSING}, "missing_field"),
    (M, {"signal_dbm": None}, "missing_field"),
    (M, {"cell": MISSING}, "missing_field"),
    (S, {"procedure": MISSING}, "missing_field"),
    (S, {"source": None}, "missing_field"),
    (X, {"sender": MISSING}, "missing_field"),
    (F, {"mcc": MISSING}, "missing_field"),
    (F, {"area": None}, "missing_field"),
    (R, {"net": MISSING}, "missing_field"),
    (M, {"ts": str(NOW_MS)}, "wrong_type"),
    (M, {"mcc": "460"}, "wrong_type"),
    (M, {"cell": True}, "wrong_type"),
    (M, {"area": 4100.5}, "wrong_type"),
    (M, {"signal_dbm": "-90"}, "wrong_type"),
    (M, {"device": 17}, "wrong_type"),
    (M, {"rat": 3}, "wrong_type"),
    (M, {"lat": "31.2", "lon": 121.5}, "wrong_type"),
    (M, {"lat": True, "lon": 121.5}, "wrong_type"),
    (M, {"mnc": {"a": 1}}, "wrong_type"),
    (M, {"mnc": [0]}, "wrong_type"),
    (F, {"mnc": "0"}, "wrong_type"),
    (M, {"rat": "5g"}, "unknown_value"),
    (M, {"rat": "LTE"}, "unknown_value"),
    (S, {"procedure": "dance"}, "unknown_value"),
    (S, {"source": "smsc"}, "unknown_value"),
    (X, {"source": "core"}, "unknown_value"),
    (R, {"radio": "CDMA"}, "unknown_value"),
    (M, {"mcc": 1000}, "out_of_range"),
    (M, {"mnc": -1}, "out_of_range"),
    (M, {"mnc": 10**12}, "out_of_range"),
    (M, {"signal_dbm": -160.5}, "out_of_range"),
    (M, {"signal_dbm": 20.5}, "out_of_range"),
    (S, {"mcc": 1000}, "out_of_range"),
    (F, {"mcc": 1000}, "out_of_range"),
    (M, {"lat": 90.001, "lon": 0.0}, "bad_position"),
    (M, {"lat": 0.0, "lon": -180.5}, "bad_position"),
    (M, {"lat": 31.2}, "bad_position"),
    (M, {"lon": 121.5, "lat": None}, "bad_position"),
    (F, {"lat": 91.0, "lon": 0.0}, "bad_position"),
    (R, {"lat": MISSING}, "bad_position"),
    (M, {"area": 0x10000}, "area_does_not_fit"),
    (M, {"area": -1}, "area_does_not_fit"),
    (M, {"rat": "nr", "area": 0x1000000}, "area_does_not_fit"),
    (F, {"area": 0x10000}, "area_does_not_fit"),
    (M, {"rat": "gsm", "cell": 0x10000}, "cell_does_not_fit"),
    (M, {"cell": 1 << 28}, "cell_does_not_fit"),
    (M, {"rat": "nr", "cell": 1 << 36}, "cell_does_not_fit"),
    (S, {"rat": "umts", "cell": 1 << 28}, "cell_does_not_fit"),
    (M, {"ts": 946_684_799_999}, "time_out_of_range"),
    (M, {"ts": NOW_MS + 86_400_001}, "time_out_of_range"),
    (M, {"rx_ts": NOW_MS - 86_400_001}, "time_out_of_range"),
    (M, {"ts": -(2**63)}, "time_out_of_range"),
    (X, {"ts": 2**63 - 1}, "time_out_of_range"),
]
#: Whole values, and the number of letters and their reason.
RAW: list[tuple[bytes | None, str]] = [
    (None, "tombstone"),
    (b"", "not_json"),
    (b" ", "not_json"),
    (b"{", "not_json"),
    (b'{"ts":1}{"ts":2}', "not_json"),
    (b'{"ts":01}', "not_json"),
    (b'{"ts":NaN}', "not_json"),
    (b'{"altitude_m":-Infinity}', "not_json"),
    (b'{"device":"a\nb"}', "not_json"),
    (b'{"device":"\\ud800"}', "not_json"),
    (b'\xef\xbb\xbf{"ts":1}', "not_json"),
    (b'{"unknown":"\xff"}', "not_utf8"),
    (b"[1,", "not_json"),
    (b"null", "not_an_object"),
    (b"17", "not_an_object"),
    (b'"{}"', "not_an_object"),
    (b"{}", "missing_field"),
    (b"[" * 100_000, "nested_too_deeply"),
    (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested_too_deeply"),
]


def changed(topic: str, change: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in {**GOOD[topic], **change}.items() if v is not MISSING}


def decoded(topic: str, *values: bytes | None, **more: Any) -> Decoded[Any]:
    records = RecordSlice(
        topic, 3, range(70, 70 + len(values)), values, np.full(len(values), NOW_MS), **more
    )
    return decode(records, HASHER)


def arrow_stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


@pytest.mark.parametrize(("topic", "change", "reason"), BROKEN)
def test_a_broken_object_is_a_dead_letter(topic: str, change: Any, reason: str) -> None:
    good = json.dumps(GOOD[topic]).encode()
    broken = json.dumps(changed(topic, change)).encode()
    got = decoded(topic, good, broken, good)
    assert [letter.reason for letter in got.dead] == [reason]
    letter = got.dead[0]
    assert (letter.topic, letter.partition, letter.offset, letter.index) == (topic, 3, 71, None)
    assert letter.size == len(broken)
    assert got.batch.offset.tolist() == [70, 72]
    assert not got.dropped


@pytest.mark.parametrize(("topic", "change", "reason"), BROKEN)
def test_a_broken_item_of_an_array_dies_alone(topic: str, change: Any, reason: str) -> None:
    items = [GOOD[topic], changed(topic, change), GOOD[topic]]
    got = decoded(topic, json.dumps(items).encode())
    assert [(letter.reason, letter.index) for letter in got.dead] == [(reason, 1)]
    assert got.dead[0].size == len(json.dumps(items[1]))
    assert got.batch.index.tolist() == [0, 2]


@pytest.mark.parametrize(("topic", "change", "reason"), BROKEN)
def test_a_broken_arrow_row_is_a_dead_letter(topic: str, change: Any, reason: str) -> None:
    table = pa.Table.from_pylist([changed(topic, change)])
    stream = arrow_stream(table)
    for content_type in (ARROW, f"{ARROW.upper()}; x=1"):
        got = decoded(topic, stream, content_types=[content_type])
        assert [(letter.reason, letter.index) for letter in got.dead] == [(reason, 0)]
        assert len(got.batch) == 0
    from_table = decode_table(topic, table, HASHER, rx_ms=np.array([NOW_MS]))
    assert [(letter.reason, letter.index) for letter in from_table.dead] == [(reason, None)]
    assert from_table.dead[0].value_base64 == got.dead[0].value_base64


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    ("field", "reason"), [("lat", "bad_position"), ("signal_dbm", "out_of_range")]
)
def test_arrow_numbers_have_to_be_finite(field: str, value: float, reason: str) -> None:
    rows = [changed(M, {"lat": 1.0, "lon": 1.0, field: v}) for v in (2.0, value, 3.0)]
    got = decoded(M, arrow_stream(pa.Table.from_pylist(rows)), content_types=[ARROW])
    assert [(letter.reason, letter.index) for letter in got.dead] == [(reason, 1)]
    assert got.batch.index.tolist() == [0, 2]


def test_arrow_numbers_that_are_not_finite_are_dropped_where_optional() -> None:
    rows = [changed(M, {"altitude_m": math.nan}), changed(M, {"altitude_m": 7.0})]
    got = decoded(M, arrow_stream(pa.Table.from_pylist(rows)), content_types=[ARROW])
    np.testing.assert_array_equal(got.batch.altitude_m, [np.nan, 7.0])
    assert got.dropped == {"altitude_m": 1}


@pytest.mark.parametrize(("value", "reason"), RAW)
@pytest.mark.parametrize("topic", [*GOOD, "network.changes", "field.feedback"])
def test_what_is_no_message_at_all(topic: str, value: bytes | None, reason: str) -> None:
    got = decoded(topic, value)
    if value == b"{}" and topic not in GOOD:
        assert len(got.batch) == 1
        return
    assert [letter.reason for letter in got.dead] == [reason]
    assert got.dead[0].index is None
    assert len(got.batch) == 0


@pytest.mark.parametrize("topic", [*GOOD, "network.changes", "field.feedback"])
def test_an_empty_array_is_nothing_and_other_items_are_dead(topic: str) -> None:
    got = decoded(topic, b" [] ", b'[1, null, "x", []]')
    assert [(letter.reason, letter.offset, letter.index) for letter in got.dead] == [
        ("not_an_object", 71, index) for index in range(4)
    ]


def test_a_line_of_a_trace_is_one_object() -> None:
    line = json.dumps([GOOD[M]]).encode()
    got = decoded(M, line, b"[]", arrays=False)
    assert [letter.reason for letter in got.dead] == ["not_an_object"] * 2


@pytest.mark.parametrize("value", [b"", b"junk", b"\xff\xff\xff\xff\x10\x00\x00\x00" * 9])
def test_what_is_no_arrow(value: bytes) -> None:
    for topic in (M, "network.changes"):
        got = decoded(topic, value, content_types=[ARROW])
        assert [letter.reason for letter in got.dead] == ["not_arrow"]


def test_an_unknown_content_type() -> None:
    got = decoded(M, json.dumps(GOOD[M]).encode(), content_types=["text/csv"])
    assert [letter.reason for letter in got.dead] == ["unknown_content_type"]


def test_every_reason_has_its_test() -> None:
    met = {reason for *_, reason in BROKEN} | {reason for _, reason in RAW}
    elsewhere = {"not_arrow", "unknown_content_type"}
    elsewhere |= {"too_large", "arrival_ahead"}  # `test_limits.py`
    elsewhere |= {"source_not_allowed", "not_enrolled"}  # `decode/test_codec.py`
    elsewhere |= {"bad_seal", "not_signed", "not_allowed"}  # `signed/test_seals.py`
    elsewhere |= {"not_decodable_in_time", "kills_decoding"}  # `guard/test_judging.py`
    elsewhere.add("kills_correlating")  # `guard/test_turns.py`
    assert met | elsewhere == set(REASONS)
