"""Texts with a link, as a partition sends them: each domain once in a half-minute, with how many
there were, odd ones by sender and number to call as well; and how they are counted together."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeAlias

import msgspec

from detectors.features.calls.windows import Windows
from detectors.features.facts import Origin
from detectors.features.memory.lru import keep
from detectors.model.finding import Observation, Source

#: What is counted of one topic in one span; beyond, the oldest is forgotten.
_MOST: Final = 1 << 16
#: The kind of a text's observation, and what a half-minute's has beside its values.
LINK: Final = "link"
_OF_SUM: Final = ("what", "texts", "record")
#: The first text of each thing in a half-minute, and how many there were.
Seen: TypeAlias = dict[str, tuple[Observation, int]]


class Passed(msgspec.Struct):
    """How often each thing came in the newest span of arrival time of one topic."""

    span: int = -1
    counts: dict[str, int] = {}

    def count(self, what: str, more: int, rx_ms: int, span_ms: int) -> tuple[int, int]:
        """How often it came in this span, before and with so many more; spans begin at fixed times,
        so that the count doesn't depend on what came before."""
        if rx_ms // span_ms > self.span:
            self.span, self.counts = rx_ms // span_ms, {}
        before = self.counts.pop(what, 0)
        keep(self.counts, what, before + more, _MOST)
        return before, before + more


class Sent(msgspec.Struct):
    """What one topic's texts of a partition have shown: in this span, and in half-minutes."""

    passed: Passed = msgspec.field(default_factory=Passed)
    windows: Windows[Seen] = msgspec.field(default_factory=Windows)

    def see(self, what: str, rx_ms: int, span_ms: int, *, is_odd: bool) -> Seen | None:
        """Counts a thing in its half-minute, one that isn't odd once in a span; where the text may
        be the first there, what it is to be put into."""
        window = self.windows.at(rx_ms)
        if not window:
            window.append({})
        (seen,) = window
        before, _ = self.passed.count(what, 1, rx_ms, span_ms)
        if what not in seen:
            return seen if is_odd or not before else None
        text, count = seen[what]
        seen[what] = text, count + 1
        return seen if rx_ms <= text.rx_ts else None

    def due(self, until_ms: int, origin: Origin, rule: str) -> Iterator[Observation]:
        """What was seen in half-minutes that ended by then."""
        for number, (seen,) in self.windows.due(until_ms):
            for part, (what, (text, count)) in enumerate(sorted(seen.items(), key=_name)):
                source = text.source
                place = f"{text.rx_ts} {source.partition} {source.offset} {source.index}"
                values: dict[str, Any] = {"what": what, "texts": count, "record": place}
                summed = self.windows.observation(rule, "links", number, part, origin, values)
                yield msgspec.structs.replace(
                    summed,
                    ts=text.ts,
                    who=text.who,
                    of_calls=text.of_calls,
                    values={**text.values, **values},
                )


class Topics(msgspec.Struct):
    """Screening state of a partition: the partitions of one number of several topics may share it,
    and be read in any order, so each counts for itself."""

    by_name: dict[str, Sent] = {}

    def of(self, topic: str) -> Sent:
        """What is counted of a topic."""
        return self.by_name.setdefault(topic, Sent())


def together(observations: Iterable[Observation]) -> dict[str, tuple[Observation, int]]:
    """What partitions have seen of one half-minute: of each thing the first text, and how many."""
    found: dict[str, tuple[Observation, int]] = {}
    for each in sorted(observations, key=_first):
        what, count = str(each.values["what"]), int(each.values["texts"] or 0)
        text, before = found.get(what, (each, 0))
        found[what] = text, before + count
    return found


def of_record(observation: Observation, rule: str) -> Observation:
    """The text that stands for what was seen, as one of its own record."""
    values = dict(observation.values)
    _, *place = map(int, str(values.pop("record")).split())
    del values["what"]
    topic = observation.source.topic.removesuffix(f"/{rule}")
    return msgspec.structs.replace(observation, values=values, source=Source(topic, *place))


def is_doubled(before: int, count: int) -> bool:
    """Whether a count has reached a power of two on the way.

    >>> [(n, n + 1) for n in range(17) if is_doubled(n, n + 1)]
    [(0, 1), (1, 2), (3, 4), (7, 8), (15, 16)]
    >>> is_doubled(5, 7), is_doubled(5, 9)
    (False, True)
    """
    return count.bit_length() > before.bit_length()


def put_first(seen: Seen, what: str, text: Observation) -> None:
    """Puts a text in its place, if it came before that which is there."""
    there, count = seen.get(what, (text, 1))
    seen[what] = min(there, text, key=lambda each: (each.rx_ts, each.ts, each.digest())), count


def _first(observation: Observation) -> tuple[int, int, bytes]:
    """In the order of `put_first`."""
    rx = int(str(observation.values["record"]).split()[0])
    own = {name: value for name, value in observation.values.items() if name not in _OF_SUM}
    text = msgspec.structs.replace(observation, rx_ts=rx, kind=LINK, values=own)
    return rx, text.ts, text.digest()


def _name(item: tuple[str, Any]) -> str:
    return item[0]
