"""How late messages may have arrived: not after their record was written, save in a replay."""

from dataclasses import dataclass

import numpy as np
import pytest

from detectors.features.facts import Origin
from detectors.screen.screening import Screening
from streams.decode.codec import TOPICS, decode
from streams.kafka.stage_records import (
    CONTENT_TYPE,
    END,
    REPLAY,
    RX_TS,
    SEQ,
    WATERMARK_VALUE,
    Headers,
)
from streams.limits import DEFAULT
from streams.privacy.hasher import Hasher
from streams.worker.inputs import are_watermarks, slice_of
from streams.worker.partition_restore import Partition
from streams.worker.watermarks import WatermarkTracker

_WRITTEN_MS = 1_748_916_000_000
_AHEAD_MS = DEFAULT.arrival_ahead_ms
_YEAR_2100_MS = 4_102_444_800_000


@dataclass
class _Record:
    value: bytes
    headers: Headers
    offset: int = 0
    timestamp: int = _WRITTEN_MS


def _reasons(*records: _Record) -> list[str]:
    decoded = decode(slice_of(records, "field.feedback", 0, DEFAULT), Hasher(b"k"), DEFAULT)
    assert len(decoded.dead) + len(decoded.batch) == len(records)
    return [letter.reason for letter in decoded.dead]


def _feedback(rx_ts: int, *headers: tuple[str, bytes]) -> _Record:
    return _Record(b'{"rx_ts":%d}' % rx_ts, headers)


def test_an_arrival_is_at_most_a_little_later_than_its_record() -> None:
    assert _reasons(_feedback(_WRITTEN_MS + _AHEAD_MS)) == []
    assert _reasons(_feedback(_WRITTEN_MS + _AHEAD_MS + 1)) == ["arrival_ahead"]
    assert _reasons(_feedback(_YEAR_2100_MS, ("other", b"1"))) == ["arrival_ahead"]
    stamped = _Record(b"{}", [(RX_TS, b"%d" % _YEAR_2100_MS)])
    assert _reasons(stamped) == ["arrival_ahead"]


def test_a_replay_has_dates_of_its_own() -> None:
    for header in ((SEQ, b"1:1"), (REPLAY, b"")):
        assert _reasons(_feedback(_YEAR_2100_MS, header)) == []
    assert _reasons(_feedback(1_000_000_000_000)) == []


def _promised(*headers: tuple[str, bytes]) -> WatermarkTracker:
    partition = Partition(Screening((), Origin("sms.metadata", 0)), WatermarkTracker(0), DEFAULT)
    partition.watermark.observe(np.array([_WRITTEN_MS]))
    partition.promise([WATERMARK_VALUE], [headers], [_WRITTEN_MS])
    return partition.watermark


def test_so_are_the_watermarks_of_publishers() -> None:
    soon = _WRITTEN_MS + _AHEAD_MS
    assert _promised((RX_TS, b"%d" % soon)).until_ms == soon
    ahead = _promised((RX_TS, b"%d" % _YEAR_2100_MS), (END, b"1"))
    assert (ahead.until_ms, ahead.newest_ms, ahead.end) == (_WRITTEN_MS, _WRITTEN_MS, False)
    assert _promised((RX_TS, b"%d" % _YEAR_2100_MS), (REPLAY, b"")).until_ms == _YEAR_2100_MS


@pytest.mark.parametrize("topic", TOPICS)
def test_there_is_nothing_to_decode_in_a_watermark(topic: str) -> None:
    records = [
        _Record(WATERMARK_VALUE, [(RX_TS, b"%d" % _WRITTEN_MS), (END, b"")], n) for n in (0, 1)
    ]
    assert are_watermarks([one.value for one in records], [one.headers for one in records])
    decoded = decode(slice_of(records, topic, 0, DEFAULT), Hasher(b"k"), DEFAULT)
    assert (len(decoded.batch), decoded.dead, sum(decoded.dropped.values())) == (0, [], 0)


def test_what_is_no_watermark_is_decoded_beside_any() -> None:
    stamp = RX_TS, b"%d" % _WRITTEN_MS
    watermark: Headers = [stamp]
    others: list[tuple[bytes | None, Headers]] = [
        (b"[{}]", watermark),
        (None, watermark),
        (WATERMARK_VALUE, []),
        (WATERMARK_VALUE, [stamp, (SEQ, b"1:1")]),
        (WATERMARK_VALUE, [stamp, (CONTENT_TYPE, b"application/vnd.apache.arrow.stream")]),
    ]
    for value, headers in others:
        assert not are_watermarks([WATERMARK_VALUE, value], [watermark, headers])
