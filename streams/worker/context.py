"""What both stages of a worker work with: one object, made when the worker starts."""

import os
from dataclasses import dataclass, field

from streams.config.settings import Settings
from streams.config.trust import enrolled
from streams.kafka.heartbeat import Counts, Feed
from streams.kafka.settings import KafkaSettings
from streams.kafka.topics import INPUTS
from streams.metrics.worker import WorkerMetrics
from streams.privacy.hasher import Hasher
from streams.signed.trust import Trust
from streams.worker.output import Output
from streams.worker.register_feed import RegisterFeed
from streams.worker.watermarks import IdlePartitionClock


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """``partitions`` counts those of each topic, by plain name, as they are on the cluster;
    ``idle_clock`` is what silent partitions follow, ``trust`` whose verdicts count and which
    instruments are taken, ``counts`` what the worker reports of itself to others on Kafka,
    ``metrics`` what it does to Prometheus.
    """

    settings: Settings
    hasher: Hasher
    partitions: dict[str, int]
    output: Output
    register: RegisterFeed
    idle_clock: IdlePartitionClock
    trust: Trust
    metrics: WorkerMetrics
    counts: Counts = field(default_factory=lambda: Counts(feeds={t: Feed() for t in INPUTS}))

    @classmethod
    def of(
        cls,
        settings: Settings,
        hasher: Hasher,
        partitions: dict[str, int],
        metrics: WorkerMetrics | None = None,
    ) -> "WorkerContext":
        """For a worker with these settings; connects to nothing yet."""
        kafka = settings.kafka
        made = cls(
            settings,
            hasher,
            partitions,
            Output(kafka, partitions),
            RegisterFeed(kafka, hasher, settings.limits),
            IdlePartitionClock(settings.streams.idle_s),
            Trust.of(settings.trust, os.environ, enrolled(settings.trust, kafka)),
            metrics or WorkerMetrics(),
        )
        made.metrics.follow(made.counts)
        return made

    @property
    def kafka(self) -> KafkaSettings:
        """The brokers."""
        return self.settings.kafka

    @property
    def sources(self) -> frozenset[tuple[str, int]]:
        """All input partitions, by plain topic name: what watermarks are waited for of."""
        return frozenset((t, number) for t in INPUTS for number in range(self.partitions[t]))

    def name_of(self, topic: str) -> str:
        """The name on the cluster of a topic's plain name."""
        return self.kafka.name_of(topic)

    def plain(self, name: str) -> str:
        """The plain name of a topic on the cluster."""
        return name.removeprefix(self.settings.kafka.prefix)
