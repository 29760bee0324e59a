"""Alerts and notices are read from the topics as they come."""

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from kafka import TopicPartition

from detectors.acting.notice import VictimNotice
from replay.kafka.decided import Decided
from streams.config.settings import load_settings
from tests.replay.test_alert_files import alert

NOTICE = VictimNotice(
    subscriber=f"h-{0:024x}",
    level="deep",
    reasons=("long_call",),
    since=1,
    ts=2,
    valid_until=3,
    alert_ids=(),
)


class Topics:
    """A consumer of two topics with two partitions each."""

    def __init__(self, **_options: Any) -> None:
        self.assigned: list[TopicPartition] = []

    def assign(self, partitions: list[TopicPartition]) -> None:
        self.assigned = partitions

    def seek_to_beginning(self, *partitions: TopicPartition) -> None:
        assert list(partitions) == self.assigned

    def poll(self, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        assert timeout_ms == 500
        of = {"t-fbs.alerts": alert(), "t-fraud.victims": NOTICE}
        return {
            tp: [SimpleNamespace(value=msgspec.json.encode(of[tp.topic]))] for tp in self.assigned
        }

    def close(self) -> None:
        self.assigned = []


def test_both_topics_are_read_and_alerts_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("replay.kafka.decided.KafkaConsumer", Topics)
    settings = load_settings(flags={"kafka.prefix": "t-"})
    shown: list[Any] = []
    decided = Decided(settings, {"fbs.alerts": 2, "fraud.victims": 1}, shown.append)
    decided.poll(0.5)
    decided.close()
    assert decided.alerts == shown == [alert(), alert()]
    assert decided.victims == [NOTICE]
