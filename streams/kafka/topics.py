"""The topics: their names, partitions and settings, and the one place that creates what is missing.

Several workers, a replay and the console may start at the same moment on an empty cluster, so
creating is safe against races: "exists already" is success. Topics that exist keep their partitions
and settings, whatever is configured here.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from streams.kafka.probe import addresses, is_listening

#: An input message may be an array of reports or an Arrow batch: well above Kafka's own 1 MB.
LARGE_MESSAGE_BYTES = 8 * 1024 * 1024
#: A dead letter carries up to 256 KiB of the broken value, in base64, and its description.
_DEAD_LETTER_BYTES = 2 * 1024 * 1024
_FOR_EVER_MS = -1
_DAY_MS = 86_400_000
_RETRY_S = 0.2
_TOPIC_EXISTS = 36
_NO_SUCH_TOPIC = 3


@dataclass(frozen=True)
class TopicSpec:
    """A topic as we create it; what is None is left to the cluster.

    ``key`` says what its records are keyed by, for the documentation.
    """

    name: str
    key: str
    partitions: int = 4
    compact: bool = False
    max_message_bytes: int | None = None
    retention_ms: int | None = None
    retention_bytes: int | None = None
    segment_bytes: int | None = None

    def configs(self) -> dict[str, str]:
        """The topic's settings in Kafka's own names."""
        settings = {"cleanup.policy": "compact" if self.compact else "delete"}
        for name in ("max_message_bytes", "retention_ms", "retention_bytes", "segment_bytes"):
            if (value := getattr(self, name)) is not None:
                settings[name.replace("_", ".")] = str(value)
        return settings


SPECS: tuple[TopicSpec, ...] = (
    # What comes in.
    TopicSpec("cell.measurements", "device", max_message_bytes=LARGE_MESSAGE_BYTES),
    TopicSpec("cell.signalling", "subscriber", max_message_bytes=LARGE_MESSAGE_BYTES),
    TopicSpec("sms.metadata", "device", max_message_bytes=LARGE_MESSAGE_BYTES),
    TopicSpec("network.changes", "any", max_message_bytes=LARGE_MESSAGE_BYTES),
    TopicSpec("field.measurements", "device", max_message_bytes=LARGE_MESSAGE_BYTES),
    TopicSpec("field.feedback", "any", max_message_bytes=LARGE_MESSAGE_BYTES),
    # The newest row of each cell is the register.
    TopicSpec("cell.register", "rat-mcc-mnc-area-cell", compact=True),
    # Between the two stages.
    TopicSpec("fbs.evidence", "zone"),
    TopicSpec("fbs.census", "zone"),
    # The second stage's memory. Only the last record of a partition counts, but it counts for ever.
    TopicSpec(
        "fbs.correlators",
        "partition number",
        max_message_bytes=LARGE_MESSAGE_BYTES,
        retention_ms=_FOR_EVER_MS,
        retention_bytes=8 * LARGE_MESSAGE_BYTES,
        segment_bytes=2 * LARGE_MESSAGE_BYTES,
    ),
    # What is worth keeping of it for longer than a state: the newest record of each key.
    TopicSpec(
        "fbs.profile",
        "zone and kind",
        partitions=1,
        compact=True,
        max_message_bytes=LARGE_MESSAGE_BYTES,
        segment_bytes=4 * LARGE_MESSAGE_BYTES,
    ),
    # What reports show of the register: the newest record of each zone counts.
    TopicSpec("fbs.register", "zone", 1, compact=True, max_message_bytes=LARGE_MESSAGE_BYTES),
    # Few and precious: every revision stays, so that a console that starts late shows what was.
    TopicSpec("fbs.alerts", "alert_id", retention_ms=_FOR_EVER_MS),
    TopicSpec("dead.letters", "topic/partition", max_message_bytes=_DEAD_LETTER_BYTES),
    # What people did about alerts, in one order: the life cycle and its audit trail, for ever.
    TopicSpec("fbs.actions", "alert_id", partitions=1, retention_ms=_FOR_EVER_MS),
    # What was sent by which channel, and how that went.
    TopicSpec("fbs.deliveries", "channel", partitions=1, retention_ms=30 * _DAY_MS),
    # Signs of life of workers, and how far their inputs have come.
    TopicSpec("fbs.health", "worker", partitions=1, retention_ms=_DAY_MS),
)


#: What comes in and is screened, the register apart.
INPUTS = (
    "cell.measurements",
    "cell.signalling",
    "sms.metadata",
    "network.changes",
    "field.measurements",
    "field.feedback",
)
#: What goes from the first stage to the second.
BETWEEN = ("fbs.evidence", "fbs.census")
#: Topics of the second stage, whose partitions of one number belong together.
IN_STEP = ("fbs.evidence", "fbs.census", "fbs.correlators")


class KafkaUnavailable(Exception):  # noqa: N818 - it names what is the matter
    """No broker answers at the address; the text says what to do."""


def topic_name(prefix: str, name: str) -> str:
    """The topic's name on the cluster: the prefix stands plainly before the name.

    >>> topic_name("test-", "fbs.alerts")
    'test-fbs.alerts'
    """
    return prefix + name


def ensure_topics(
    bootstrap: str,
    prefix: str = "",
    partitions: Mapping[str, int] | None = None,
    timeout_s: float = 10.0,
) -> dict[str, int]:
    """Create the topics that are missing; the number of partitions that each really has.

    `partitions` overrides those of `SPECS`, by plain name; the answer is by plain name too.
    Raises KafkaUnavailable when no broker answers within `timeout_s` or topics are gone again by
    then, ValueError for a name that is no topic of ours.
    """
    given = dict(partitions or {})
    between = next((given[topic] for topic in IN_STEP if topic in given), SPECS[0].partitions)
    wanted = {spec.name: spec.partitions for spec in SPECS}
    wanted |= dict.fromkeys(IN_STEP, between) | given
    if unknown := wanted.keys() - {spec.name for spec in SPECS}:
        raise ValueError(
            f"{', '.join(sorted(unknown))}: no such topic; the topics are "
            f"{', '.join(spec.name for spec in SPECS)}."
        )
    names = [topic_name(prefix, spec.name) for spec in SPECS]
    admin = _connect(bootstrap, timeout_s)
    try:
        present = _partition_counts(admin, names)
        missing = {
            topic_name(prefix, spec.name): {
                "num_partitions": wanted[spec.name],
                "configs": spec.configs(),
            }
            for spec in SPECS
            if topic_name(prefix, spec.name) not in present
        }
        if missing:
            _create(admin, missing)
            admin.wait_for_topics(list(missing), timeout_ms=int(timeout_s * 1000))
            present = _partition_counts(admin, names)
    except KafkaError as error:
        raise KafkaUnavailable(
            f"The Kafka at {bootstrap} answers, but the topics could not be made: {error}"
        ) from error
    finally:
        admin.close()
    if gone := [name for name in names if name not in present]:
        raise KafkaUnavailable(
            f"The Kafka at {bootstrap} has made {', '.join(gone)}, but they were deleted at once."
        )
    return {spec.name: present[topic_name(prefix, spec.name)] for spec in SPECS}


def _connect(bootstrap: str, timeout_s: float) -> KafkaAdminClient:
    unavailable = (
        f"No Kafka broker answers at {bootstrap} within {timeout_s:.0f} s. Start one with: "
        f"cellhound broker up, or name yours with --bootstrap HOST:PORT or KAFKA_BOOTSTRAP."
    )
    servers = bootstrap.split(",")
    deadline = time.monotonic() + timeout_s
    # kafka-python leaves sockets open when nobody listens, so the door is tried first.
    while not any(is_listening(*address) for address in addresses(bootstrap)):
        if time.monotonic() > deadline:
            raise KafkaUnavailable(unavailable)
        time.sleep(_RETRY_S)
    try:
        return KafkaAdminClient(
            bootstrap_servers=servers,
            client_id="cellhound-topics",
            bootstrap_timeout_ms=int(max(deadline - time.monotonic(), 1.0) * 1000),
        )
    except KafkaError as error:
        raise KafkaUnavailable(f"{unavailable} ({error})") from error


def _partition_counts(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, int]:
    """The partitions of those among `names` that exist."""
    return {
        topic["name"]: len(topic["partitions"])
        for topic in admin.describe_topics(list(names))
        if topic["error_code"] != _NO_SUCH_TOPIC
    }


def _create(admin: KafkaAdminClient, topics: Mapping[str, Mapping[str, Any]]) -> None:
    answer = admin.create_topics(dict(topics), raise_errors=False)
    for topic in answer["topics"]:
        if topic["error_code"] not in (0, _TOPIC_EXISTS):
            reason = topic.get("error_message") or f"error {topic['error_code']}"
            raise KafkaError(f"{topic['name']}: {reason}")
