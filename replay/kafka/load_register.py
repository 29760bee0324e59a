"""A register from a file into its topic, with a report for people."""

from collections import Counter
from pathlib import Path
from typing import Final

from replay.kafka.publish import Producer, publish_register
from replay.traces.shown_register import read_shown
from streams.config.settings import Settings
from streams.kafka.make_topics import ensure_topics
from streams.register.column_map import ColumnMap

_SHOWN: Final = 10


def load_register(
    path: Path, settings: Settings | None, column_map: ColumnMap | None = None
) -> str:
    """Reads a register, sends it to the topic where there are settings, and reports for people.

    Bars (`streams.progress`) show how far it is. Raises
    `streams.register.csv_file.RegisterError` and `streams.kafka.make_topics.KafkaUnavailable`.
    """
    read = read_shown(path, column_map)
    reasons = Counter(reject.reason for reject in read.rejects)
    report = [f"{len(read.rows)} cells, {len(read.rejects)} rows rejected"]
    report += [f"  {reason}: {count}" for reason, count in reasons.most_common()]
    report += [f"  line {r.row}: {r.reason} ({r.detail})" for r in read.rejects[:_SHOWN]]
    report += [
        f"  column {name}: {count} wrong values left out" for name, count in read.dropped.items()
    ]
    if settings is not None:
        kafka = settings.kafka
        ensure_topics(kafka)
        producer = Producer(kafka)
        try:
            sent = publish_register(producer, kafka.prefix, read)
        finally:
            producer.close()
        report.append(f"{sent} cells loaded into {kafka.prefix}cell.register")
    return "\n".join(report)
