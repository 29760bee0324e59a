"""What travels between the stages: findings, observations and watermarks as Kafka records.

A finding or an observation is one JSON object. A watermark is an empty array, which to any reader
is no message, with headers that say which input partition promises what:
nothing that arrived before ``until`` (ms) is to come from it. On input topics the same empty array
with an ``rx-ts`` header, and no ``seq``, is a watermark of the publisher's own.
"""

from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from detectors.model.finding import Finding, Observation

RX_TS: Final = "rx-ts"
#: Place of a record in its replay, ``run:number``: how recording finds the order of lines again.
SEQ: Final = "seq"
CONTENT_TYPE: Final = "content-type"
WATERMARK_VALUE: Final = b"[]"
#: Header of a publisher's last watermark: its replay is over.
END: Final = "end"
#: Header of an alert whose worker has read a replay lately.
REPLAY: Final = "replay"
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
_ENCODER: Final = msgspec.json.Encoder()


def encode(record: Finding | Observation) -> bytes:
    """A finding or observation as the bytes of a record."""
    return _ENCODER.encode(record)


def decode_finding(value: bytes) -> Finding | None:
    """A finding; ``None`` for bytes that are none (a foreign writer's)."""
    return _decoded(_FINDING, value)


def decode_observation(value: bytes) -> Observation | None:
    """An observation; ``None`` for bytes that are none."""
    return _decoded(_OBSERVATION, value)


def _decoded(decoder: msgspec.json.Decoder[R], value: bytes) -> R | None:
    try:
        return decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def watermark_headers(watermark: Watermark) -> list[tuple[str, bytes]]:
    """The headers of a watermark between the stages."""
    return [(_MARK, _ENCODER.encode(watermark))]


def watermark_of(headers: Headers) -> Watermark | None:
    """The watermark that a record's headers carry, if any."""
    for name, value in headers:
        if name == _MARK:
            try:
                return msgspec.json.decode(value, type=Watermark)
            except msgspec.DecodeError:
                return None
    return None


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
