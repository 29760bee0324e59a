"""What the gateway writes says what was sent: the same rows and letters, and no identifier."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from field.ingest.columns import COLUMNS
from field.ingest.packing import Packer
from streams.decode.clean_messages import hashed_line
from streams.decode.codec import decode
from streams.decode.records import ARROW, RecordSlice
from streams.kafka.partitioning import KEYED, partition_of
from streams.kafka.resilient_producer import Outgoing
from streams.kafka.stage_records import CONTENT_TYPE, arrival_ms, header
from streams.privacy.hasher import Hasher

_AT_MS, _RX_MS, _PARTITIONS = 1_748_916_000_000, 1_748_916_005_000, 4
_HASHER = Hasher(b"key")
_GOOD: dict[str, dict[str, Any]] = {
    "cell.measurements": {
        **{"device": "d", "rat": "lte", "mcc": 460, "mnc": 0, "area": 4100, "cell": 100000001},
        **{"signal_dbm": -80, "lat": 30.65, "lon": 104.06, "serving": True, "arfcn": 1300},
        "neighbours": [{"rat": "lte", "pci": 7, "signal_dbm": -96.5}, {"arfcn": 1300}],
    },
    "device.signalling": {
        **{
            "subscriber": "s",
            "source": "device",
            "rat": "lte",
            "mcc": 460,
            "mnc": 0,
            "csfb": False,
        },
        **{"area": 22100, "cell": 25606402, "procedure": "attach", "cipher": "eea0"},
    },
    "device.sms": {
        **{"device": "d", "source": "device", "sender": "10086", "parts": 1, "has_url": True},
        "content_hash": "0123456789abcdef",
    },
    "call.signalling": {
        **{"call_ref": "c-1", "point": "igw", "callee": "8613912345678", "answered": False},
        **{"ingress": "international", "redirecting": "01087654321", "cause": 17},
    },
}
_ODD: tuple[dict[str, Any], ...] = (
    {"rat": "6g"},
    {"cell": "100000001"},
    {"ts": None},
    {"mcc": 460.5},
    {"mcc": 460.0},
    {"cell": 10**14},
    {"cell": 10**30},
    {"arfcn": "1300"},
    {"lat": float("inf")},
    {"lat": 91.0},
    {"mine": {"a": [1, 2]}, "note": "\u4e2d"},
    {"note": "\ud800"},
    {"neighbours": [{}]},
    {"neighbours": []},
    {"neighbours": [{"rat": "5g"}, {"cell": 7.5}]},
    {"neighbours": [3]},
    {"neighbours": [{"pci": index} for index in range(400)]},
    {"broadcast": {}},
    {"broadcast": {"t3212_min": 0, "gprs": True}},
    {"broadcast": {"t3212_min": "0"}},
    {"ts": _AT_MS + 400_000_000},
    {"rx_ts": _AT_MS + 3_000_000},
    {"rx_ts": 10**15},
    {"rx_ts": None},
    {"smsc": "x" * 300},
    {"content_hash": "zz"},
    {"sent_ts": True},
)
_BROKEN = (
    *(b"\x00\x01 no text \xff", b"null", b"17", b"{", b'{"ts":1}{"ts":2}', b"\xef\xbb\xbf{}"),
    *(b'[{"ts":1748916000800}]', b"[[1]]", b"[1", b"[]"),
    b'{"a":' + b"[" * 2000 + b"]" * 2000 + b"}",
    b'{"device":"d\xc3\x28","ts":1748916000700}',
)


def _lines(topic: str, seed: int, odd: float, count: int = 250) -> list[bytes]:
    chance, found = random.Random(seed), []
    named = KEYED[topic]
    for number in range(count):
        at = _AT_MS + 10 * number
        fields = {"ts": at, "rx_ts": at + 7} | _GOOD[topic] | {named: f"p-{chance.randrange(9)}"}
        if chance.random() < odd:
            fields |= chance.choice(_ODD)
        value = json.dumps(fields).replace("Infinity", "1e999").encode()
        if chance.random() < odd / 4:
            value = chance.choice(_BROKEN)
        found.append(value)
    return found


def _packed(topic: str, lines: Sequence[bytes], **more: Any) -> Any:
    return Packer(_HASHER, **{"most": 50, "most_bytes": 64 << 10} | more).packed(
        topic, _PARTITIONS, lines, _RX_MS
    )


def _slice(topic: str, records: Sequence[Outgoing], number: int) -> RecordSlice:
    mine = [one for one in records if one.partition == number]
    kinds = [(header(one.headers, CONTENT_TYPE) or b"").decode() or None for one in mine]
    rx_ms = np.array([arrival_ms(one.headers, 0) for one in mine], dtype=np.int64)
    values = [one.value for one in mine]
    # Records are written when they come.
    latest_ms = rx_ms + 300_000
    return RecordSlice(topic, number, range(len(mine)), values, rx_ms, kinds, latest_ms=latest_ms)


def _rows(batch: Any) -> list[str]:
    """Each row as text, but for its place in a record."""
    columns = {
        name: np.asarray(getattr(batch, name)).tolist()
        for name in batch.__dataclass_fields__
        if name not in ("offset", "index", "neighbours", "broadcast")
    }
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if (seen := getattr(batch, "broadcast", None)) is not None:
        for name in seen.__dataclass_fields__:
            for row, value in zip(rows, getattr(seen, name).tolist(), strict=True):
                row[f"broadcast.{name}"] = value
    if (near := getattr(batch, "neighbours", None)) is not None:
        parts = [getattr(near, name).tolist() for name in near.__dataclass_fields__]
        for at, *entry in zip(*parts, strict=True):
            rows[at].setdefault("neighbours", []).append(entry)
    return [repr(row) for row in rows]


@pytest.mark.parametrize("topic", list(_GOOD))
@pytest.mark.parametrize(("seed", "odd"), [(1, 0.0), (2, 0.02), (3, 0.3), (4, 1.0)])
def test_a_worker_reads_what_was_sent(topic: str, seed: int, odd: float) -> None:
    lines = _lines(topic, seed, odd)
    packed = _packed(topic, lines)
    single = RecordSlice(
        topic,
        0,
        range(len(lines)),
        # As whoever writes to a topic has to send them.
        [hashed_line(line, _HASHER) for line in lines],
        np.full(len(lines), _RX_MS),
        arrays=False,
        latest_ms=np.full(len(lines), _RX_MS + 300_000),
    )
    wanted = decode(single, _HASHER)
    rows: list[str] = []
    letters: Counter[tuple[str, str]] = Counter()
    dropped: Counter[str] = Counter()
    for number in range(_PARTITIONS):
        found = decode(_slice(topic, packed.records, number), _HASHER)
        rows += _rows(found.batch)
        letters.update((one.reason, one.value_base64 or "") for one in found.dead)
        dropped.update(found.dropped)
    alike = Counter((one.reason, one.value_base64 or "") for one in wanted.dead)
    assert letters == alike
    assert Counter(rows) == Counter(_rows(wanted.batch))
    assert len(rows) + letters.total() == len(lines)
    assert [one.reason for one in packed.refused] == [one.reason for one in wanted.dead]
    assert [one.place for one in packed.refused] == [one.offset for one in wanted.dead]
    assert packed.dropped == wanted.dropped.total()
    assert not (wanted.dropped - dropped)
    if not odd:
        assert {header(one.headers, CONTENT_TYPE) for one in packed.records} == {ARROW.encode()}
        assert packed.forms == {"json": 0, "arrow": len(packed.records)}


def test_messages_of_a_device_lie_in_its_partition_in_their_order() -> None:
    topic = "device.sms"
    packed = _packed(topic, _lines(topic, 5, 0.1))
    last: dict[str, int] = {}
    for number in range(_PARTITIONS):
        batch = decode(_slice(topic, packed.records, number), _HASHER).batch
        for device, at in zip(batch.device.tolist(), batch.ts_ms.tolist(), strict=True):
            assert partition_of(device.encode(), _PARTITIONS) == number
            assert at >= last.get(device, 0)
            last[device] = at
    assert len(last) == 9


def test_records_are_bounded() -> None:
    topic = "cell.measurements"
    lines = _lines(topic, 6, 0.0)
    for more in ({"most": 7}, {"most_bytes": 2_000}):
        for one in _packed(topic, lines, **more).records:
            (batch,) = (decode(_slice(topic, [one], one.partition), _HASHER).batch,)
            assert 1 <= len(batch.ts_ms) <= 7


@pytest.mark.parametrize("topic", list(_GOOD))
def test_no_bare_identifier_gets_to_kafka(topic: str) -> None:
    bare = "460001234567890"
    forms: list[dict[str, Any]] = [
        {KEYED[topic]: bare},
        {KEYED[topic]: int(bare)},
        {"rat": bare},
        {"cell": int(bare)},
        {"note": f"imsi {bare}"},
        {bare: 1},
        {"neighbours": [{"rat": bare}]},
        {"sender": "+8613812345678"},
        {"smsc": f"x{bare}", "cipher": f"imsi={bare}", "url_domain": f"{bare}.example"},
    ]
    lines = [
        json.dumps({"ts": _AT_MS, "rx_ts": _AT_MS} | _GOOD[topic] | form).encode() for form in forms
    ]
    lines += [b'{"device":"%s"' % bare.encode(), bare.encode()]
    packed = _packed(topic, lines)
    written = b"\n".join((one.key or b"") + one.value for one in packed.records)
    assert bare.encode() not in written
    assert b"13812345678" not in written
    # Whoever hashes again changes nothing, and so does a worker.
    number = _HASHER.number(bare)
    assert number is not None
    hashed = number.name if KEYED[topic] == "caller" else _HASHER.pseudonym(bare)
    assert hashed.encode() in written
    assert _HASHER.pseudonym(hashed) == hashed
    keys = {one.partition for one in packed.records if hashed.encode() in one.value}
    assert partition_of(hashed.encode(), _PARTITIONS) in keys


def test_the_key_of_then_hashes_what_arrived_then() -> None:
    changed = Hasher(b"new", former=(b"old", _AT_MS))
    topic, bare = "cell.measurements", "460001234567890"
    fields = {"ts": _AT_MS - 5_000, "rx_ts": _AT_MS - 1} | _GOOD[topic] | {"device": bare}
    line = json.dumps(fields).encode()
    (record,) = Packer(changed, 10, 10_000).packed(topic, 1, [line], _AT_MS + 1).records
    assert Hasher(b"old").pseudonym(bare).encode() in record.value


def test_an_array_that_came_as_a_message_is_none() -> None:
    topic = "cell.measurements"
    inner = json.dumps([{"ts": _AT_MS, "rx_ts": _AT_MS} | _GOOD[topic]]).encode()
    packed = _packed(topic, [inner])
    found = decode(_slice(topic, packed.records, 0), _HASHER)
    assert [one.reason for one in found.dead] == ["not_an_object"]
    assert len(found.batch.ts_ms) == 0
    assert [one.reason for one in packed.refused] == ["not_an_object"]


@pytest.mark.parametrize("topic", list(_GOOD))
def test_a_name_that_is_no_unicode_ends_nothing(topic: str) -> None:
    fields = {"ts": _AT_MS, "rx_ts": _AT_MS} | _GOOD[topic] | {KEYED[topic]: "\ud800"}
    packed = _packed(topic, [json.dumps(fields).encode(), b'"' + b"\\" * 999])
    counts = [
        len(decode(_slice(topic, packed.records, number), _HASHER).batch.ts_ms)
        for number in range(_PARTITIONS)
    ]
    assert sum(counts) + len(packed.refused) == 2


def test_a_message_that_is_nested_deeply_goes_alone() -> None:
    topic = "cell.measurements"
    good = {"ts": _AT_MS, "rx_ts": _AT_MS} | _GOOD[topic]
    deep = json.dumps(good | {"mine": 0})[:-2].encode() + b"[" * 600 + b"]" * 600 + b"}"
    plain = json.dumps(good).encode()
    packed = _packed(topic, [plain, deep, plain])
    assert [one.value for one in packed.records if one.value == deep] == [deep]
    assert len(packed.records) == 3


def test_columns_hold_only_what_they_hold_faithfully() -> None:
    row = COLUMNS["device.sms"].row
    assert row(b'{"ts": 1}') is not None
    for odd in (b'{"mine": 1}', b'{"ts": "1"}', b'{"ts": 1', b"[]", b'{"device": "\xc3\x28"}'):
        assert row(odd) is None
