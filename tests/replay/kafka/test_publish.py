"""What a replay sends is marked as a replay's, so that its dates may lie ahead of the clock."""

import json
from pathlib import Path
from typing import Any

import pytest

from replay.kafka import publish
from streams.config.settings import load_settings
from streams.kafka.stage_records import REPLAY, RX_TS, WATERMARK_VALUE, header, is_replayed
from streams.kafka.topics import INPUTS

_YEAR_2100_MS = 4_102_444_800_000


class _Producer:
    def __init__(self) -> None:
        self.sent: list[tuple[bytes, list[tuple[str, bytes]]]] = []

    def send(self, _: str, value: bytes, *__: Any, headers: Any, **___: Any) -> None:
        self.sent.append((value, headers))

    def flush(self) -> None: ...
    def close(self) -> None: ...


def test_every_record_of_a_replay_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = json.dumps({"ts": _YEAR_2100_MS, "rx_ts": _YEAR_2100_MS, "device": "d"})
    (tmp_path / "measurements.jsonl").write_text(line + "\n")
    producer, partitions = _Producer(), dict.fromkeys(INPUTS, 1)
    monkeypatch.setattr(publish, "Producer", lambda _: producer)
    monkeypatch.setattr(publish, "ensure_topics", lambda *_, **__: partitions)
    monkeypatch.setattr(publish, "check_room", lambda *_: None)
    monkeypatch.setenv("CELLHOUND_KEY", "a key for tests only")
    assert publish.publish(tmp_path, load_settings(env={}), None, 1.0) == {"cell.measurements": 1}
    (message, *_), *watermarks = producer.sent
    assert json.loads(message)["device"] == "d"
    assert len(watermarks) == len(partitions)
    assert all(is_replayed(headers) for _, headers in producer.sent)
    for value, headers in watermarks:
        assert value == WATERMARK_VALUE
        assert header(headers, REPLAY) == b""
        assert header(headers, RX_TS) == b"%d" % (_YEAR_2100_MS + 1)
