"""A number of home is shown from abroad, while its owner is at home: strangers ring it back."""

from math import log2
from typing import Any, ClassVar, Final, cast

import msgspec
import numpy as np

from detectors.features.callers.calling import calling
from detectors.features.calls.both_ways import U4, names_of
from detectors.features.calls.given import given
from detectors.features.calls.links import links_of, manner_of, range_of
from detectors.features.calls.numbers import about, classes, listed
from detectors.features.calls.origin import from_abroad, has_reason, has_right, of_home
from detectors.features.calls.windows import Windows
from detectors.features.facts import Facts, Origin
from detectors.features.memory.two_hours import TWO_HOURS_MS
from detectors.features.rule import Rule, Screened, source_of
from detectors.model.codes import ROAMING_CHECKS, code_of
from detectors.model.columns import I8, Calls
from detectors.model.finding import Family, Finding, Observation
from detectors.model.parameters import Cap, Count, Nats, Seconds, Switch
from detectors.numbers.classes import FIXED, IOT, SERVICE, SHARED_COST, SHORT
from detectors.rules.impersonated_number.owners import Number, Owners, Window
from detectors.rules.impersonated_number.rung import packed, unpacked
from detectors.rules.impersonated_number.shown import Shown

#: Numbers of firms and offices; the short ones of police and banks are rung all the time.
_OF_FIRMS: Final = (FIXED, SHARED_COST, SERVICE)
_AT_HOME: Final = [code_of(text, ROAMING_CHECKS) for text in ("home", "detached")]
#: Nats for a storm of the least size, and for each doubling.
_STORM, _DOUBLING = 1.0, 0.4
#: The kind of observations of numbers that were rung.
_RUNG: Final = "rung"


class Memory:
    """What is remembered of one partition: numbers shown, and those rung that are to be sent."""

    def __init__(self) -> None:
        self.shown = Shown()
        self.rung: Windows[U4] = Windows()


class ImpersonatedNumber(Rule[Calls, Memory, Owners], frozen=True, kw_only=True):
    """Calls from abroad under a number whose owner is at home, or whom strangers ring in a storm.

    What it sees: numbers of home (fixed lines, 400, short and service numbers; mobile ones that the
    register has at home) that are shown by international trunks; and two signs that somebody else
    owns them. The owner calls from home: both kinds of calls lie in one partition, as all calls of
    a number do. Or a storm: more and more people ring the number within an hour, at least
    `least_callers`, which wasn't so the hour before; those calls lie under the numbers of who
    rings, so that each partition counts callers by number and passes a count on when it doubles.
    The finding names the calls from abroad, and says that the number is impersonated in them: what
    its owner is suspected of by others is to be believed less.

    Why a rogue station does it: no station does; call centres abroad show numbers of others, so
    that the calls look like those of firms and offices; who missed one rings the owner.

    Why an honest network may:

    * roamers, and calls that were diverted abroad (`excuse_roamers`);
    * registered centres abroad, which call on a trunk that is theirs (`excuse_registered`);
    * hotlines, shops and offices are rung by many: storms count only where a number is also shown
      from abroad, and where it wasn't rung as often the hour before (`excuse_usual`).

    References: docs/science.md, section F; Prasad et al., USENIX Security 2020 (storms of calls:
    those whose numbers are shown are rung by strangers).

    >>> from detectors.rules.sample_town import TOWN
    >>> from detectors.rules.impersonated_number.samples import fires
    >>> found = TOWN.findings(ImpersonatedNumber(), *fires(TOWN))
    >>> found[0].of_calls.number, found[0].of_calls.role
    ('x', 'impersonated')
    """

    name: ClassVar[str] = "impersonated_number"
    version: ClassVar[int] = 1
    family: ClassVar[Family] = "victim"
    horizon_ms: ClassVar[int] = TWO_HOURS_MS

    hold_s: Seconds = 5.0
    least_callers: Count = 4
    own_calls_weigh: Nats = 1.2
    max_weight: Nats = 2.5
    cap: Cap = 3.0
    excuse_roamers: Switch = True
    excuse_registered: Switch = True
    excuse_usual: Switch = True

    def screen(self, state: Memory, facts: Facts[Calls]) -> Screened:
        """Observations of calls from abroad under numbers of home; takes in who is rung, which is
        sent by half-minutes."""
        batch = facts.batch
        if not len(batch):
            return Screened()
        abroad, kind, shown = from_abroad(facts), classes(facts), given(batch.caller)
        firms = np.flatnonzero(np.isin(kind, _OF_FIRMS) & shown & ~abroad)
        rows = np.flatnonzero(abroad & shown)
        observations = self._shown(state.shown, facts, rows, firms)
        callee = classes(facts, "callee")
        to_firms = np.isin(callee, _OF_FIRMS) & ~listed(facts, "callee").trusted
        by_people = shown & ~np.isin(kind, (*_OF_FIRMS, SHORT, IOT)) & ~abroad
        known = calling(facts)
        rung = np.flatnonzero(to_firms & by_people & known.counted & known.is_new_callee)
        order, windows = state.rung.dealt_out(batch.rx_ms[rung])
        names = names_of(known.callee[rung[order]])
        for part, which in windows:
            part.append(names[which])
        return Screened(observations=observations)

    def sums_due(self, state: Memory, until_ms: int, origin: Origin) -> list[Observation]:
        return [
            state.rung.observation(self.name, _RUNG, number, part, origin, {"rung": names})
            for number, parts in state.rung.due(until_ms)
            for part, names in enumerate(packed(parts))
        ]

    def _shown(self, state: Shown, facts: Facts[Calls], rows: I8, firms: I8) -> list[Observation]:
        """Calls from abroad under numbers that somebody at home has."""
        batch, observations = facts.batch, []
        abroad = self._of_home(facts, rows)
        now = set(batch.caller[abroad].tolist())
        names, times = batch.caller[firms].tolist(), batch.rx_ms[firms].tolist()
        is_shown = [name in now or name in state.abroad for name in names]
        both = np.sort(np.concatenate([abroad, firms[np.array(is_shown, dtype=np.bool_)]]))
        for row, is_abroad in zip(both.tolist(), np.isin(both, abroad).tolist(), strict=True):
            number, rx = str(batch.caller[row]), int(batch.rx_ms[row])
            was_shown, was_home = (
                state.is_known(number, rx - self.horizon_ms, way) for way in (True, False)
            )
            state.note(number, rx, is_abroad)
            if is_abroad or (was_shown and not was_home):
                at_home = was_home or not is_abroad
                observations.append(self._observation(facts, row, is_abroad, at_home))
        # Of firms that nobody shows from abroad the last call says all.
        of_firms = zip(names, times, is_shown, strict=True)
        for name, rx in {name: rx for name, rx, known in of_firms if not known}.items():
            state.note(name, rx, is_from_abroad=False)
        # Once a batch: to look for the oldest costs more than a row.
        state.forget(int(batch.rx_ms[-1]) - self.horizon_ms)
        return observations

    def _of_home(self, facts: Facts[Calls], rows: I8) -> I8:
        """Which calls from abroad show a number that is somebody's at home."""
        if not len(rows):
            return rows
        kind, check = classes(facts)[rows], facts.batch.roaming_check[rows]
        home = of_home(facts)[rows] | (kind == SHORT)
        home &= np.isin(kind, (*_OF_FIRMS, SHORT)) | np.isin(check, _AT_HOME)
        if self.excuse_roamers:
            home &= ~has_reason(facts)[rows]
        if self.excuse_registered:
            home &= ~has_right(facts)[rows]
        chosen: I8 = rows[home]
        return chosen

    def _observation(
        self, facts: Facts[Calls], row: int, is_from_abroad: bool, is_at_home: bool
    ) -> Observation:
        batch, of_calls = facts.batch, about(facts, row, role="impersonated")
        if not is_from_abroad:
            of_calls = msgspec.structs.replace(of_calls, calls=(), people=())
        return self.observation(
            *("shown", batch, row, source_of(batch, row, facts.origin)),
            of_calls=of_calls,
            values={
                "at_home": int(is_at_home),
                "trunk": batch.trunk[row] if is_from_abroad else None,
                "region": batch.callee_region[row] if is_from_abroad else None,
            },
        )

    def observe(self, state: Owners, observation: Observation) -> None:
        if observation.kind == _RUNG:
            rung = str(observation.values["rung"])
            unpacked(rung)  # refuses what no worker sends
            state.windows.append(Window(observation.rx_ts, rung))
        else:
            state.observe(observation, observation.rx_ts + int(self.hold_s * 1000))

    def next_due_ms(self, state: Owners) -> int | None:
        return min(state.dues(), default=None)

    def evaluate(self, state: Owners, until_ms: int) -> list[Finding]:
        findings = []
        for due_ms, name in state.next_numbers(until_ms):
            number = state.shown[name]
            callers = state.rung.storm(number.name, due_ms, self.excuse_usual)
            findings += self._judged(number, callers, due_ms)
        return findings

    def _judged(self, number: Number, callers: int, due_ms: int) -> list[Finding]:
        nats = self.own_calls_weigh if number.is_at_home else 0.0
        if callers >= self.least_callers:
            nats += _STORM + _DOUBLING * log2(callers / self.least_callers)
        if not nats:
            return []
        weight = round(min(self.max_weight, nats), 3)
        calls = [each for each in number.waiting if each.of_calls and each.of_calls.calls]
        number.waiting = []
        return [self._finding(each, number, callers, weight, due_ms) for each in calls]

    def _finding(
        self, observation: Observation, number: Number, callers: int, weight: float, due_ms: int
    ) -> Finding:
        of_calls, values = observation.of_calls, cast("dict[str, Any]", observation.values)
        assert of_calls is not None
        trunk, region = values["trunk"], values["region"]
        links = links_of(
            trunk=trunk,
            region=region,
            prefix=range_of(of_calls),
            manner=manner_of(self.name, of_calls.number_class or "", trunk, region),
        )
        return self.finding_about(
            observation,
            weight,
            rx_ts=due_ms,
            of_calls=msgspec.structs.replace(of_calls, links=links),
            values={
                "trunk": trunk,
                "region": region,
                "callers": callers,
                "at_home": "yes" if number.is_at_home else "no",
            },
        )
