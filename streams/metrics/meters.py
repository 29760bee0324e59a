"""A process's own metrics, made by the names of the catalogue; nothing of this is global.

What is known when somebody asks is put into a gauge then, by whoever was added with `ask`; what
happens is counted when it happens, once for a batch.
"""

import logging
import time
from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from streams.kafka.heartbeat import release
from streams.metrics.catalogue import BY_NAME, LATENCY_S, Kind, Metric, Program

_log = logging.getLogger(__name__)
# A series beside each counter with the time of its birth, which nothing here asks for.
disable_created_metrics()  # type: ignore[no-untyped-call]
#: The form of what `Meters.text` writes (Prometheus, text format 0.0.4).
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Meters:
    """The metrics of one process of a kind; ``clock`` gives seconds since the epoch,
    ``broker_is_there`` whether a broker answers now."""

    def __init__(
        self,
        program: Program,
        broker_is_there: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._program = program
        self._questions: list[Callable[[], None]] = []
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.gauge("cellhound_build_info").labels(release()).set(1)
        self.gauge("cellhound_clock_timestamp_seconds").set_function(clock)
        self.gauge("cellhound_broker_up").set_function(broker_is_there)

    def counter(self, name: str) -> Counter:
        """The counter of that name in the catalogue, which must be this program's."""
        metric = self._metric(name, "counter")
        return Counter(name, metric.meaning, metric.labels, registry=self.registry)

    def gauge(self, name: str) -> Gauge:
        """The gauge of that name."""
        metric = self._metric(name, "gauge")
        return Gauge(name, metric.meaning, metric.labels, registry=self.registry)

    def latency(self, name: str) -> Histogram:
        """The histogram of that name, of seconds."""
        metric = self._metric(name, "histogram")
        return Histogram(
            name, metric.meaning, metric.labels, registry=self.registry, buckets=LATENCY_S
        )

    def _metric(self, name: str, kind: Kind) -> Metric:
        metric = BY_NAME[name]
        assert metric.kind == kind, f"{name} is no {kind}"
        assert self._program in metric.programs, f"{name} is not the {self._program}'s"
        return metric

    def hashing_key(self, now_id: Callable[[], str]) -> None:
        """Shows the id of the key that people's identifiers are hashed with, as ``now_id`` says."""
        gauge = self.gauge("cellhound_hashing_key_info")

        def look() -> None:
            gauge.clear()
            gauge.labels(now_id()).set(1)

        self.ask(look)

    def ask(self, question: Callable[[], None]) -> None:
        """Adds what brings gauges up to date, called before each answer, in any thread."""
        self._questions.append(question)

    def text(self) -> bytes:
        """All metrics as they are now, for Prometheus. Never raises."""
        for question in self._questions:
            try:
                question()
            except Exception:
                # Whatever it was, the other figures are all the more of interest then.
                _log.exception("a metric can't be brought up to date")
        return bytes(generate_latest(self.registry))
