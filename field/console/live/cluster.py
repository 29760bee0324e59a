"""Which cluster is read, and which topics it has."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from streams.config.settings import KafkaSettings
from streams.kafka.make_topics import KafkaUnavailable, ensure_topics
from streams.kafka.security.for_kafka_python import kafka_python_options
from streams.kafka.security.refusals import refusal
from streams.kafka.topics import SPECS


@dataclass(frozen=True)
class Cluster:
    """A cluster's id; partitions and the id that Kafka gave it, for each topic by plain name."""

    cluster_id: str
    partitions: dict[str, int]
    topic_ids: dict[str, str]

    def source(self, prefix: str) -> str:
        """The name of what a store holds: records of this cluster under this prefix."""
        return f"cluster {self.cluster_id}" + (f" with prefix {prefix}" if prefix else "")


def look(kafka: KafkaSettings) -> Cluster:
    """Asks the cluster; topics that are missing are made. Raises KafkaUnavailable."""
    partitions = ensure_topics(kafka)
    plain = {kafka.name_of(spec.name): spec.name for spec in SPECS}
    with _admin(kafka) as admin:
        number = _cluster_id(admin)
        topics = admin.describe_topics(list(plain))
    ids = {plain[topic["name"]]: str(topic["topic_id"]) for topic in topics}
    return Cluster(number, partitions, ids)


def source_of(kafka: KafkaSettings) -> str:
    """The name of what a store of this cluster and prefix holds. Raises KafkaUnavailable."""
    with _admin(kafka) as admin:
        return Cluster(_cluster_id(admin), {}, {}).source(kafka.prefix)


@contextmanager
def _admin(kafka: KafkaSettings) -> Iterator[KafkaAdminClient]:
    try:
        admin = KafkaAdminClient(**kafka_python_options(kafka), client_id="cellhound-console")
        try:
            yield admin
        finally:
            admin.close()
    except KafkaError as error:
        raise KafkaUnavailable(
            f"The Kafka at {kafka.bootstrap} can't be asked: {refusal(error, kafka)}"
        ) from error


def _cluster_id(admin: KafkaAdminClient) -> str:
    return str(admin.describe_cluster()["cluster_id"])
