"""Worker processes fed in chunks of one topic, on a real broker: what test_chunks.py works with."""

import json
import os
import signal
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from tests.integration.waiting import PATIENCE_S, wait_until

_ROOT = Path(__file__).parents[3]
_APP = Path(__file__).parent / "apps" / "chunk_worker.py"
PARTITIONS = 4


@dataclass
class Bench:
    """One topic, one consumer group, and the workers on them."""

    bootstrap: str
    folder: Path
    name: str = field(default_factory=lambda: f"chunks-{uuid.uuid4().hex[:8]}")
    chunk_records: int = 400
    pause_s: float = 0.02
    lose_fetches: tuple[int, ...] = ()
    #: Short only where workers are killed: in all others nobody takes partitions from one that
    #: stands for a while, and does them again.
    session_timeout_s: float = 30.0
    produced: int = 0
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    #: Places of the workers that were stopped or killed on purpose.
    ended: set[int] = field(default_factory=set)

    @property
    def group(self) -> str:
        return f"{self.name}-group"

    def create(self) -> None:
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            # The table's changelog too: one that Faust makes as it starts may be without partitions
            # in what the consumer knows of the cluster, for minutes, and each write then fails.
            topics = [self.name, f"{self.group}-done-to-changelog"]
            admin.create_topics({topic: {"num_partitions": PARTITIONS} for topic in topics})
            admin.wait_for_topics(topics, timeout_ms=int(PATIENCE_S * 1000))
        finally:
            admin.close()

    def produce(self, count: int, transactional: bool = False) -> None:
        """Whole numbers, each once; in transactions, their markers leave holes in the offsets."""
        own = {"transactional_id": f"{self.name}-{self.produced}"} if transactional else {}
        producer = KafkaProducer(bootstrap_servers=self.bootstrap, linger_ms=20, **own)
        if transactional:
            producer.init_transactions()
        step = 300 if transactional else count
        for start in range(0, count, step):
            if transactional:
                producer.begin_transaction()
            for number in range(start, min(start + step, count)):
                value = self.produced + number
                producer.send(self.name, str(value).encode(), partition=value % PARTITIONS)
            if transactional:
                producer.commit_transaction()
        producer.flush()
        producer.close()
        self.produced += count

    def start(self) -> int:
        """Start a worker; its place in `workers`."""
        number = len(self.workers)
        settings = {
            "bootstrap": self.bootstrap,
            "topic": self.name,
            "group": self.group,
            "out": str(self.folder / "done.jsonl"),
            "state": str(self.folder / f"state-{number}.json"),
            "datadir": str(self.folder / f"data-{number}"),
            "chunk_records": self.chunk_records,
            "pause_s": self.pause_s,
            "lose_fetches": self.lose_fetches,
            "session_timeout_s": self.session_timeout_s,
        }
        with self._log(number).open("wb") as log:
            worker = subprocess.Popen(
                [sys.executable, str(_APP), "worker", "-l", "info", "--without-web"],
                cwd=_ROOT,
                env=os.environ | {"CHUNK_WORKER": json.dumps(settings), "PYTHONPATH": str(_ROOT)},
                stdout=log,
                stderr=log,
            )
        self.workers.append(worker)
        return number

    def kill(self, number: int) -> None:
        self.ended.add(number)
        self.workers[number].send_signal(signal.SIGKILL)
        self.workers[number].wait()

    def stop(self) -> None:
        self.ended |= set(range(len(self.workers)))
        for worker in self.workers:
            if worker.poll() is None:
                worker.terminate()
        for worker in self.workers:
            try:
                worker.wait(timeout=PATIENCE_S)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()

    def log_text(self, number: int) -> str:
        return self._log(number).read_text(errors="replace")

    def _log(self, number: int) -> Path:
        return self.folder / f"worker-{number}.log"

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Waits; fails at once when a worker has ended by itself, and shows where they stand."""

        def looked() -> bool:
            for number, worker in enumerate(self.workers):
                assert worker.poll() is None or number in self.ended, f"worker {number} has ended"
            return condition()

        try:
            wait_until(looked, what)
        except AssertionError:
            print("committed and ends:", *self.offsets())
            for number in range(len(self.workers)):
                print(f"worker {number}:", *self.log_text(number).splitlines()[-80:], sep="\n")
            raise

    def assert_all_done(self) -> None:
        """Each number was worked off; once only, where nobody had to join the group again: what
        a worker had not committed by then is read again."""
        counts = Counter(value for chunk in self.done() for value in chunk["values"])
        assert set(counts) == set(range(self.produced))
        joins = [self.log_text(number).count("Joined group") for number in range(len(self.workers))]
        if max(joins) == 1:
            assert counts == Counter(range(self.produced))

    def done(self) -> list[dict[str, Any]]:
        """The chunks done so far; a kill may have cut the last line of a worker."""
        chunks = []
        file = self.folder / "done.jsonl"
        for line in file.read_text().splitlines() if file.exists() else ():
            try:
                chunks.append(json.loads(line))
            except json.JSONDecodeError:
                continue
        return chunks

    def offsets(self) -> tuple[dict[int, int], dict[int, int]]:
        """The committed offset and the end of each partition."""
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, group_id=self.group)
        try:
            partitions = [TopicPartition(self.name, number) for number in range(PARTITIONS)]
            committed = {tp.partition: consumer.committed(tp) or 0 for tp in partitions}
            ends = consumer.end_offsets(partitions)
            return committed, {tp.partition: end for tp, end in ends.items()}
        finally:
            consumer.close()

    def all_committed(self) -> bool:
        committed, ends = self.offsets()
        return committed == ends

    def undone_below_committed(self) -> set[tuple[int, int]]:
        """The records that a crash at this moment would lose: must always be empty."""
        committed, _ = self.offsets()
        # Records exist at some offsets only; every number went to a partition in order.
        done = {
            (chunk["partition"], offset)
            for chunk in self.done()
            for offset in chunk["offsets"]
            if offset < committed[chunk["partition"]]
        }
        return self._existing(committed) - done

    def _existing(self, up_to: dict[int, int]) -> set[tuple[int, int]]:
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, auto_offset_reset="earliest")
        found = set()
        try:
            wanted = [TopicPartition(self.name, number) for number, end in up_to.items() if end]
            if not wanted:
                return set()
            consumer.assign(wanted)
            consumer.seek_to_beginning()
            while any(consumer.position(tp) < up_to[tp.partition] for tp in wanted):
                for tp, records in consumer.poll(timeout_ms=500).items():
                    found |= {
                        (tp.partition, record.offset)
                        for record in records
                        if record.offset < up_to[tp.partition]
                    }
        finally:
            consumer.close()
        return found
