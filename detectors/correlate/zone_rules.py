"""The second halves of the rules at a correlator: one judging state for each zone and rule.

Time passes far more often than anything falls due. So a lower bound of when is kept of each state,
and only those are asked whose bound has come.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import partial
from typing import Any, Final, TypeVar

import msgspec

from detectors.correlate.zone import NEVER_MS, Zone, ZoneState
from detectors.features.levels.keyed_levels import KeyedLevels, Leaning
from detectors.features.rows.placed_reports import Reports
from detectors.features.rule import AnyRule, Rule
from detectors.features.samples.of_samples import OfSamples, TakenSamples
from detectors.model.columns import I8
from detectors.model.finding import Finding, Observation

A = TypeVar("A")

#: What a rule may keep of a zone (bytes, as stored), measured after so many observations: time
#: bounds it too, but who reports under ever new names could outgrow that. Chosen, four times what a
#: city of 25,000 cells with a poor register reached for all rules together.
MOST_STATE_BYTES: Final = 128 << 20
LOOK_EVERY: Final = 16_384

#: What values that no worker writes may raise where a rule reads them.
UNUSABLE: Final = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError),
)


class ZoneRules:
    """``rules`` by name are those turned on, ``zones`` the correlator's own, which may grow.

    A stored state of another release's layout begins anew; ``unreadable`` names zone and rule. So
    does one that values which no worker writes have spoilt; ``spoilt`` names rule and error. One
    that has outgrown its bound goes on with what it has learned for good; ``outgrown`` names zone
    and rule.
    """

    def __init__(self, rules: Mapping[str, AnyRule], zones: Mapping[str, ZoneState]) -> None:
        self.rules, self._zones = rules, zones
        self._of_levels = _that_define(rules, "level_deviations")
        self._of_lateness = _that_define(rules, "lateness_nats")
        self._states: dict[tuple[str, str], Any] = {}
        self._dues: dict[tuple[str, str], int] = {}
        self.unreadable: list[tuple[str, str]] = []
        self.spoilt: list[tuple[str, str]] = []
        self.outgrown: list[tuple[str, str]] = []
        self._ordered: list[tuple[str, str]] = []
        for zone, stored in zones.items():
            for name, state in stored.judgements.items():
                if name not in rules:  # turned off since: kept for when it is back
                    continue
                kept = rules[name].new_zone_state()
                try:
                    kept = msgspec.msgpack.decode(state, type=type(kept))
                except msgspec.DecodeError:
                    self.unreadable.append((zone, name))
                self._add((zone, name), kept, 0)

    def observe(self, zone: Zone, observation: Observation) -> int:
        """Takes an observation into a zone's half of its rule, and what it shows of a phone's
        receiver or a cell's service into the zone's context; when the rule next has a finding
        (ms)."""
        name = observation.detector
        rule, key = self.rules[name], (zone.name, name)
        state = self._states.get(key)
        if state is None:
            state = self._state(key)
        rule.observe(state, observation)
        # Most rules look at neither: asking each of them would cost more than those that do.
        if name in self._of_levels:
            zone.context.offsets.learn(observation, rule.level_deviations(state, observation))
        if name in self._of_lateness:
            zone.context.service.learn(observation, rule.lateness_nats(state, observation))
        taken = self._zones[zone.name].taken
        count = taken[name] = (taken.get(name, 0) + 1) % LOOK_EVERY
        if not count and _stored_bytes(state) > MOST_STATE_BYTES:
            state = self._cut_down(key, state, observation.rx_ts)
        due = rule.next_due_ms(state)
        if due is None:
            return NEVER_MS
        if due < self._dues[key]:
            self._dues[key] = due
        return due

    def judge_levels(
        self, zone: str, name: str, levels: KeyedLevels, rows: I8
    ) -> tuple[int, list[Leaning]]:
        """Takes some rows of levels, one at least, one after the other into a zone's half of their
        rule: when that next has a finding (ms), and what deviates."""
        rule: Any = self.rules[name]
        key, count = (zone, name), len(rows)
        state = self._state(key)
        leanings: list[Leaning] = rule.judge_levels(state, levels, rows)
        state = self._look_at(key, state, count, int(levels.rx_ms[rows[-1]]))
        due = rule.next_due_ms(state)
        if due is None:
            return NEVER_MS, leanings
        self._dues[key] = min(due, self._dues[key])
        return due, leanings

    def learn_samples(
        self, zone: str, rule: OfSamples, taken: TakenSamples, rows: Sequence[int]
    ) -> None:
        """Takes some drawn reports, one at least, one after the other into a zone's half of the
        rule that has drawn them."""
        key = (zone, rule.name)
        state = self._state(key)
        rule.learn_samples(state, taken, rows)
        self._look_at(key, state, len(rows), taken.column("rx_ts")[rows[-1]])

    def are_free(self, names: Sequence[str]) -> bool:
        """Whether the same comes of observations of some detectors, one each, in whatever order
        they are taken in: all are of rules, and no two bring the same state up to date."""
        of = set(names)
        return (
            len(of) == len(names)
            and of <= self.rules.keys()
            and len(of & self._of_levels) < 2
            and len(of & self._of_lateness) < 2
        )

    def _look_at(self, key: tuple[str, str], state: Any, count: int, now_ms: int) -> Any:
        """A state after so many more observations: a fresh one where it has outgrown its bound."""
        taken = self._zones[key[0]].taken
        before = taken.get(key[1], 0)
        taken[key[1]] = (before + count) % LOOK_EVERY
        if before + count < LOOK_EVERY:
            return state
        is_large = _stored_bytes(state) > MOST_STATE_BYTES
        return self._cut_down(key, state, now_ms) if is_large else state

    def _cut_down(self, key: tuple[str, str], state: Any, now_ms: int) -> Any:
        """A fresh state in the place of one, with what that had learned for good."""
        rule = self.rules[key[1]]
        learned, fresh = rule.learned(state), rule.new_zone_state()
        if learned is not None:
            rule.take_up(fresh, learned, now_ms)
        self._states[key], self._dues[key] = fresh, NEVER_MS
        self.outgrown.append(key)
        return fresh

    def take_reports(self, zone: Zone, reports: Reports) -> None:
        """Gives a zone's ordinary reports to the rules that look at them."""
        for name, rule in self.rules.items():
            if rule.of_reports:
                rule.take_reports(self._state((zone.name, name)), reports)

    def next_due_ms(self, before_ms: int) -> int:
        """When any rule next has a finding: a lower bound, exact if before ``before_ms``."""
        for key, bound in self._dues.items():
            if bound < before_ms:
                due = self._asked(key, self.rules[key[1]].next_due_ms)
                self._dues[key] = NEVER_MS if due is None else due
        return min(self._dues.values(), default=NEVER_MS)

    def evaluate(self, until_ms: int) -> Iterator[tuple[str, Finding]]:
        """Findings that fall due up to and including then, each with the zone that it is of."""
        for zone, name in self._ordered:
            if self._dues[zone, name] <= until_ms:
                rule = self.rules[name]
                found = self._asked((zone, name), partial(_evaluate, rule, until_ms))
                for finding in found or ():
                    yield zone, finding

    def forget(self, zones: Set[str]) -> None:
        """Forgets what is kept of some zones."""
        for key in [key for key in self._states if key[0] in zones]:
            del self._states[key], self._dues[key]
        self._ordered = [key for key in self._ordered if key[0] not in zones]

    def store(self) -> None:
        """Writes all states into their zones."""
        for (zone, name), state in self._states.items():
            self._zones[zone].judgements[name] = msgspec.msgpack.encode(state)

    def store_zone(self, zone: str) -> None:
        """Writes the states of one zone into it."""
        for name in self.rules:
            if (zone, name) in self._states:
                state = self._states[zone, name]
                self._zones[zone].judgements[name] = msgspec.msgpack.encode(state)

    def let_go(self, zone: str) -> None:
        """Takes out of a zone what was written into it; what rules kept that are off stays."""
        for name in self.rules:
            if (zone, name) in self._states:
                self._zones[zone].judgements.pop(name, None)

    def learned(self, zone: str) -> dict[str, Any]:
        """What the rules that are on keep of a zone for good, as plain data."""
        kept = {
            name: self.rules[name].learned(state)
            for (where, name), state in self._states.items()
            if where == zone
        }
        plain = {name: msgspec.to_builtins(each) for name, each in kept.items() if each is not None}
        return dict(sorted(plain.items()))

    def take_up(self, zone: str, learned: Mapping[str, Any], now_ms: int) -> None:
        """Gives the rules that are on what they have learned of a new zone; what isn't of the form
        that they keep today (of another version, or broken) is passed over."""
        for name, rule in self.rules.items():
            if name not in learned or rule.learned_type is None:
                continue
            try:
                kept = msgspec.convert(learned[name], rule.learned_type)
            except msgspec.ValidationError:
                continue
            state = rule.new_zone_state()
            rule.take_up(state, kept, now_ms)
            self._add((zone, name), state, NEVER_MS)

    def _asked(self, key: tuple[str, str], question: Callable[[Any], A]) -> A | None:
        """What a rule says of its state. One at which it fails is made anew: it would fail for
        ever, in every worker that takes the correlator over."""
        try:
            return question(self._states[key])
        except UNUSABLE as error:
            self.spoilt.append((key[1], f"{type(error).__name__}: {error}"))
            self._states[key] = self.rules[key[1]].new_zone_state()
            self._dues[key] = NEVER_MS
            return None

    def _state(self, key: tuple[str, str]) -> Any:
        """That of a zone and rule, fresh if there was none."""
        state = self._states.get(key)
        if state is None:
            state = self.rules[key[1]].new_zone_state()
            self._add(key, state, NEVER_MS)
        return state

    def _add(self, key: tuple[str, str], state: Any, due_ms: int) -> None:
        self._states[key], self._dues[key] = state, due_ms
        # In an order that a restart doesn't change.
        self._ordered = [
            (zone, name)
            for zone in self._zones
            for name in self.rules
            if (zone, name) in self._states
        ]


def _that_define(rules: Mapping[str, AnyRule], method: str) -> frozenset[str]:
    """The names of rules that have their own of a method."""
    usual = getattr(Rule, method)
    return frozenset(
        name for name, rule in rules.items() if getattr(type(rule), method) is not usual
    )


def _stored_bytes(state: Any) -> int:
    """About how long a state is as it is stored; one that would have to be copied for that says it
    itself."""
    own: int | None = getattr(state, "stored_bytes", None)
    return len(msgspec.msgpack.encode(state)) if own is None else own


def _evaluate(rule: AnyRule, until_ms: int, state: Any) -> list[Finding]:
    return rule.evaluate(state, until_ms)
