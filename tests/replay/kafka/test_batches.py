"""Messages joined into records say what they say alone: rows, letters, arrivals, lines, order."""

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest

from replay.kafka.batches import MOST_BYTES, Batches, Place, Timed, places_header, places_of
from streams.decode.codec import decode
from streams.decode.records import RecordSlice
from streams.decode.topic_reader import items_of
from streams.kafka.partitioning import key_of, partition_of
from streams.kafka.stage_records import Headers, arrival_ms
from streams.privacy.hasher import Hasher

_AT_MS, _TOPIC = 1_748_916_000_000, "cell.measurements"
_GOOD = {"device": "d", "rat": "lte", "mcc": 460, "mnc": 0, "area": 4100, "cell": 100000001}
_GOOD |= {"signal_dbm": -80.0, "lat": 30.65, "lon": 104.06}
#: What may be wrong with a message, and what is odd and right.
_ODD: tuple[dict[str, Any], ...] = (
    {"rat": "6g"},
    {"cell": "100000001"},
    {"signal_dbm": None},
    {"mcc": 460.5},
    {"mcc": 460.0},
    {"arfcn": "1300"},
    {"speed_mps": float("inf")},
    {"mine": {"a": [1, 2]}, "note": "\u4e2d"},
    {"neighbours": [{"rat": "lte", "pci": 7}, 3]},
    {"ts": _AT_MS + 200_000_000},
    {"rx_ts": 10**20},
    {"device": ""},
)
_BROKEN = (
    *(b"\x00\x01 no text \xff", b"null", b"17", b"{", b'{"ts":1}{"ts":2}', b""),
    b'[{"ts":1748916000800,"device":"d-3"}]',
    b'{"a":' + b"[" * 2000 + b"]" * 2000 + b"}",
    b'{"device":"d\xc3\x28","ts":1748916000700}',
    b' {"device": "d", "ts": 1748916000700} ',
)

Sent = list[tuple[str, bytes, bytes | None, int, Headers]]


def _joined(messages: Iterable[Timed], most: int = 100, span_ms: int = 5_000) -> Sent:
    sent: Sent = []
    batches = Batches(lambda *record: sent.append(record), 7, most, span_ms)
    for message in messages:
        key = key_of(_TOPIC, message.value)
        number = 0 if key is None else partition_of(key, 4)
        batches.add(Place(_TOPIC, number, key), message)
    batches.flush()
    return sent


def _message(number: int, **changes: Any) -> Timed:
    at = _AT_MS + 10 * number
    fields = {"ts": at, "rx_ts": at + 7} | _GOOD | {"device": f"d-{number % 9}"} | changes
    value = json.dumps(fields).replace("Infinity", "1e999").encode()
    rx_ts = fields["rx_ts"]
    return Timed(value, rx_ts if rx_ts in range(2**53) else at, at, number)


def _messages(seed: int, count: int = 400) -> list[Timed]:
    chance, found = random.Random(seed), []
    for number in range(count):
        message = _message(number, **(chance.choice(_ODD) if chance.random() < 0.2 else {}))
        if chance.random() < 0.05:
            broken = chance.choice(_BROKEN)
            message = Timed(broken, message.stand_in_ms, message.stand_in_ms, number)
        if chance.random() < 0.1:
            fields = msgspec.json.encode({"ts": message.stand_in_ms} | _GOOD)
            message = Timed(fields, message.stand_in_ms, message.stand_in_ms, number)
        found.append(message)
    return found


def _decoded(sent: Sent, number: int) -> tuple[Any, list[Any]]:
    """What a worker makes of a partition; of letters all but their places."""
    mine = [record for record in sent if record[3] == number]
    rx_ms = np.array([arrival_ms(headers, 0) for *_, headers in mine], dtype=np.int64)
    values = [value for _, value, *_ in mine]
    found = decode(RecordSlice(_TOPIC, number, range(len(mine)), values, rx_ms), Hasher(b"key"))
    columns = {
        name: np.asarray(getattr(found.batch, name))
        for name in ("ts_ms", "rx_ms", "device", "cell", "lat", "arfcn", "signal_dbm")
    }
    letters = [
        (letter.reason, letter.detail, letter.rx_ts, letter.sha256, letter.value_base64)
        for letter in found.dead
    ]
    return (columns, +found.dropped), letters


@pytest.mark.parametrize("seed", range(4))
def test_a_record_of_many_says_what_they_say_alone(seed: int) -> None:
    messages = _messages(seed)
    joined, single = _joined(messages), _joined(messages, most=1)
    assert len(single) == len(messages) > 1.5 * len(joined)
    wrong = taken = 0
    for number in range(4):
        (columns, dropped), letters = _decoded(joined, number)
        (alone, dropped_alone), letters_alone = _decoded(single, number)
        assert letters == letters_alone
        wrong += len(letters)
        assert dropped == dropped_alone
        taken += len(alone["ts_ms"])
        for name, column in columns.items():
            np.testing.assert_array_equal(column, alone[name], name)
    assert wrong > 20
    assert taken > 300


@pytest.mark.parametrize("seed", range(4))
def test_lines_and_their_order_are_found_again(seed: int) -> None:
    messages = _messages(seed)
    lines: list[tuple[tuple[int, int], bytes]] = []
    for _, value, _, _, headers in _joined(messages):
        places = places_of(headers)
        lines += zip(places, [value] if len(places) == 1 else items_of(value, headers), strict=True)
    assert [value for _, value in sorted(lines)] == [message.value for message in messages]
    assert [place for place, _ in sorted(lines)] == [(7, number) for number in range(400)]


def test_each_partition_keeps_its_order() -> None:
    for number in range(4):
        places = [places_of(one[4]) for one in _joined(_messages(5)) if one[3] == number]
        flat = [place for some in places for place in some]
        assert flat == sorted(flat)


def _sizes(messages: Sequence[Timed], **bounds: int) -> list[int]:
    return [len(places_of(headers)) for *_, headers in _joined(messages, **bounds)]


def test_records_are_bounded_by_count_bytes_and_time() -> None:
    same = [_message(number, device="d") for number in range(40)]
    assert _sizes(same, most=16) == [16, 16, 8]
    assert _sizes(same, span_ms=90) == [10, 10, 10, 10]
    back = [
        replace(_message(number, device="d"), number=place)
        for place, number in enumerate((20, 3, 19, 40, 1))
    ]
    assert _sizes(back, span_ms=200) == [3, 1, 1]
    large = [_message(number, device="d", more="x" * (MOST_BYTES // 3)) for number in range(5)]
    assert _sizes(large) == [2, 2, 1]
    assert all(len(value) <= MOST_BYTES for _, value, *_ in _joined(large))


def test_without_an_arrival_of_their_own_only_those_of_one_moment_share_a_record() -> None:
    value = json.dumps({"ts": _AT_MS} | _GOOD).encode()
    at = [Timed(value, when, when, place) for place, when in enumerate((5, 5, 5, 6, 6, 7))]
    assert _sizes(at) == [3, 2, 1]


def test_what_waits_is_sent_in_time() -> None:
    sent: Sent = []
    batches = Batches(lambda *record: sent.append(record), 7, 100, 5_000)
    batches.add(Place(_TOPIC, 1, b"d"), _message(1), now_s=10.0)
    batches.add(Place(_TOPIC, 1, b"d"), _message(2), now_s=10.05)
    batches.flush_before(10.09, 0.1)
    assert not sent
    batches.flush_before(10.11, 0.1)
    assert [places_of(headers) for *_, headers in sent] == [[(7, 1), (7, 2)]]
    batches.flush_before(99.0, 0.1)
    assert len(sent) == 1


@pytest.mark.parametrize("value", [b"", b"7", b"7:", b"7:1,", b"7:1,-2", b"x:1", b"7:" + b"1" * 99])
def test_a_header_that_no_replay_wrote_names_no_place(value: bytes) -> None:
    assert places_of([("seq", value)]) == []
    assert places_of([("seq", places_header(1, [2, 5]))]) == [(1, 2), (1, 5)]
