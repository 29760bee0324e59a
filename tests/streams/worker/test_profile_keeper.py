"""What has been learned is written when an interval of arrival time is over, but not again and
again while a worker catches up."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest

from streams.worker import profile_keeper
from streams.worker.profile_keeper import ProfileKeeper

_HALF_AN_HOUR_MS = 1_800_000


class _Written:
    """Counts the records of a profile."""

    def __init__(self) -> None:
        self.count = 0

    def sending(self) -> "_Written":
        return self

    async def profile(self, *_: Any) -> None:
        self.count += 1

    async def written(self) -> None:
        pass


def test_it_is_written_after_an_interval_and_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, output = SimpleNamespace(s=1_000.0), _Written()
    monkeypatch.setattr(time, "monotonic", lambda: clock.s)
    settings = SimpleNamespace(streams=SimpleNamespace(profile_every_s=1800.0))
    keeper = ProfileKeeper(SimpleNamespace(settings=settings, output=output))  # type: ignore[arg-type]
    correlator: Any = SimpleNamespace(state=SimpleNamespace(clock_ms=0))

    def records(*_: Any) -> dict[str, bytes]:
        return {"zone/age": str(correlator.state.clock_ms).encode()}

    monkeypatch.setattr(profile_keeper, "_records", records)

    def written(intervals: int, after_s: float, now: bool = False) -> int:
        before, clock.s = output.count, clock.s + after_s
        correlator.state.clock_ms += intervals * _HALF_AN_HOUR_MS
        asyncio.run(keeper.write(correlator, 0, now))
        return output.count - before

    assert written(0, 0.0) == 0
    # Its time begins with the first promise, which ends no interval.
    assert written(990_000, 0.0) == 0
    assert [written(1, 10.0) for _ in range(13)] == [*[1, 0, 0, 0, 0, 0] * 2, 1]
    assert written(0, 600.0) == 0
    assert written(1, 0.0) == 1
    assert written(1, 1.0, now=True) == 1
