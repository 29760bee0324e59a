"""What the codec keeps, drops and counts, and that its ways from bytes to columns agree.

Long because it is the one list of what the decoder keeps, drops and refuses.
"""

import gzip
import json
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pytest
from hypothesis import given, settings

from detectors.model import codes as words
from detectors.model.columns import Batch
from detectors.model.rare_messages import AreaName
from streams.decode.codec import TOPICS, decode, decode_table
from streams.decode.records import ARROW, JSON, Decoded, RecordSlice
from streams.decode.schema import BROADCAST, NEIGHBOUR, SCHEMAS, Field
from streams.privacy.hasher import Hasher
from streams.signed.trust import Trust

NOW_MS = 1_700_000_000_000
HASHER = Hasher(b"test")
CELL = {"rat": "lte", "mcc": 460, "mnc": 0, "area": 4100, "cell": 100_000_001}
REPORT = {"ts": NOW_MS, "device": "d", **CELL, "signal_dbm": -90.5}
FIELD_REPORT = {"ts": NOW_MS, "device": "t", "rat": "nr", "signal_dbm": -90}
EVENT = {"ts": NOW_MS, "subscriber": "s", "source": "core", **CELL, "procedure": "attach"}
SMS = {"ts": NOW_MS, "device": "d", "source": "device", "sender": "BANK"}


def decoded(topic: str, *messages: Any, **more: Any) -> Decoded[Any]:
    values = [m if isinstance(m, bytes) or m is None else json.dumps(m).encode() for m in messages]
    rx_ms = np.full(len(values), NOW_MS + 5)
    return decode(RecordSlice(topic, 0, range(len(values)), values, rx_ms, **more), HASHER)


UPLOADED = [
    ("device.signalling", {**EVENT, "source": "device"}, ("core", "ran")),
    ("device.sms", {**SMS, "source": "device"}, ("smsc",)),
    ("device.sms", {**SMS, "source": "complaint"}, ("smsc",)),
]


@pytest.mark.parametrize(("topic", "message", "others"), UPLOADED)
def test_what_phones_upload_speaks_for_nobody_else(
    topic: str, message: dict[str, Any], others: tuple[str, ...]
) -> None:
    """By JSON and by Arrow; the operator's own topic takes the same from its systems."""
    forged = [{**message, "source": other} for other in (*others, "nobody")]
    nameless = {key: value for key, value in message.items() if key != "source"}
    got = decoded(topic, message, *forged, nameless)
    expected = ["source_not_allowed"] * len(forged) + ["missing_field"]
    assert (len(got.batch), [letter.reason for letter in got.dead]) == (1, expected)
    assert "'source' is not allowed here, one of device" in got.dead[0].detail
    packed = decoded(topic, arrow([message, *forged]), content_types=[ARROW])
    assert len(packed.batch) == 1
    assert {letter.reason for letter in packed.dead} == {"source_not_allowed"}
    beside = {"device.signalling": "cell.signalling", "device.sms": "sms.metadata"}[topic]
    operators = decoded(beside, message, *forged[:-1])
    assert not operators.dead
    assert operators.batch.source[0] == got.batch.source[0]


def test_of_instruments_only_enrolled_ones_are_taken() -> None:
    """By JSON, Arrow and tables; phones' topics ask for nobody's enrolment."""
    known, stranger = {**FIELD_REPORT, "arfcn": 37}, {**FIELD_REPORT, "arfcn": 37, "device": "x"}
    rx_ms = np.full(2, NOW_MS + 5)
    values = [json.dumps(one).encode() for one in (known, stranger)]
    records = RecordSlice("field.measurements", 0, range(2), values, rx_ms)
    packed = RecordSlice(
        "field.measurements", 0, [0], [arrow([known, stranger])], rx_ms[:1], [ARROW]
    )
    table = pa.Table.from_pylist([known, stranger])
    only = frozenset({"t"})
    for got in (
        decode(records, HASHER, trust=Trust(instruments=only)),
        decode(packed, HASHER, trust=Trust(instruments=only)),
        decode_table(
            "field.measurements", table, HASHER, rx_ms=rx_ms, trust=Trust(instruments=only)
        ),
    ):
        assert got.batch.device.tolist() == ["t"]
        assert [letter.reason for letter in got.dead] == ["not_enrolled"]
        assert "trust.instruments" in got.dead[0].detail
    assert len(decode(records, HASHER).batch) == 2
    assert len(decode(records, HASHER, trust=Trust(instruments=frozenset())).dead) == 2
    report = RecordSlice("cell.measurements", 0, [0], [json.dumps(REPORT).encode()], rx_ms[:1])
    assert len(decode(report, HASHER, trust=Trust(instruments=frozenset())).batch) == 1


def arrow(rows: list[dict[str, Any]], schema: pa.Schema | None = None) -> bytes:
    table = pa.Table.from_pylist(rows, schema=schema)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def assert_same(left: Any, right: Any, but: tuple[str, ...] = ()) -> None:
    assert type(left) is type(right)
    for each in fields(left):
        one, other = getattr(left, each.name), getattr(right, each.name)
        if each.name in but:
            continue
        if is_dataclass(one):
            assert_same(one, other)
        else:
            assert one.dtype == other.dtype, each.name
            np.testing.assert_array_equal(one, other, err_msg=each.name)


def test_a_whole_report() -> None:
    got = decoded(
        "cell.measurements",
        {
            **REPORT,
            **{"rx_ts": NOW_MS + 9, "lat": 31.25, "lon": -121.5, "position_source": "gnss"},
            **{"accuracy_m": 4, "timing_advance": 3.0, "serving": False, "indoor": True},
            "neighbours": [{"rat": "gsm", "cell": 7}, {"pci": 12, "signal_dbm": -101.5}],
            "broadcast": {"t3212_min": 0, "cell_barred": True, "reselect_priority": 7},
        },
        REPORT,
    )
    batch = got.batch
    assert not got.dead
    assert not got.dropped
    assert batch.rx_ms.tolist() == [NOW_MS + 9, NOW_MS + 5]
    assert batch.rat.tolist() == [words.LTE] * 2
    assert batch.cell.dtype == np.int64
    assert batch.position_source.tolist() == [1, 0]
    np.testing.assert_array_equal(batch.lon, [-121.5, np.nan])
    np.testing.assert_array_equal(batch.timing_advance, [3, np.nan])
    assert batch.serving.tolist() == [False, True]
    np.testing.assert_array_equal(batch.indoor, [1, np.nan])
    assert batch.neighbours.row.tolist() == [0, 0]
    assert batch.neighbours.rat.tolist() == [words.GSM, 0]
    np.testing.assert_array_equal(batch.neighbours.signal_dbm, [np.nan, -101.5])
    np.testing.assert_array_equal(batch.broadcast.t3212_min, [0, np.nan])
    np.testing.assert_array_equal(batch.broadcast.cell_barred, [1, np.nan])


@pytest.mark.parametrize(
    ("topic", "message", "dropped"),
    [
        ("cell.measurements", {**REPORT, "position_source": "magic"}, {"position_source": 1}),
        ("cell.measurements", {**REPORT, "accuracy_m": "4"}, {"accuracy_m": 1}),
        ("cell.measurements", {**REPORT, "serving": 1, "pci": 1.5}, {"serving": 1, "pci": 1}),
        ("cell.measurements", {**REPORT, "rx_ts": "now"}, {"rx_ts": 1}),
        ("cell.measurements", {**REPORT, "rx_ts": 10**30}, {"rx_ts": 1}),
        ("cell.measurements", {**REPORT, "timing_advance": 1283}, {"timing_advance": 1}),
        ("cell.measurements", {**REPORT, "neighbours": "none"}, {"neighbours": 1}),
        ("cell.measurements", {**REPORT, "neighbours": [5, None, {}]}, {"neighbours": 2}),
        (
            "cell.measurements",
            {**REPORT, "neighbours": [{"rat": "gsm", "cell": 65536, "mcc": True}]},
            {"neighbours.cell": 1, "neighbours.mcc": 1},
        ),
        (
            "cell.measurements",
            {**REPORT, "neighbours": [{"rat": "6g", "signal_dbm": 21, "area": 5}]},
            {"neighbours.rat": 1, "neighbours.signal_dbm": 1},
        ),
        ("cell.measurements", {**REPORT, "broadcast": []}, {"broadcast": 1}),
        (
            "cell.measurements",
            {**REPORT, "broadcast": {"gprs": 1, "reselect_priority": 8, "sib_count": 4}},
            {"broadcast.gprs": 1, "broadcast.reselect_priority": 1},
        ),
        ("cell.signalling", {**EVENT, "lat": 91, "lon": 5}, {"lat": 1, "lon": 1}),
        ("cell.signalling", {**EVENT, "lon": 5}, {"lon": 1}),
        ("cell.signalling", {**EVENT, "lat": "1", "lon": 5}, {"lat": 1, "lon": 1}),
        (
            "cell.signalling",
            {**EVENT, "outcome": "maybe", "cause": 256},
            {"outcome": 1, "cause": 1},
        ),
        ("cell.signalling", {**EVENT, "old_rat": "lte", "old_area": 65536}, {"old_area": 1}),
        ("cell.signalling", {**EVENT, "csfb": "yes", "cipher": "A5/9"}, {"csfb": 1, "cipher": 1}),
        (
            "sms.metadata",
            {**SMS, **CELL, "rat": "6g", "mcc": 1000, "mnc": "0", "cell": 1 << 36},
            {"rat": 1, "mcc": 1, "mnc": 1, "cell": 1},
        ),
        ("sms.metadata", {**SMS, **CELL, "area": 65536}, {"area": 1}),
        ("sms.metadata", {**SMS, "signal_dbm": -161, "lat": 5}, {"signal_dbm": 1, "lat": 1}),
        ("sms.metadata", {**SMS, "content_hash": "12"}, {"content_hash": 1}),
        (
            "field.measurements",
            {**FIELD_REPORT, "arfcn": 5, "mcc": 1000, "cell": "x"},
            {"mcc": 1, "cell": 1},
        ),
    ],
)
def test_a_wrong_optional_field_is_dropped_and_counted(
    topic: str, message: dict[str, Any], dropped: dict[str, int]
) -> None:
    for got in (decoded(topic, message), decoded(topic, [message])):
        assert not got.dead
        assert len(got.batch) == 1
        assert {name: count for name, count in got.dropped.items() if count} == dropped
        bare = {name: value for name, value in message.items() if name not in dropped}
        if "neighbours" not in message and "broadcast" not in message:
            assert_same(decoded(topic, bare).batch, got.batch, but=("index",))


def test_reserved_and_impossible_values_are_no_dead_letters() -> None:
    odd = [{"area": 0}, {"area": 0xFFFF}, {"cell": 0xFFFFFFF}, {"mcc": 0}, {"mnc": 999}]
    got = decoded("cell.measurements", *({**REPORT, **change} for change in odd))
    assert len(got.batch) == len(odd)
    event = {**EVENT, "old_area": 0xFFFFFE, "old_rat": "nr"}
    assert decoded("cell.signalling", event).batch.old_area.tolist() == [0xFFFFFE]


def test_a_field_report_needs_its_identity_or_a_channel() -> None:
    got = decoded("field.measurements", {**FIELD_REPORT, "arfcn": 620000}, FIELD_REPORT)
    assert np.isnan(got.batch.cell).tolist() == [True]
    assert [letter.reason for letter in got.dead] == ["missing_field"]
    got = decoded("field.measurements", {**FIELD_REPORT, **CELL, "bearing_to_deg": 359.5})
    assert got.batch.bearing_to_deg.tolist() == [359.5]


def test_integers_written_as_floats_are_integers() -> None:
    text = json.dumps(REPORT).replace(str(NOW_MS), f"{NOW_MS}.0").replace("4100", "41e2").encode()
    assert_same(
        decoded("cell.measurements", text).batch, decoded("cell.measurements", REPORT).batch
    )


def test_numbers_beyond_a_double_are_dropped_where_optional() -> None:
    text = json.dumps({**REPORT, "altitude_m": 7}).encode()
    for huge in (b"1e400", b"-1e999", b"1" * 5000):
        got = decoded("cell.measurements", text.replace(b": 7", b": " + huge))
        assert (len(got.batch), got.dropped) == (1, {"altitude_m": 1})


def test_unknown_fields_and_the_last_of_two_count() -> None:
    text = json.dumps({"new": [{"a": 1}], "cell": "x", **REPORT, "pci": "x"}).encode()
    text = text[:-1] + b', "pci": 3, "\\u0070\\u0063\\u0069": 4}'
    got = decoded("cell.measurements", text)
    assert got.batch.pci.tolist() == [4]
    assert not got.dropped


def test_records_keep_their_order_whatever_they_are() -> None:
    got = decoded(
        "cell.measurements",
        {**REPORT, "device": "a"},
        arrow([{**REPORT, "device": "b"}, {**REPORT, "device": "c", "mcc": 1000}]),
        [{**REPORT, "device": "e", "neighbours": [{"pci": 1}]}, 5],
        arrow([{**REPORT, "device": "f", "neighbours": [{"pci": 2}, {"pci": 3}]}]),
        content_types=[None, ARROW, f"{JSON}; charset=utf-8", ARROW],
    )
    assert got.batch.device.tolist() == ["a", "b", "e", "f"]
    assert got.batch.offset.tolist() == [0, 1, 2, 3]
    assert got.batch.index.tolist() == [-1, 0, 0, 0]
    assert got.batch.neighbours.row.tolist() == [2, 3, 3]
    assert got.batch.neighbours.pci.tolist() == [1, 2, 3]
    assert [(letter.offset, letter.index) for letter in got.dead] == [(1, 1), (2, 1)]


def test_bare_identifiers_are_hashed() -> None:
    got = decoded("cell.measurements", {**REPORT, "device": "460001234567890"}, REPORT)
    assert got.batch.device.tolist() == [HASHER.pseudonym("460001234567890"), "d"]
    got = decoded("sms.metadata", {**SMS, "sender": "+8613812345678"}, {**SMS, "sender": "95588"})
    assert got.batch.sender.tolist() == [HASHER.sender("13812345678"), "95588"]
    got = decoded("cell.signalling", {**EVENT, "subscriber": "+8613812345678"})
    assert got.batch.subscriber[0].startswith("h-")


def test_register_rows_and_deletions() -> None:
    row = {"radio": "umts", "mcc": 262, "net": 2, "area": 801, "cell": 86355, "lat": 52.5}
    row |= {"lon": 13.2, "range": 37, "averageSignal": 0, "unit": None, "changeable": 1}
    values = [json.dumps(row).encode(), None, None, None]
    keys = [b"umts-262-2-801-86355", b"lte-460-0-4100-7", b"lte-460", b"gsm-1-1-70000-1"]
    got = decode(
        RecordSlice("cell.register", 0, range(4), values, np.full(4, NOW_MS), keys=keys), HASHER
    )
    assert got.batch.deleted.tolist() == [False, True]
    assert got.batch.rat.tolist() == [words.UMTS, words.LTE]
    assert got.batch.mnc.tolist() == [2, 0]
    assert got.batch.cell.tolist() == [86355, 7]
    assert np.isnan(got.batch.average_signal_dbm).all()
    assert [letter.reason for letter in got.dead] == ["tombstone", "area_does_not_fit"]


def test_announcements_and_feedback() -> None:
    square = [[[121, 31], [122, 31], [122, 32], [121, 31]]]
    got = decoded(
        "network.changes",
        {
            **{"from_ts": NOW_MS, "kind": "replan", "cells": ["lte-460-0-1-2", 5], "rx_ts": 7},
            "areas": [{"mcc": 460, "mnc": 0, "area": 41.0}, {"area": "x"}],
            "polygon": {"type": "Polygon", "coordinates": square},
            "old_to_new": [[{"area": 1}, {"area": 2}], ["lte-460-0-1-2", "lte-460-0-1-3"], [1]],
            "note": "ask +8613812345678",
        },
        {"polygon": {"type": "Polygon", "coordinates": [[[1, 2]]]}, "kind": "party"},
    )
    change, other = got.batch
    assert (change.rx_ts, change.kind, change.cells) == (7, "replan", ("lte-460-0-1-2",))
    assert change.areas == (AreaName(460, 0, 41),)
    assert change.polygon == {"type": "Polygon", "coordinates": square}
    assert change.old_to_new_areas == ((AreaName(area=1), AreaName(area=2)),)
    assert change.old_to_new_cells == (("lte-460-0-1-2", "lte-460-0-1-3"),)
    assert "13812345678" not in change.note
    assert (other.polygon, other.kind) == (None, None)
    assert (other.rx_ts, other.source.offset) == (NOW_MS + 5, 1)
    assert +got.dropped == {"cells": 1, "areas": 1, "old_to_new": 1, "polygon": 1, "kind": 1}

    found = {"ts": NOW_MS, "alert_id": "a", "verdict": "confirmed", "lat": 1, "lon": 2}
    got = decoded("field.feedback", found, [{**found, "verdict": "?"}, {**found, "lat": 99}])
    assert [(one.verdict, one.source.index) for one in got.batch] == [("confirmed", -1), (None, 0)]
    assert [(letter.reason, letter.index) for letter in got.dead] == [("bad_position", 1)]
    got = decoded("field.feedback", arrow([found]), content_types=[ARROW])
    assert got.batch[0].lat == 1.0


@pytest.mark.parametrize(
    ("mute_until_ts", "mute_radius_m", "read"),
    [
        (NOW_MS + 5, 750, (NOW_MS + 5, 750.0)),
        (float(NOW_MS), 0, (NOW_MS, 0.0)),
        (None, None, (None, None)),
        ("tomorrow", -1.0, (None, None)),
        (True, 50_001, (None, None)),
        (1 << 62, "far", (None, None)),
    ],
)
def test_feedback_may_say_how_long_and_how_far_it_mutes(
    mute_until_ts: Any, mute_radius_m: Any, read: tuple[Any, Any]
) -> None:
    mute = {"mute_until_ts": mute_until_ts, "mute_radius_m": mute_radius_m, "action_id": "x"}
    got = decoded("field.feedback", {"alert_id": "a", "verdict": "false_alarm", **mute})
    (one,) = got.batch
    assert (one.mute_until_ts, one.mute_radius_m) == read
    wrong = [name for name, value in mute.items() if value is not None and name != "action_id"]
    assert +got.dropped == ({} if read != (None, None) else dict.fromkeys(wrong, 1))


def test_arrow_forms_of_one_report_agree() -> None:
    report = {**REPORT, "broadcast": {"gprs": True, "t3212_min": 6.0}, "neighbours": [{"pci": 5}]}
    flat = {k: v for k, v in report.items() if k != "broadcast"}
    flat |= {"broadcast.gprs": True, "broadcast.t3212_min": 6.0}
    plain = pa.Table.from_pylist([report] * 3)
    narrow = pa.Table.from_pylist([flat] * 3)
    for name, kind in (
        ("mcc", pa.uint16()),
        ("ts", pa.float64()),
        ("area", pa.uint64()),
        ("device", pa.large_string()),
        ("rat", pa.string_view()),
    ):
        at = narrow.schema.get_field_index(name)
        narrow = narrow.set_column(at, name, narrow[name].cast(kind))
    coded = plain
    for name in ("device", "rat", "mcc"):
        at = coded.schema.get_field_index(name)
        coded = coded.set_column(at, name, coded[name].dictionary_encode())
    rx_ms = np.full(3, NOW_MS + 5)
    expected = decoded("cell.measurements", *[report] * 3).batch
    for table in (plain, narrow, coded, pa.concat_tables([coded.slice(0, 1), coded.slice(1)])):
        got = decode_table("cell.measurements", table, HASHER, rx_ms=rx_ms)
        assert not got.dead
        assert_same(expected, got.batch)


def numbers(spec: Field, wrong: bool) -> st.SearchStrategy[Any]:
    right: st.SearchStrategy[Any]
    if spec.kind == "bool":
        right = st.booleans()
    elif spec.kind == "text":
        right = st.text(max_size=8) | st.just("460001234567890") | st.just("0123456789abcdef")
    elif spec.kind == "listed":
        right = st.sampled_from(sorted(spec.listed or {}))
    elif spec.kind == "int":
        low, high = max(spec.low, -(2**53)), min(spec.high, 2**53)
        right = st.integers(int(low), int(high)) | st.integers(0, 70_000)
    else:
        right = st.floats(spec.low, spec.high) | st.integers(-200, 200)
    right = right | st.none()
    if spec.name == "ts":
        right = st.integers(NOW_MS - 9, NOW_MS + 9) | st.just(NOW_MS + 86_400_006) | st.just(5)
    if spec.name == "rx_ts":
        right = st.none() | st.integers(NOW_MS, NOW_MS + 9) | st.just(10**17)
    others = st.sampled_from(["x", "7", True, 1.5, -(2**63), 2**64, 10**400, 1e300, [], {}])
    return right | others if wrong else right


@cache  # To make a strategy takes as long as to draw from it.
def messages(topic: str, wrong: bool) -> st.SearchStrategy[dict[str, Any]]:
    schema = SCHEMAS[topic]

    def objects(specs: tuple[Field, ...]) -> st.SearchStrategy[dict[str, Any]]:
        needed = {s.name: numbers(s, wrong) for s in specs if s.required}
        more = {s.name: numbers(s, wrong) for s in specs if not s.required}
        return st.fixed_dictionaries(needed, optional=more)

    whole = objects(schema.fields)
    if not schema.neighbours:
        return whole
    lists = st.none() | st.lists(objects(NEIGHBOUR), max_size=3)
    parts = st.fixed_dictionaries(
        {}, optional={"neighbours": lists, "broadcast": objects(BROADCAST)}
    )
    return st.tuples(whole, parts).map(lambda pair: {**pair[0], **pair[1]})


@pytest.mark.slow
@pytest.mark.parametrize("topic", sorted(SCHEMAS))
@settings(max_examples=max(50, settings().max_examples))
@given(data=st.data())
def test_the_fast_and_the_patient_way_agree(topic: str, data: st.DataObject) -> None:
    some = data.draw(st.lists(messages(topic, wrong=True), min_size=1, max_size=4))
    some = [json.loads(json.dumps(message)) for message in some]
    fast = decoded(topic, *some)
    # An item that is no object sends its whole array the patient way.
    patient = decoded(topic, *([message, 5] for message in some))
    assert_same(fast.batch, patient.batch, but=("index",))
    assert +fast.dropped == +patient.dropped
    dead = [letter for letter in patient.dead if letter.reason != "not_an_object"]
    assert [(x.reason, x.detail, x.sha256) for x in fast.dead] == [
        (x.reason, x.detail, x.sha256) for x in dead
    ]
    assert len(fast.batch) + len(fast.dead) == len(some)


@pytest.mark.slow
@pytest.mark.parametrize("topic", sorted(SCHEMAS))
@settings(max_examples=max(40, settings().max_examples))
@given(data=st.data())
def test_json_and_arrow_agree(topic: str, data: st.DataObject) -> None:
    schema = SCHEMAS[topic]
    some = data.draw(st.lists(messages(topic, wrong=False), min_size=1, max_size=4))
    kinds = {"int": pa.int64(), "float": pa.float64(), "bool": pa.bool_()}

    def columns(specs: tuple[Field, ...]) -> list[tuple[str, pa.DataType]]:
        return [(spec.name, kinds.get(spec.kind, pa.string())) for spec in specs]

    wanted = columns(schema.fields)
    if schema.neighbours:
        wanted.append(("neighbours", pa.list_(pa.struct(columns(NEIGHBOUR)))))
        wanted.append(("broadcast", pa.struct(columns(BROADCAST))))
    value = arrow(some, pa.schema(wanted))
    from_arrow = decoded(topic, value, content_types=[ARROW])
    from_json = decoded(topic, some)
    assert_same(from_json.batch, from_arrow.batch)
    assert +from_json.dropped == +from_arrow.dropped
    assert [x.index for x in from_json.dead] == [x.index for x in from_arrow.dead]


@pytest.mark.parametrize("topic", sorted(TOPICS))
@settings(max_examples=100)
@given(
    # An array is as many items as it holds, none where it is empty.
    values=st.lists(
        st.none() | st.binary(max_size=60).filter(lambda value: b"[" not in value),
        min_size=1,
        max_size=4,
    ),
    content_type=st.sampled_from([None, JSON, ARROW]),
)
def test_any_bytes_are_rows_or_dead_letters(
    topic: str, values: list[bytes | None], content_type: str | None
) -> None:
    got = decoded(topic, *values, content_types=[content_type] * len(values))
    assert len({letter.offset for letter in got.dead}) + len(got.batch) <= len(values)
    if topic in SCHEMAS:
        assert len(got.dead) == len(values)


@settings(max_examples=150)
@given(data=st.data())
def test_damaged_arrow_never_raises(data: st.DataObject) -> None:
    value = bytearray(arrow([{**REPORT, "neighbours": [{"pci": 1}]}] * 3))
    for _ in range(data.draw(st.integers(1, 4))):
        value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))
    got = decoded("cell.measurements", bytes(value), content_types=[ARROW])
    assert isinstance(got.batch, Batch)
    if not len(got.batch) + len(
        got.dead
    ):  # the damage made an empty stream of it, which is nothing
        assert pa.ipc.open_stream(bytes(value)).read_all().num_rows == 0


@settings(max_examples=100)
@given(cut=st.integers(1, 120), seed=st.integers(0, 2**16))
def test_nothing_is_lost(cut: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    good, bad = json.dumps(REPORT).encode(), json.dumps(REPORT).encode()[:cut]
    items = [[good, b"5"][int(k)] for k in rng.integers(0, 2, 7)]
    got = decoded("cell.measurements", good, bad, b"[" + b",".join(items) + b"]", b"[]", None)
    assert len(got.batch) + len(got.dead) == 1 + 1 + 7 + 0 + 1


def test_a_recorded_drive(shared_data: Path) -> None:
    with gzip.open(shared_data / "dakar-drive" / "measurements.jsonl.gz") as file:
        lines = file.read().splitlines()
    rx_ms = np.array([json.loads(line)["ts"] for line in lines])
    records = RecordSlice("cell.measurements", 0, range(len(lines)), lines, rx_ms)
    got = decode(records, HASHER)
    assert (len(got.batch), got.dead) == (len(lines), [])
    assert set(got.batch.mcc.tolist()) == {608}


def test_a_register_file(shared_data: Path) -> None:
    table = csv.read_csv(shared_data / "registers" / "de_opencellid_1000.csv.gz")
    rx_ms = np.zeros(table.num_rows, dtype=np.int64)
    got = decode_table("cell.register", table, HASHER, rx_ms=rx_ms)
    assert len(got.batch) + len(got.dead) == table.num_rows
    assert {letter.reason for letter in got.dead} <= {"unknown_value"}
    assert len(got.batch) > 0.9 * table.num_rows
    assert np.count_nonzero(got.batch.mcc == 262) > 0.8 * table.num_rows
    assert not got.batch.deleted.any()
