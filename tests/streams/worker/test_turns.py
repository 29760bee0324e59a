"""Correlators of one worker take their turns each by itself."""

import asyncio
import gc
from types import SimpleNamespace
from typing import Any

import pytest

from streams.chunked.offset_ledger import Chunk
from streams.config.settings import load_settings
from streams.kafka.topics import INPUTS
from streams.privacy.hasher import Hasher
from streams.worker import correlation_stage
from streams.worker.context import WorkerContext
from streams.worker.correlation_stage import CorrelationStage, _Partition

_PARTITIONS = {**dict.fromkeys(INPUTS, 1), "fbs.evidence": 2}


def _with_two_partitions() -> CorrelationStage:
    context = WorkerContext.of(load_settings(env={}), Hasher(b"k" * 32), _PARTITIONS)
    stage = CorrelationStage(context)
    for number in (0, 1):
        correlator = SimpleNamespace(state=None)
        stage._partitions[number] = _Partition(correlator, {})  # type: ignore[arg-type]
    return stage


def test_a_correlator_that_takes_long_keeps_no_other_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage, turns = _with_two_partitions(), [0, 0]

    async def take() -> None:
        goes_on = asyncio.Event()

        async def turn(number: int, _: _Partition) -> None:
            turns[number] += 1
            if number == 0:
                await goes_on.wait()

        monkeypatch.setattr(stage, "_turn_alone", turn)
        for _ in range(3):
            await stage.begin_turns()
            await asyncio.sleep(0.01)
        assert turns == [1, 3]
        revoked = asyncio.create_task(stage.revoked({0}))
        await asyncio.sleep(0.01)
        assert not revoked.done(), "what is at work is finished first"
        goes_on.set()
        await asyncio.wait_for(revoked, 60.0)
        await stage.begin_turns()
        await asyncio.sleep(0.01)
        assert turns == [1, 4]

    asyncio.run(take())


def test_a_turn_that_fails_ends_the_worker_and_is_not_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage, stored = _with_two_partitions(), list[int]()

    async def take() -> None:
        async def fails(number: int, _: _Partition) -> None:
            if number == 0:
                raise OSError("no alert could be written")

        async def written(_: Any, number: int, now: bool) -> None:
            stored.append(number)

        monkeypatch.setattr(stage, "_turn_alone", fails)
        monkeypatch.setattr(stage._profiles, "write", written)
        await stage.begin_turns()
        await asyncio.sleep(0.01)
        with pytest.raises(OSError, match="no alert"):
            await stage.begin_turns()
        await stage.store()
        assert stored == [1]

    asyncio.run(take())


def test_of_turns_that_fail_together_one_is_raised_and_none_is_logged_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    complaints = list[str]()

    async def fails(_: CorrelationStage, number: int, __: _Partition) -> None:
        raise OSError(f"{number} can't write")

    async def fail() -> None:
        stage = _with_two_partitions()
        await stage.begin_turns()
        await asyncio.sleep(0.01)
        with pytest.raises(OSError, match="can't write"):
            await stage.begin_turns()

    async def fail_and_forget() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, found: complaints.append(found["message"]))
        await fail()
        gc.collect()

    monkeypatch.setattr(CorrelationStage, "_turn_alone", fails)
    asyncio.run(fail_and_forget())
    assert complaints == []


def test_no_more_are_at_work_at_once_than_leave_threads_to_screening(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(correlation_stage, "_TURNS_AT_ONCE", 1)
    stage, at_work = _with_two_partitions(), list[int]()

    async def take() -> None:
        goes_on = asyncio.Event()

        async def turn(number: int, _: _Partition) -> None:
            at_work.append(number)
            await goes_on.wait()

        monkeypatch.setattr(stage, "_turn_alone", turn)
        await stage.begin_turns()
        await asyncio.sleep(0.01)
        assert at_work == [0]
        goes_on.set()
        await asyncio.wait_for(asyncio.gather(*stage._at_turn.values()), 60.0)
        assert at_work == [0, 1]

    asyncio.run(take())


def test_a_correlator_that_was_taken_up_in_the_midst_of_a_rebalance_is_let_go() -> None:
    stage = _with_two_partitions()
    asyncio.run(stage.assigned({1, 2}))
    assert list(stage._partitions) == [1]


def test_no_gap_is_read_for_a_correlator_that_another_worker_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = _with_two_partitions()

    async def take() -> None:
        partition = stage._partitions[0]

        async def no_gap(*_: Any) -> None:
            raise AssertionError

        monkeypatch.setattr(stage, "_read_gap", no_gap)
        columns: Any = ([3], [b"{}"], [()], [0])
        chunk = Chunk("fbs.evidence", 0, 3, 3, 4, *columns)
        async with partition.lock:
            taking = asyncio.create_task(stage.take(SimpleNamespace(value=chunk)))  # type: ignore[arg-type]
            await asyncio.sleep(0.01)
            del stage._partitions[0]
        await asyncio.wait_for(taking, 60.0)

    asyncio.run(take())


def test_what_a_correlator_holds_is_counted_though_nothing_more_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    context = WorkerContext.of(load_settings(env={}), Hasher(b"k" * 32), _PARTITIONS)
    stage, answers = CorrelationStage(context), [False, True]
    asked: list[int] = []

    def turned(number: int, _: Any) -> bool:
        asked.append(number)
        return answers.pop(0)  # First: others were counted a moment ago.

    monkeypatch.setattr(context.metrics, "turned", turned)
    partition = _Partition(SimpleNamespace(state=None), {})  # type: ignore[arg-type]
    stage._partitions[3] = partition
    for _ in range(3):
        asyncio.run(stage._turn(3, partition))
    assert asked == [3, 3]
    partition.uncounted = True
    del stage._partitions[3]  # Another worker has it now.
    asyncio.run(stage._turn(3, partition))
    assert asked == [3, 3]
