"""The broker and its topics: reachable, there, and made as they have to be."""

from collections.abc import Mapping
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError

from field.doctor.check import Check, first_of, found
from streams.config.settings import ConfigError, KafkaSettings, Settings
from streams.config.trust import PRODUCERS, enrolled
from streams.kafka.probe import addresses, cluster_id, is_listening
from streams.kafka.security.for_kafka_python import kafka_python_options
from streams.kafka.security.loading import check
from streams.kafka.security.reaching import Refused, beyond_here, takes_us
from streams.kafka.security.refusals import refusal, who
from streams.kafka.topics import IN_STEP, JOINED, SPECS, TopicSpec, topic_name

_NO_ERROR: Final = 0
_NOT_ALLOWED: Final = 29
_TIMEOUT_MS: Final = 10_000


def protection(kafka: KafkaSettings) -> Check:
    """How connections are protected, and whether what that needs is there."""
    try:
        check(kafka.security)
    except ConfigError as error:
        return found("kafka.security", "unusable", error=_one_line(error))
    if beyond := [] if kafka.security.encrypted else beyond_here(kafka):
        return found("kafka.security", "open", places=first_of(beyond))
    return found("kafka.security", "ok", words=kafka.security.words)


def producers(settings: Settings) -> Check:
    """Whether it was decided who may speak for the core, where others may write."""
    choice = settings.trust.producers
    if choice:
        return found("kafka.producers", "decided", choice=choice, means=PRODUCERS[choice])
    if beyond := beyond_here(settings.kafka):
        return found("kafka.producers", "undecided", places=first_of(beyond))
    return found("kafka.producers", "here")


def instruments(settings: Settings) -> Check:
    """Whose field measurements are taken."""
    listed = settings.trust.instruments
    if listed:
        return found("kafka.instruments", "listed", count=len(listed), names=first_of(listed))
    everybody = enrolled(settings.trust, settings.kafka) is None
    return found("kafka.instruments", "all" if everybody else "nobody")


def reached(kafka: KafkaSettings) -> tuple[Check, str | None]:
    """Whether a Kafka broker answers at one of the addresses and takes us, and the id of its
    cluster."""
    silent: list[str] = []
    known: tuple[str, str] | None = None
    for host, port in addresses(kafka.bootstrap):
        place = f"{host}:{port}"
        try:
            cluster = _cluster_of(kafka, host, port)
        except (Refused, ConfigError) as error:
            return found("kafka", "refused", why=_one_line(error)), None
        except KafkaError as error:
            why = f"the Kafka at {place} can't be used: {refusal(error, kafka)}"
            return found("kafka", "refused", why=why), None
        if cluster is None:
            silent.append(place)
        elif known is None:
            known = place, cluster
        elif known[1] != cluster:
            first, of = known
            return found("kafka", "several", place=first, cluster=of, other=place), of
    if known is not None:
        case, (place, cluster) = "some_silent" if silent else "ok", known
        return found("kafka", case, place=place, cluster=cluster, silent=first_of(silent)), cluster
    mute = [place for place in silent if is_listening(*addresses(place)[0])]
    return found("kafka", "mute" if mute else "silent", silent=first_of(mute or silent)), None


def _cluster_of(kafka: KafkaSettings, host: str, port: int) -> str | None:
    if not kafka.security.encrypted:
        return cluster_id(host, port)
    if not takes_us(kafka, host, port):
        return None
    options = kafka_python_options(kafka) | {"bootstrap_servers": [f"{host}:{port}"]}
    admin = KafkaAdminClient(**options, bootstrap_timeout_ms=_TIMEOUT_MS)
    try:
        return str(admin.describe_cluster()["cluster_id"])
    finally:
        admin.close()


def _one_line(error: Exception) -> str:
    return str(error).rstrip(".").replace("\n", "; ")


def topics(admin: KafkaAdminClient, kafka: KafkaSettings) -> list[Check]:
    """Whether the topics are there, with their partitions and settings."""
    names = {topic_name(kafka.prefix, spec.name): spec for spec in SPECS}
    answers = admin.describe_topics(list(names))
    if hidden := [one["name"] for one in answers if one["error_code"] == _NOT_ALLOWED]:
        return [found("topics", "denied", hidden=first_of(hidden), who=who(kafka))]
    described = {
        topic["name"]: len(topic["partitions"])
        for topic in answers
        if topic["error_code"] == _NO_ERROR
    }
    missing = [spec.name for name, spec in names.items() if name not in described]
    if len(missing) == len(names):
        return [found("topics", "none", count=len(names), prefix=kafka.prefix)]
    case = "some_missing" if missing else "ok"
    there = found("topics", case, count=len(names), missing=first_of(missing))
    present = {names[name].name: count for name, count in described.items()}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in described]
    described_configs = admin.describe_configs(resources, config_filter="all")
    configs = {
        names[name].name: {key: str(entry["value"]) for key, entry in entries.items()}
        for kind in described_configs.values()
        for name, entries in kind.items()
    }
    return [there, partitions_of(present, kafka), settings_of(configs)]


def partitions_of(present: Mapping[str, int], kafka: KafkaSettings) -> Check:
    """Whether topics that belong together have equally many partitions, and as many as are set."""
    for group, case in ((IN_STEP, "uneven"), (JOINED, "uneven_joined")):
        if len({present[topic] for topic in group if topic in present}) > 1:
            counts = ", ".join(f"{topic} {present.get(topic, 0)}" for topic in group)
            return found("topics.partitions", case, counts=counts)
    wrong = []
    for spec in SPECS:
        wanted = kafka.partitions.get(spec.name)
        have = present.get(spec.name)
        if spec.partitions == 1 and have not in (None, 1):
            wrong.append(f"{spec.name} has {have}, and must have 1 to keep its order")
        elif wanted is not None and have is not None and wanted != have:
            wrong.append(f"{spec.name} has {have}, {wanted} are set")
    if wrong:
        return found("topics.partitions", "others", wrong="; ".join(wrong))
    return found("topics.partitions", "ok", total=sum(present.values()), count=len(present))


def settings_of(configs: Mapping[str, Mapping[str, str]]) -> Check:
    """Whether retention, clean-up and the largest message are as they were made by us."""
    wrong = [text for spec in SPECS if spec.name in configs for text in _wrong(spec, configs)]
    if wrong:
        return found("topics.retention", "others", wrong="; ".join(wrong))
    kept = [name for name, config in configs.items() if config.get("retention.ms") == "-1"]
    return found("topics.retention", "ok", kept=first_of(sorted(kept)))


def _wrong(spec: TopicSpec, configs: Mapping[str, Mapping[str, str]]) -> list[str]:
    config: Mapping[str, Any] = configs[spec.name]
    return [
        f"{spec.name} has {key}={config[key]}, {value} is due"
        for key, value in spec.configs().items()
        if key in config and config[key] != value
    ]
