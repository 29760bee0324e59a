"""What a zone knows of those who may be worked on, and of numbers that texts say are to be rung."""

from math import log
from typing import Any, NamedTuple

import msgspec

from detectors.features.memory.lru import renew
from detectors.features.memory.pending_findings import Due
from detectors.model.finding import Observation, OfCalls

#: Persons, numbers in texts, and pairs who have spoken, that are remembered; and what of each.
_MOST = 1 << 16
MOST_OF_ONE = 8
#: One number's texts count so often at most for what is usual.
_COUNTED = 3


class Exposure(msgspec.Struct):
    """A call in which somebody may have been worked on; ``ends_ms`` by event time."""

    suspect: str
    about: OfCalls
    ts: int
    ends_ms: int
    minutes: int
    #: The highest level that was found, 0 for none.
    level: int = 0


class Step(msgspec.Struct, array_like=True):
    """What somebody did after: ``check``, ``bank`` or ``again``, and which number abroad that was;
    event time, ms."""

    kind: str
    ref: str
    ts: int
    number: str


class Person(msgspec.Struct):
    """One subscriber; ``rx`` is of the newest record (ms)."""

    rx: int
    exposures: list[Exposure] = []
    steps: list[Step] = []


class Named(msgspec.Struct):
    """A number that texts name: who received them unrecorded, by person; how many were recorded;
    and who rang it before enough was known."""

    rx: int
    unrecorded: dict[str, int] = {}
    recorded: int = 0
    rung: list[tuple[str, Exposure]] = []

    def counts(self) -> tuple[int, int]:
        """Of its texts, unrecorded ones and all, no more than so many of one number."""
        missing, there = min(len(self.unrecorded), _COUNTED), min(self.recorded, _COUNTED)
        return missing, missing + there


class Spoken(msgspec.Struct, array_like=True):
    """A pair who spoke at length: first by event time, and the newest record (ms)."""

    first_ms: int
    rx: int


class LongCall(NamedTuple):
    """One call: when, and when it was over (event time, ms), its reference, and who rang whom."""

    ts: int
    ends: int
    ref: str
    caller: str
    callee: str


class Together(msgspec.Struct):
    """Long calls that were handed on together, and what handed them on."""

    observation: Observation
    calls: list[LongCall]

    @property
    def rx(self) -> int:
        """When their window ended (ms of arrival)."""
        return self.observation.rx_ts


class Diverting(msgspec.Struct):
    """A number that calls from abroad name as having diverted them: to whom, each with the newest
    arrival (ms), and the calls that are excused by that so far."""

    rx: int
    to: dict[str, int] = {}
    held: list[tuple[str, Exposure]] = []


class Paths(Due):
    """State of the zone. ``missing`` and ``all_texts`` are sums of `Named.counts`, also of numbers
    that are forgotten. ``together`` are long calls whose window isn't judged
    yet."""

    persons: dict[str, Person] = msgspec.field(default_factory=dict)
    named: dict[str, Named] = msgspec.field(default_factory=dict)
    spoke: dict[str, Spoken] = msgspec.field(default_factory=dict)
    diverting: dict[str, Diverting] = msgspec.field(default_factory=dict)
    missing: int = 0
    all_texts: int = 0
    together: list[Together] = msgspec.field(default_factory=list)

    def next_due_ms(self) -> int | None:
        """As that of findings; and when a window of long calls is over."""
        own, due = [each.rx for each in self.together], super().next_due_ms()
        return min(own if due is None else [*own, due], default=None)

    def person(self, who: str, rx: int, keep_ms: int) -> Person:
        """Somebody, newly or again; who was silent for ``keep_ms`` is forgotten."""
        return renew(self.persons, who, self.persons.get(who, Person(rx)), rx, keep_ms, _MOST)

    def number(self, name: str, rx: int, keep_ms: int) -> Named:
        """A number in a text, newly or again."""
        return renew(self.named, name, self.named.get(name, Named(rx)), rx, keep_ms, _MOST)

    def diverter(self, name: str, rx: int, keep_ms: int) -> Diverting:
        """A number that diverts calls, newly or again."""
        known = self.diverting.get(name, Diverting(rx))
        return renew(self.diverting, name, known, rx, keep_ms, _MOST)

    def first_spoke(self, who: str, number: str, ts: int, rx: int, keep_ms: int) -> int:
        """When somebody and a number first spoke at length, as far as that is remembered."""
        pair = f"{who} {number}"
        spoken = self.spoke.get(pair, Spoken(ts, rx))
        spoken.first_ms = min(spoken.first_ms, ts)
        return renew(self.spoke, pair, spoken, rx, keep_ms, _MOST).first_ms

    def count(self, named: Named, was: tuple[int, int]) -> None:
        """Brings the sums up to date after a change of one number."""
        now = named.counts()
        self.missing += now[0] - was[0]
        self.all_texts += now[1] - was[1]

    def unrecorded_nats(self, named: Named) -> float:
        """How unlikely it is that the centre has no record of any text with an honest number that
        so many received: by how many other texts with a number lack theirs."""
        missing, all_texts = named.counts()
        share = (1 + self.missing - missing) / (4 + self.all_texts - all_texts)
        return -len(named.unrecorded) * log(min(share, 0.9))


def keep_newest(items: list[Any], item: Any) -> None:
    """Adds one; of too many the oldest goes."""
    items.append(item)
    del items[:-MOST_OF_ONE]
