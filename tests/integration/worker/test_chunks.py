"""The chunk feed on a real broker, with worker processes that are killed while they work.

What must hold: no record below a committed offset is undone, at any moment; in the end every record
is done and the committed offsets are the ends of the partitions, exactly.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.worker.chunk_bench import PARTITIONS, Bench

pytestmark = pytest.mark.integration


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


@pytest.mark.nightly
def test_kills_leave_no_hole_and_commits_reach_the_ends(bench: Bench) -> None:
    # Slowly, so that kills fall into the midst of the work.
    bench.session_timeout_s, bench.pause_s = 6.0, 0.1
    bench.produce(20_000)
    workers = [bench.start(), bench.start()]
    for round_number in range(4):
        committed = sum(bench.offsets()[0].values())
        # Else four kills in a row could repeat all that was done meanwhile.
        bench.wait(
            lambda start=committed: (
                sum(bench.offsets()[0].values()) > start or bench.all_committed()
            ),
            "something more committed",
        )
        # Fewer where the other worker has done nearly all by now.
        before = len(bench.done())
        bench.wait(
            lambda start=before: len(bench.done()) > start + 4 or bench.all_committed(),
            "some chunks done",
        )
        victim = round_number % 2
        bench.kill(workers[victim])
        assert bench.undone_below_committed() == set()
        bench.produce(7_500, transactional=round_number % 2 == 0)
        workers[victim] = bench.start()

    bench.wait(bench.all_committed, "all committed")
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
    bench.wait(lambda: len(_state(bench, worker).get("ends", [])) == PARTITIONS, "all at end")
    bench.wait(bench.all_committed, "all committed")
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
    bench.wait(bench.all_committed, "the rest committed")
    bench.wait(lambda: len(_state(bench, again).get("ends", [])) == PARTITIONS, "at end again")
    bench.assert_all_done()
    assert len(_state(bench, again)["table"]) == PARTITIONS


def test_a_fetch_that_is_dropped_is_read_again(bench: Bench) -> None:
    bench.produce(4_000)
    # The very first, before which nothing was handed out, one in the middle, and two in a row.
    bench.lose_fetches = (1, 3, 4)
    bench.chunk_records = 100
    bench.start()
    bench.wait(bench.all_committed, "all committed")
    bench.produce(400)
    bench.wait(bench.all_committed, "the rest committed")
    bench.assert_all_done()
    assert bench.log_text(0).count("were fetched and lost") >= 3


def test_two_workers_share_and_none_is_skipped_when_one_joins(bench: Bench) -> None:
    bench.produce(24_000)
    bench.start()
    bench.wait(lambda: len(bench.done()) > 8, "the first worker at work")
    bench.start()
    bench.wait(bench.all_committed, "all committed")
    counts = Counter(value for chunk in bench.done() for value in chunk["values"])
    assert set(counts) == set(range(24_000))
