"""What decoding would make of messages, one by one: taken, taken in part, or a dead letter.

For whoever builds a producer: the verdicts are those of the decoder itself, with a reason for each
field that it would drop, which a worker only counts.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from streams.decode.codec import decode
from streams.decode.dead_letters import DeadLetter
from streams.decode.json.fallback import DUE, WRONG, parsed, shown, typed
from streams.decode.json.rows import array_items
from streams.decode.rare.tables import RareField
from streams.decode.rare.topics import RARE_FIELDS
from streams.decode.raw_rows import Fault
from streams.decode.records import RecordSlice
from streams.decode.schema import BROADCAST, NEIGHBOUR, SCHEMAS, Field
from streams.decode.schema.fields import FINITE
from streams.privacy.hasher import Hasher

Outcome = Literal["accepted", "accepted in part", "dead letter"]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file: its number, its bytes, and its stand-in arrival time (ms)."""

    number: int
    value: bytes
    rx_ms: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one message; ``index`` is its place in a line's array, else ``None``.

    ``reasons`` names each dropped field with what is wrong, or why all of it is a dead letter.
    """

    line: int
    index: int | None
    outcome: Outcome
    reasons: tuple[str, ...] = ()

    def __str__(self) -> str:
        item = "" if self.index is None else f", item {self.index}"
        reasons = f": {'; '.join(self.reasons)}" if self.reasons else ""
        return f"line {self.line}{item}: {self.outcome}{reasons}"


def verdicts(topic: str, lines: Sequence[Line], hasher: Hasher) -> Iterator[Verdict]:
    """What becomes of each message, in order. Raises KeyError for a topic that is no input topic.

    >>> bare = Line(1, b'{"ts": 1748916000500}', 1748916000500)
    >>> print(*verdicts("field.feedback", [bare], Hasher(b"key")))
    line 1: accepted
    """
    if not lines:
        return
    records = RecordSlice(
        topic,
        0,
        [line.number for line in lines],
        [line.value for line in lines],
        np.array([line.rx_ms for line in lines], dtype=np.int64),
    )
    decoded = decode(records, hasher)
    dropped = sorted(+decoded.dropped)
    if len(lines) > 1 and (decoded.dead or dropped):
        # Which line it was is found by halves: most files have few wrong ones.
        half = len(lines) // 2
        yield from verdicts(topic, lines[:half], hasher)
        yield from verdicts(topic, lines[half:], hasher)
        return
    if not decoded.dead and not dropped:
        yield from (Verdict(line.number, None, "accepted") for line in lines)
        return
    (line,) = lines
    if any(letter.reason == "too_large" for letter in decoded.dead):
        yield _dead(line, decoded.dead)
        return
    items = array_items(line.value) if line.value.lstrip()[:1] == b"[" else Fault("", "")
    if not isinstance(items, Fault):
        for index, item in enumerate(items):
            # Within an array, an array is no object.
            (found,) = _verdict(topic, Line(line.number, item, line.rx_ms), hasher)
            yield Verdict(found.line, index, found.outcome, found.reasons)
    else:
        yield from _verdict(topic, line, hasher)


def _verdict(topic: str, line: Line, hasher: Hasher) -> Iterator[Verdict]:
    """The verdict on one message."""
    rx_ms = np.array([line.rx_ms], dtype=np.int64)
    records = RecordSlice(topic, 0, [line.number], [line.value], rx_ms, arrays=False)
    decoded = decode(records, hasher)
    if decoded.dead:
        yield _dead(line, decoded.dead)
    elif dropped := sorted(+decoded.dropped):
        content = parsed(line.value)
        found = ((name, *_why(topic, name, content)) for name in dropped)
        # Only what stood there is hashed: limits of times have as many digits as an identifier.
        reasons = (hasher.scrub_text(f"{name} {what}") + due for name, what, due in found)
        yield Verdict(line.number, None, "accepted in part", tuple(reasons))
    else:
        yield Verdict(line.number, None, "accepted")


def _dead(line: Line, letters: Sequence[DeadLetter]) -> Verdict:
    reasons = tuple(f"{letter.reason}, {letter.detail}" for letter in letters)
    return Verdict(line.number, None, "dead letter", reasons)


def _why(topic: str, name: str, content: dict[str, Any]) -> tuple[str, str]:
    """What is wrong with a field that was dropped, after its name, and what is due there."""
    if topic in RARE_FIELDS:
        (rare,) = (spec for spec in RARE_FIELDS[topic] if spec.name == name)
        value = content[name]
        if rare.many and isinstance(value, list):
            value = next(item for item in value if rare.read(item) is None)
        return f"is {shown(value)}", f", {_due_by_shape(rare)} is due"
    part, _, inner = name.rpartition(".")
    if not part and name in _PARTS:
        return f"is {shown(content[name])}", f", {_PARTS[name]} is due"
    fields = {"neighbours": NEIGHBOUR, "broadcast": BROADCAST}.get(part, SCHEMAS[topic].fields)
    spec = next(spec for spec in fields if spec.name == (inner or name))
    for holder in _holders(content, part):
        value = holder.get(spec.name)
        if value is not None and (due := _due(spec, value)):
            return f"is {'of another type' if spec.number else shown(value)}", f", {due} is due"
    for kind, reason in _BESIDE_NUMBERS.items():
        if spec.name.endswith(kind):
            return reason, ""
    return _MISFITS.get(spec.name, "is no value that it can have"), ""


def _holders(content: dict[str, Any], part: str) -> Iterable[dict[str, Any]]:
    """The objects in which a field stands: the message itself, or those of one part."""
    if not part:
        return [content]
    held = content.get(part)
    return [one for one in (held if isinstance(held, list) else [held]) if isinstance(one, dict)]


def _due(spec: Field, value: Any) -> str:
    """What is due in the place of a value that its field alone refuses; else nothing."""
    read = typed(spec.kind, value)
    if spec.listed is not None:
        return "" if read in spec.listed else f"one of {', '.join(spec.listed)}"
    if read is WRONG:
        return DUE[spec.kind]
    if spec.kind in ("int", "float") and not spec.low <= read <= spec.high:
        low = f" from {spec.low:.16g}" if spec.low > -FINITE else ""
        high = f" to {spec.high:.16g}" if spec.high < FINITE else ""
        return f"{DUE[spec.kind]}{low}{high}"
    return "16 hexadecimal digits" if spec.name == "content_hash" else ""


def _due_by_shape(spec: RareField) -> str:
    """What is due for a field of a rare message."""
    shape = spec.shape
    if "enum" in shape:
        return f"one of {', '.join(shape['enum'])}"
    due = _SHAPES.get(shape.get("type", ""), "what docs/messages.md shows")
    if "pattern" in shape:
        due = "a key of the register"
    elif "maximum" in shape:
        due += f" from {shape['minimum']} to {shape['maximum']}"
    return f"a list, each item {due}," if spec.many else due


_SHAPES: Final = {
    **{"integer": DUE["int"], "number": DUE["float"]},
    **{"boolean": DUE["bool"], "string": DUE["text"]},
}
_PARTS: Final = {"neighbours": "a list of objects", "broadcast": "an object"}
#: What is wrong beside a telephone number.
_BESIDE_NUMBERS: Final = {
    "_prefix": "has something else than digits",
    "_length": "is less than the digits of the prefix beside it",
}
#: What is wrong with values that are right by themselves.
_MISFITS: Final = {
    **dict.fromkeys(("area", "old_area"), "does not fit the bits that its RAT has for areas"),
    **dict.fromkeys(("cell", "target_cell"), "does not fit the bits that its RAT has for cells"),
    "timing_advance": "is more than its RAT has steps",
    **dict.fromkeys(("lat", "lon"), "is half a position: the other half is missing or wrong"),
}
