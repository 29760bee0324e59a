"""What the second stage takes in, when not in turn too, and when it acknowledges that."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from detectors.correlate.correlator import Decided
from detectors.correlate.state import CorrelatorState
from detectors.model.finding import Observation, Place, Source
from streams.chunked.gathered import Gathered, Taken
from streams.chunked.offset_ledger import Chunk
from streams.config.settings import load_settings
from streams.guard import guard
from streams.kafka.stage_records import encode, together
from streams.kafka.topics import INPUTS
from streams.privacy.hasher import Hasher
from streams.state.search import Found
from streams.worker import correlation_stage, profile_keeper
from streams.worker.context import WorkerContext
from streams.worker.correlation_stage import STREAM_OF, CorrelationStage, _Partition
from streams.worker.output import Sending

_PARTITIONS = dict.fromkeys((*INPUTS, *STREAM_OF, "fbs.profile"), 1)


def _chunk(*offsets: int, value: bytes | None = None, topic: str = "fbs.evidence") -> Chunk:
    count, end = len(offsets), offsets[-1] + 1
    columns: Any = ([value] * count, [()] * count, [0] * count)
    return Chunk(topic, 0, offsets[0], offsets[-1], end, list(offsets), *columns)


async def _turn(stage: CorrelationStage) -> None:
    """A turn of each correlator, to its end."""
    await stage.begin_turns()
    await asyncio.gather(*stage._at_turn.values())


@dataclass
class _Event:
    """A chunk as an agent is given it."""

    value: Chunk
    acked: bool = False

    def ack(self) -> None:
        self.acked = True


@pytest.mark.parametrize(
    ("offsets", "read"),
    [
        # What comes first follows on what the correlator's last record holds: here on nothing.
        ((0, 1, 2), [(0, 0)]),
        ((7, 8), [(0, 7)]),
        # A fetch was lost, or a queue emptied, in between.
        ((0, 1, 5, 6), [(0, 0), (2, 5)]),
        # Read again after a rebalance: nothing is missing.
        ((3, 4, 3, 4, 5), [(0, 3)]),
        ((0, 1, 2, 0, 3), [(0, 0)]),
    ],
)
def test_what_is_left_out_is_read_aside(
    offsets: tuple[int, ...], read: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ranges: list[tuple[int, int]] = []

    async def read_pieces(
        _: str, name: str, number: int, first: int, end: int, __: Any
    ) -> AsyncIterator[list[Any]]:
        assert (name, number) == ("fbs.evidence", 0)
        ranges.append((first, end))
        yield [Taken("fbs.evidence", offset, 0, None, ()) for offset in range(first, end)]

    async def newest_state(*_: Any) -> Found:
        return Found()

    async def read_whole(*_: Any) -> AsyncIterator[tuple[bytes, bytes]]:
        for pair in ():
            yield pair

    monkeypatch.setattr(correlation_stage, "read_pieces", read_pieces)
    monkeypatch.setattr(correlation_stage, "newest_state", newest_state)

    async def read_head(*_: Any) -> list[Any]:
        return []

    monkeypatch.setattr(profile_keeper, "read_head", read_head)
    monkeypatch.setattr(profile_keeper, "read_whole", read_whole)
    monkeypatch.setattr(guard, "read_whole", read_whole)

    async def take() -> None:
        context = WorkerContext.of(load_settings(env={}), Hasher(b"k" * 32), _PARTITIONS)
        stage = CorrelationStage(context)
        # Nothing is written: there is no alert, and storing isn't due.
        monkeypatch.setattr(stage, "_store", newest_state)
        for offset in offsets:
            await stage.take(_Event(_chunk(offset)))  # type: ignore[arg-type]
            await _turn(stage)

    asyncio.run(take())
    assert ranges == read


@pytest.mark.parametrize("newest", ["piece", "manifest"])
def test_a_state_that_is_none_ends_no_worker(newest: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def newest_state(*_: Any) -> Found:
        return Found(broken=(f"the {newest} is damaged",))

    async def read_whole(*_: Any) -> AsyncIterator[tuple[bytes, bytes]]:
        for pair in ():
            yield pair

    monkeypatch.setattr(correlation_stage, "newest_state", newest_state)

    async def read_head(*_: Any) -> list[Any]:
        return []

    monkeypatch.setattr(profile_keeper, "read_head", read_head)
    monkeypatch.setattr(profile_keeper, "read_whole", read_whole)
    monkeypatch.setattr(guard, "read_whole", read_whole)
    context = WorkerContext.of(load_settings(env={}), Hasher(b"k" * 32), _PARTITIONS)
    partition = asyncio.run(CorrelationStage(context)._open(0))
    assert partition.next_offset == {}
    assert partition.correlator.state.zones == {}
    assert partition.anew is not None
    assert partition.anew.reason == f"the {newest} is damaged"


def test_what_no_rule_can_use_is_named_while_a_gap_is_read_too(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def read_pieces(*_: Any) -> AsyncIterator[list[Any]]:
        yield []

    def advance() -> Decided:
        return Decided([], [], unusable=[("odd_rule", "KeyError: 'x'")])

    async def publish(_: Decided) -> None:
        pass

    monkeypatch.setattr(correlation_stage, "read_pieces", read_pieces)
    stage = CorrelationStage(
        WorkerContext.of(load_settings(env={}), Hasher(b"k" * 32), _PARTITIONS)
    )
    monkeypatch.setattr(stage, "_publish", publish)
    correlator = SimpleNamespace(advance=advance, state=CorrelatorState(), promised_ms=0)
    partition: Any = SimpleNamespace(next_offset={}, correlator=correlator)
    asyncio.run(stage._read_gap(partition, "fbs.census", 0, 3))
    assert "odd_rule can't use what it was given" in caplog.text


def test_what_is_worked_off_is_let_go_and_acknowledged_once_it_is_stored() -> None:
    gathered = Gathered()
    events = [_Event(_chunk(3, 4, value=b"[]")), _Event(_chunk(5, value=b"{}"))]
    for event in events:
        gathered.put(event)  # type: ignore[arg-type]
    records, ends = gathered.turn()
    assert [(one.offset, one.value) for one in records] == [(3, b"[]"), (4, b"[]"), (5, b"{}")]
    assert ends == {"fbs.evidence": 6}
    assert gathered.is_unstored
    assert not any(event.acked for event in events)
    assert not any(event.value.values for event in events)
    later = _Event(_chunk(6))
    gathered.put(later)  # type: ignore[arg-type]
    gathered.acknowledge()
    assert all(event.acked for event in events)
    assert not later.acked
    assert not gathered.is_unstored


@pytest.mark.parametrize(("count", "length"), [(20_000, 0), (17, 1 << 20)])
def test_no_more_is_gathered_than_a_turn_is_to_work_off(count: int, length: int) -> None:
    gathered = Gathered()
    value = b" " * length
    gathered.put(_Event(_chunk(*range(count - 1), value=value)))  # type: ignore[arg-type]
    full = gathered.is_full
    gathered.put(_Event(_chunk(count, value=value)))  # type: ignore[arg-type]
    assert gathered.is_full
    assert full == (length > 0)
    gathered.turn()
    assert not gathered.is_full


def test_nobody_waits_for_room_at_a_partition_that_another_worker_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = CorrelationStage(
        WorkerContext.of(load_settings(env={}), Hasher(b"k" * 32), _PARTITIONS)
    )
    partition = _Partition(SimpleNamespace(state=None), {})  # type: ignore[arg-type]
    partition.gathered_to["fbs.evidence"] = 30_000
    full = _Event(_chunk(*range(30_000)))
    partition.gathered.put(full)  # type: ignore[arg-type]
    stage._partitions[0] = partition

    async def take() -> None:
        taking = asyncio.create_task(stage.take(_Event(_chunk(30_000))))  # type: ignore[arg-type]
        await asyncio.sleep(0.05)
        assert not taking.done()
        await stage.revoked({0})
        await asyncio.wait_for(taking, 60.0)

    asyncio.run(take())
    assert not full.acked


def _observed(first: int, count: int) -> list[bytes]:
    return [
        encode(
            Observation(
                **{"detector": "odd_level", "kind": "level", "ts": 1_000, "rx_ts": 9_000},
                **{"space": "device", "who": f"d{number}", "place": Place(30.65, 104.06)},
                source=Source("cell.measurements", 0, number, -1),
            )
        )
        for number in range(first, first + count)
    ]


def test_what_comes_again_is_taken_once_and_acknowledged_when_its_state_is_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def newest_state(*_: Any) -> Found:
        return Found()

    async def nothing(*_: Any) -> AsyncIterator[Any]:
        for each in ():
            yield each

    async def read_head(*_: Any) -> list[Any]:
        return []

    for module in (guard, profile_keeper):
        monkeypatch.setattr(module, "read_whole", nothing)
    monkeypatch.setattr(profile_keeper, "read_head", read_head)
    monkeypatch.setattr(correlation_stage, "newest_state", newest_state)
    monkeypatch.setattr(correlation_stage, "read_pieces", nothing)
    context = WorkerContext.of(load_settings(env={}), Hasher(b"k" * 32), _PARTITIONS)
    stage = CorrelationStage(context)
    stored: list[bool] = []

    async def written(_: Any, topic: str, *rest: Any) -> None:
        stored.append(topic == "fbs.correlators")

    monkeypatch.setattr(Sending, "_send", written)
    (one,), (two,), (three,) = (
        together(_observed(first, count)) for first, count in ((0, 3), (3, 2), (5, 4))
    )
    # What was written before the chunk feed: an observation a record.
    alone = _observed(9, 1)[0]

    def census(first: int, *values: bytes) -> _Event:
        chunk = _chunk(*range(first, first + len(values)), topic="fbs.census")
        chunk.values = list(values)
        return _Event(chunk)

    async def take() -> None:
        events = [census(0, one, two), census(0, one), census(1, two, three), census(3, alone)]
        await stage.take(events[0])  # type: ignore[arg-type]
        partition = stage._partitions[0]
        partition.stored_s = time.monotonic() + 3600.0  # not due
        await _turn(stage)
        for event in events[1:]:
            await stage.take(event)  # type: ignore[arg-type]
        await _turn(stage)
        assert not any(event.acked for event in events)
        assert not any(stored)
        assert len(partition.correlator.state.waiting) == 10
        assert partition.correlator.state.repeated == 0
        assert partition.next_offset == {"fbs.census": 4}
        partition.stored_s = 0.0
        await _turn(stage)
        assert any(stored)
        assert all(event.acked for event in events)

    asyncio.run(take())


# How long storing takes, since when nothing has come, and how seldom it is due then (s).
@pytest.mark.parametrize(
    "times_s", [(0.05, 0, 5), (0.5, 0, 10), (3, 0, 30), (0.05, 1.5, 1), (0.5, 1.5, 5)]
)
def test_states_are_stored_so_seldom_that_it_costs_little(
    times_s: tuple[float, float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    storing_s, quiet_s, seldom_s = times_s
    stage = CorrelationStage(WorkerContext.of(load_settings(env={}), Hasher(b"k"), _PARTITIONS))
    monkeypatch.setattr(time, "monotonic", lambda: 1_000.0)
    partition = _Partition(stage._correlators.of(0, None), {})
    partition.storing_s, partition.worked_s = storing_s, 1_000 - quiet_s
    for since_s in (seldom_s - 0.01, seldom_s + 0.01):
        partition.stored_s = 1_000 - since_s
        assert stage._is_due(partition) == (since_s > seldom_s)
