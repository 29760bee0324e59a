"""What a test of the whole needs: one prefix on a real broker, and worker processes on it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from click.testing import CliRunner
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from cellhound import main
from detectors.alert.record import Alert
from detectors.correlate.correlator import STREAMS
from detectors.correlate.state import CorrelatorState
from replay.traces.trace import Message
from streams.decode.rare.topics import COMPACTED
from streams.kafka.make_topics import ensure_topics
from streams.kafka.settings import KafkaSettings
from streams.kafka.stage_records import END, RX_TS, WATERMARK_KEY, WATERMARK_VALUE
from streams.kafka.topics import BETWEEN, INPUTS, SPECS
from streams.state.asked import states
from tests.integration.door_process import ROOT, start_door
from tests.integration.messages import about
from tests.integration.waiting import COORDINATOR_MOVES, PATIENCE_S, wait_until
from tests.integration.worker.worker_process import Worker

#: What the worker says on its standard error once it reads.
_READY = "cellhound worker is ready"
#: All that a test needs to know to have the same pseudonyms everywhere.
KEY = "a key for tests only"
#: For tests whose workers end without leaving their group: they are missed soon. In all others a
#: machine that stands for a while must not take partitions from a worker that lives.
MISSED_SOON = {
    # The broker refuses less than six seconds.
    "CELLHOUND__STREAMS__SESSION_TIMEOUT_S": "6",
}
#: Fewer revisions than usual, since each costs a fix; `detect` must be given the same.
SETTINGS = {
    "CELLHOUND__INCIDENTS__UPDATE_EVERY_S": "20",
    "CELLHOUND__INCIDENTS__CALM_UPDATE_EVERY_S": "60",
}
#: By partition: what a group has committed, and the end.
Offsets = tuple[dict[TopicPartition, int], dict[TopicPartition, int]]


def ANY(_message: Message) -> None:  # noqa: N802 - it stands for a choice
    """Leaves the partition to Kafka's default partitioner."""


@dataclass
class Deployment:
    """Topics under a prefix of their own, the workers on them, and the commands about them."""

    bootstrap: str
    prefix: str
    folder: Path
    #: Settings by environment, for all that is started here.
    settings: dict[str, str] = field(default_factory=dict)
    workers: list[Worker] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("CELLH")}
        own |= {"CELLHOUND_KEY": KEY, "PYTHONPATH": str(ROOT), "KAFKA_BOOTSTRAP": self.bootstrap}
        own |= {
            "CELLHOUND__STREAMS__SESSION_TIMEOUT_S": "30",
            "CELLHOUND__STREAMS__HEARTBEAT_S": "1",
        }
        return own | SETTINGS | self.settings

    def kafka(self, **more: Any) -> KafkaSettings:
        return KafkaSettings(bootstrap=self.bootstrap, prefix=self.prefix, **more)

    def create_topics(self, partitions: dict[str, int] | None = None) -> dict[str, int]:
        return ensure_topics(self.kafka(partitions=partitions or {}), PATIENCE_S)

    def delete_topics(self) -> None:
        """Clients ask for all topics that there are, so that those of tests that are over would
        slow down every look that other tests take."""
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            # Some may never have been made.
            admin.delete_topics([self.name(spec.name) for spec in SPECS], raise_errors=False)
        finally:
            admin.close()

    def start(self, program: Iterable[str] = (), ready: bool = True) -> Worker:
        """A new worker, which reads if ``ready``; ``program`` is what stands after ``python``."""
        log = self.folder / f"worker-{len(self.workers)}.log"
        words = ("worker", "--prefix", self.prefix)
        # Killed ones leave what they were decoding there.
        env = {"CELLHOUND_HOME": str(self.folder / "workers")} | self.environment
        worker = Worker(
            self._start_python(*program, *words, log=log, env=env)
            if program
            else start_door(*words, env=env, log=log),
            log,
        )
        self.workers.append(worker)
        if ready:
            wait_until(lambda: _READY in worker.log_text() or not worker.alive(), "a worker reads")
            assert worker.alive(), worker.log_text()
        return worker

    def _start_python(self, *words: str, log: Path, env: Any) -> "subprocess.Popen[bytes]":
        with log.open("wb") as out:
            return subprocess.Popen(
                [sys.executable, *words], cwd=ROOT, env=env, stdout=out, stderr=out
            )

    def stop_all(self) -> None:
        for worker in self.workers:
            if worker.alive():
                worker.process.kill()
            worker.process.wait()

    def command(self, *words: str, own_process: bool = False) -> subprocess.CompletedProcess[str]:
        """A command of the door, with the prefix where it knows one; it must succeed."""
        done = self.attempt(*words, own_process=own_process)
        assert done.returncode == 0, done.stderr
        return done

    def attempt(self, *words: str, own_process: bool = False) -> subprocess.CompletedProcess[str]:
        """A command of the door, however it ends.

        In this process, which has imported already what takes a process of its own some seconds;
        one case of each command is run as people run it.
        """
        if not own_process:
            absent = dict.fromkeys(os.environ.keys() - self.environment.keys())
            done = CliRunner(env=absent | self.environment).invoke(
                main, words, catch_exceptions=False
            )
            return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)
        return subprocess.run(
            [sys.executable, "-m", "cellhound", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def load_register(self, trace: Path) -> str:
        file = str(trace / "register.csv")
        return self.command("register", "import", file, "--prefix", self.prefix).stdout

    def replay(self, trace: Path, *options: str, speed: str = "max") -> None:
        words = ("replay", str(trace), "--speed", speed, *options)
        self.command(*words, "--prefix", self.prefix)

    def start_replay(self, trace: Path, speed: str) -> "subprocess.Popen[bytes]":
        return self._start_python(
            *("-m", "cellhound", "replay", str(trace), "--speed", speed, "--prefix", self.prefix),
            log=self.folder / "replay.log",
            env=self.environment,
        )

    def producer(self) -> KafkaProducer:
        return KafkaProducer(bootstrap_servers=self.bootstrap, linger_ms=20, acks="all")

    def send(
        self, messages: Iterable[Message], partition_of: Callable[[Message], int | None] = ANY
    ) -> None:
        """As a foreign producer does it: no headers, no watermarks, keyed by whom it is about."""
        producer = self.producer()
        for message in messages:
            number = partition_of(message)
            key = None if number is not None else about(message).encode()
            producer.send(self.name(message.topic), message.value, key, partition=number)
        producer.flush()
        producer.close()

    def name(self, topic: str) -> str:
        return self.prefix + topic

    def mark(self, until_ms: int, end: bool) -> None:
        """A publisher's watermark on every input partition."""
        headers = [(RX_TS, b"%d" % until_ms), *([(END, b"1")] if end else [])]
        producer = self.producer()
        partitions = self.create_topics()
        for topic in INPUTS:
            for number in range(partitions[topic]):
                key = WATERMARK_KEY if topic in COMPACTED else None
                where = {"key": key, "partition": number, "headers": headers}
                producer.send(self.name(topic), WATERMARK_VALUE, **where)
        producer.flush()
        producer.close()

    def read(self, topic: str) -> list[Any]:
        """All records of a topic as they are now, partition by partition."""
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, enable_auto_commit=False)
        try:
            numbers = consumer.partitions_for_topic(self.name(topic)) or set()
            parts = [TopicPartition(self.name(topic), number) for number in sorted(numbers)]
            ends = {tp: end for tp, end in consumer.end_offsets(parts).items() if end}
            consumer.assign(list(ends))
            found: list[Any] = []
            if ends:
                consumer.seek_to_beginning()
            while any(consumer.position(tp) < end for tp, end in ends.items()):
                for records in consumer.poll(timeout_ms=500).values():
                    found += records
            return sorted(found, key=lambda record: (record.partition, record.offset))
        finally:
            consumer.close()

    def alerts(self) -> list[Alert]:
        """All alert records, repeats too."""
        return [msgspec.json.decode(record.value, type=Alert) for record in self.read("fbs.alerts")]

    def dead_letters(self) -> list[dict[str, Any]]:
        return [json.loads(record.value) for record in self.read("dead.letters")]

    def correlators(self) -> dict[int, CorrelatorState]:
        """Each correlator's newest whole state, sought from the end: there may be hours of them."""
        return {n: one.state for n, one in states(self.kafka()).items() if one.state is not None}

    def offsets(self) -> Offsets:
        """What the group has committed, and the ends, of all partitions that hold anything."""
        with self.looking() as look:
            return look()

    @contextmanager
    def looking(self) -> Iterator[Callable[[], Offsets]]:
        """Looks at offsets, as often as one likes, by the same clients."""
        group = self.name("cellhound")
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, enable_auto_commit=False)
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            parts = [
                TopicPartition(self.name(topic), number)
                for topic in (*INPUTS, *BETWEEN)
                for number in consumer.partitions_for_topic(self.name(topic)) or ()
            ]

            def look() -> Offsets:
                # Asked first: what equals ends that were looked up later was all that there was.
                committed = admin.list_group_offsets({group: None})[group]
                ends = {tp: end for tp, end in consumer.end_offsets(parts).items() if end}
                return {tp: committed[tp].offset for tp in ends if tp in committed}, ends

            yield look
        finally:
            consumer.close()
            admin.close()

    def wait_until_idle(self, over: bool = True, timeout_s: float = PATIENCE_S) -> None:
        """Until everything that was sent has been worked off: what was committed equals the ends.

        With ``over`` also until every correlator has the last watermark of all input partitions.
        """

        left: object = "the coordinator moves"
        with self.looking() as look:

            def idle() -> bool:
                nonlocal left
                # Some were stopped or killed on purpose; somebody must be at work.
                assert any(worker.alive() for worker in self.workers), self.workers[-1].log_text()
                try:
                    committed, ends = look()
                except COORDINATOR_MOVES:
                    return False
                left = {tp: (committed.get(tp), end) for tp, end in ends.items()}
                if committed != ends:
                    return False
                left = self._not_over() if over else ""
                return not left

            try:
                wait_until(idle, "all worked off", timeout_s)
            except AssertionError as error:
                raise AssertionError(f"{error}: {left}\n{self.workers[-1].log_text()}") from None

    def _not_over(self) -> str:
        """Whose last watermark which correlator lacks, or an empty text."""
        partitions = self.create_topics()
        sources = {(topic, n) for topic in INPUTS for n in range(partitions[topic])}
        keys = {f"{stream}/{topic}/{number}" for stream in STREAMS for topic, number in sources}
        correlators = self.correlators()
        if len(correlators) != partitions["fbs.evidence"]:
            return f"correlators with a state: {sorted(correlators)}"
        lacks = {
            n: sorted(keys - {key for key, ended in correlator.ended.items() if ended})
            for n, correlator in correlators.items()
        }
        return f"not over: {lacks}" if any(lacks.values()) else ""
