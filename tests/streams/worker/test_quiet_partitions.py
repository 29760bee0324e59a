"""A partition that is quiet but for a moment follows the others, and one that is new waits."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

from faust.types import TP

from streams.config.settings import load_settings
from streams.kafka.topics import INPUTS
from streams.privacy.hasher import Hasher
from streams.worker.context import WorkerContext
from streams.worker.screen_stage import ScreenStage
from streams.worker.watermarks import WatermarkTracker

_T0 = 1_748_916_000_000
_TP = TP("cell.measurements", 0)


def _stage(own_newest_ms: int) -> tuple[ScreenStage, WatermarkTracker]:
    """Elsewhere something came a minute ago and just now; here at that time."""
    context = WorkerContext.of(load_settings(env={}), Hasher(b"k" * 32), dict.fromkeys(INPUTS, 1))
    now_s = time.monotonic()
    for second in range(60):
        context.idle_clock.see(_T0 + 1_000 * second, now_s - 60.0 + second)
    stage, watermark = ScreenStage(context), WatermarkTracker(10_000)
    watermark.follow(own_newest_ms - 10_001)
    watermark.newest_ms = own_newest_ms
    partition: Any = SimpleNamespace(watermark=watermark, passed=lambda: None)
    stage._partitions[_TP] = partition
    return stage, watermark


def test_it_comes_as_far_as_a_busy_one_has() -> None:
    stage, watermark = _stage(_T0 + 57_000)
    asyncio.run(stage.silent(_TP, 0, 0.2))
    assert watermark.until_ms == _T0 + 47_000
    asyncio.run(stage.silent(_TP, 0, 2.0))
    assert watermark.until_ms == _T0 + 49_001


def test_one_that_is_behind_stays_as_far_behind_until_it_is_silent() -> None:
    stage, watermark = _stage(_T0 + 40_000)
    asyncio.run(stage.silent(_TP, 0, 2.0))
    assert watermark.until_ms == _T0 + 32_001
    asyncio.run(stage.silent(_TP, 0, 5.0))
    assert watermark.until_ms >= _T0 + 54_000


def test_one_that_was_never_taken_up_waits_until_it_is_silent() -> None:
    stage, _ = _stage(_T0)
    asyncio.run(stage.silent(TP("cell.measurements", 1), 0, 2.0))
    assert list(stage._partitions) == [_TP]
