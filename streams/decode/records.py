"""What decoding takes and gives: a slice of records, and what came of it.

Also what all topics share: when records arrived, which are JSON and which Arrow, and finding an
item's own bytes again for its dead letter.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import numpy as np
import pyarrow as pa

from detectors.model.columns import I8
from streams.decode.arrow.rows import read_stream, rows_as_json
from streams.decode.dead_letters import DeadItem, DeadLetter, dead_letter
from streams.decode.json.rows import array_items
from streams.decode.raw_rows import BadItem, Fault
from streams.privacy.hasher import Hasher

JSON: Final = "application/json"
ARROW: Final = "application/vnd.apache.arrow.stream"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RecordSlice:
    """Some records of one partition in order; ``topic`` without its prefix.

    ``rx_ms`` is each record's stand-in arrival time (header ``rx-ts``, else the record's time
    stamp; in a file the running maximum), for messages without ``rx_ts``. ``content_types`` and
    ``keys`` may be left out where all is JSON and no record is a deletion. Without ``arrays``, as
    for the lines of a trace, each record is one object. In a file, ``offsets`` are lines.
    """

    topic: str
    partition: int
    offsets: Sequence[int] | I8
    values: Sequence[bytes | None]
    rx_ms: I8
    content_types: Sequence[str | None] | None = None
    keys: Sequence[bytes | None] | None = None
    arrays: bool = True


@dataclass(frozen=True)
class Decoded(Generic[T]):
    """What came of some records: a batch (or a list of rare messages), letters, dropped fields."""

    batch: T
    dead: list[DeadLetter]
    dropped: Counter[str]


def arrivals_of(batch: Any) -> I8:
    """Arrival times (ms) of what a record slice of a screened topic decoded to."""
    if isinstance(batch, list):
        return np.array([message.rx_ts for message in batch], dtype=np.int64)
    arrivals: I8 = batch.rx_ms
    return arrivals


def sorted_by_content(records: RecordSlice) -> tuple[Sequence[int], list[int], list[BadItem]]:
    """The places of the JSON records, of the Arrow records, and those of neither kind."""
    if records.content_types is None:
        return range(len(records.values)), [], []
    json_places: list[int] = []
    arrow_places: list[int] = []
    bad: list[BadItem] = []
    for place, content_type in enumerate(records.content_types):
        kind = (content_type or JSON).partition(";")[0].strip().lower()
        # A record without a value is a tombstone, whatever its header says.
        if kind == JSON or records.values[place] is None:
            json_places.append(place)
        elif kind == ARROW:
            arrow_places.append(place)
        else:
            bad.append(BadItem(place, -1, Fault("unknown_content_type", f"it is {kind!r}")))
    return json_places, arrow_places, bad


def letters(
    records: RecordSlice, dead: Iterable[DeadItem], arrow_places: Sequence[int], hasher: Hasher
) -> list[DeadLetter]:
    """The dead letters, in the order of the records and of the items in them."""
    by_record: defaultdict[int, list[DeadItem]] = defaultdict(list)
    for item in dead:
        by_record[item.record].append(item)
    is_arrow = frozenset(arrow_places)
    made: list[DeadLetter] = []
    for record in sorted(by_record):
        items = sorted(by_record[record], key=lambda item: item.index)
        values = _values(records.values[record], items, record in is_arrow)
        place = (records.topic, records.partition, int(records.offsets[record]))
        made.extend(
            dead_letter(item, place, value, hasher)
            for item, value in zip(items, values, strict=True)
        )
    return made


def table_letters(
    topic: str,
    partition: int,
    offsets: I8,
    table: pa.Table,
    dead: Sequence[DeadItem],
    hasher: Hasher,
) -> list[DeadLetter]:
    """The dead letters of a table whose rows are the records."""
    values = rows_as_json(table, [item.record for item in dead])
    return [
        dead_letter(item, (topic, partition, int(offsets[item.record])), value, hasher)
        for item, value in zip(dead, values, strict=True)
    ]


def _values(value: bytes | None, items: Sequence[DeadItem], arrow: bool) -> list[bytes | None]:
    if value is None or all(item.index < 0 for item in items):
        return [value] * len(items)
    if arrow:
        table = read_stream(value)
        assert not isinstance(table, Fault), "its rows were read a moment ago"
        return [*rows_as_json(table, [item.index for item in items])]
    parts = array_items(value)
    assert not isinstance(parts, Fault), "its items were read a moment ago"
    return [parts[item.index] for item in items]
