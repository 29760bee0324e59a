"""Messages of a trace joined into records: JSON arrays, of one topic and partition each.

To read a record costs whoever reads it more than to decode the message in it, so most of a trace
goes many messages a record. Nothing else changes by it. The messages of a partition keep their
order. Only such are joined as an array holds faithfully, byte by byte, and as arrive when they
would arrive alone: by their own ``rx_ts``, or at the very time that the record's header has.
Whatever is broken, or has a field of a wrong type, goes alone, as it is. Why no Arrow: recording
gives the lines of a trace back as they were, spaces and unknown fields included, and to decode
arrays costs no more.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, Protocol

from streams.decode.codec import is_plain
from streams.decode.json.rows import is_shallow
from streams.decode.schema import RX_TS as RX_TS_FIELD
from streams.decode.schema import SCHEMAS
from streams.kafka.stage_records import RX_TS, SEQ, Headers, header

#: A record holds at most so many bytes: half of what a topic of rare messages may.
MOST_BYTES: Final = 128 << 10
#: Digits of a number in a header.
_MOST_DIGITS: Final = 18


class Send(Protocol):
    """Sends a record; without a ``key``, to the ``partition``."""

    def __call__(
        self, topic: str, value: bytes, key: bytes | None, partition: int, headers: Headers
    ) -> object: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message belongs; ``key`` is ``None`` where it names nobody."""

    topic: str
    partition: int
    key: bytes | None


@dataclass(frozen=True, slots=True)
class Timed:
    """A message with its times as in `replay.traces.trace.Message` (ms), and its ``number`` in the
    replay."""

    value: bytes
    arrival_ms: int
    stand_in_ms: int
    number: int

    @property
    def has_own_arrival(self) -> bool:
        """Whether a decoder takes its arrival from the message itself, whatever the header says."""
        return self.arrival_ms != self.stand_in_ms and self.arrival_ms >= RX_TS_FIELD.low


@dataclass(slots=True)
class _Held:
    place: Place
    messages: list[Timed] = field(default_factory=list)
    size: int = 2
    #: The arrival that the header of the record stands for.
    stand_in_ms: int = 0
    earliest_ms: int = 0
    latest_ms: int = 0

    def has_room(self, message: Timed, most: int, span_ms: int) -> bool:
        earliest = min(self.earliest_ms, message.arrival_ms)
        return (
            len(self.messages) < most
            and self.size + len(message.value) + 1 <= MOST_BYTES
            and max(self.latest_ms, message.arrival_ms) - earliest <= span_ms
            and (message.has_own_arrival or message.stand_in_ms == self.stand_in_ms)
        )

    def add(self, message: Timed) -> None:
        if not self.messages:
            self.stand_in_ms = message.stand_in_ms
            self.earliest_ms = self.latest_ms = message.arrival_ms
        self.messages.append(message)
        self.size += len(message.value) + 1
        self.earliest_ms = min(self.earliest_ms, message.arrival_ms)
        self.latest_ms = max(self.latest_ms, message.arrival_ms)


class Batches:
    """Joins messages and hands records to ``send``; ``run`` is the replay's own number.

    A record holds at most ``most`` messages (1: each goes alone), whose arrivals lie within
    ``span_ms``.
    """

    def __init__(self, send: Send, run: int, most: int, span_ms: int) -> None:
        self._send, self._run, self._most, self._span_ms = send, run, most, span_ms
        self._held: dict[tuple[str, int], _Held] = {}
        #: When the oldest of those that are held back came, by the caller's clock (s).
        self._since_s: float | None = None

    def add(self, place: Place, message: Timed, now_s: float = 0.0) -> None:
        """One more message, which came at ``now_s``; what there is no room beside goes first."""
        at = (place.topic, place.partition)
        held = self._held.get(at)
        may_join = (
            self._most > 1 and place.key is not None and is_joinable(place.topic, message.value)
        )
        if held is not None and not (
            may_join and held.has_room(message, self._most, self._span_ms)
        ):
            del self._held[at]
            self._send_held(held)
            held = None
        if not may_join:
            self._send_alone(place, message)
            return
        if held is None:
            held = self._held[at] = _Held(place)
        held.add(message)
        if self._since_s is None:
            self._since_s = now_s

    def flush(self) -> None:
        """Sends all that is held back."""
        for held in self._held.values():
            self._send_held(held)
        self._held.clear()
        self._since_s = None

    def flush_before(self, when_s: float, held_s: float) -> None:
        """Sends all where the oldest would by ``when_s`` have been held for ``held_s``."""
        if self._since_s is not None and when_s - self._since_s >= held_s:
            self.flush()

    def _send_held(self, held: _Held) -> None:
        if len(held.messages) == 1:
            self._send_alone(held.place, held.messages[0])
            return
        value = b"[" + b",".join(message.value for message in held.messages) + b"]"
        numbers = [message.number for message in held.messages]
        headers = [(RX_TS, b"%d" % held.stand_in_ms), (SEQ, places_header(self._run, numbers))]
        self._send(held.place.topic, value, None, held.place.partition, headers)

    def _send_alone(self, place: Place, message: Timed) -> None:
        headers = [
            (RX_TS, b"%d" % message.stand_in_ms),
            (SEQ, places_header(self._run, [message.number])),
        ]
        self._send(place.topic, message.value, place.key, place.partition, headers)


def is_joinable(topic: str, value: bytes) -> bool:
    """Whether a line says in an array what it says alone, and has the same dead letter if any.

    >>> line = b'{"ts": 1, "device": "d", "source": "device", "sender": "1", "more": "%s"}'
    >>> [is_joinable("sms.metadata", line % more) for more in (b"", b"\\xff", b"[" * 300)]
    [True, False, False]
    """
    if topic not in SCHEMAS or not value.startswith(b"{") or not value.endswith(b"}"):
        return False
    return len(value) <= MOST_BYTES and is_shallow(value) and is_plain(topic, value)


def places_header(run: int, numbers: list[int]) -> bytes:
    """The header `SEQ` of a record: the replay, the number of the first message in it, then how
    much higher that of each next one is.

    >>> places_header(7, [12, 13, 20]), places_header(7, [12])
    (b'7:12,1,7', b'7:12')
    """
    steps = [after - before for before, after in pairwise(numbers)]
    return b"%d:" % run + b",".join(b"%d" % number for number in [numbers[0], *steps])


def places_of(headers: Any) -> list[tuple[int, int]]:
    """The replay and the number in it of each message in a record; none where it says nothing.

    >>> places_of([("seq", b"7:12,1,7")]), places_of([("seq", b"7:x")]), places_of([])
    ([(7, 12), (7, 13), (7, 20)], [], [])
    """
    run, _, rest = (header(headers, SEQ) or b"").partition(b":")
    steps = rest.split(b",")
    if not all(digits.isdigit() and len(digits) <= _MOST_DIGITS for digits in (run, *steps)):
        return []
    number, found = 0, []
    for step in steps:
        number += int(step)
        found.append((int(run), number))
    return found
