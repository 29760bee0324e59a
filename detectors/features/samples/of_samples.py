"""Rules that draw a sample of ordinary reports, and what passes between them and those who let the
samples of all such rules travel together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, NamedTuple, Protocol, TypeVar, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from detectors.features.facts import Facts
from detectors.features.levels.level_rows import singly as singly_levels
from detectors.features.rule import Screened
from detectors.features.samples.sample_rows import MANY, SampleRows, rows_of
from detectors.model.columns import I8
from detectors.model.finding import Observation

Made = TypeVar("Made")


class Drawn(NamedTuple):
    """Rows of a batch that a rule has drawn, in order, all with a place; and what it says of each
    that a report doesn't: columns by their names in `detectors.features.samples.sample_rows`."""

    rows: I8
    more: Mapping[str, NDArray[Any] | int] = {}


NONE_DRAWN: Final = Drawn(np.zeros(0, dtype=np.int64))


class Apart(NamedTuple):
    """What one step of a rule lets through, but for the sample; and the sample."""

    screened: Screened
    drawn: Drawn


@dataclass(frozen=True, slots=True, eq=False)
class TakenSamples:
    """Rows at a correlator in their turn, and what rules ask of each, worked out once for all zones
    that they concern."""

    rows: SampleRows
    _made: dict[Any, Any] = field(default_factory=dict)

    def column(self, name: str) -> list[Any]:
        """A column of `detectors.features.samples.sample_rows.ROW`, NaN for what isn't given."""
        found: list[Any] | None = self._made.get(name)
        if found is None:
            found = self._made[name] = self.rows.numbers[name].tolist()
        return found

    @property
    def first_ms(self) -> int:
        """When the first of all arrived."""
        found: int | None = self._made.get("first_ms")
        if found is None:
            found = self._made["first_ms"] = min(self.column("rx_ts"))
        return found

    def each(self, make: Callable[["TakenSamples"], list[Made]]) -> list[Made]:
        """What a function makes of all rows, one value for each."""
        found: list[Made] | None = self._made.get(make)
        if found is None:
            found = self._made[make] = make(self)
        return found

    def of_drawn(
        self, rule: "OfSamples", make: Callable[[NDArray[Any]], Iterable[Made]]
    ) -> dict[int, Made]:
        """What a rule's function makes of the numbers of those rows that it has drawn, one value
        for each, by the row."""
        key = rule.name, "drawn"
        found: dict[int, Made] | None = self._made.get(key)
        if found is None:
            numbers, bit = self.rows.numbers, self.rows.takers.index(rule.name)
            drawn = np.flatnonzero(numbers["takers"] >> bit & 1)
            made = make(numbers.take(drawn))
            found = self._made[key] = dict(zip(drawn.tolist(), made, strict=True))
        return found


@runtime_checkable
class OfSamples(Protocol):
    """A rule that draws a sample of ordinary reports.

    None of them may bring about that the rule's second half has a finding: they show what is usual.
    So they may be learned together that nothing else lies between.
    """

    name: ClassVar[str]

    def screen_apart(self, state: Any, facts: Facts[Any]) -> Apart:
        """As `detectors.features.rule.Rule.screen`, with the sample by itself."""

    def sample(self, rows: SampleRows, row: int) -> Observation:
        """A row that it has drawn as the observation that it would let through of it alone."""

    def learn_samples(self, state: Any, taken: TakenSamples, rows: Sequence[int]) -> None:
        """As `detectors.features.rule.Rule.observe` of each of some rows, in that order."""


def of_samples(rule: object) -> OfSamples | None:
    """A rule that is one of those, and else ``None``. Each class is asked once: it is dear."""
    known = _KNOWN.get(type(rule))
    if known is None:
        known = _KNOWN[type(rule)] = isinstance(rule, OfSamples)
    return cast(OfSamples, rule) if known else None


def singly(observations: Iterable[Observation], rules: Iterable[object]) -> list[Observation]:
    """Observations, those of many as those which each of some rules would let through alone."""
    found: list[Observation] = []
    drawing = [one for one in map(of_samples, rules) if one is not None]
    for each in observations:
        if each.kind != MANY:
            found += singly_levels([each])
            continue
        rows = rows_of(each)
        for rule in drawing:
            bits = rows.taken_by([rule.name]).numbers["takers"]
            found += [rule.sample(rows, row) for row in np.flatnonzero(bits).tolist()]
    return found


_KNOWN: Final[dict[type, bool]] = {}
