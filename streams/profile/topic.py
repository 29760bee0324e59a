"""A profile read from ``fbs.profile`` and loaded into it, for commands: nothing waits for news."""

from kafka import KafkaProducer

from detectors.profile.profile import Profile
from streams.config.settings import Settings
from streams.decode.topic_reader import Topics
from streams.kafka.make_topics import ensure_topics
from streams.kafka.security.for_kafka_python import kafka_python_options
from streams.kafka.topics import LARGE_MESSAGE_BYTES, topic_name
from streams.profile.records import newest_by_key, profile_of, records_of

TOPIC = "fbs.profile"


class NoProfile(Exception):  # noqa: N818 - it names what is the matter
    """Nothing has been learned yet; the text says when that will be."""


def read_topic(settings: Settings) -> tuple[Profile, list[str]]:
    """The profile of an installation as workers wrote it last, and the keys of records that can't
    be used.

    Raises NoProfile where there is none, `streams.kafka.make_topics.KafkaUnavailable`, and kafka's
    errors.
    """
    records = _newest(settings)
    if not records:
        minutes = settings.streams.profile_every_s / 60
        raise NoProfile(
            f"{settings.kafka.prefix}{TOPIC} is empty: workers write what they have learned every"
            f" {minutes:.0f} minutes of arrival time, and when they stop."
        )
    return profile_of(records)


def load(settings: Settings, profile: Profile) -> str:
    """Puts a profile into the topic in place of what is there of its zones; a sentence on that.

    Raises `streams.kafka.make_topics.KafkaUnavailable` and kafka's errors.
    """
    kafka = settings.kafka
    partitions = ensure_topics(kafka)
    records: dict[str, bytes | None] = {}
    for number in range(partitions["fbs.evidence"]):
        records |= records_of(profile, number)
    zones = {zone.zone for zone in profile.zones}
    gone = [key for key in _newest(settings) if key.partition("/")[0] in zones]
    records = dict.fromkeys(gone) | records
    producer = KafkaProducer(
        **kafka_python_options(kafka), acks="all", max_request_size=LARGE_MESSAGE_BYTES
    )
    try:
        name = topic_name(kafka.prefix, TOPIC)
        sent = [producer.send(name, value, key.encode()) for key, value in records.items()]
        for each in sent:
            each.get(timeout=60)
    finally:
        producer.close()
    return (
        f"{len(profile.zones)} zones loaded into {kafka.prefix}{TOPIC}. Workers that begin without"
        " a state of their own take them up; those at work go on with what they have learned."
    )


def _newest(settings: Settings) -> dict[str, bytes]:
    with Topics(settings.kafka) as topics:
        return newest_by_key((one.key, one.value) for one in topics.all(TOPIC))
