"""What travels between the stages: findings, observations and watermarks as Kafka records.

A finding is one JSON object, observations are an array of them in each record; a record of one
observation that is no array, as releases before wrote it, is read too. A watermark is an empty
array, which to any reader is no message, with headers that say which input partition promises what:
nothing that arrived before ``until`` (ms) is to come from it. There may be several such headers, of
a partition each. On input topics the same empty array with an ``rx-ts`` header, and no ``seq``, is
a watermark of the publisher's own.
"""

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

import msgspec

from detectors.model.finding import Finding, Observation
from streams.limits import DEFAULT, NAME_CHARACTERS, Limits

RX_TS: Final = "rx-ts"
#: Places of a record's messages in their replay, ``run:number,step,step ..``: how recording finds
#: the order of lines again.
SEQ: Final = "seq"
CONTENT_TYPE: Final = "content-type"
WATERMARK_VALUE: Final = b"[]"
#: Key of a publisher's watermarks on compacted topics, which take nothing without one; of them the
#: newest is enough.
WATERMARK_KEY: Final = b"watermark"
#: Header of a publisher's last watermark: its replay is over.
END: Final = "end"
#: Header of an alert whose worker has read a replay lately, and of records whose arrival times are
#: a replay's: they may lie ahead of the clock, as the dates of a simulated world do.
REPLAY: Final = "replay"
#: The latest arrival time of a record that has none.
NO_LATEST_MS: Final = 2**63 - 1
#: Header of findings that the second stage made itself, and so mustn't take again.
JUDGED: Final = "judged"

R = TypeVar("R", Finding, Observation)

Headers = Sequence[tuple[str, bytes]]


class Watermark(msgspec.Struct, frozen=True):
    """An input partition's promise; see the module's text."""

    topic: str
    partition: int
    until_ms: int
    end: bool


_MARK: Final = "mark"
_FINDING: Final = msgspec.json.Decoder(Finding)
_OBSERVATION: Final = msgspec.json.Decoder(Observation)
_OBSERVATIONS: Final = msgspec.json.Decoder(list[Observation])
_ITEMS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_MARKED: Final = msgspec.json.Decoder(Watermark)
_ENCODER: Final = msgspec.json.Encoder()
#: A finding has some hundred bytes. An observation may hold reports of half a minute, or an
#: announcement: as much as a record may by the broker's own rule.
_MOST_FINDING_BYTES, _MOST_OBSERVATION_BYTES = 64 << 10, 1 << 20
#: Observations are put together to so many bytes and so many a record: half of what any broker
#: takes, so that headers and keys find room. The largest one goes alone.
_TOGETHER_BYTES: Final = 512 << 10
MOST_TOGETHER: Final = 4096
#: Watermarks in a record: some hundred bytes each.
_MARKS_TOGETHER: Final = 1024
#: The year 10000.
_MOST_MS: Final = 253_402_387_200_000


def encode(record: Finding | Observation) -> bytes:
    """A finding or observation as the bytes of a record."""
    return _ENCODER.encode(record)


def decode_finding(value: bytes) -> Finding | None:
    """A finding; ``None`` for bytes that are none (a foreign writer's), or hold what none has."""
    return _decoded(_FINDING, value, _MOST_FINDING_BYTES)


def together(encoded: Sequence[bytes]) -> Iterator[bytes]:
    """Encoded observations as the values of as few records as their bounds allow, in order.

    >>> list(together([b'{"a":1}', b'{"a":2}'])), list(together([]))
    ([b'[{"a":1},{"a":2}]'], [])
    """
    begin, length = 0, 1
    for place, one in enumerate(encoded):
        is_full = length + len(one) + 1 > _TOGETHER_BYTES or place - begin == MOST_TOGETHER
        if is_full and place > begin:
            yield b"[" + b",".join(encoded[begin:place]) + b"]"
            begin, length = place, 1
        length += len(one) + 1
    if encoded:
        yield b"[" + b",".join(encoded[begin:]) + b"]"


def decode_observations(value: bytes) -> list[Observation]:
    """The observations of a record, in order. An item that is none, or holds what none has, is left
    out; of bytes that are no JSON, or more than a worker writes, nothing is left."""
    if not value.startswith(b"["):
        one = _decoded(_OBSERVATION, value, _MOST_OBSERVATION_BYTES)
        return [] if one is None else [one]
    if len(value) > _MOST_OBSERVATION_BYTES:
        return []
    try:
        found = _OBSERVATIONS.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _singly(value)
    return list(filter(_is_sound, found)) if len(found) <= MOST_TOGETHER else []


def _singly(value: bytes) -> list[Observation]:
    """The good ones among items of which some are not."""
    try:
        items = _ITEMS.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    if len(items) > MOST_TOGETHER:
        return []
    found = (_decoded(_OBSERVATION, bytes(item), _MOST_OBSERVATION_BYTES) for item in items)
    return [one for one in found if one is not None]


def _decoded(decoder: msgspec.json.Decoder[R], value: bytes, most: int) -> R | None:
    if len(value) > most:
        return None
    try:
        record = decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return record if _is_sound(record) else None


def _is_sound(record: Finding | Observation) -> bool:
    """Whether place, times and names are such as a worker writes."""
    place, source = record.place, record.source
    return (
        (place is None or (abs(place.lat) <= 90.0 and abs(place.lon) <= 180.0))
        and abs(record.ts) <= _MOST_MS
        and abs(record.rx_ts) <= _MOST_MS
        and max(len(record.who), len(record.detector), len(source.topic)) <= NAME_CHARACTERS
    )


def watermark_headers(watermarks: Sequence[Watermark]) -> Iterator[list[tuple[str, bytes]]]:
    """The headers of watermarks between the stages, for as few records as they fit into."""
    for begin in range(0, len(watermarks), _MARKS_TOGETHER):
        some = watermarks[begin : begin + _MARKS_TOGETHER]
        yield [(_MARK, _ENCODER.encode(watermark)) for watermark in some]


def watermarks_of(headers: Headers) -> list[Watermark]:
    """The watermarks that a record's headers carry."""
    return [
        found
        for name, value in headers
        if name == _MARK and (found := _watermark(value)) is not None
    ]


def _watermark(value: bytes | None) -> Watermark | None:
    try:
        found = _MARKED.decode(value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if abs(found.until_ms) <= _MOST_MS else None


def is_publishers_watermark(value: bytes | None, headers: Headers) -> bool:
    """Whether a record of an input topic is a watermark: not so an empty array that a trace holds.

    >>> is_publishers_watermark(b"[]", [("rx-ts", b"1700000000000")])
    True
    >>> is_publishers_watermark(b"[]", [])
    False
    """
    if value != WATERMARK_VALUE or header(headers, RX_TS) is None:
        return False
    return header(headers, SEQ) is None


def is_replayed(headers: Headers) -> bool:
    """Whether a record's times are those of a replay, which its publisher vouches for.

    >>> is_replayed([("seq", b"1:1")]), is_replayed([("replay", b"")]), is_replayed([])
    (True, True, False)
    """
    return any(name in (SEQ, REPLAY) for name, _ in headers)


def latest_ms(headers: Headers, timestamp_ms: int, limits: Limits = DEFAULT) -> int:
    """The latest arrival time (ms) that a record's messages can have: they arrived before it was
    written, save those of a replay.

    >>> latest_ms([], 1_000), latest_ms([("seq", b"1:1")], 1_000) == NO_LATEST_MS
    (301000, True)
    """
    return NO_LATEST_MS if is_replayed(headers) else timestamp_ms + limits.arrival_ahead_ms


def header(headers: Headers, name: str) -> bytes | None:
    """The value of the last header of that name (Kafka's own rule), ``None`` without one."""
    found = None
    for key, value in headers:
        if key == name:
            found = value
    return found


def arrival_ms(headers: Headers, timestamp_ms: int) -> int:
    """Stand-in arrival time of a record: the ``rx-ts`` header, else the record's timestamp.

    >>> arrival_ms([("rx-ts", b"1700000000000")], 5), arrival_ms([("rx-ts", b"soon")], 5)
    (1700000000000, 5)
    """
    stamp = header(headers, RX_TS)
    if stamp is not None and stamp.isdigit() and len(stamp) <= 15:
        return int(stamp)
    return timestamp_ms
