"""What the second stage takes in when events don't come one after the other."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from streams.config.settings import load_settings
from streams.kafka.topics import INPUTS
from streams.privacy.hasher import Hasher
from streams.worker import correlation_stage, profile_keeper
from streams.worker.context import WorkerContext
from streams.worker.correlation_stage import STREAM_OF, CorrelationStage

_PARTITIONS = dict.fromkeys((*INPUTS, *STREAM_OF, "fbs.profile"), 1)


def _event(offset: int) -> Any:
    message = SimpleNamespace(
        topic="fbs.evidence", partition=0, offset=offset, value=None, headers=[]
    )
    return SimpleNamespace(message=message)


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

    async def read_range(_: str, name: str, number: int, first: int, end: int) -> list[Any]:
        assert (name, number) == ("fbs.evidence", 0)
        ranges.append((first, end))
        return [_event(offset).message for offset in range(first, end)]

    async def read_last(*_: Any) -> None:
        return None

    async def read_whole(*_: Any) -> AsyncIterator[tuple[bytes, bytes]]:
        for pair in ():
            yield pair

    monkeypatch.setattr(correlation_stage, "read_range", read_range)
    monkeypatch.setattr(correlation_stage, "read_last", read_last)
    monkeypatch.setattr(profile_keeper, "read_whole", read_whole)

    async def take() -> None:
        context = WorkerContext.of(load_settings(env={}), Hasher(b"k" * 32), _PARTITIONS)
        stage = CorrelationStage(context)
        # Nothing is written: there is no alert, and storing isn't due.
        monkeypatch.setattr(stage, "_store", read_last)
        for offset in offsets:
            await stage.take(_event(offset))
            await stage.turn()

    asyncio.run(take())
    assert ranges == read


@pytest.mark.parametrize(
    "value",
    [
        zlib.compress(bytes(1 << 24)),
        zlib.compress(b"\x91" * 100_000 + b"\xc0"),
        b"\xff",
        zlib.compress(b"\xc1"),
    ],
)
def test_a_state_that_is_none_ends_no_worker(value: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    async def read_last(*_: Any) -> Any:
        return SimpleNamespace(value=value, headers=[])

    async def read_whole(*_: Any) -> AsyncIterator[tuple[bytes, bytes]]:
        for pair in ():
            yield pair

    monkeypatch.setattr(correlation_stage, "_MOST_STATE_BYTES", 1 << 20)
    monkeypatch.setattr(correlation_stage, "read_last", read_last)
    monkeypatch.setattr(profile_keeper, "read_whole", read_whole)
    context = WorkerContext.of(load_settings(env={}), Hasher(b"k" * 32), _PARTITIONS)
    partition = asyncio.run(CorrelationStage(context)._open(0))
    assert partition.next_offset == {}
    assert partition.correlator.state.zones == {}
