"""Checking a register file for people, and loading it into its topic."""

from collections import Counter
from pathlib import Path

from replay.kafka.publish import new_producer, publish_register
from streams.config.settings import Settings
from streams.kafka.topics import ensure_topics
from streams.register.csv_file import read_register

_SHOWN = 10


def load_register(path: Path, settings: Settings | None) -> str:
    """Reads a register, sends it to the topic where there are settings, and reports for people.

    Raises `streams.register.csv_file.RegisterError` and `streams.kafka.topics.KafkaUnavailable`.
    """
    read = read_register(path)
    reasons = Counter(reject.reason for reject in read.rejects)
    report = [f"{len(read.rows)} cells, {len(read.rejects)} rows rejected"]
    report += [f"  {reason}: {count}" for reason, count in reasons.most_common()]
    report += [f"  line {r.row}: {r.reason} ({r.detail})" for r in read.rejects[:_SHOWN]]
    report += [
        f"  column {name}: {count} wrong values left out" for name, count in read.dropped.items()
    ]
    if settings is not None:
        kafka = settings.kafka
        ensure_topics(kafka.bootstrap, kafka.prefix, kafka.partitions)
        producer = new_producer(kafka.bootstrap)
        try:
            sent = publish_register(producer, kafka.prefix, path)
        finally:
            producer.close()
        report.append(f"{sent} cells loaded into {kafka.prefix}cell.register")
    return "\n".join(report)
