"""Messages to records of Kafka: hashed, judged, by partition, as Arrow where that holds them.

Nothing is lost and nothing refused for what it says. What can't be decoded is sent on as it came,
save that identifiers of people are hashed, and becomes a dead letter where it is read; whoever sent
it is given the reason at once. The messages of a partition keep their order, but for those: they
have no effect, so it doesn't matter when they come.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa

from field.ingest.columns import COLUMNS
from streams.config.settings import Settings
from streams.decode.clean_messages import hashed_line
from streams.decode.codec import decode
from streams.decode.json.rows import is_shallow
from streams.decode.records import ARROW, RecordSlice
from streams.decode.topic_reader import arrived_ms
from streams.kafka.partitioning import KEYED, key_of, partition_of
from streams.kafka.resilient_producer import Outgoing
from streams.kafka.stage_records import CONTENT_TYPE, RX_TS, Headers
from streams.kafka.topics import LARGE_MESSAGE_BYTES
from streams.limits import DEFAULT, Limits
from streams.privacy.hasher import Hasher

#: A longer message is refused: half of what a topic takes, since it may become longer.
MOST_MESSAGE_BYTES: Final = LARGE_MESSAGE_BYTES // 2
_SYNTAX: Final = msgspec.json.Decoder(msgspec.Raw)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message will be a dead letter; ``place`` among those that were packed together."""

    place: int
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Packed:
    """Records, which messages in them will be dead letters, and how many wrong optional fields
    were left out of the others. ``forms`` counts records by form: ``arrow``, ``json``."""

    records: list[Outgoing]
    refused: list[Refusal]
    dropped: int
    forms: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Message:
    value: bytes
    row: Any | None
    key: bytes | None


@dataclass(frozen=True, slots=True)
class Packer:
    """Packs messages of any topic of the gateway; a record holds at most ``most`` messages and
    about ``most_bytes``."""

    hasher: Hasher
    most: int
    most_bytes: int
    prefix: str = ""
    limits: Limits = DEFAULT

    @classmethod
    def of(cls, settings: Settings, hasher: Hasher) -> "Packer":
        """As the settings have it; never more messages in a record than workers take."""
        ingest, limits = settings.ingest, settings.limits
        most = min(ingest.messages, limits.rows)
        return cls(hasher, most, ingest.bytes, settings.kafka.prefix, limits)

    def packed(self, topic: str, partitions: int, values: Sequence[bytes], rx_ms: int) -> Packed:
        """The records of some messages for a topic of so many partitions. ``rx_ms`` is when those
        arrived that don't say when. Never raises."""
        # By the key that a worker would use, who goes by the message's own arrival.
        hashed = [hashed_line(value, self.hasher.at(arrived_ms(value, rx_ms))) for value in values]
        refused, dropped = self._judged(topic, hashed, rx_ms)
        headers = [(RX_TS, b"%d" % rx_ms)]
        dead = {refusal.place for refusal in refused}
        columns, named = COLUMNS[topic], KEYED[topic]
        records: list[Outgoing] = []
        by_partition: dict[int, list[_Message]] = {}
        for place, value in enumerate(hashed):
            if place in dead:
                key = key_of(topic, value)
                number = 0 if key is None else partition_of(key, partitions)
                records.append(self._alone(topic, value, key, number, headers))
                continue
            row = columns.row(value)
            # A caller who withheld the number has none.
            name = None if row is None or named == "caller" else getattr(row, named)
            key = key_of(topic, value) if name is None else name.encode()
            message = _Message(value, row, key)
            number = 0 if key is None else partition_of(key, partitions)
            by_partition.setdefault(number, []).append(message)
        forms = {"json": len(records), "arrow": 0}
        for number in sorted(by_partition):
            for run in self._runs(by_partition[number]):
                form, record = self._together(topic, run, number, headers)
                forms[form] += 1
                records.append(record)
        return Packed(records, refused, dropped, forms)

    def _judged(self, topic: str, values: Sequence[bytes], rx_ms: int) -> tuple[list[Refusal], int]:
        """What a worker would make of them: which are dead letters, and how much is left out."""
        arrived = np.full(len(values), rx_ms, dtype=np.int64)
        records = RecordSlice(
            topic,
            0,
            range(len(values)),
            values,
            arrived,
            arrays=False,
            latest_ms=arrived + self.limits.arrival_ahead_ms,
        )
        found = decode(records, self.hasher, self.limits)
        refused = [Refusal(one.offset, one.reason, one.detail) for one in found.dead]
        return refused, found.dropped.total()

    def _runs(self, messages: Sequence[_Message]) -> list[list[_Message]]:
        """Messages of a partition, cut where a record is full, and around such as go alone."""
        runs: list[list[_Message]] = []
        room = 0
        for message in messages:
            size = len(message.value) + 1
            is_lone = message.row is None and not is_shallow(message.value)
            if is_lone or room < size or len(runs[-1]) == self.most:
                runs.append([])
                room = self.most_bytes
            runs[-1].append(message)
            room = 0 if is_lone else room - size
        return runs

    def _together(
        self, topic: str, run: Sequence[_Message], number: int, headers: Headers
    ) -> tuple[str, Outgoing]:
        """Form and record of some messages."""
        if len(run) == 1:
            return "json", self._alone(topic, run[0].value, run[0].key, number, headers)
        value = _as_arrow(topic, run)
        if value is not None:
            headers = [*headers, (CONTENT_TYPE, ARROW.encode())]
            return "arrow", Outgoing(self.prefix + topic, value, None, number, headers)
        value = b"[" + b",".join(message.value for message in run) + b"]"
        return "json", Outgoing(self.prefix + topic, value, None, number, headers)

    def _alone(
        self, topic: str, value: bytes, key: bytes | None, number: int, headers: Headers
    ) -> Outgoing:
        if value.lstrip()[:1] == b"[" and _is_json(value):
            # On the topic an array is many messages; within one it is what it is here: no message.
            value = b"[" + value + b"]"
        return Outgoing(self.prefix + topic, value, key, number, headers)


def _as_arrow(topic: str, run: Sequence[_Message]) -> bytes | None:
    """Messages as an Arrow stream; ``None`` where one of them doesn't fit into columns."""
    rows = [message.row for message in run if message.row is not None]
    if len(rows) < len(run):
        return None
    try:
        return COLUMNS[topic].stream(rows)
    # Whatever Arrow has against a value, JSON holds it.
    except (pa.ArrowException, ValueError, OverflowError):
        return None


def _is_json(value: bytes) -> bool:
    try:
        _SYNTAX.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
