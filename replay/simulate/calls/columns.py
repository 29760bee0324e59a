"""Calls, lines and texts as columns, and the script in which all parts of a world collect them.

Times are milliseconds after the start of the trace, numbers the digits of the international form
as an integer (short numbers as they are, `number_ranges`), below zero the place of an odd one.
Where nothing is known a code is -1, a number 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

INGRESS = ("international", "interconnect", "onnet")
INTERNATIONAL, INTERCONNECT, ONNET = range(3)
RELEASED = ("caller", "callee", "network")
BY_CALLER, BY_CALLEE, BY_NETWORK = range(3)
CHECKS = ("home", "abroad", "detached", "unallocated", "unasked")
HOME, ABROAD, DETACHED, UNALLOCATED, UNASKED = range(5)
ATTESTATIONS = ("A", "B", "C")
LEVELS = ("shallow", "medium", "deep")
SHALLOW, MEDIUM, DEEP = range(3)
KINDS = ("person", "elder", "worker", "iot", "abroad", "firm")
PERSON, ELDER, WORKER, IOT, AWAY, FIRM = range(6)

#: Q.850 causes.
NORMAL, BUSY, NO_ANSWER, OUT_OF_ORDER, UNASSIGNED, OFF = 16, 17, 19, 27, 1, 20

#: Rows of a numpy structure, of whose fields its types know nothing.
Table: TypeAlias = Any
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: One call; ``origin`` and ``target`` are rows of the operator's own lines, ``story`` a row of the
#: script's stories, ``aside`` marks a call of a story that its callers did not make. Where
#: ``vital``, a victim's level follows from it, so that its first record never fails to come.
CALL = np.dtype(
    [
        *(("t", "i8"), ("caller", "i8"), ("callee", "i8"), ("origin", "i4"), ("target", "i4")),
        *(("ingress", "i1"), ("answered", "?"), ("ring", "i4"), ("duration", "i4")),
        *(("cause", "i2"), ("released", "i1"), ("presentation", "i1"), ("screening", "i1")),
        *(("nai", "i1"), ("category", "i2"), ("attestation", "i1"), ("redirecting", "i8")),
        *(("presented", "i8"), ("asserted", "i8"), ("trunk", "i4"), ("carrier", "i2")),
        *(("check", "i1"), ("story", "i4"), ("aside", "?"), ("sim", "i8"), ("terminal", "i8")),
        *(("tac", "i4"), ("cell", "i4"), ("place", "i2"), ("region", "i2"), ("vital", "?")),
    ]
)
_MISSING = ("origin", "target", "released", "attestation", "trunk", "carrier", "check", "story")
_MISSING_TOO = ("sim", "terminal", "tac", "cell", "place", "region")

#: One line of the operator; ``region`` is its home, ``place`` where it is.
LINE = np.dtype(
    [
        *(("number", "i8"), ("kind", "i1"), ("region", "i2"), ("place", "i2"), ("sim", "i8")),
        *(("terminal", "i8"), ("tac", "i4"), ("cell", "i4"), ("cells", "i2"), ("rate", "f4")),
        *(("withheld", "?"), ("ported", "?"), ("diverts", "?"), ("volte", "?"), ("trunk", "i4")),
        *(("contacts", "i4"), ("new_range", "?")),
    ]
)

#: One text; ``line`` receives it. ``recorded`` by the centre; ``by_phone`` where the phone reports.
TEXT = np.dtype(
    [
        *(("t", "i8"), ("line", "i4"), ("sender", "i2"), ("template", "i8"), ("length", "i2")),
        *(("domain", "i2"), ("short_url", "?"), ("callback", "i8"), ("recorded", "?")),
        *(("by_phone", "?"), ("story", "i4")),
    ]
)


def blank_calls(n: int) -> Table:
    """Calls of which nothing is known yet, answered by nobody."""
    calls = np.zeros(n, CALL)
    for name in (*_MISSING, *_MISSING_TOO):
        calls[name] = -1
    calls["cause"] = NORMAL
    calls["screening"] = 3
    return calls


def blank_texts(n: int) -> Table:
    """Texts that the centre records, without link or number to call."""
    texts = np.zeros(n, TEXT)
    texts["domain"] = texts["story"] = -1
    texts["recorded"] = True
    return texts


@dataclass(slots=True)
class Story:
    """One line of the truth to be: a fraud, or an honest caller that looks odd (``look``)."""

    kind: str
    look: str | None = None
    callers: list[int] = field(default_factory=list)
    transmitter: str | None = None
    calls: int = 0  # at least so many were asked for
    lines: list[int] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Victim:
    """Whom a story has brought to a level, and when (the call that did it)."""

    story: int
    line: int
    level: int
    t: int


@dataclass(frozen=True, slots=True)
class Change:
    """What befell a line: a kind of `subscriber.changes`."""

    t: int
    number: int
    kind: str
    region: int


@dataclass(slots=True)
class Script:
    """What happens, as its parts add it."""

    calls: list[Table] = field(default_factory=list)
    texts: list[Table] = field(default_factory=list)
    stories: list[Story] = field(default_factory=list)
    victims: list[Victim] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    #: Registered lines: number, and what its row of the number register says.
    listed: list[tuple[int, dict[str, object]]] = field(default_factory=list)

    def begin(self, story: Story) -> int:
        """A new story; its row, by which calls and texts belong to it."""
        self.stories.append(story)
        return len(self.stories) - 1

    def all_calls(self) -> Table:
        """All calls so far."""
        return np.concatenate([blank_calls(0), *self.calls])

    def all_texts(self) -> Table:
        """All texts so far."""
        return np.concatenate([blank_texts(0), *self.texts])


def mixed(values: NDArray[np.integer] | Sequence[int], salt: int) -> NDArray[np.uint64]:
    """Well mixed 64 bits of each value (splitmix64), the same for the same value and salt."""
    with np.errstate(over="ignore"):
        z = np.asarray(values).astype(np.int64).view(np.uint64)
        z = z + np.uint64(salt % 2**32) * np.uint64(0xD1B54A32D192ED03)
        z = z + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(z ^ (z >> np.uint64(31)))


def share_of(values: NDArray[np.integer], salt: int) -> Floats:
    """A number from 0 to 1 that belongs to each value."""
    return np.asarray(mixed(values, salt) >> np.uint64(11)).astype(np.float64) / 2.0**53
