"""Taking up an input partition: what came before is read again, without telling it a second time.

The rules need their horizon of it. At least the newest records tell how far arrival time had come,
and whether a replay was over: the worker that read them may have been killed before it said so, and
perhaps nothing comes after them.
"""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from aiokafka import ConsumerRecord
from faust.types import TP
from numpy.typing import NDArray

from detectors.context.census import TAKEN_MS, WINDOW_MS
from detectors.features.rule import AnyRule, Origin
from detectors.model.columns import Measurements
from detectors.register.register import Register
from detectors.screen.screening import Screening
from streams.decode.codec import decode
from streams.kafka.offset_reader import read_range
from streams.kafka.stage_records import END, Headers, arrival_ms, header, is_publishers_mark
from streams.privacy.hasher import Hasher
from streams.worker.inputs import BATCHES, arrivals_of, slice_of
from streams.worker.watermarks import WatermarkTracker

#: Records read again at once: for rules with a horizon, and for progress alone.
_REWIND = 5000
_TAIL = 200


@dataclass(slots=True)
class Partition:
    """What is kept of one input partition."""

    screening: Screening
    progress: WatermarkTracker
    marked: tuple[int, bool] = (0, False)
    #: Held by whoever steps the screening: chunks in threads, marks in the event loop.
    stepping: threading.Lock = field(default_factory=threading.Lock)

    def observe(
        self,
        arrivals: NDArray[np.int64],
        values: Sequence[bytes | None],
        headers: Sequence[Headers],
    ) -> None:
        """Takes in how far arrival time has come with some records, in order."""
        self.progress.observe(arrivals)
        for value, some in zip(values, headers, strict=True):
            if is_publishers_mark(value, some):
                self.progress.promise(arrival_ms(some, 0), header(some, END) is not None)
            else:
                self.progress.end = False


async def taken_up(
    bootstrap: str,
    tp: TP,
    topic: str,
    offset: int,
    rules: tuple[AnyRule, ...],
    register: Register,
    hasher: Hasher,
    disorder_ms: int,
) -> Partition:
    """A partition as it is when all that lies before ``offset`` has been worked off.

    ``topic`` is the plain name of the topic of ``tp``.
    """
    partition = Partition(
        Screening(rules, Origin(topic, tp.partition)), WatermarkTracker(disorder_ms)
    )
    horizon_ms = _horizon_ms(rules, topic)
    at_once = _REWIND if horizon_ms else _TAIL
    parts: list[tuple[Any, list[ConsumerRecord]]] = []
    newest_ms = oldest_ms = 0
    while offset > 0:
        begin = max(0, offset - at_once)
        records = await read_range(bootstrap, tp.topic, tp.partition, begin, offset)
        offset = begin
        if not records:
            break
        part = slice_of(records, topic, tp.partition)
        decoded = await asyncio.to_thread(decode, part, hasher)
        parts.append((decoded.batch, records))
        arrivals = arrivals_of(decoded.batch)
        if len(arrivals):
            newest_ms, oldest_ms = max(newest_ms, int(arrivals.max())), int(arrivals.min())
            if int(arrivals.min()) <= newest_ms - horizon_ms:
                break
    for batch, records in reversed(parts):
        if len(batch):
            await asyncio.to_thread(partition.screening.step, batch, register)
        values, headers = [r.value for r in records], [r.headers for r in records]
        partition.observe(arrivals_of(batch), values, headers)
    if offset > 0 and oldest_ms:
        # Of a window that began before, a part is missing; all others are told again, since
        # whoever counted them may not have told them, and correlators know those that they had.
        partition.screening.counted(oldest_ms + WINDOW_MS - 1)
    return partition


def _horizon_ms(rules: tuple[AnyRule, ...], topic: str) -> int:
    reading = BATCHES.get(topic)
    horizons = [rule.horizon_ms for rule in rules if rule.enabled and reading in rule.reads]
    if reading is Measurements:
        horizons.append(TAKEN_MS)
    return max(horizons, default=0)
