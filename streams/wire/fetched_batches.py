"""aiokafka's reading of what was fetched, so that no record ends it and all unpack within bounds.

Raised where records are fetched, an error ends the worker, and the next one that gets the
partition. Importing this module puts `Batches` in the place of aiokafka's own reader, for all its
consumers in the process, and bounded decoders in the place of its decoders; so consumers are made
of the `AIOKafkaConsumer` that stands here.

Nor does closing a consumer end its user. aiokafka cancels requests that are under way and waits for
each, but one that failed and is about to be sent again, as where a broker was killed, lets the
cancellation through: who closed the consumer would be taken for cancelled itself.
"""

import asyncio
import struct
import sys
from collections.abc import Callable, Container
from contextlib import suppress
from typing import Any, Final

import aiokafka.codec
from aiokafka import AIOKafkaConsumer
from aiokafka.consumer import fetcher
from aiokafka.record import default_records, legacy_records, memory_records

from streams.wire import frames
from streams.wire.column_batch import ColumnBatch
from streams.wire.patient import CODECS, Plain
from streams.wire.unpacking import decoder

__all__ = ["AIOKafkaConsumer", "Batches", "fetch_columns"]

#: Bytes that a batch has after its length, behind its first offset.
_LENGTH: Final = struct.Struct(">8xi")


class Batches:
    """The batches of a fetch; as aiokafka's own, but `ColumnBatch` for each.

    Once ``columns_from`` is set, the records from that offset on come in columns.
    """

    columns_from: int | None = None

    def __init__(self, fetched: bytes) -> None:
        self._fetched = fetched
        self._batches = memory_records.MemoryRecords(fetched)
        self._at = 0

    def size_in_bytes(self) -> int:
        """Length of what was fetched."""
        size: int = self._batches.size_in_bytes()
        return size

    def has_next(self) -> bool:
        """Whether a whole batch is left."""
        more: bool = self._batches.has_next()
        return more

    def next_batch(self) -> ColumnBatch | None:
        """The next batch."""
        batch = self._batches.next_batch()
        if batch is None:
            return None
        begin = self._at
        (length,) = _LENGTH.unpack_from(self._fetched, begin)
        self._at = begin + _LENGTH.size + length
        where = self._fetched, begin, self._at
        return ColumnBatch(batch, *where, _as_it_is, self.columns_from)


def _as_it_is(record: Plain) -> Plain:
    """aiokafka's own record has the same fields."""
    return record


def fetch_columns(fetcher: Any, topics: Callable[[], Container[str]]) -> None:
    """Spares a fetcher of aiokafka's the records of some topics, which are most of what reading
    costs: each batch comes as `streams.wire.columns.Columns`, of requests from now on."""
    proceed = fetcher._proc_fetch_request

    async def proceed_and_spare(assignment: Any, node: Any, request: Any) -> bool:
        found: bool = await proceed(assignment, node, request)
        chunked = topics()
        for tp, result in fetcher._records.items():
            # What went wrong lies there too.
            records = getattr(result, "_partition_records", None)
            if records is not None and tp.topic in chunked:
                records._consumer_record = _as_it_came
                records._records.columns_from = records.next_fetch_offset
        return found

    fetcher._proc_fetch_request = proceed_and_spare


def _as_it_came(_: object, columns: Any) -> Any:
    return columns


async def _close(closed: Any) -> None:
    """Instead of a fetcher's own, which comes after the requests that are under way."""
    closed._closed = True
    # First who makes requests.
    for tasks in ([closed._fetch_task], closed._pending_tasks):
        for task in tasks:
            task.cancel()
        # Who is cancelled a second time while it closes must close its connections all the same.
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
    closed._pending_tasks.clear()
    await _close_fetcher(closed)


_close_fetcher = fetcher.Fetcher.close


def _install() -> None:
    frames.install()
    fetcher.MemoryRecords = Batches
    fetcher.Fetcher.close = _close
    # A class's own module, compiled or not, is where it finds its decoders.
    modules = {
        aiokafka.codec,
        default_records,
        legacy_records,
        sys.modules[default_records.DefaultRecordBatch.__module__],
        sys.modules[legacy_records.LegacyRecordBatch.__module__],
    }
    for module in modules:
        for codec in CODECS:
            name = f"{codec}_decode"
            if hasattr(module, name):
                setattr(module, name, decoder(codec))
    for codec in CODECS:
        setattr(aiokafka.codec, f"has_{codec}", lambda: True)


_install()
