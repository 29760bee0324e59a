"""What people ask of states: what is there, and to begin anew. Nothing here runs in a worker."""

import time
from collections.abc import Sequence

from kafka import KafkaAdminClient, KafkaProducer

from streams.decode.topic_reader import Topics
from streams.kafka.heartbeat import release
from streams.kafka.make_topics import ensure_topics
from streams.kafka.security.for_kafka_python import kafka_python_options
from streams.kafka.settings import KafkaSettings
from streams.kafka.topics import BETWEEN
from streams.state.form import reset
from streams.state.search import TOPIC, Found, look_up


class StateError(Exception):
    """It can't be done; the text is a sentence for the person who asked."""


def states(kafka: KafkaSettings) -> dict[int, Found]:
    """What each partition holds. Raises KafkaUnavailable."""
    with Topics(kafka) as topics:
        return {number: look_up(topics, number) for number in topics.numbers(TOPIC)}


def shown(found: dict[int, Found], now_ms: int) -> str:
    """A line for each partition, and below it what was wrong."""
    lines = ["partition  whole  MiB      age        form  release   zones  incidents  late"]
    for number, one in found.items():
        if one.state is None:
            # Nothing was ever stored there, or it was reset, or all that there is is broken.
            whole = "no" if one.broken else "none"
            lines.append(f"{number:<9}  {whole}")
        else:
            zones = one.state.zones.values()
            incidents = sum(len(zone.incidents) + len(zone.aside) for zone in zones)
            age_s = max(now_ms - one.stored_ms, 0) / 1000
            lines.append(
                f"{number:<9}  yes    {one.bytes / (1 << 20):<7.2f}  {age_s:<7.0f} s  {one.form:<4}"
                f"  {one.release or '?':<8}  {len(zones):<5}  {incidents:<9}  {one.state.late}"
            )
        lines += [f"           a newer one can't be taken up: {reason}" for reason in one.broken]
        if one.anew is not None:
            at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(one.anew.at_ms / 1000))
            lines.append(f"           began anew {at} UTC: {one.anew.reason}")
    return "\n".join(lines)


def begin_anew(kafka: KafkaSettings, numbers: Sequence[int], from_now: bool, now_ms: int) -> str:
    """Resets the states of some partitions, of all where none is named; says what it did.

    Correlators begin anew from all that is on the topics between the stages, or with ``from_now``
    from what will be written from now on. Raises StateError while workers are at work, which would
    write their states over it, and for partitions that there are not; KafkaUnavailable.
    """
    there = range(ensure_topics(kafka)[TOPIC])
    if unknown := [number for number in numbers if number not in there]:
        raise StateError(
            f"{kafka.name_of(TOPIC)} has no partition {', '.join(map(str, unknown))}; it has 0 to"
            f" {there[-1]}."
        )
    _refuse_at_work(kafka)
    chosen = sorted(set(numbers)) or list(there)
    with Topics(kafka) as topics:
        ends = {topic: topics.ends(topic) for topic in BETWEEN}
    producer = KafkaProducer(**kafka_python_options(kafka), acks="all")
    try:
        for number in chosen:
            at = {topic: by_number[number][1] for topic, by_number in ends.items()}
            headers, value = reset(at if from_now else {}, release(), now_ms)
            name = kafka.name_of(TOPIC)
            producer.send(name, value, b"%d" % number, headers=list(headers), partition=number).get(
                timeout=30
            )
    finally:
        producer.close()
    return f"Reset {', '.join(map(str, chosen))}: the next worker begins anew there, " + (
        "from what is written from now on." if from_now else "from all that the topics hold."
    )


def _refuse_at_work(kafka: KafkaSettings) -> None:
    group = kafka.name_of(kafka.group)
    admin = KafkaAdminClient(**kafka_python_options(kafka), client_id="cellhound-state")
    try:
        members = admin.describe_groups([group]).get(group, {}).get("members") or ()
    finally:
        admin.close()
    if members:
        raise StateError(
            f"{len(members)} workers are at work (group {group}) and would write their states over"
            " it. Stop them first; one that was killed is missed after streams.session_timeout_s."
        )
