"""What decoding takes and gives: a slice of records, and what came of it.

Also what all topics share: when records arrived, which are JSON and which Arrow, and finding an
item's own bytes again for its dead letter.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

import numpy as np
import pyarrow as pa

from detectors.model.columns import I8
from streams.decode.arrow.rows import rows_as_json
from streams.decode.arrow.stream import read_stream, weight_of
from streams.decode.dead_letters import DeadItem, DeadLetter, dead_letter
from streams.decode.json.rows import array_items
from streams.decode.raw_rows import BadItem, Fault
from streams.limits import DEFAULT, Limits
from streams.privacy.hasher import Hasher
from streams.wire.patient import REFUSED

JSON: Final = "application/json"
ARROW: Final = "application/vnd.apache.arrow.stream"

#: Records are worked off in pieces that unpack to about so many bytes.
_PIECE_BYTES: Final = 4 << 20
#: What the letters of a record may carry beyond its own length, and how many times that.
_SHORT, _LONGER_AS_JSON = 64 << 10, 8

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RecordSlice:
    """Some records of one partition in order; ``topic`` without its prefix.

    ``rx_ms`` is each record's stand-in arrival time (header ``rx-ts``, else the record's time
    stamp; in a file the running maximum), for messages without ``rx_ts``. ``content_types`` and
    ``keys`` may be left out where all is JSON and no record is a deletion. Without ``arrays``, as
    for the lines of a trace, each record is one object. In a file, ``offsets`` are lines.
    ``latest_ms`` is the latest arrival time that a record's messages can have; none in a file.
    ``condemned`` are offsets of records that nobody may decode, each with its fault; where records
    are to be decoded one at a time, `pieces` are single records (``singly``).
    """

    topic: str
    partition: int
    offsets: Sequence[int] | I8
    values: Sequence[bytes | None]
    rx_ms: I8
    content_types: Sequence[str | None] | None = None
    keys: Sequence[bytes | None] | None = None
    arrays: bool = True
    latest_ms: I8 | None = None
    condemned: Mapping[int, Fault] = field(default_factory=dict)
    singly: bool = False

    def __len__(self) -> int:
        return len(self.values)

    def part(self, begin: int, end: int) -> "RecordSlice":
        """The records from one place up to another."""
        return RecordSlice(
            self.topic,
            self.partition,
            self.offsets[begin:end],
            self.values[begin:end],
            self.rx_ms[begin:end],
            None if self.content_types is None else self.content_types[begin:end],
            None if self.keys is None else self.keys[begin:end],
            self.arrays,
            None if self.latest_ms is None else self.latest_ms[begin:end],
            self.condemned,
        )


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


def pieces(records: RecordSlice, limits: Limits = DEFAULT) -> Iterator[RecordSlice]:
    """The records in order, in pieces none of which takes much memory, since a short record may
    unpack to a hundred times its length. Records of JSON are one piece, as they were fetched.

    Of Arrow records it is read how large they are: that too may end a process.
    """
    if records.singly:
        yield from (records.part(place, place + 1) for place in range(len(records)))
        return
    if records.content_types is None:
        yield records
        return
    begin = size = 0
    for place, value in enumerate(records.values):
        kind = records.content_types[place]
        is_condemned = bool(records.condemned) and int(records.offsets[place]) in records.condemned
        if kind is not None and value is not None and not is_condemned:
            weight = weight_of(value, limits)
            if size + weight > _PIECE_BYTES and begin < place:
                yield records.part(begin, place)
                begin, size = place, 0
            size += weight
    yield records.part(begin, len(records))


def sorted_by_content(records: RecordSlice) -> tuple[Sequence[int], list[int], list[BadItem]]:
    """The places of the JSON records, of the Arrow records, and those of neither kind."""
    if not records.condemned and {JSON, None}.issuperset(records.content_types or ()):
        return range(len(records.values)), [], []
    json_places: list[int] = []
    arrow_places: list[int] = []
    bad: list[BadItem] = []
    for place, content_type in enumerate(records.content_types or [None] * len(records)):
        if (fault := records.condemned.get(int(records.offsets[place]))) is not None:
            bad.append(BadItem(place, -1, fault))
            continue
        kind = (content_type or JSON).partition(";")[0].strip().lower()
        # A record without a value is a tombstone, whatever its header says.
        if kind == JSON or records.values[place] is None:
            json_places.append(place)
        elif kind == ARROW:
            arrow_places.append(place)
        elif kind == REFUSED:
            reason = (content_type or "").partition("; ")[2]
            bad.append(BadItem(place, -1, Fault("too_large", reason)))
        else:
            bad.append(BadItem(place, -1, Fault("unknown_content_type", f"it is {kind!r}")))
    return json_places, arrow_places, bad


def letters(
    records: RecordSlice,
    dead: Iterable[DeadItem],
    arrow_places: Sequence[int],
    hasher: Hasher,
    limits: Limits = DEFAULT,
    alive: Container[int] = (),
) -> list[DeadLetter]:
    """The dead letters, in the order of the records and of the items in them.

    A record with more wrong items than it may have letters has one letter for all of them; where
    it also has messages that were taken (``alive`` are such records), one for each of the first
    and one for the rest. A letter for several has the whole record as its value.
    """
    by_record: defaultdict[int, list[DeadItem]] = defaultdict(list)
    for item in dead:
        by_record[item.record].append(item)
    is_arrow = frozenset(arrow_places)
    made: list[DeadLetter] = []
    for record in sorted(by_record):
        items = sorted(by_record[record], key=lambda item: (item.count > 1, item.index))
        whole = records.values[record]
        total = sum(item.count for item in items)
        if total > limits.letters:
            first = items[: limits.letters - 1] if record in alive else []
            items = [*first, _for_all(items[len(first) :])]
        values = _values(whole, items, record in is_arrow, limits)
        if whole is not None and sum(map(len, filter(None, values))) > _most_bytes(whole):
            items, values = [_for_all(items)], [whole]
        place = (records.topic, records.partition, int(records.offsets[record]))
        made.extend(
            dead_letter(item, place, value, hasher)
            for item, value in zip(items, values, strict=True)
        )
    return made


def _for_all(items: Sequence[DeadItem]) -> DeadItem:
    """One item for several, with the reason of the first and their number."""
    first = items[0]
    count = sum(item.count for item in items)
    if count == 1:
        return first
    fault = Fault(first.fault.reason, f"{count} messages are wrong, first {first.fault.detail}")
    return DeadItem(first.record, -1, first.rx_ms, fault, count)


def _most_bytes(value: bytes) -> int:
    """The most bytes that the letters of a record may carry: a dictionary's text stands in each."""
    return _SHORT + _LONGER_AS_JSON * len(value)


def own_arrival(rx_ts: Any, stand_in_ms: int) -> int:
    """When a message arrived (ms): as its field ``rx_ts`` has it, else as what stands in for it.

    >>> own_arrival(7.0, 5), own_arrival(True, 5), own_arrival(None, 5)
    (7, 5, 5)
    """
    if isinstance(rx_ts, float) and rx_ts.is_integer():
        return int(rx_ts)
    return rx_ts if isinstance(rx_ts, int) and not isinstance(rx_ts, bool) else stand_in_ms


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


def _values(
    value: bytes | None, items: Sequence[DeadItem], arrow: bool, limits: Limits
) -> list[bytes | None]:
    """The bytes of each item, and the record's for an item that stands for it."""
    asked = [item.index for item in items if item.index >= 0]
    if value is None or not asked:
        return [value] * len(items)
    if arrow:
        table = read_stream(value, limits)
        assert not isinstance(table, Fault), "its rows were read a moment ago"
        found = dict(zip(asked, rows_as_json(table, asked), strict=True))
    else:
        parts = array_items(value)
        assert not isinstance(parts, Fault), "its items were read a moment ago"
        found = {index: parts[index] for index in asked}
    return [value if item.index < 0 else found[item.index] for item in items]
