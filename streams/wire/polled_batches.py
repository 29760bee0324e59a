"""kafka-python's reading of what was polled, so that no record ends a command that reads topics.

As `streams.wire.fetched_batches` does it for aiokafka: consumers are made of the `KafkaConsumer`
that stands here.
"""

from typing import Any

import kafka.codec
from kafka import KafkaConsumer
from kafka.consumer import fetcher
from kafka.record import default_records, legacy_records, memory_records

from streams.wire.batch import Batch
from streams.wire.patient import CODECS, Plain
from streams.wire.unpacking import decoder

__all__ = ["Batch", "Batches", "KafkaConsumer"]

#: kafka-python's own record wants a length, and looks at its checksum only in old formats.
_LENGTH = 0


class Batches(memory_records.MemoryRecords):  # type: ignore[misc]
    """The batches of a poll; as kafka-python's own, but `Batch` for each."""

    __slots__ = ()

    def next_batch(self) -> "Batch | None":
        """The next batch."""
        raw = self._next_slice
        batch = super().next_batch()
        return None if batch is None else Batch(batch, raw, _as_theirs)


def _as_theirs(record: Plain) -> Any:
    return default_records.DefaultRecord(_LENGTH, *record[:5], list(record.headers))


def _install() -> None:
    fetcher.MemoryRecords = Batches
    for module in (kafka.codec, default_records, legacy_records):
        for codec in CODECS:
            if hasattr(module, f"{codec}_decode"):
                setattr(module, f"{codec}_decode", decoder(codec))
    for codec in CODECS:
        setattr(kafka.codec, f"has_{codec}", lambda: True)


_install()
