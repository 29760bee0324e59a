"""The input topics' records as the codec reads them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from aiokafka import ConsumerRecord

from detectors.model.columns import Batch, Calls, Measurements, Signalling, Sms
from streams.decode.records import RecordSlice
from streams.kafka.stage_records import (
    CONTENT_TYPE,
    Headers,
    arrival_ms,
    header,
    is_publishers_watermark,
    latest_ms,
)
from streams.limits import DEFAULT, Limits
from streams.wire.columns import Columns

# Faust takes a second to import, and commands that read the topics need none of it.
if TYPE_CHECKING:
    from streams.chunked.app import Chunk

#: Which batch type those decode to that rules read.
BATCHES: dict[str, type[Batch]] = {
    "cell.measurements": Measurements,
    "cell.signalling": Signalling,
    "sms.metadata": Sms,
    "device.signalling": Signalling,
    "device.sms": Sms,
    "call.signalling": Calls,
}


def records_of(chunk: "Chunk", topic: str, limits: Limits) -> RecordSlice:
    """A chunk as the codec reads it."""
    return _slice(
        topic, chunk.partition, chunk.offsets, chunk.values, chunk.headers, chunk.timestamps, limits
    )


def slice_of(
    records: Sequence[ConsumerRecord], topic: str, partition: int, limits: Limits
) -> RecordSlice:
    """Records that were read aside, as the codec reads them."""
    return _slice(
        topic,
        partition,
        [record.offset for record in records],
        [record.value for record in records],
        [record.headers for record in records],
        [record.timestamp for record in records],
        limits,
    )


def are_watermarks(values: Sequence[bytes | None], headers: Sequence[Headers]) -> bool:
    """Whether records are publishers' watermarks, all of them: nothing is in these that could be
    decoded or screened, and a replay sends one to each input partition each second."""
    return all(
        is_publishers_watermark(value, some) and header(some, CONTENT_TYPE) is None
        for value, some in zip(values, headers, strict=True)
    )


def list_columns(
    columns: Columns, topic: str, partition: int, limits: Limits = DEFAULT
) -> RecordSlice:
    """Records of one of `streams.kafka.topics.LISTS` that came in columns, as the codec reads
    them: with the keys by which tombstones take rows out."""
    parts = columns.offsets, columns.values, columns.headers, columns.timestamps
    return replace(_slice(topic, partition, *parts, limits), keys=columns.keys)


def list_slice(
    records: Sequence[ConsumerRecord],
    topic: str = "cell.register",
    partition: int = 0,
    limits: Limits = DEFAULT,
) -> RecordSlice:
    """Records of one of `streams.kafka.topics.LISTS`, as the codec reads them: with their keys, by
    which records without a value take rows out."""
    found = slice_of(records, topic, partition, limits)
    return replace(found, keys=[record.key for record in records])


def _slice(
    topic: str,
    partition: int,
    offsets: list[int],
    values: Sequence[bytes | None],
    headers: list[Headers],
    timestamps: list[int],
    limits: Limits,
) -> RecordSlice:
    written_ms = np.array(timestamps, dtype=np.int64)
    if not any(headers):
        latest = written_ms + limits.arrival_ahead_ms
        return RecordSlice(topic, partition, offsets, values, written_ms, latest_ms=latest)
    latest = np.array(
        [latest_ms(some, at, limits) for some, at in zip(headers, timestamps, strict=True)],
        dtype=np.int64,
    )
    kinds = [header(some, CONTENT_TYPE) for some in headers]
    arrivals = [arrival_ms(some, at) for some, at in zip(headers, timestamps, strict=True)]
    types = [kind.decode("utf-8", "replace") if kind else None for kind in kinds]
    return RecordSlice(
        topic,
        partition,
        offsets,
        values,
        np.array(arrivals, dtype=np.int64),
        types if any(types) else None,
        latest_ms=latest,
    )
