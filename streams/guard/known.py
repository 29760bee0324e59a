"""What workers know of records that ended some of them: on ``fbs.guard``, for all workers.

A *suspect* is a span of a partition that was being worked on when a worker died. That proves
nothing: it may have been killed for any other reason. A suspect is tried in a process of its own
before it is worked off. A *condemned* record has ended such processes by itself, again and again:
each worker makes the same dead letter of it, now and whenever the partition is read anew.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

import msgspec

from detectors.model.finding import Source
from streams.decode.raw_rows import Fault
from streams.decode.records import RecordSlice
from streams.guard.journal import Span

TOPIC: Final = "fbs.guard"
#: The most condemned records that are kept in memory, the newest.
MOST_CONDEMNED: Final = 10_000
#: Behind a condemned record, so many offsets are tried before they are worked off: whoever sent
#: one sends more.
WARY_OFFSETS: Final = 10_000

Note = tuple[bytes, bytes | None]


class Condemned(msgspec.Struct, frozen=True, tag="condemned"):
    """One record. Arrival time (ms) and length (bytes) tell it from a record at the same offset of
    a topic that was made anew."""

    topic: str
    partition: int
    offset: int
    rx_ms: int
    size: int
    reason: str
    detail: str


class _Suspect(msgspec.Struct, frozen=True, tag="suspect"):
    topic: str
    partition: int
    first: int
    last: int


class LeftOut(msgspec.Struct, frozen=True, tag="left_out"):
    """What correlator ``correlator`` leaves out of its work: what came of an item of an input
    record on a stream, as `detectors.model.finding.Source` names it, by a rule; its own arrival
    time (ms)."""

    correlator: int
    stream: str
    source: Source
    rule: str
    rx_ms: int
    reason: str
    detail: str


class _Lettered(msgspec.Struct, frozen=True, tag="lettered"):
    """Up to where the dead letters of a partition of a list were written; notes of earlier releases
    name no topic."""

    partition: int
    until: int
    topic: str = "cell.register"


_DECODER: Final = msgspec.json.Decoder(Condemned | LeftOut | _Suspect | _Lettered)


class Known:
    """What is on the topic, as far as it was read; `take` reads, `note_..` say what to write."""

    def __init__(self) -> None:
        #: One span a partition.
        self._suspects: dict[tuple[str, int], Span] = {}
        self._condemned: dict[tuple[str, int], dict[int, Condemned]] = {}
        self._order: dict[tuple[str, int, int], None] = {}
        #: By correlator, what it leaves out, by stream, source and arrival time.
        self.left_out: dict[int, dict[tuple[str, Source, str, int], LeftOut]] = {}
        #: By topic and partition of the lists, up to where their dead letters were written.
        self.lettered: dict[tuple[str, int], int] = {}

    def take(self, key: bytes | None, value: bytes | None) -> None:
        """Takes in a record of the topic; what is none of ours is left out."""
        if value is None:
            kind, _, rest = (key or b"").decode("utf-8", "replace").partition("/")
            topic, _, number = rest.rpartition("/")
            if kind == "suspect" and number.isascii() and number.isdigit():
                self._suspects.pop((topic, int(number)), None)
            return
        try:
            note = _DECODER.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return
        if isinstance(note, Condemned):
            self._condemn(note)
        elif isinstance(note, LeftOut):
            self._leave_out(note)
        elif isinstance(note, _Suspect):
            span = Span(note.topic, note.partition, note.first, note.last)
            self._suspects[note.topic, note.partition] = span
        else:
            self.lettered[note.topic, note.partition] = note.until

    def note_suspects(self, spans: Iterable[Span]) -> list[Note]:
        """Takes in spans that workers died on; a partition has one span around all of them."""
        notes: list[Note] = []
        for span in spans:
            before = self._suspects.get((span.topic, span.partition), span)
            first, last = min(before.first, span.first), max(before.last, span.last)
            notes.append(self._suspected(Span(span.topic, span.partition, first, last)))
        return notes

    def note_tried(self, span: Span) -> list[Note]:
        """Takes away from a suspect what was tried."""
        suspect = self._suspects.get((span.topic, span.partition))
        if suspect is None or not suspect.meets(span):
            return []
        first, last = suspect.first, suspect.last
        if span.first <= first:
            first = span.last + 1
        elif span.last >= last:
            last = span.first - 1
        if first <= last:
            return [self._suspected(Span(span.topic, span.partition, first, last))]
        del self._suspects[span.topic, span.partition]
        return [(_suspect_key(span), None)]

    def note_condemned(self, found: Iterable[Condemned]) -> list[Note]:
        """Takes in records that were condemned."""
        notes: list[Note] = []
        for each in found:
            self._condemn(each)
            key = f"condemned/{each.topic}/{each.partition}/{each.offset}"
            notes.append((key.encode(), msgspec.json.encode(each)))
        return notes

    def note_left_out(self, found: Iterable[LeftOut]) -> list[Note]:
        """Takes in what a correlator leaves out."""
        notes: list[Note] = []
        for each in found:
            self._leave_out(each)
            source = "/".join(map(str, msgspec.structs.astuple(each.source)))
            key = f"left_out/{each.correlator}/{each.stream}/{source}/{each.rule}"
            notes.append((key.encode(), msgspec.json.encode(each)))
        return notes

    def note_lettered(self, topic: str, partition: int, until: int) -> list[Note]:
        """Takes in up to where dead letters of a list were written."""
        self.lettered[topic, partition] = until
        note = msgspec.json.encode(_Lettered(partition, until, topic))
        return [(f"lettered/{topic}/{partition}".encode(), note)]

    def knows_of(self, topic: str, partition: int) -> bool:
        """Whether anything is known of a partition."""
        key = (topic, partition)
        return key in self._suspects or bool(self._condemned.get(key))

    def is_to_be_tried(self, span: Span, wary: bool = False) -> bool:
        """Whether a span holds what a worker died on; for the ``wary`` also whether it lies right
        behind a condemned record."""
        suspect = self._suspects.get((span.topic, span.partition))
        if suspect is not None and suspect.meets(span):
            return True
        condemned = self._condemned.get((span.topic, span.partition), {})
        return wary and any(0 < span.first - offset <= WARY_OFFSETS for offset in condemned)

    def condemned_at(self, topic: str, partition: int, offset: int, size: int) -> Condemned | None:
        """What is known of a record of so many bytes, if it was condemned."""
        found = self._condemned.get((topic, partition), {}).get(offset)
        return found if found is not None and found.size == size else None

    def marked(self, records: RecordSlice) -> RecordSlice:
        """The records, those named that were condemned."""
        condemned = self._condemned.get((records.topic, records.partition))
        if not condemned:
            return records
        found = dict(_found(records, condemned))
        return replace(records, condemned=found) if found else records

    def _suspected(self, span: Span) -> Note:
        self._suspects[span.topic, span.partition] = span
        note = _Suspect(span.topic, span.partition, span.first, span.last)
        return _suspect_key(span), msgspec.json.encode(note)

    def _leave_out(self, found: LeftOut) -> None:
        mine = self.left_out.setdefault(found.correlator, {})
        mine[found.stream, found.source, found.rule, found.rx_ms] = found
        if len(mine) > MOST_CONDEMNED:
            del mine[next(iter(mine))]

    def _condemn(self, found: Condemned) -> None:
        self._condemned.setdefault((found.topic, found.partition), {})[found.offset] = found
        self._order[found.topic, found.partition, found.offset] = None
        if len(self._order) > MOST_CONDEMNED:
            topic, partition, offset = next(iter(self._order))
            del self._order[topic, partition, offset]
            del self._condemned[topic, partition][offset]


def _found(records: RecordSlice, condemned: Mapping[int, Condemned]) -> Iterator[tuple[int, Fault]]:
    for place, offset in enumerate(map(int, records.offsets)):
        known = condemned.get(offset)
        if known is None:
            continue
        value = records.values[place]
        same = known.rx_ms == int(records.rx_ms[place]) and known.size == len(value or b"")
        if same:
            yield offset, Fault(known.reason, known.detail)


def _suspect_key(span: Span) -> bytes:
    return f"suspect/{span.topic}/{span.partition}".encode()
