"""What the console must know of the cluster before it reads: who it is, and its topics."""

import asyncio
from dataclasses import dataclass

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from streams.config.settings import KafkaSettings
from streams.kafka.probe import addresses, cluster_id
from streams.kafka.topics import SPECS, KafkaUnavailable, ensure_topics, topic_name


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
    partitions = ensure_topics(kafka.bootstrap, kafka.prefix, kafka.partitions)
    plain = {topic_name(kafka.prefix, spec.name): spec.name for spec in SPECS}
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=kafka.bootstrap.split(","), client_id="cellhound-console"
        )
        try:
            cluster_id = str(admin.describe_cluster()["cluster_id"])
            topics = admin.describe_topics(list(plain))
        finally:
            admin.close()
    except KafkaError as error:
        raise KafkaUnavailable(f"The Kafka at {kafka.bootstrap} can't be asked: {error}") from error
    ids = {plain[topic["name"]]: str(topic["topic_id"]) for topic in topics}
    return Cluster(cluster_id, partitions, ids)


def is_there(bootstrap: str) -> bool:
    """Whether any broker of the addresses answers at this moment."""
    return any(cluster_id(host, port) for host, port in addresses(bootstrap))


async def look_again(kafka: KafkaSettings) -> Cluster:
    """`look`, outside the event loop."""
    return await asyncio.to_thread(look, kafka)
