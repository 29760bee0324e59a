"""The chunk feed on a real broker, with worker processes that are killed while they work.

What must hold: no record below a committed offset is undone, at any moment; in the end every record
is done and the committed offsets are the ends of the partitions, exactly.
"""

import json
import os
import signal
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from tests.integration.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.integration

_ROOT = Path(__file__).parents[3]
_APP = Path(__file__).parent / "apps" / "chunk_worker.py"
_PARTITIONS = 4


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

    def create(self) -> None:
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            admin.create_topics({self.name: {"num_partitions": _PARTITIONS}})
            admin.wait_for_topics([self.name], timeout_ms=int(PATIENCE_S * 1000))
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
                producer.send(self.name, str(value).encode(), partition=value % _PARTITIONS)
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
            "group": f"{self.name}-group",
            "out": str(self.folder / "done.jsonl"),
            "state": str(self.folder / f"state-{number}.json"),
            "datadir": str(self.folder / f"data-{number}"),
            "chunk_records": self.chunk_records,
            "pause_s": self.pause_s,
            "lose_fetches": self.lose_fetches,
            "session_timeout_s": self.session_timeout_s,
        }
        with (self.folder / f"worker-{number}.log").open("wb") as log:
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
        self.workers[number].send_signal(signal.SIGKILL)
        self.workers[number].wait()

    def stop(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                worker.terminate()
        for worker in self.workers:
            try:
                worker.wait(timeout=PATIENCE_S)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()

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
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, group_id=f"{self.name}-group")
        try:
            partitions = [TopicPartition(self.name, number) for number in range(_PARTITIONS)]
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


@pytest.fixture
def bench(kafka: str, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(kafka, tmp_path)
    made.create()
    yield made
    made.stop()


def _state(bench: Bench, number: int) -> dict[str, Any]:
    try:
        state: dict[str, Any] = json.loads((bench.folder / f"state-{number}.json").read_text())
    except (OSError, json.JSONDecodeError):
        return {}
    return state


def test_kills_leave_no_hole_and_commits_reach_the_ends(bench: Bench) -> None:
    # Slowly, so that kills fall into the midst of the work.
    bench.session_timeout_s, bench.pause_s = 6.0, 0.1
    bench.produce(20_000)
    workers = [bench.start(), bench.start()]
    for round_number in range(4):
        committed = sum(bench.offsets()[0].values())
        # Else four kills in a row could repeat all that was done meanwhile.
        wait_until(
            lambda start=committed: (
                sum(bench.offsets()[0].values()) > start or bench.all_committed()
            ),
            "something more committed",
        )
        # Fewer where the other worker has done nearly all by now.
        before = len(bench.done())
        wait_until(
            lambda start=before: len(bench.done()) > start + 4 or bench.all_committed(),
            "some chunks done",
        )
        victim = round_number % 2
        bench.kill(workers[victim])
        assert bench.undone_below_committed() == set()
        bench.produce(7_500, transactional=round_number % 2 == 0)
        workers[victim] = bench.start()

    wait_until(bench.all_committed, "all committed")
    counts = Counter(value for chunk in bench.done() for value in chunk["values"])
    assert set(counts) == set(range(50_000))
    repeats = sum(counts.values()) - len(counts)
    print(f"{repeats} of {len(counts)} came twice")
    # Each kill repeats at most what was fetched ahead and not yet committed.
    assert repeats < len(counts) / 2
    largest = max(len(chunk["offsets"]) for chunk in bench.done())
    assert 1 < largest <= bench.chunk_records
    # Within one chunk the order is that of the partition.
    assert all(chunk["offsets"] == sorted(set(chunk["offsets"])) for chunk in bench.done())


def test_worker_knows_that_it_read_to_the_end(bench: Bench) -> None:
    bench.produce(2_000, transactional=True)
    worker = bench.start()
    wait_until(lambda: len(_state(bench, worker).get("ends", [])) == _PARTITIONS, "all at end")
    wait_until(bench.all_committed, "all committed")
    state = _state(bench, worker)
    _, ends = bench.offsets()
    # The markers of the last transaction lie after the last record.
    for partition, end in ends.items():
        position = state["positions"][str(partition)]
        assert end - 1 <= position <= end
        assert state["idle_s"][str(partition)] >= 0.0
    # A graceful stop loses nothing, and the table comes back from its changelog.
    bench.stop()
    bench.produce(400)
    again = bench.start()
    wait_until(bench.all_committed, "the rest committed")
    wait_until(lambda: len(_state(bench, again).get("ends", [])) == _PARTITIONS, "at end again")
    counts = Counter(value for chunk in bench.done() for value in chunk["values"])
    assert counts == Counter(range(2_400))
    assert len(_state(bench, again)["table"]) == _PARTITIONS


def test_a_fetch_that_is_dropped_is_read_again(bench: Bench) -> None:
    bench.produce(4_000)
    # The very first, before which nothing was handed out, one in the middle, and two in a row.
    bench.lose_fetches = (1, 3, 4)
    bench.chunk_records = 100
    bench.start()
    wait_until(bench.all_committed, "all committed")
    bench.produce(400)
    wait_until(bench.all_committed, "the rest committed")
    counts = Counter(value for chunk in bench.done() for value in chunk["values"])
    assert counts == Counter(range(4_400))
    log = (bench.folder / "worker-0.log").read_text()
    assert log.count("were fetched and lost") >= 3


def test_two_workers_share_and_none_is_skipped_when_one_joins(bench: Bench) -> None:
    bench.produce(24_000)
    bench.start()
    wait_until(lambda: len(bench.done()) > 8, "the first worker at work")
    bench.start()
    wait_until(bench.all_committed, "all committed")
    counts = Counter(value for chunk in bench.done() for value in chunk["values"])
    assert set(counts) == set(range(24_000))
