"""What both stages of a worker work with: one object, made when the worker starts."""

import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from detectors.register.register import Register
from detectors.screen.screening import Screening
from streams.config.settings import Settings
from streams.config.trust import enrolled
from streams.decode.records import RecordSlice
from streams.guard.case import InputCase
from streams.guard.guard import FOLDER, Guard
from streams.guard.journal import Journal
from streams.kafka.aside.clients import AsideClients
from streams.kafka.heartbeat import Counts, Feed
from streams.kafka.settings import KafkaSettings
from streams.kafka.topics import INPUTS
from streams.metrics.worker import WorkerMetrics
from streams.numbers.plan_file import book_of
from streams.privacy.hasher import Hasher
from streams.privacy.hashing_key import state_folder
from streams.signed.trust import Trust
from streams.worker.output import Output
from streams.worker.register_feed import RegisterFeed
from streams.worker.watermarks import IdlePartitionClock


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """``partitions`` counts those of each topic, by plain name, as they are on the cluster;
    ``idle_clock`` is what silent partitions follow, ``trust`` whose verdicts count and which
    instruments are taken, ``guard`` what keeps records from ending workers, ``counts`` what the
    worker reports of itself to others on Kafka, ``aside`` what single partitions are read by,
    ``metrics`` what it does to Prometheus; ``stopping`` is whether it is to end.
    """

    settings: Settings
    hasher: Hasher
    partitions: dict[str, int]
    output: Output
    aside: AsideClients
    register: RegisterFeed
    idle_clock: IdlePartitionClock
    trust: Trust
    guard: Guard
    metrics: WorkerMetrics
    stopping: Callable[[], bool]
    counts: Counts = field(default_factory=lambda: Counts(feeds={t: Feed() for t in INPUTS}))

    @classmethod
    def of(
        cls,
        settings: Settings,
        hasher: Hasher,
        partitions: dict[str, int],
        metrics: WorkerMetrics | None = None,
        journal: Journal | None = None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> "WorkerContext":
        """For a worker with these settings; connects to nothing yet. Without a ``journal`` nothing
        outlives the worker of what it was at."""
        kafka = settings.kafka
        aside, output = AsideClients(kafka), Output(kafka, partitions, stopping)
        guard = Guard(
            aside,
            settings.limits,
            journal or Journal(None, kafka),
            state_folder(os.environ) / FOLDER,
            output.write_notes,
        )
        made = cls(
            settings,
            hasher,
            partitions,
            output,
            aside,
            RegisterFeed(
                kafka, hasher, settings.limits, guard, stopping, book_of(settings.numbers)
            ),
            IdlePartitionClock(settings.streams.idle_s),
            Trust.of(settings.trust, os.environ, enrolled(settings.trust, kafka)),
            guard,
            metrics or WorkerMetrics(),
            stopping,
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

    def case_of(
        self, screening: Screening, stepping: Lock, register: Register
    ) -> Callable[[RecordSlice], InputCase]:
        """Makes cases of records of an input topic; ``stepping`` is held while the screening is
        copied."""

        def make(records: RecordSlice) -> InputCase:
            with stepping:
                copied = pickle.dumps(screening)
            trust, limits = self.settings.trust, self.settings.limits
            instruments = self.trust.instruments
            return InputCase(records, self.hasher, limits, trust, instruments, register, copied)

        return make

    def name_of(self, topic: str) -> str:
        """The name on the cluster of a topic's plain name."""
        return self.kafka.name_of(topic)

    def plain(self, name: str) -> str:
        """The plain name of a topic on the cluster."""
        return name.removeprefix(self.settings.kafka.prefix)
