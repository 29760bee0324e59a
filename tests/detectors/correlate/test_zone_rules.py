"""Second halves are asked when something falls due, in an order that a restart doesn't change."""

from typing import Any, ClassVar

import msgspec

from detectors.context.known_honest import KnownHonest
from detectors.correlate.zone import NEVER_MS, Zone, ZoneState
from detectors.correlate.zone_rules import ZoneRules
from detectors.features.rule import AnyRule, Rule
from detectors.model.columns import Batch
from detectors.model.finding import Finding, Observation
from detectors.rules.held_back.rule import HeldBack
from detectors.rules.odd_level.rule import OddLevel
from detectors.rules.sudden_cell.rule import SuddenCell
from detectors.rules.transient_cell.rule import TransientCell


class Waits(msgspec.Struct):
    """Observations that wait, and how often the state was asked for what is due."""

    observations: list[Observation] = []
    judged: int = 0


class Echo(Rule[Batch, None, Waits], frozen=True, kw_only=True):
    """A finding for each observation a second later."""

    name: ClassVar[str] = "unknown_cell"

    def observe(self, state: Waits, observation: Observation) -> None:
        state.observations.append(observation)

    def next_due_ms(self, state: Waits) -> int | None:
        return state.observations[0].rx_ts + 1000 if state.observations else None

    def evaluate(self, state: Waits, until_ms: int) -> list[Finding]:
        state.judged += 1
        due = [
            observation
            for observation in state.observations
            if observation.rx_ts + 1000 <= until_ms
        ]
        state.observations = state.observations[len(due) :]
        return [
            Finding(
                detector=self.name,
                version=1,
                family="identity",
                ts=observation.ts,
                rx_ts=observation.rx_ts + 1000,
                weight=1.0,
                cap=1.0,
                space="device",
                who=observation.who,
                source=observation.source,
            )
            for observation in due
        ]


class Mute(Echo, frozen=True, kw_only=True):
    """Another rule of the like."""

    name: ClassVar[str] = "unknown_old_area"


def judges(zones: dict[str, ZoneState]) -> ZoneRules:
    return ZoneRules({rule.name: rule for rule in (Echo(), Mute())}, zones)


def zone(name: str) -> Zone:
    return Zone.of(name, ZoneState(), KnownHonest())


def observation(make: Any, who: str, at_s: float, rule: type[AnyRule] = Echo) -> Observation:
    made: Observation = make.observation(0, at_s, detector=rule.name, who=who)
    return made


def found(judged: ZoneRules, until_ms: int) -> list[tuple[str, str]]:
    return [(zone, finding.who) for zone, finding in judged.evaluate(until_ms)]


def test_when_something_is_due(make: Any) -> None:
    judged = judges({"a": ZoneState(), "b": ZoneState()})
    assert judged.next_due_ms(NEVER_MS) == NEVER_MS
    assert judged.observe(zone("a"), observation(make, "x", 5.0)) == make.t0_ms + 6000
    assert judged.observe(zone("b"), observation(make, "y", 2.0)) == make.t0_ms + 3000
    assert judged.next_due_ms(0) == make.t0_ms + 3000
    assert found(judged, make.t0_ms + 3000) == [("b", "y")]
    # The bound of b is early now, which shows once it is asked.
    assert judged.next_due_ms(make.t0_ms + 3000) == make.t0_ms + 3000
    assert judged.next_due_ms(make.t0_ms + 3001) == make.t0_ms + 6000
    assert found(judged, make.t0_ms + 6000) == [("a", "x")]


def test_only_what_is_due_is_asked(make: Any) -> None:
    zones = {"a": ZoneState(), "b": ZoneState()}
    judged = judges(zones)
    judged.observe(zone("a"), observation(make, "x", 5.0))
    judged.observe(zone("b"), observation(make, "y", 2.0))
    found(judged, make.t0_ms + 3000)
    judged.store()
    states = [msgspec.msgpack.decode(zones[z].judgements[Echo.name], type=Waits) for z in "ab"]
    assert [state.judged for state in states] == [0, 1]


def test_zones_then_rules_whatever_came_first_and_after_a_restart(make: Any) -> None:
    zones = {"a": ZoneState(), "b": ZoneState()}
    judged = judges(zones)
    for name in "ba":
        for rule in (Mute, Echo):
            judged.observe(zone(name), observation(make, f"{rule.name} in {name}", 0.0, rule))
    judged.store()
    expected = [(zone, f"{rule.name} in {zone}") for zone in "ab" for rule in (Echo, Mute)]
    assert found(judges(zones), make.t0_ms + 1000) == expected
    assert found(judged, make.t0_ms + 1000) == expected


def test_the_order_of_observations_of_several_rules_is_free_of_one_rule_it_is_not() -> None:
    """Nor where two of them bring the same memory of phones up to date."""
    rules = ZoneRules({name: Echo() for name in ("a", "b")}, {})
    assert rules.are_free(["a", "b"])
    assert rules.are_free([])
    assert not rules.are_free(["a", "b", "a"])
    assert not rules.are_free(["a", "census"])
    of_levels = {"odd_level": OddLevel(), "odder_level": OddLevel(), "held_back": HeldBack()}
    assert ZoneRules(of_levels, {}).are_free(["odd_level", "held_back"])
    assert not ZoneRules(of_levels, {}).are_free(["odd_level", "odder_level"])


def test_what_is_stored_of_a_rule_that_was_turned_off_is_kept() -> None:
    zones = {"a": ZoneState(judgements={"turned_off": b"anything"})}
    judged = judges(zones)
    judged.store()
    assert zones["a"].judgements == {"turned_off": b"anything"}


def test_a_rule_s_state_of_another_release_begins_anew_and_no_others() -> None:
    """As it was before samples were counted by minutes: a list of three numbers."""
    old = {"spells": {"watch": {"squares": {"1994,5820": [0, 60_000, 3]}}}, "due": []}
    stored = ZoneState(
        judgements={
            "transient_cell": msgspec.msgpack.encode(old),
            "unknown_cell": msgspec.msgpack.encode(Waits(judged=7)),
            "sudden_cell": b"\xc1",
        }
    )
    rules: list[AnyRule] = [TransientCell(), Echo(), SuddenCell()]
    zones = {"z": stored}
    held = ZoneRules({rule.name: rule for rule in rules}, zones)
    assert sorted(held.unreadable) == [("z", "sudden_cell"), ("z", "transient_cell")]
    held.store()
    assert msgspec.msgpack.decode(stored.judgements["unknown_cell"], type=Waits).judged == 7
    assert ZoneRules({rule.name: rule for rule in rules}, zones).unreadable == []
