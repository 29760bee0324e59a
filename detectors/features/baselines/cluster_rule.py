"""A rule that judges odd messages by how many their place usually has: the common half.

The first half of such a rule passes `odd` observations, and `plain` ones as a sample of what it
looks at; what they come to is in `detectors.features.baselines.scan_statistic`.
"""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, ClassVar, Final, Generic, Protocol, TypeAlias, TypeVar

import msgspec

from detectors.features.baselines.habits import Habits, learned_habits, take_up_habits
from detectors.features.baselines.outlook import Outlook
from detectors.features.baselines.scan_statistic import STANDS_FOR, TARGET, Clusters, Found
from detectors.features.facts import ReadBatch
from detectors.features.rows.registrations import seen_identity
from detectors.features.rule import Rule, ScreenState
from detectors.model.finding import Finding, Identity, Observation, Place, Source
from detectors.model.parameters import (
    Cap,
    Count,
    Described,
    Metres,
    Nats,
    OneIn,
    Seconds,
    Share,
    Switch,
    Weight,
)
from detectors.model.tables import read_table

Values = dict[str, str | int | float | None]


class Counting(Protocol):
    """State of one zone that counts odd messages by place, as `scan_statistic.Clusters`."""

    def observe(self, observation: Observation, outlook: Outlook) -> None:
        """Counts an observation."""

    def next_due_ms(self) -> int | None:
        """Arrival time at which the next odd message has waited long enough."""

    def evaluate(self, until_ms: int, outlook: Outlook, most: float) -> Iterable[Found]:
        """Odd messages that are due and say something, each of at most ``most`` nats."""


_TABLE: Final = read_table("detectors.features.baselines", "parameters.toml", dict[str, Described])
#: The shared parameters; rules that count in clusters choose other defaults.
Hold: TypeAlias = Annotated[Seconds, _TABLE["hold_s"].meta()]
WideCap: TypeAlias = Annotated[Nats, _TABLE["wide_cap"].meta()]
Window: TypeAlias = Annotated[Seconds, _TABLE["window_s"].meta()]
Tile: TypeAlias = Annotated[Metres, _TABLE["tile_m"].meta()]
UsualShare: TypeAlias = Annotated[Share, _TABLE["usual_share"].meta()]
LeastSubscribers: TypeAlias = Annotated[Count, _TABLE["least_subscribers"].meta()]
MostRepeats: TypeAlias = Annotated[Count, _TABLE["most_repeats"].meta()]

#: Messages that are remembered as found.
_MOST_FOUND: Final = 2048

Counts = TypeVar("Counts", bound=Counting)


class ClusterRule(
    Rule[ReadBatch, ScreenState, Counts],
    Generic[ReadBatch, ScreenState, Counts],
    frozen=True,
    kw_only=True,
):
    """Base of rules with a judging half of the common kind.

    ``weight`` is the most that one subscriber's message may weigh; ``hidden`` are values that
    observations carry for judging, and findings don't. ``wide_cap``, where it is above the cap, is
    what many may reach together that began all over a neighbourhood, in nats.
    """

    hidden: ClassVar[tuple[str, ...]] = ("seen_on", TARGET)
    learned_type: ClassVar[type[msgspec.Struct] | None] = Habits

    weight: Weight = 2.0
    cap: Cap = 6.0
    wide_cap: WideCap = 0.0
    hold_s: Hold = 15.0
    window_s: Window = 600.0
    tile_m: Tile = 1000.0
    usual_share: UsualShare = 0.005
    least_subscribers: LeastSubscribers = 2
    one_in: OneIn = 32
    most_repeats: MostRepeats = 3
    excuse_habit: Annotated[Switch, _TABLE["excuse_habit"].meta()] = True
    excuse_crowd: Annotated[Switch, _TABLE["excuse_crowd"].meta()] = True
    excuse_restart: Annotated[Switch, _TABLE["excuse_restart"].meta()] = True
    excuse_repeats: Annotated[Switch, _TABLE["excuse_repeats"].meta()] = True

    def observe(self, state: Counts, observation: Observation) -> None:
        state.observe(observation, self._outlook())

    def next_due_ms(self, state: Counts) -> int | None:
        return state.next_due_ms()

    def evaluate(self, state: Counts, until_ms: int) -> list[Finding]:
        found = state.evaluate(until_ms, self._outlook(), self.weight)
        return [self._finding(each) for each in found]

    def learned(self, state: Counts) -> msgspec.Struct | None:
        return learned_habits(state) if isinstance(state, Clusters) else None

    def take_up(self, state: Counts, learned: Any, now_ms: int) -> None:
        if isinstance(state, Clusters):
            take_up_habits(state, learned, now_ms, self._outlook())

    def _outlook(self) -> Outlook:
        return Outlook(
            tile_m=self.tile_m,
            window_ms=int(self.window_s * 1000),
            hold_ms=int(self.hold_s * 1000),
            usual_share=self.usual_share,
            least_subscribers=self.least_subscribers,
            habit=self.excuse_habit,
            crowd=self.excuse_crowd,
            widespread=self.excuse_restart,
            repeats=self.excuse_repeats,
            most_repeats=self.most_repeats,
            wide=self.wide_cap > self.cap,
        )

    def _finding(self, found: Found) -> Finding:
        observation = found.observation
        values = {n: value for n, value in observation.values.items() if n not in self.hidden}
        return self.finding_about(
            observation,
            found.weight,
            cap=max(self.cap, self.wide_cap) if found.wide else self.cap,
            rx_ts=found.rx_ms,
            seen_on=seen_identity(observation.values.get("seen_on")),
            values={**values, "seen": found.seen, "expected": found.expected},
        )

    def _odd(
        self,
        batch: ReadBatch,
        row: int,
        source: Source,
        place: Place | None,
        claimed: Identity | None = None,
        **values: Any,
    ) -> Observation:
        return self.observation(
            "odd", batch, row, source, place=place, claimed=claimed, values=values
        )

    def _plain(
        self,
        batch: ReadBatch,
        row: int,
        source: Source,
        place: Place | None,
        stands_for: int | None = None,
    ) -> Observation:
        values = {STANDS_FOR: stands_for or self.one_in}
        return self.observation("plain", batch, row, source, place=place, values=values)


def first_due_ms(*counts: Clusters) -> int | None:
    """Of a state that counts in several ways: when the next odd message of any has waited long
    enough (ms)."""
    dues = (each.next_due_ms() for each in counts)
    return min((due for due in dues if due is not None), default=None)


def each_once(
    found: Iterable[Found],
    before: dict[str, int],
    due_ms: int,
    outlook: Outlook,
    says: Callable[[Found], Any],
) -> list[Found]:
    """Of what several counts have found at a time each message once, by the count that ``says``
    most, the first of those that say as much; and none that was found ``before`` (arrival, ms),
    which is brought up to date."""
    best: dict[str, Found] = {}
    for each in found:
        known = best.setdefault(_key(each.observation), each)
        if says(each) > says(known):
            best[_key(each.observation)] = each
    # What waits for others waits for a window.
    since_ms = due_ms - 2 * outlook.window_ms - outlook.hold_ms
    fresh = {key: each for key, each in best.items() if before.get(key, 0) < since_ms}
    for key in fresh:
        before.pop(key, None)
        before[key] = due_ms
    while before:
        oldest = next(iter(before))
        if before[oldest] >= since_ms and len(before) <= _MOST_FOUND:
            break
        del before[oldest]
    return list(fresh.values())


def _key(observation: Observation) -> str:
    source = observation.source
    at = source.partition, source.offset, source.index, source.part
    return f"{source.topic}:{':'.join(map(str, at))}"


#: A cluster rule whatever it reads and remembers.
AnyClusterRule: TypeAlias = ClusterRule[Any, Any, Any]
