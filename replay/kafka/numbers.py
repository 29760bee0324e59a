"""Loading the operator's list of numbers into its topic."""

import time
from pathlib import Path

from replay.kafka.publish import Producer
from streams.config.settings import Settings
from streams.kafka.make_topics import ensure_topics
from streams.kafka.stage_records import SEQ
from streams.kafka.topics import topic_name
from streams.privacy.hasher import Hasher
from streams.register.number_list import read_list

_TOPIC = "number.register"


def load_numbers(path: Path, settings: Settings, hasher: Hasher, only_check: bool = False) -> str:
    """Reads a list of numbers (CSV), sends it to the topic, and reports for people.

    A row that the topic has already under the same prefix or number is overwritten; none is taken
    away. Raises ConfigError where the file is wrong (then nothing is sent), and KafkaUnavailable.
    """
    now_ms = time.time_ns() // 1_000_000
    messages = read_list(path, hasher.at(now_ms), now_ms)
    report = f"{len(messages)} rows"
    if only_check:
        return report
    kafka = settings.kafka
    ensure_topics(kafka)
    producer = Producer(kafka)
    name = topic_name(kafka.prefix, _TOPIC)
    try:
        for at, (key, value) in enumerate(messages):
            producer.send(name, value, key, headers=[(SEQ, b"%d:%d" % (now_ms, at))])
        producer.flush()
    finally:
        producer.close()
    return f"{report} loaded into {name}"
