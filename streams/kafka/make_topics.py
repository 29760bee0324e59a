"""The one place that creates the topics that are missing.

Several workers, a replay and the console may start at the same moment on an empty cluster, so
creating is safe against races: "exists already" is success. Topics that exist keep their partitions
and settings, whatever is configured in `streams.kafka.topics`.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import KafkaError, KafkaTimeoutError, TopicAuthorizationFailedError

from streams.kafka.security.for_kafka_python import kafka_python_options
from streams.kafka.security.loading import check
from streams.kafka.security.reaching import Refused, is_open
from streams.kafka.security.refusals import refusal, who
from streams.kafka.security.rights import missing_rights
from streams.kafka.settings import KafkaSettings
from streams.kafka.topics import IN_STEP, JOINED, SPECS

_RETRY_S, _AGAIN_S = 0.2, 3.0
#: A busy broker may take so long to be done with deleting a topic that is made anew (s), at least.
_MAKING_S = 30.0
_TOPIC_EXISTS = 36
#: What a cluster answers of which no broker is ready.
_NO_BROKER_YET = 38
_NO_SUCH_TOPIC = 3
_NOT_ALLOWED = 29
#: Topics whose partitions of one number belong together: what would be wrong else, and what to do.
_TOGETHER = {
    IN_STEP: (
        "parts of an incident never meet",
        "delete these three topics, start a worker, which makes them anew",
    ),
    JOINED: (
        "the two records of a text never meet",
        "add partitions to the one with fewer by kafka-topics.sh --alter",
    ),
}


class KafkaUnavailable(Exception):  # noqa: N818 - it names what is the matter
    """No broker answers at the address; the text says what to do."""


def ensure_topics(kafka: KafkaSettings, timeout_s: float = 10.0, role: str = "") -> dict[str, int]:
    """Create the topics that are missing; the number of partitions that each really has.

    `kafka.partitions` overrides those of `SPECS`; the answer is by plain name.
    With `role` it also sees to it that the broker grants all that this one needs
    (`streams.kafka.security.acls`), and that topics which are read in step can be.
    Raises KafkaUnavailable when no broker answers within `timeout_s`, it doesn't take us or grants
    too little, or topics are gone again or not made in half a minute; ConfigError for certificates
    and secrets that can't be read.
    """
    given = kafka.partitions
    wanted = {spec.name: spec.partitions for spec in SPECS}
    wanted |= given
    names = [kafka.name_of(spec.name) for spec in SPECS]
    admin = _connect(kafka, timeout_s)
    try:
        present = _partition_counts(admin, names)
        there = {spec.name: present.get(kafka.name_of(spec.name)) for spec in SPECS}
        for topics in _TOGETHER:
            _join(topics, wanted, given, there)
        missing = {
            kafka.name_of(spec.name): {
                "num_partitions": wanted[spec.name],
                "configs": spec.configs(),
            }
            for spec in SPECS
            if kafka.name_of(spec.name) not in present
        }
        if missing:
            _make(admin, missing, max(timeout_s, _MAKING_S))
            present = _partition_counts(admin, names)
        denied = missing_rights(admin, kafka, role) if role else []
    except KafkaError as error:
        raise KafkaUnavailable(
            f"The Kafka at {kafka.bootstrap} answers, but the topics could not be made:"
            f" {refusal(error, kafka)}"
        ) from error
    finally:
        admin.close()
    if gone := [name for name in names if name not in present]:
        raise KafkaUnavailable(
            f"The Kafka at {kafka.bootstrap} has made {', '.join(gone)}, but they were deleted at"
            " once."
        )
    if denied:
        raise KafkaUnavailable(
            f"The Kafka at {kafka.bootstrap} denies {who(kafka)} {', '.join(denied)}:"
            f" `cellhound broker acls --role {role}` prints what to grant."
        )
    counts = {spec.name: present[kafka.name_of(spec.name)] for spec in SPECS}
    for topics, (why, advice) in _TOGETHER.items():
        if role and len({counts[topic] for topic in topics}) > 1:
            shown = ", ".join(f"{kafka.name_of(topic)} {counts[topic]}" for topic in topics)
            raise KafkaUnavailable(
                f"These topics must have equally many partitions, or {why}: {shown}. Stop all"
                f" workers, {advice}."
            )
    return counts


def _join(
    topics: tuple[str, ...],
    wanted: dict[str, int],
    given: Mapping[str, int],
    present: Mapping[str, int | None],
) -> None:
    """Gives topics that belong together as many partitions as the first of them has, or is to have:
    an installation may be older than one of them."""
    there = [count for topic in topics if (count := present[topic]) is not None]
    set_for = [given[topic] for topic in topics if topic in given]
    wanted |= dict.fromkeys(topics, (there or set_for or [wanted[topics[0]]])[0])


def _connect(kafka: KafkaSettings, timeout_s: float) -> KafkaAdminClient:
    unavailable = (
        f"No Kafka broker answers at {kafka.bootstrap} within {timeout_s:.0f} s. Start one with: "
        f"cellhound broker up, or name yours with --bootstrap HOST:PORT or KAFKA_BOOTSTRAP."
    )
    check(kafka.security)
    deadline = time.monotonic() + timeout_s
    # kafka-python leaves sockets open when nobody listens, and tries for ever where TLS fails, so
    # the door is tried first.
    while (trouble := _trouble(kafka)) is not None:
        if time.monotonic() > deadline:
            raise KafkaUnavailable(trouble or unavailable)
        time.sleep(_RETRY_S)
    try:
        return KafkaAdminClient(
            **kafka_python_options(kafka),
            client_id="cellhound-topics",
            bootstrap_timeout_ms=int(max(deadline - time.monotonic(), 1.0) * 1000),
        )
    except KafkaTimeoutError as error:
        raise KafkaUnavailable(f"{unavailable} ({error})") from error
    except KafkaError as error:
        raise KafkaUnavailable(
            f"The Kafka at {kafka.bootstrap} can't be used: {refusal(error, kafka)}."
        ) from error


def _trouble(kafka: KafkaSettings) -> str | None:
    """What is in the way at this moment and may pass, "" for nobody there; ``None`` for nothing.

    Raises KafkaUnavailable for what won't pass.
    """
    try:
        return None if is_open(kafka) else ""
    except Refused as error:
        if not error.may_pass:
            raise KafkaUnavailable(str(error)) from error
        return str(error)


def _partition_counts(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, int]:
    """The partitions of those among `names` that exist. Raises KafkaError for those that an ACL
    hides."""
    described = admin.describe_topics(list(names))
    if hidden := [one["name"] for one in described if one["error_code"] == _NOT_ALLOWED]:
        raise TopicAuthorizationFailedError(", ".join(sorted(hidden)))
    return {
        topic["name"]: len(topic["partitions"])
        for topic in described
        if topic["error_code"] != _NO_SUCH_TOPIC
    }


def _make(
    admin: KafkaAdminClient, topics: Mapping[str, Mapping[str, Any]], timeout_s: float
) -> None:
    """Creates topics and waits until they are there. One that is being deleted exists for a while
    yet, and then doesn't; and a broker on a busy machine may be out of its cluster for a moment: so
    what isn't there by then is created again."""
    deadline = time.monotonic() + timeout_s
    while True:
        refused = _create(admin, topics)
        wait_s = min(max(deadline - time.monotonic(), _RETRY_S), _AGAIN_S)
        try:
            admin.wait_for_topics(list(topics), timeout_ms=int(wait_s * 1000))
        except KafkaTimeoutError as error:
            if time.monotonic() < deadline:
                continue
            if refused is None:
                raise
            raise KafkaError(refused) from error
        else:
            return


def _create(admin: KafkaAdminClient, topics: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Asks for topics; why one was refused, if that may pass."""
    answer = admin.create_topics(dict(topics), raise_errors=False)
    refused = None
    for topic in answer["topics"]:
        if topic["error_code"] not in (0, _TOPIC_EXISTS):
            reason = topic.get("error_message") or f"error {topic['error_code']}"
            refused = f"{topic['name']}: {reason}"
            if topic["error_code"] == _NOT_ALLOWED:
                raise TopicAuthorizationFailedError(topic["name"])
            if topic["error_code"] != _NO_BROKER_YET:
                raise KafkaError(refused)
    return refused
