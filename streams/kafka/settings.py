"""What can be set about Kafka: all that a client needs to be made."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from streams.kafka.security.settings import SecuritySettings
from streams.kafka.topics import IN_STEP, JOINED, SPECS, topic_name

_TOPICS: Final = tuple(spec.name for spec in SPECS)


class KafkaSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the broker is, how it is talked to, and how topics are made.

    Whatever makes a client is given the whole of it.
    """

    bootstrap: str = "127.0.0.1:9092"
    prefix: str = ""
    group: str = "cellhound"
    partitions: dict[str, Annotated[int, Meta(ge=1)]] = {}
    security: SecuritySettings = SecuritySettings()

    def __post_init__(self) -> None:
        unknown = [topic for topic in self.partitions if topic not in _TOPICS]
        if unknown:
            raise ValueError(
                f"partitions names no topic by {', '.join(unknown)}; topics are"
                f" {', '.join(_TOPICS)}"
            )
        for group in (IN_STEP, JOINED):
            if len({self.partitions.get(topic) for topic in group} - {None}) > 1:
                raise ValueError(f"partitions of {', '.join(group)} must be equally many")

    @property
    def servers(self) -> list[str]:
        """The addresses, one by one."""
        return [server.strip() for server in self.bootstrap.split(",")]

    def name_of(self, topic: str) -> str:
        """The name on the cluster of a topic's plain name."""
        return topic_name(self.prefix, topic)
