"""What workers have decided, read from the topics as it comes: alerts, and notices of victims."""

from collections.abc import Callable

import msgspec
from kafka import KafkaConsumer, TopicPartition

from detectors.acting.notice import VictimNotice
from detectors.alert.record import Alert
from streams.config.settings import Settings
from streams.kafka.security.for_kafka_python import kafka_python_options
from streams.kafka.topics import topic_name

_ALERTS, _VICTIMS = "fbs.alerts", "fraud.victims"


class Decided:
    """Reads both topics from their beginning; ``show`` is given each revision of an alert."""

    def __init__(
        self, settings: Settings, partitions: dict[str, int], show: Callable[[Alert], None]
    ) -> None:
        self._show = show
        self._alerts_topic = topic_name(settings.kafka.prefix, _ALERTS)
        tps = [
            TopicPartition(topic_name(settings.kafka.prefix, topic), number)
            for topic in (_ALERTS, _VICTIMS)
            for number in range(partitions[topic])
        ]
        self._consumer = KafkaConsumer(
            **kafka_python_options(settings.kafka), enable_auto_commit=False
        )
        self._consumer.assign(tps)
        self._consumer.seek_to_beginning(*tps)
        self.alerts: list[Alert] = []
        self.victims: list[VictimNotice] = []

    def close(self) -> None:
        """Ends reading."""
        self._consumer.close()

    def poll(self, wait_s: float) -> None:
        """Reads what arrives within ``wait_s`` seconds."""
        for tp, batch in self._consumer.poll(timeout_ms=int(wait_s * 1000)).items():
            for record in batch:
                if tp.topic == self._alerts_topic:
                    alert = msgspec.json.decode(record.value, type=Alert)
                    self.alerts.append(alert)
                    self._show(alert)
                else:
                    self.victims.append(msgspec.json.decode(record.value, type=VictimNotice))
