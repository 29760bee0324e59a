"""Examines an installation: what is broken, what is odd, and what to do about it.

Everything that stands in the way of an alert reaching a team is looked at, in the order in which
things depend on each other; what can't be looked at is reported as skipped, with the reason.
"""

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import msgspec
from kafka import KafkaAdminClient
from kafka.errors import AuthorizationError, KafkaError

from field.console.access.database import place
from field.doctor import broker, host, maps, records, register, trail, workers
from field.doctor.check import STATES, Check, found
from field.doctor.connections import channels, ports
from streams.config.settings import KafkaSettings, Settings
from streams.decode.topic_reader import Topics
from streams.kafka.local_broker import default_home
from streams.kafka.security.for_kafka_python import kafka_python_options
from streams.kafka.security.refusals import refusal

_TIMEOUT_MS: Final = 10_000
#: What is skipped without a broker.
_OF_KAFKA: Final = (
    "topics",
    "lag.workers",
    "workers",
    "keys",
    "inputs",
    "learning",
    "clock",
    "data.age",
    "state",
    "late",
    "dead_letters",
    "register",
    "register.datum",
    "trail",
)


@dataclass(frozen=True, slots=True)
class Examined:
    """The checks, always in the same order."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is broken; what is only odd doesn't count."""
        return not any(check.state == "fail" for check in self.checks)

    def text(self) -> str:
        """One line a check, what to do below it, and the count."""
        wide = max((len(check.name) for check in self.checks), default=0)
        lines = []
        for check in self.checks:
            lines.append(f"{check.state:<7} {check.name:<{wide}}  {check.seen}")
            if check.todo and check.state in ("warn", "fail"):
                lines.append(f"{'':<7} {'':<{wide}}  -> {check.todo}")
        counts = (f"{self._count(state)} {state}" for state in STATES)
        return "\n".join([*lines, ", ".join(counts)])

    def json(self) -> str:
        """The same as one JSON object."""
        content = {
            "ok": self.ok,
            "counts": {state: self._count(state) for state in STATES},
            "checks": self.checks,
        }
        return msgspec.json.format(msgspec.json.encode(content), indent=2).decode()

    def _count(self, state: str) -> int:
        return sum(check.state == state for check in self.checks)


def examine(settings: Settings) -> Examined:
    """Looks at everything. Nothing is made or changed, and no check's failure stops the others."""
    reached, cluster = broker.reached(settings.kafka)
    checks = [
        broker.protection(settings.kafka),
        broker.producers(settings),
        broker.instruments(settings),
        reached,
    ]
    if cluster is None:
        checks += [found("any", "no_kafka", name) for name in _OF_KAFKA]
    else:
        checks += _of_kafka(settings, cluster)
    checks += _of_here(settings, cluster)
    checks += channels.channels(settings.channels)
    return Examined(tuple(checks))


def _of_kafka(settings: Settings, cluster: str) -> list[Check]:
    kafka = settings.kafka
    now_ms = int(time.time() * 1000)
    try:
        admin = KafkaAdminClient(
            **kafka_python_options(kafka),
            client_id="cellhound-doctor",
            bootstrap_timeout_ms=_TIMEOUT_MS,
        )
    except KafkaError as error:
        return [found("topics", "refused", error=refusal(error, kafka))]
    try:
        with Topics(kafka) as topics:
            checks = _tried(kafka, "topics", lambda: broker.topics(admin, kafka))
            if [check.state for check in checks] == ["fail"]:
                return checks + [found("any", "no_topics", name) for name in _OF_KAFKA[1:]]
            checks += _tried(kafka, "lag.workers", lambda: workers.lags(admin, topics, settings))
            checks += _tried(kafka, "workers", lambda: _of_workers(topics, settings, now_ms))
            checks += _tried(kafka, "state", lambda: _of_states(topics, now_ms))
            checks += _tried(kafka, "dead_letters", lambda: [records.dead_letters(topics, now_ms)])
            checks += _tried(kafka, "register", lambda: [register.rows(topics, now_ms)])
            checks += _tried(kafka, "register.datum", lambda: [register.mixed_datum(topics)])
            checks += _tried(kafka, "trail", lambda: [trail.whole(topics, settings, cluster)])
            return checks
    finally:
        admin.close()


def _of_workers(topics: Topics, settings: Settings, now_ms: int) -> list[Check]:
    _, signs = workers.signs(topics, now_ms)
    # The signs' own age counts from now, not from before the topics were read.
    now_ms = int(time.time() * 1000)
    return [
        workers.reporting(signs, now_ms),
        workers.keys(signs, now_ms),
        workers.inputs(signs, settings.console.feed_silent_s, now_ms),
        workers.learned(signs),
        workers.clock(workers.newest_stamps(topics), signs, int(time.time() * 1000)),
        records.age(signs, now_ms),
    ]


def _of_states(topics: Topics, now_ms: int) -> list[Check]:
    stored = records.stored(topics)
    late = sum(one.state.late for one in stored.values() if one.state is not None)
    return [
        records.states(stored, now_ms),
        records.late(*workers.signs(topics, now_ms), late),
    ]


def _of_here(settings: Settings, cluster: str | None) -> Iterable[Check]:
    console, env = settings.console, os.environ
    store = host.store_file(console, cluster, settings.kafka.prefix)
    yield host.disk("disk.store", host.folder_of(store, env))
    of_broker = default_home()
    if of_broker.is_dir():
        yield host.disk("disk.broker", of_broker)
    else:
        yield found("disk", "no_broker", "disk.broker")
    yield found("store", "unknown") if store is None else host.store(store)
    yield ports.console(console, store)
    yield ports.figures(settings.metrics)
    yield host.accounts(console, place(console.accounts, env))
    yield host.open_files(console)
    yield host.hashing_key(env)
    yield trail.verdicts(settings)
    yield host.java()
    yield host.page()
    yield maps.basemap(console.basemap.source, store)
    yield maps.places(settings.places)


def _tried(kafka: KafkaSettings, name: str, look: Callable[[], list[Check]]) -> list[Check]:
    try:
        return look()
    except AuthorizationError as error:
        return [found("any", "denied", name, error=refusal(error, kafka))]
    except KafkaError as error:
        # There are dozens of kinds; whichever it is, the other checks are still of use.
        return [found("any", "no_answer", name, error=f"{type(error).__name__} {error}")]
