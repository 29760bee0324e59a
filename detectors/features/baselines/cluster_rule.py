"""A rule that judges odd messages by how many their place usually has: the common half.

The first half of such a rule passes `odd` observations, and `plain` ones as a sample of what it
looks at; what they come to is in `detectors.features.baselines.scan_statistic`.
"""

from collections.abc import Iterable
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from detectors.features.baselines.scan_statistic import STANDS_FOR, TARGET, Found, Outlook
from detectors.features.rows.registrations import seen_identity
from detectors.model.columns import Batch
from detectors.model.finding import Finding, Identity, Observation, Place, Source, Space
from detectors.model.rule import ReadBatch, Rule, ScreenState

Values = dict[str, str | int | float | None]


class Counting(Protocol):
    """State of one zone that counts odd messages by place, as `scan_statistic.Clusters`."""

    def observe(self, observation: Observation, outlook: Outlook) -> None:
        """Counts an observation."""

    def next_due_ms(self) -> int | None:
        """Arrival time at which the next odd message has waited long enough."""

    def evaluate(self, until_ms: int, outlook: Outlook, most: float) -> Iterable[Found]:
        """Odd messages that are due and say something, each of at most ``most`` nats."""


Counts = TypeVar("Counts", bound=Counting)


class ClusterRule(
    Rule[ReadBatch, ScreenState, Counts],
    Generic[ReadBatch, ScreenState, Counts],
    frozen=True,
    kw_only=True,
):
    """Base of rules with a judging half of the common kind.

    ``weight`` is the most that one subscriber's message may weigh, ``cap`` what many may reach.
    An odd message waits ``hold_s`` for others in ``window_s`` and about ``tile_m`` of it.
    ``usual_share`` of messages are odd in an honest network until the zone has shown its own share;
    fewer than ``least_subscribers`` say nothing; of plain messages one ``one_in`` is passed.
    """

    weight: float = 2.0
    cap: float = 6.0
    hold_s: float = 15.0
    window_s: float = 600.0
    tile_m: float = 1000.0
    usual_share: float = 0.005
    least_subscribers: int = 2
    one_in: int = 32
    most_repeats: int = 3
    excuse_habit: bool = True
    excuse_crowd: bool = True
    excuse_restart: bool = True
    excuse_repeats: bool = True

    def observe(self, state: Counts, observation: Observation) -> None:
        state.observe(observation, self._outlook())

    def next_due_ms(self, state: Counts) -> int | None:
        return state.next_due_ms()

    def evaluate(self, state: Counts, until_ms: int) -> list[Finding]:
        found = state.evaluate(until_ms, self._outlook(), self.weight)
        return [self._finding(each) for each in found]

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
        )

    def _finding(self, found: Found) -> Finding:
        observation = found.observation
        hidden = ("seen_on", TARGET)
        values = {name: value for name, value in observation.values.items() if name not in hidden}
        return Finding(
            detector=self.name,
            version=self.version,
            family=self.family,
            ts=observation.ts,
            rx_ts=found.rx_ms,
            weight=found.weight,
            cap=self.cap,
            space=observation.space,
            who=observation.who,
            claimed=observation.claimed,
            seen_on=seen_identity(observation.values.get("seen_on")),
            place=observation.place,
            values={**values, "seen": found.seen, "expected": found.expected},
            source=observation.source,
        )

    def _odd(
        self,
        batch: Batch,
        at: int,
        source: Source,
        who: tuple[Space, str],
        place: Place | None,
        claimed: Identity | None = None,
        **values: Any,
    ) -> Observation:
        return self._observation("odd", batch, at, source, who, place, claimed, values)

    def _plain(
        self,
        batch: Batch,
        at: int,
        source: Source,
        who: tuple[Space, str],
        place: Place | None,
        stands_for: int | None = None,
    ) -> Observation:
        values: Values = {STANDS_FOR: stands_for or self.one_in}
        return self._observation("plain", batch, at, source, who, place, None, values)

    def _observation(
        self,
        kind: str,
        batch: Batch,
        at: int,
        source: Source,
        who: tuple[Space, str],
        place: Place | None,
        claimed: Identity | None,
        values: Values,
    ) -> Observation:
        return Observation(
            detector=self.name,
            kind=kind,
            ts=int(batch.ts_ms[at]),
            rx_ts=int(batch.rx_ms[at]),
            space=who[0],
            who=who[1],
            claimed=claimed,
            place=place,
            values=values,
            source=source,
        )


#: A cluster rule whatever it reads and remembers.
AnyClusterRule: TypeAlias = ClusterRule[Any, Any, Any]
