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
    decode_observation,
    encode,
    header,
    is_publishers_watermark,
    watermark_headers,
    watermark_of,
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
    assert decode_observation(encode(_OBSERVATION)) == _OBSERVATION
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
    assert decode_observation(as_good) == observation
    assert decode_observation(as_good.replace(part, instead, 1)) is None


@pytest.mark.parametrize("value", [None, b"", b"\xff", _NESTED, b'{"topic":"t","partition":0}'])
def test_what_is_no_watermark_is_nothing(value: bytes) -> None:
    assert watermark_of([("mark", value)]) is None


@given(st.binary(max_size=60))
def test_foreign_bytes_are_nothing(value: bytes) -> None:
    assert decode_finding(value) is None
    assert decode_observation(value) is None


@pytest.mark.parametrize(
    "value", [b"[]", b"{}", b"\xff", b'{"detector": 1}', b"[" * 100_000, encode(_OBSERVATION)]
)
def test_what_is_no_finding_is_nothing(value: bytes) -> None:
    assert decode_finding(value) is None


def test_watermarks_come_back_as_they_were() -> None:
    watermark = Watermark("sms.metadata", 5, 1_748_916_000_000, True)
    assert watermark_of(watermark_headers(watermark)) == watermark
    assert watermark_of([("other", b"1"), *watermark_headers(watermark)]) == watermark
    assert msgspec.json.decode(WATERMARK_VALUE) == []


@pytest.mark.parametrize("value", [b"", b"{}", b"\xff\xfe", b'{"topic": 3}', b"[" * 100_000])
def test_headers_that_are_no_watermark(value: bytes) -> None:
    assert watermark_of([("mark", value)]) is None
    assert watermark_of([]) is None


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
