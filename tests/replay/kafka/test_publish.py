"""What a replay sends is marked as a replay's, so that its dates may lie ahead of the clock."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from replay.kafka import publish
from streams.config.settings import load_settings
from streams.kafka.stage_records import REPLAY, RX_TS, WATERMARK_VALUE, header, is_replayed
from streams.kafka.topics import INPUTS, LISTS
from streams.privacy.hashing_key import load_key

_YEAR_2100_MS = 4_102_444_800_000


class _Producer:
    def __init__(self) -> None:
        self.sent: list[tuple[bytes, list[tuple[str, bytes]]]] = []
        self.keys: list[tuple[str, bytes | None]] = []

    def send(
        self, topic: str, value: bytes, key: bytes | None = None, *, headers: Any, **_: Any
    ) -> None:
        self.sent.append((value, headers))
        self.keys.append((topic, key))

    def flush(self) -> None: ...
    def close(self) -> None: ...


@pytest.fixture
def producer(monkeypatch: pytest.MonkeyPatch) -> _Producer:
    """What stands for a broker in whatever is published."""
    producer, partitions = _Producer(), dict.fromkeys((*INPUTS, *LISTS), 1)
    monkeypatch.setattr(publish, "Producer", lambda _: producer)
    monkeypatch.setattr(publish, "ensure_topics", lambda *_, **__: partitions)
    monkeypatch.setattr(publish, "check_room", lambda *_: None)
    monkeypatch.setenv("CELLHOUND_KEY", "a key for tests only")
    return producer


def test_every_record_of_a_replay_says_so(tmp_path: Path, producer: _Producer) -> None:
    line = json.dumps({"ts": _YEAR_2100_MS, "rx_ts": _YEAR_2100_MS, "device": "d"})
    (tmp_path / "measurements.jsonl").write_text(line + "\n")
    assert publish.publish(tmp_path, load_settings(env={}), None, 1.0) == {"cell.measurements": 1}
    (message, *_), *watermarks = producer.sent
    assert json.loads(message)["device"] == "d"
    # Where no worker reads, nobody waits for a mark.
    assert {topic for topic, _ in producer.keys[1:]} == set(INPUTS)
    assert len(watermarks) == len(INPUTS)
    assert all(is_replayed(headers) for _, headers in producer.sent)
    for value, headers in watermarks:
        assert value == WATERMARK_VALUE
        assert header(headers, REPLAY) == b""
        assert header(headers, RX_TS) == b"%d" % (_YEAR_2100_MS + 1)


def test_calls_go_by_their_caller_and_registers_by_their_number(
    tmp_path: Path, producer: _Producer
) -> None:
    at = {"ts": _YEAR_2100_MS}
    files = {
        "calls": ({"caller": "861087654321"}, {"caller": "anonymous", "call_ref": "c-1"}),
        "numbers": ({"prefix": "8640012"}, {"prefix": "861087654321"}, {"odd": 1}, {"odd": 2}),
        "subscribers": ({"subscriber": "s-1"},),
        "reports": ({"number": "861087654321"},),
    }
    for stem, messages in files.items():
        lines = (json.dumps(at | message) + "\n" for message in messages)
        (tmp_path / f"{stem}.jsonl").write_text("".join(lines))
    settings = load_settings(env={})
    publish.publish(tmp_path, settings, None, 1.0)
    keys: dict[str, list[bytes | None]] = {}
    for (topic, key), (value, _) in zip(producer.keys, producer.sent, strict=True):
        if value != WATERMARK_VALUE:
            keys.setdefault(topic, []).append(key)
    number = load_key(os.environ).hasher(settings.senders).number("861087654321")
    assert number is not None
    assert keys["call.signalling"] == [number.name.encode(), b"c-1"]
    assert keys["subscriber.changes"] == [b"s-1"]
    assert keys["public.reports"] == [None]
    # A compacted topic takes nothing without a key, and would keep one line of those that share it.
    first, second, *others = keys["number.register"]
    assert (first, second) == (b"8640012", number.name.encode())
    assert len(set(others)) == 2
    assert None not in others
    assert not [value for value, _ in producer.sent if b"7654321" in value]
    # The list holds before anything else does.
    assert [topic for topic, _ in producer.keys[:4]] == ["number.register"] * 4
