"""Whether the workers have committed every record that is on the topics."""

import time
from collections.abc import Callable

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from streams.config.settings import Settings
from streams.kafka.topics import BETWEEN, INPUTS, topic_name

#: Topics that the workers' group commits.
READ = (*INPUTS, *BETWEEN)
_ASK_EVERY_S = 0.5


def uncommitted(settings: Settings, partitions: dict[str, int]) -> dict[TopicPartition, int]:
    """Records that the group has not committed yet, by partition; only those with any."""
    kafka = settings.kafka
    group = topic_name(kafka.prefix, kafka.group)
    tps = [
        TopicPartition(topic_name(kafka.prefix, topic), number)
        for topic in READ
        for number in range(partitions[topic])
    ]
    consumer = KafkaConsumer(bootstrap_servers=kafka.bootstrap, enable_auto_commit=False)
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    try:
        committed = admin.list_group_offsets({group: tps})[group]
        ends = consumer.end_offsets(tps)
    finally:
        admin.close()
        consumer.close()
    done = {tp: max(committed[tp].offset, 0) if tp in committed else 0 for tp in tps}
    return {tp: ends[tp] - done[tp] for tp in tps if ends[tp] > done[tp]}


def wait_until_settled(
    settings: Settings,
    partitions: dict[str, int],
    within_s: float,
    while_waiting: Callable[[float], None] = time.sleep,
) -> bool:
    """Waits until all records are committed; false where they aren't ``within_s`` seconds later.

    ``while_waiting`` is called with the seconds to spend between two checks.
    """
    end_s = time.monotonic() + within_s
    while uncommitted(settings, partitions):
        if time.monotonic() > end_s:
            return False
        while_waiting(_ASK_EVERY_S)
    return True
