"""Suddenly many callers of one origin ring strangers, by some trunk or in some region."""

from collections import Counter
from itertools import chain
from typing import ClassVar, Final

import msgspec
import numpy as np

from detectors.features.calls.links import links_of, manner_of, range_of
from detectors.features.calls.numbers import about
from detectors.features.calls.origin import has_reason, has_right
from detectors.features.calls.origin_words import (
    ABROAD,
    WITHHELD,
    is_odd,
    origins_of,
)
from detectors.features.facts import Facts
from detectors.features.memory.two_hours import TWO_HOURS_MS
from detectors.features.rule import Rule, Screened, source_of
from detectors.model.codes import INTERCONNECT, INTERNATIONAL
from detectors.model.columns import I8, Calls
from detectors.model.finding import (
    MOST_NAMED,
    AlertKind,
    Family,
    Finding,
    Observation,
    OfCalls,
)
from detectors.model.parameters import (
    Amount,
    Cap,
    Count,
    Hours,
    Nats,
    OneIn,
    Seconds,
    Share,
    Switch,
)
from detectors.rules.group_surge.expected import Habits
from detectors.rules.group_surge.judging import Limits, Surge, surge_of
from detectors.rules.group_surge.sent import Sent
from detectors.rules.group_surge.watch import (
    Call,
    Watch,
)

_OUTSIDE: Final = (INTERNATIONAL, INTERCONNECT)
#: Nats of surprise for one nat of weight: honest rates have tails that no count shows.
_SURPRISE_A_NAT: Final = 8.0
_LEAST_WEIGHT: Final = 1.0
#: Of one origin so many calls are of the group: fewer may have come with it by chance.
_LEAST_OF_ORIGIN: Final = 3


class GroupSurge(Rule[Calls, Sent, Watch], frozen=True, kw_only=True):
    """More calls of one origin than its trunk and region ever have, of many callers to strangers.

    What it sees: calls that come from outside, as groups of an origin (a country, a class of home
    numbers, odd numbers), a trunk and a region; the last two or one of them may be any. What is
    usual is learned by group, with the rhythm of the day, and fades within days; the chance of so
    many calls within a quarter of an hour or an hour is the tail of a negative binomial, and the
    finding's weight grows with its logarithm, less that of the number of groups that might have
    stood out. A group without a past is compared with its sisters: its trunk's and its region's
    share of all. Only callers that are new within the hour count, three calls of each, and not
    those that go on and on, so that a number that goes on alone is no group; at least
    `least_callers` have rung, and hardly anybody twice (`strangers_share`). Home numbers and odd
    ones from abroad are counted one by one, those of other countries in a sample, one in `one_in`;
    from other operators at home only odd ones are.

    Calls are sent singly, since a campaign's callers lie in all partitions, and no partition has
    enough of them to count by itself.

    Why a rogue station does it: no station does; call centres abroad change the number that they
    show every few calls, so that no single number stands out. The trunks, the regions and the
    kind of number stay the same.

    Why an honest network may:

    * roamers, whom the register knows to be abroad, and diverted calls (`excuse_roamers`);
    * registered centres abroad, with numbers of home (`excuse_registered`);
    * holidays and disasters: all origins, or all regions of one, surge together
      (`excuse_everywhere`);
    * another way: all origins of the trunk surge together (`excuse_rerouted`);
    * what was always so and is now watched for the first time (`excuse_unwatched`).

    References: docs/science.md, section F; patent CN109510903B (surges of country by called area).

    >>> from detectors.rules.sample_town import TOWN
    >>> from detectors.rules.group_surge.samples import fires
    >>> found = TOWN.findings(GroupSurge(), *fires(TOWN))
    >>> found[0].of_calls.number, found[0].values["origin"], found[0].values["here"]
    (None, 'home:fixed', 6)
    """

    name: ClassVar[str] = "group_surge"
    version: ClassVar[int] = 1
    family: ClassVar[Family] = "pace"
    alert_kind: ClassVar[AlertKind | None] = "scam_campaign"
    horizon_ms: ClassVar[int] = TWO_HOURS_MS
    learned_type: ClassVar[type[msgspec.Struct] | None] = Habits

    one_in: OneIn = 4
    hold_s: Seconds = 10.0
    least_calls: Amount = 6.0
    least_callers: Count = 4
    strangers_share: Share = 0.8
    first_rate: Amount = 1.0
    learning_h: Hours = 0.5
    max_weight: Nats = 3.0
    cap: Cap = 4.0
    excuse_roamers: Switch = True
    excuse_registered: Switch = True
    excuse_everywhere: Switch = True
    excuse_rerouted: Switch = True
    excuse_unwatched: Switch = True

    def concerns(self, facts: Facts[Calls]) -> bool:
        return bool(np.isin(facts.batch.ingress, _OUTSIDE).any())

    def screen(self, state: Sent, facts: Facts[Calls]) -> Screened:
        """Observations of single calls from outside that are of a rare origin, or in the sample."""
        batch, rows, observations = facts.batch, self._rows(facts), []
        if not len(rows):
            return Screened()
        for row, origin in zip(rows.tolist(), origins_of(facts, rows), strict=True):
            ref, rx = str(batch.call_ref[row]), int(batch.rx_ms[row])
            one_in = self.one_in if origin.startswith(ABROAD) or origin == WITHHELD else 1
            stands = state.stands_for(ref, origin, one_in, rx, self.horizon_ms)
            if stands:
                observations.append(self._observation(facts, row, origin, stands))
        state.forget(int(batch.rx_ms[rows[-1]]) - self.horizon_ms)
        return Screened(observations=observations)

    def _rows(self, facts: Facts[Calls]) -> I8:
        """The calls that count: those from abroad, and odd ones of operators at home."""
        ingress = facts.batch.ingress
        inland = np.flatnonzero(ingress == INTERCONNECT)
        counts = ingress == INTERNATIONAL
        counts[inland[is_odd(facts, inland)]] = True
        if self.excuse_roamers:
            counts &= ~has_reason(facts)
        if self.excuse_registered:
            counts &= ~has_right(facts)
        rows: I8 = np.flatnonzero(counts)
        return rows

    def _observation(self, facts: Facts[Calls], row: int, origin: str, stands: int) -> Observation:
        batch = facts.batch
        return self.observation(
            "call",
            batch,
            row,
            source_of(batch, row, facts.origin),
            of_calls=about(facts, row),
            values={
                "origin": origin,
                "trunk": _plain(batch.trunk[row]),
                "region": _plain(batch.callee_region[row]),
                "stands": stands,
            },
        )

    def observe(self, state: Watch, observation: Observation) -> None:
        state.observe(observation, observation.rx_ts + int(self.hold_s * 1000))

    def next_due_ms(self, state: Watch) -> int | None:
        return state.waiting[0][0] if state.waiting else None

    def evaluate(self, state: Watch, until_ms: int) -> list[Finding]:
        findings = []
        while state.waiting and state.waiting[0][0] <= until_ms:
            due_ms, observation = state.waiting.pop(0)
            values = observation.values
            call = str(values["origin"]), str(values["trunk"]), str(values["region"])
            surge = surge_of(state, call, due_ms, self._limits())
            finding = None if surge is None else self._finding(observation, due_ms, surge)
            if finding is not None:
                findings.append(finding)
        return findings

    def _limits(self) -> Limits:
        return Limits(
            least_calls=self.least_calls,
            least_callers=self.least_callers,
            strangers_share=self.strangers_share,
            first_rate=self.first_rate,
            learning_h=self.learning_h,
            everywhere=self.excuse_everywhere,
            rerouted=self.excuse_rerouted,
            unwatched=self.excuse_unwatched,
        )

    def _finding(self, observation: Observation, due_ms: int, surge: Surge) -> Finding | None:
        """About the group, if there are calls of it that no finding has named yet."""
        group = surge.group
        by_origin = Counter(call.origin for call in group.calls)
        for call in group.calls:
            call.is_odd = True
        new = [call for call in group.calls if not call.is_named]
        new = [call for call in new if by_origin[call.origin] >= _LEAST_OF_ORIGIN][-MOST_NAMED:]
        if not new:
            return None
        for call in new:
            call.is_named = True
        cell = {"trunk": group.trunk, "region": group.region}
        weight = min(self.max_weight, _LEAST_WEIGHT + surge.nats / _SURPRISE_A_NAT)
        return self.finding_about(
            observation,
            round(weight, 3),
            rx_ts=due_ms,
            of_calls=self._of_group(observation, new),
            values={
                "origin": group.origin,
                **{name: value for name, value in cell.items() if value},
                "here": group.amount,
                "expected_here": round(surge.expected, 2),
                "callers": group.callers,
                "callees": group.callees,
            },
        )

    def _of_group(self, observation: Observation, new: list[Call]) -> OfCalls:
        of_calls = observation.of_calls
        assert of_calls is not None
        manners = (manner_of(self.name, call.origin, call.trunk, call.region) for call in new)
        links = [
            *(links_of(trunk=call.trunk) for call in new),
            *(links_of(region=call.region) for call in new),
            *(links_of(manner=manner) for manner in manners),
            links_of(prefix=range_of(of_calls)),
        ]
        return OfCalls(
            number_class=of_calls.number_class,
            calls=tuple(call.ref for call in new),
            people=tuple(dict.fromkeys(call.callee for call in new if call.callee)),
            links=tuple(dict.fromkeys(chain.from_iterable(links))),
        )


def _plain(text: str | None) -> str:
    """A name without what parts the names of a cell."""
    return (text or "").replace("|", "/")
