"""What travels between the stages comes back as it was; what is no record of ours is nothing."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.model.finding import Finding, Identity, Observation, Place, Source
from streams.kafka.stage_records import (
    WATERMARK_VALUE,
    Watermark,
    arrival_ms,
    decode_finding,
    decode_observations,
    encode,
    header,
    is_publishers_watermark,
    together,
    watermark_headers,
    watermarks_of,
)

_SOURCE = Source("cell.measurements", 3, 17, -1, 2)
_FINDING = Finding(
    detector="unknown_cell",
    version=1,
    family="identity",
    ts=1_748_916_000_000,
    rx_ts=1_748_916_000_900,
    weight=1.5,
    cap=4.5,
    space="device",
    who="d-\u4e2d",
    claimed=Identity("gsm", 460, 0, 547, 50637),
    place=Place(30.65, 104.06, accuracy_m=12.5),
    signal_dbm=-71.0,
    values={"grade": "unknown_area", "heard_only": 0, "nothing": None, "share": 0.1},
    source=_SOURCE,
)
_OBSERVATION = Observation(
    detector="core_service",
    kind="served",
    ts=1,
    rx_ts=2,
    space="subscriber",
    who="s-1",
    source=_SOURCE,
)


def test_findings_and_observations_come_back_as_they_were() -> None:
    assert decode_finding(encode(_FINDING)) == _FINDING
    assert decode_observations(encode(_OBSERVATION)) == [_OBSERVATION]
    again = decode_finding(encode(_FINDING))
    assert again is not None
    assert again.digest() == _FINDING.digest()


_NESTED = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        (b'"source"', b'"unknown":' + _NESTED + b',"source"'),
        (b'"who":"', b'"who":"' + b"d" * 300),
        (b'"who":"', b'"who":"' + b"d" * (2 << 20)),
        (b'"lat":30.65', b'"lat":1e308'),
        (b'"lon":104.06', b'"lon":-180.5'),
        (b'"rx_ts":1748916000900', b'"rx_ts":9223372036854775807'),
        (b'"ts":1748916000000', b'"ts":-9223372036854775808'),
        (b'"topic":"', b'"topic":"' + b"t" * 300),
    ],
)
def test_what_no_worker_writes_is_nothing(part: bytes, instead: bytes) -> None:
    good = encode(_FINDING)
    assert good.count(part) == 1 or part.startswith(b'"ts"')
    assert decode_finding(good.replace(part, instead, 1)) is None
    observation = Observation(
        **{"detector": "d", "kind": "k", "ts": 1_748_916_000_000, "rx_ts": 1_748_916_000_900},
        **{"space": "device", "who": "d", "place": _FINDING.place, "source": _SOURCE},
    )
    as_good = encode(observation)
    bad = as_good.replace(part, instead, 1)
    assert decode_observations(as_good) == [observation]
    assert decode_observations(bad) == []
    # Where it isn't alone, only it is left out, unless no JSON or far too long.
    known = [observation] if len(bad) < 1 << 20 and _NESTED not in bad else []
    assert decode_observations(b"[%b,%b]" % (bad, as_good)) == known


@pytest.mark.parametrize("value", [None, b"", b"\xff", _NESTED, b'{"topic":"t","partition":0}'])
def test_what_is_no_watermark_is_nothing(value: bytes) -> None:
    assert watermarks_of([("mark", value)]) == []


@given(st.binary(max_size=60))
def test_foreign_bytes_are_nothing(value: bytes) -> None:
    assert decode_finding(value) is None
    assert decode_observations(value) == []


@pytest.mark.parametrize(
    "value", [b"[]", b"{}", b"\xff", b'{"detector": 1}', b"[" * 100_000, encode(_OBSERVATION)]
)
def test_what_is_no_finding_is_nothing(value: bytes) -> None:
    assert decode_finding(value) is None


def _numbered(count: int, text: str = "") -> list[Observation]:
    source = [Source("cell.measurements", 3, number, -1) for number in range(count)]
    return [
        msgspec.structs.replace(_OBSERVATION, source=one, values={"text": text}) for one in source
    ]


@pytest.mark.parametrize(("count", "length"), [(1, 0), (3000, 0), (9000, 0), (700, 2000)])
def test_observations_of_a_chunk_share_records_of_bounded_size(count: int, length: int) -> None:
    sent = _numbered(count, "x" * length)
    records = list(together([encode(one) for one in sent]))
    assert [one for value in records for one in decode_observations(value)] == sent
    assert all(len(value) <= 512 << 10 for value in records)
    assert len(records) <= 1 + sum(map(len, records)) / (256 << 10)


def test_an_observation_beyond_the_bound_goes_alone() -> None:
    (large,), small = _numbered(1, "x" * 700_000), _numbered(2)
    records = list(together([encode(one) for one in (small[0], large, small[1])]))
    assert [decode_observations(value) for value in records] == [[small[0]], [large], [small[1]]]


def test_items_that_are_none_cost_the_others_nothing() -> None:
    good = [encode(one) for one in _numbered(3)]
    items = [b"7", good[0], b"[]", b'{"detector":"d"}', good[1], encode(_FINDING)]
    assert decode_observations(b"[%b]" % b",".join([*items, good[2]])) == _numbered(3)
    # Neither is there a record of more items than a worker writes, be they good or bad.
    assert decode_observations(b"[%b]" % b",".join([b"0"] * 200_000 + good)) == []
    assert decode_observations(b"[%b]" % b",".join(good * 1500)) == []
    assert decode_observations(b"[%b" % b",".join(good)) == []


def test_watermarks_come_back_as_they_were() -> None:
    watermark = Watermark("sms.metadata", 5, 1_748_916_000_000, True)
    other = Watermark("cell.measurements", 0, 7, False)
    (headers,) = watermark_headers([watermark, other])
    assert watermarks_of(headers) == [watermark, other]
    assert watermarks_of([("other", b"1"), ("mark", b"{}"), *headers]) == [watermark, other]
    assert list(watermark_headers([])) == []
    many = [Watermark("sms.metadata", number, 1, False) for number in range(5000)]
    records = list(watermark_headers(many))
    assert [one for headers in records for one in watermarks_of(headers)] == many
    # Well below what any broker takes.
    assert max(sum(len(value) for _, value in headers) for headers in records) < 1 << 18
    assert msgspec.json.decode(WATERMARK_VALUE) == []


@pytest.mark.parametrize("value", [b"", b"{}", b"\xff\xfe", b'{"topic": 3}', b"[" * 100_000])
def test_headers_that_are_no_watermark(value: bytes) -> None:
    assert watermarks_of([("mark", value)]) == []
    assert watermarks_of([]) == []


def test_the_last_header_of_a_name_counts() -> None:
    headers = [("rx-ts", b"1"), ("seq", b"1:1"), ("rx-ts", b"2")]
    assert header(headers, "rx-ts") == b"2"
    assert header(headers, "end") is None
    assert arrival_ms(headers, 9) == 2


@pytest.mark.parametrize("stamp", [b"", b"-5", b"1.5", b"soon", b"9" * 16, b"\xb2"])
def test_arrival_times_that_can_not_be_read_fall_back(stamp: bytes) -> None:
    assert arrival_ms([("rx-ts", stamp)], 77) == 77


def test_an_empty_array_of_a_trace_is_no_watermark() -> None:
    stamp = [("rx-ts", b"1748916000000")]
    assert is_publishers_watermark(b"[]", stamp)
    assert is_publishers_watermark(b"[]", [*stamp, ("end", b"1")])
    assert not is_publishers_watermark(b"[]", [*stamp, ("seq", b"1:7")])
    assert not is_publishers_watermark(b"[]", [])
    assert not is_publishers_watermark(b"[{}]", stamp)
    assert not is_publishers_watermark(None, stamp)
