"""What a worker counts: a line of its stages each, once for a chunk or a turn, never for a message.

What has to be looked up (how far watermarks have come, what correlators hold) is looked up when
Prometheus asks, in whatever thread it asks in, so only from plain values that the stages put here.
"""

import time
from collections import Counter
from collections.abc import Awaitable, Iterable, Mapping
from contextlib import suppress
from typing import Final, TypeVar

import numpy as np
from prometheus_client import Gauge

from detectors.alert.record import Alert
from detectors.correlate.state import CorrelatorState
from detectors.model.codes import SIGNALLING_SOURCES, SMS_SOURCES
from detectors.model.columns import Batch, Signalling, Sms
from detectors.model.finding import Finding
from detectors.rules import RULES
from streams.decode.dead_letters import REASONS, DeadLetter
from streams.kafka.heartbeat import Counts
from streams.kafka.topics import INPUTS, LARGE_MESSAGE_BYTES
from streams.metrics.meters import Meters
from streams.metrics.probes import OK, Probes
from streams.privacy.hashing_key import HashingKey

_T = TypeVar("_T")
#: What a correlator holds is counted so often at most (s): it may be thousands of incidents.
_COUNT_EVERY_S: Final = 2.0
_RULES: Final = frozenset(rule.name for rule in RULES)
#: A name that isn't in a list of ours is counted under this one.
OTHER: Final = "other"
#: Names of the codes in a batch's column ``source``; 0 stands for none.
_SOURCES: Final[Mapping[type[Batch], tuple[str, ...]]] = {
    Signalling: ("", *SIGNALLING_SOURCES),
    Sms: ("", *SMS_SOURCES),
}


def sources_of(batch: Batch) -> Counter[str]:
    """How many messages of a batch are of each source; ``""`` where messages name none."""
    names = _SOURCES.get(type(batch))
    if names is None:
        return Counter({"": len(batch)})
    codes = np.bincount(batch.source, minlength=len(names))  # type: ignore[attr-defined]
    return Counter({name: int(count) for name, count in zip(names, codes, strict=False) if count})


class WorkerMetrics:
    """The metrics of one worker. Stages call it from the event loop, or from a thread in their
    stead, one at a time for a partition."""

    def __init__(self, meters: Meters | None = None, probes: Probes | None = None) -> None:
        self.meters = meters or Meters("worker")
        self.probes = probes or Probes(lambda: True)
        counter, gauge = self.meters.counter, self.meters.gauge
        self._messages = counter("cellhound_input_messages_total")
        self._dead = counter("cellhound_dead_letters_total")
        self._dropped = counter("cellhound_dropped_fields_total")
        self._received = gauge("cellhound_input_received_timestamp_seconds")
        self._watermark = gauge("cellhound_watermark_timestamp_seconds")
        self._correlator = gauge("cellhound_correlator_timestamp_seconds")
        self._replaying = gauge("cellhound_replaying")
        self._assigned = gauge("cellhound_assigned_partitions")
        self._findings = counter("cellhound_findings_total")
        self._observations = counter("cellhound_observations_total")
        self._late = counter("cellhound_late_total")
        self._repeated = counter("cellhound_repeated_total")
        self._waiting = gauge("cellhound_waiting_events")
        self._incidents = gauge("cellhound_incidents")
        self._revisions = counter("cellhound_alert_revisions_total")
        self._latency = self.meters.latency("cellhound_alert_latency_seconds")
        self._state = gauge("cellhound_state_bytes")
        self._record = gauge("cellhound_state_record_bytes")
        gauge("cellhound_state_record_limit_bytes").set(LARGE_MESSAGE_BYTES)
        self._known: dict[int, tuple[int, int]] = {}
        self._held: dict[int, Counter[str]] = {}
        self._counted_s: dict[int, float] = {}
        self._restoring = self._partitions = 0
        self._begin()

    def _begin(self) -> None:
        """All series that there may be, at nothing: one that appears later hides its first rise."""
        for topic in INPUTS:
            self._received.labels(topic)
            self._dropped.labels(topic)
            for reason in REASONS:
                self._dead.labels(topic, reason)
        for rule in sorted(_RULES):
            self._findings.labels(rule)
        for status in ("open", "update", "closed"):
            self._revisions.labels(status)
        for state in ("candidate", "alert", "closed"):
            self._incidents.labels(state)

    def hashing_key(self, key: HashingKey, counts: Counts) -> None:
        """Shows which key holds for the newest arrivals; before any came, for those of now."""

        def now_id() -> str:
            return key.id_at(counts.newest_ms or time.time_ns() // 1_000_000)

        self.meters.hashing_key(now_id)

    def follow(self, counts: Counts) -> None:
        """Brings up to date, whenever somebody asks, what the worker counts otherwise."""

        def look() -> None:
            self._replaying.set(counts.has_replayed(time.time_ns() // 1_000_000))
            for topic, feed in list(counts.feeds.items()):
                self._received.labels(topic).set(feed.heard_ms / 1000)

        self.meters.ask(look)
        self.probes.check(lambda: OK if self._partitions else "no_partitions")
        self.probes.check(lambda: "restoring" if self._restoring else OK)

    def signed(self, partitions: int) -> None:
        """Notes that a sign of life was written, and with how many input partitions."""
        self._partitions = partitions
        self._assigned.set(partitions)
        self.probes.sign()

    async def restoring(self, work: Awaitable[_T]) -> _T:
        """Awaits what reads state back; until then the worker isn't ready."""
        self._restoring += 1
        try:
            return await work
        finally:
            self._restoring -= 1

    def screened(
        self,
        topic: str,
        sources: Mapping[str, int],
        dead: Iterable[DeadLetter],
        findings: Iterable[Finding],
        observations: int,
        dropped: int,
    ) -> None:
        """Counts what came of a chunk."""
        for source, count in sources.items():
            self._messages.labels(topic, source).inc(count)
        for reason, count in Counter(letter.reason for letter in dead).items():
            self._dead.labels(topic, reason if reason in REASONS else OTHER).inc(count)
        self._count_findings(findings)
        self._observations.inc(observations)
        if dropped:
            self._dropped.labels(topic).inc(dropped)

    def promised(self, topic: str, partition: int, until_ms: int) -> None:
        """Notes how far an input partition has come (arrival time, ms)."""
        self._watermark.labels(topic, partition).set(until_ms / 1000)

    def decided(
        self, alerts: Iterable[Alert], findings: Iterable[Finding], replay: bool, now_ms: int
    ) -> None:
        """Counts revisions that were written, and findings of rules' second halves."""
        self._count_findings(findings)
        for alert in alerts:
            self._revisions.labels(alert.status).inc()
            if not replay and alert.status != "closed":
                self._latency.observe(max(0, now_ms - alert.ts) / 1000)

    def opened(self, partition: int, state: CorrelatorState) -> None:
        """Notes a correlator as it was restored: what it counted before, others have reported."""
        self._known[partition] = state.late, state.repeated
        self._counted_s.pop(partition, None)

    def turned(self, partition: int, state: CorrelatorState) -> bool:
        """Counts what a correlator holds after a turn; whether incidents were counted too, and not
        so lately that they are due the next time."""
        self._correlator.labels(partition).set(state.clock_ms / 1000)
        late, repeated = self._known.get(partition, (state.late, state.repeated))
        self._late.inc(max(0, state.late - late))
        self._repeated.inc(max(0, state.repeated - repeated))
        self._known[partition] = state.late, state.repeated
        self._waiting.labels(partition).set(state.waits)
        now_s = time.monotonic()
        if now_s - self._counted_s.get(partition, -_COUNT_EVERY_S) < _COUNT_EVERY_S:
            return False
        self._counted_s[partition] = now_s
        self._held[partition] = Counter(
            "candidate" if one.alert_id is None else "closed" if one.closed else "alert"
            for zone in state.zones.values()
            for one in zone.incidents
        )
        self._count_incidents()
        return True

    def stored(self, partition: int, records: Iterable[int]) -> None:
        """Notes the lengths (bytes) of the records in which a state was stored."""
        lengths = tuple(records)
        self._state.labels(partition).set(sum(lengths))
        self._record.labels(partition).set(max(lengths, default=0))

    def revoked(self, inputs: Iterable[tuple[str, int]], correlators: Iterable[int]) -> None:
        """Forgets partitions that another worker has now: it reports them."""
        for topic, partition in inputs:
            _forget(self._watermark, topic, partition)
        for partition in correlators:
            for known in (self._known, self._held, self._counted_s):
                known.pop(partition, None)
            for gauge in (self._correlator, self._waiting, self._state, self._record):
                _forget(gauge, partition)
        self._count_incidents()

    def _count_findings(self, findings: Iterable[Finding]) -> None:
        for rule, count in Counter(finding.detector for finding in findings).items():
            self._findings.labels(rule if rule in _RULES else OTHER).inc(count)

    def _count_incidents(self) -> None:
        held = sum(list(self._held.values()), Counter[str]())
        for state in ("candidate", "alert", "closed"):
            self._incidents.labels(state).set(held[state])


def _forget(gauge: Gauge, *labels: object) -> None:
    with suppress(KeyError):
        gauge.remove(*labels)
