"""Correlators of one worker take their turns each by itself."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from streams.config.settings import load_settings
from streams.privacy.hasher import Hasher
from streams.worker.context import WorkerContext
from streams.worker.correlation_stage import CorrelationStage, _Partition

_PARTITIONS = {"fbs.evidence": 2}


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
