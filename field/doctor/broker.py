"""The broker and its topics: reachable, there, and made as they have to be."""

from collections.abc import Mapping
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from field.doctor.check import Check, first_of
from streams.config.settings import KafkaSettings
from streams.kafka.probe import addresses, cluster_id
from streams.kafka.topics import IN_STEP, SPECS, TopicSpec, topic_name

_NO_ERROR: Final = 0
_START_ONE: Final = "cellhound broker up, or name yours with --bootstrap or KAFKA_BOOTSTRAP"


def reached(kafka: KafkaSettings) -> tuple[Check, str | None]:
    """Whether a Kafka broker answers at one of the addresses, and the id of its cluster."""
    silent: list[str] = []
    for host, port in addresses(kafka.bootstrap):
        found = cluster_id(host, port)
        if found is not None:
            more = f"; no answer from {first_of(silent)}" if silent else ""
            seen = f"{host}:{port} answers, cluster {found}{more}"
            if silent:
                todo = "start the others, or take them out of kafka.bootstrap"
                return Check("kafka", "warn", seen, todo), found
            return Check("kafka", "ok", seen), found
        silent.append(f"{host}:{port}")
    seen = f"no Kafka answers at {first_of(silent)}"
    return Check("kafka", "fail", seen, f"start it: {_START_ONE}"), None


def topics(admin: KafkaAdminClient, kafka: KafkaSettings) -> list[Check]:
    """Whether the topics are there, with their partitions and settings."""
    names = {topic_name(kafka.prefix, spec.name): spec for spec in SPECS}
    described = {
        topic["name"]: len(topic["partitions"])
        for topic in admin.describe_topics(list(names))
        if topic["error_code"] == _NO_ERROR
    }
    missing = [spec.name for name, spec in names.items() if name not in described]
    if len(missing) == len(names):
        seen = f"none of the {len(names)} topics is there (prefix {kafka.prefix!r})"
        todo = "start a worker or the console, which make them, or check kafka.prefix"
        return [Check("topics", "fail", seen, todo)]
    there = Check("topics", "ok", f"all {len(names)} are there")
    if missing:
        todo = "start a worker or the console: they make what is missing"
        there = Check("topics", "fail", f"missing: {first_of(missing)}", todo)
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
    between = {present[topic] for topic in IN_STEP if topic in present}
    if len(between) > 1:
        counts = ", ".join(f"{topic} {present.get(topic, 0)}" for topic in IN_STEP)
        todo = "stop all workers, delete these three topics, start a worker"
        return Check("topics.partitions", "fail", f"not equally many: {counts}", todo)
    wrong = []
    for spec in SPECS:
        wanted = kafka.partitions.get(spec.name)
        have = present.get(spec.name)
        if spec.partitions == 1 and have not in (None, 1):
            wrong.append(f"{spec.name} has {have}, and must have 1 to keep its order")
        elif wanted is not None and have is not None and wanted != have:
            wrong.append(f"{spec.name} has {have}, {wanted} are set")
    if wrong:
        todo = "make the topic anew, or set kafka.partitions to what it has"
        return Check("topics.partitions", "warn", "; ".join(wrong), todo)
    total = sum(present.values())
    return Check("topics.partitions", "ok", f"{total} partitions of {len(present)} topics")


def settings_of(configs: Mapping[str, Mapping[str, str]]) -> Check:
    """Whether retention, clean-up and the largest message are as they were made by us."""
    wrong = [text for spec in SPECS if spec.name in configs for text in _wrong(spec, configs)]
    if wrong:
        todo = "change them with kafka-configs, or accept that older records are gone"
        return Check("topics.retention", "warn", "; ".join(wrong), todo)
    kept = [name for name, config in configs.items() if config.get("retention.ms") == "-1"]
    return Check("topics.retention", "ok", f"as made; kept for ever: {first_of(sorted(kept))}")


def _wrong(spec: TopicSpec, configs: Mapping[str, Mapping[str, str]]) -> list[str]:
    config: Mapping[str, Any] = configs[spec.name]
    return [
        f"{spec.name} has {key}={config[key]}, {value} is due"
        for key, value in spec.configs().items()
        if key in config and config[key] != value
    ]
