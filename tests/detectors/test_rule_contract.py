"""What every rule owes as a detector: one suite over all, on traces that fire and that stay silent.

The two traces, ``fires`` and ``silent``, are functions in `samples.py` of the rule's room. They
give pieces: batches, and lists of the rare messages that a rule reads, be it beside batches or
alone. What else a room must hold is asked in `test_rule_room.py`.

Long because it is the one list of what a rule owes.
"""

import dataclasses
import importlib
import inspect
import pickle
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import yaml

from detectors.correlate import zone_rules
from detectors.correlate.state import CorrelatorState
from detectors.correlate.zone import Zone, ZoneState
from detectors.correlate.zone_rules import ZoneRules
from detectors.features.callers.callers import Callers
from detectors.features.facts import Facts, Origin
from detectors.features.memory import lru
from detectors.features.phones.phones import Phones
from detectors.features.remembered import remember
from detectors.features.rule import AnyRule, Screened, optional
from detectors.model.codes import GSM
from detectors.model.columns import Batch, Measurements
from detectors.model.finding import Finding, Observation, Source
from detectors.register.register import Register
from detectors.rules import RULES
from detectors.rules.sample_town import Piece, read_rare
from detectors.screen.screening import Screening

ROOT = Path(__file__).parents[2]
ORIGIN = Origin("a topic", 3)

Trace = Callable[[Any], list[Piece]]


def samples_of(name: str) -> Any:
    """The samples in a rule's room: ``fires`` and ``silent`` are its two traces, ``register`` makes
    the register that they are about where the town's won't do."""
    return importlib.import_module(f"detectors.rules.{name}.samples")


SAMPLES = {rule.name: samples_of(rule.name) for rule in RULES}
TRACES: dict[str, tuple[Trace, Trace]] = {
    name: (samples.fires, samples.silent) for name, samples in SAMPLES.items()
}
REGISTERS = {name: getattr(samples, "register", None) for name, samples in SAMPLES.items()}

#: Columns of a serving cell that an entry of a neighbour list has too.
NUMBERS, CODES = ("mcc", "mnc", "area", "cell"), ("arfcn", "pci")


def each_of(rules: Iterable[type[AnyRule]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("rule_type", list(rules), ids=lambda rule: rule.name)


every_rule = each_of(RULES)
#: A rule may read rare messages alone, of which no batches come.
every_rule_of_batches = each_of(rule for rule in RULES if rule.reads)
every_rule_of_reports = each_of(rule for rule in RULES if Measurements in rule.reads)


@dataclasses.dataclass
class Kept:
    """What is kept of a partition: a rule's own state, and what all rules share."""

    own: Any
    phones: Phones
    callers: Callers


def fresh(rule: AnyRule) -> Kept:
    return Kept(rule.new_state(), Phones(), Callers())


def facts_of(rule: AnyRule, kept: Kept, batch: Batch, make: Any) -> Facts[Any]:
    return Facts(batch, register_of(rule.name, type(make)), ORIGIN, kept.phones, kept.callers)


@cache
def register_of(name: str, town: type[Any]) -> Register:
    """The register that a rule's traces are about, which nothing changes."""
    return (REGISTERS[name] or town.register)(town())  # type: ignore[no-any-return]


def step(rule: AnyRule, kept: Kept, batch: Piece, make: Any, **other: Any) -> Screened:
    """One step of a screening: of a batch, or of rare messages, which need nothing that is kept."""
    if isinstance(batch, list):
        return read_rare(rule, batch)
    facts = dataclasses.replace(facts_of(rule, kept, batch, make), **other)
    screened = rule.screen(kept.own, facts) if rule.concerns(facts) else Screened()
    remember(facts)
    return screened


def rest(rule: AnyRule, kept: Kept, until_ms: int = 1 << 60) -> Screened:
    """What the first half has summed up and not sent yet."""
    return Screened(observations=rule.sums_due(kept.own, until_ms, ORIGIN))


def in_order(screened: list[Screened]) -> tuple[list[Finding], list[Observation]]:
    """As a screening orders them: by source, then content."""

    def key(record: Finding | Observation) -> Any:
        return record.source, record.digest(), record.who

    findings = sorted((f for each in screened for f in each.findings), key=key)
    return findings, sorted((n for each in screened for n in each.observations), key=key)


def at_once(rule: AnyRule, batch: Piece, make: Any) -> tuple[list[Finding], list[Observation]]:
    """All that the first half makes of a batch."""
    state = fresh(rule)
    return in_order([step(rule, state, batch, make), rest(rule, state)])


def judged(rule: AnyRule, observations: list[Observation], restored: bool = False) -> list[Finding]:
    """What the second half says, every due moment in its turn, or with its state stored between."""
    state = rule.new_zone_state()
    findings: list[Finding] = []
    for observation in [*sorted(observations, key=lambda n: (n.rx_ts, n.digest())), None]:
        until_ms = observation.rx_ts if observation else 1 << 60
        while (due := rule.next_due_ms(state)) is not None and due < until_ms:
            findings += rule.evaluate(state, due)
        if observation:
            rule.observe(state, observation)
        if restored:
            state = again(state)
    return findings


def again(state: Any) -> Any:
    """A judging state after a way through storage."""
    if state is None:
        return None
    return msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=type(state))


def copied(state: Any) -> Any:
    """A screening state, which is never stored, after a way through pickle."""
    return pickle.loads(pickle.dumps(state))


def part_of(piece: Piece, rows: slice) -> Piece:
    return piece[rows] if isinstance(piece, list) else piece.take(rows)


def one_by_one(piece: Piece) -> Iterator[Piece]:
    return (part_of(piece, slice(row, row + 1)) for row in range(len(piece)))


def batches_in(trace: list[Piece]) -> list[Batch]:
    return [piece for piece in trace if isinstance(piece, Batch)]


def found(rule: AnyRule, batches: list[Piece], make: Any) -> list[Finding]:
    state = fresh(rule)
    steps = [step(rule, state, batch, make) for batch in batches]
    findings, observations = in_order([*steps, rest(rule, state)])
    return findings + judged(rule, observations)


#: What names people, their numbers and devices, in columns or fields; the first that a batch has is
#: what its messages are keyed by.
NAMES = (
    *("device", "subscriber", "caller", "callee", "presented", "asserted", "redirecting"),
    *("callback", "number", "reporter", "sim", "terminal"),
)


def names_in(piece: Piece) -> set[str]:
    """All names in a batch or in rare messages."""
    if isinstance(piece, list):
        given = {getattr(one, name, None) for one in piece for name in NAMES}
    else:
        given = {who for name in NAMES for who in getattr(piece, name, ())}
    return {str(who) for who in given if who}


def renamed(piece: Piece, rename: Callable[[str], str]) -> Any:
    if isinstance(piece, list):
        return [_one_renamed(one, rename) for one in piece]
    changed = {}
    for name in (name for name in NAMES if hasattr(piece, name)):
        column = getattr(piece, name).copy()
        column[:] = [rename(who) if who else who for who in column.tolist()]
        changed[name] = column
    return dataclasses.replace(piece, **changed)


def _one_renamed(one: Any, rename: Callable[[str], str]) -> Any:
    given = {name: getattr(one, name, None) for name in NAMES}
    return msgspec.structs.replace(one, **{name: rename(who) for name, who in given.items() if who})


def later(piece: Piece, by_ms: int) -> Any:
    if isinstance(piece, list):
        return [_one_later(one, by_ms) for one in piece]
    return dataclasses.replace(piece, ts_ms=piece.ts_ms + by_ms, rx_ms=piece.rx_ms + by_ms)


def _one_later(one: Any, by_ms: int) -> Any:
    ts = None if one.ts is None else one.ts + by_ms
    return msgspec.structs.replace(one, ts=ts, rx_ts=one.rx_ts + by_ms)


def moved(piece: Piece) -> Any:
    """The same messages elsewhere in their topic; rare ones in another topic, too."""
    if isinstance(piece, list):
        return [
            msgspec.structs.replace(one, source=Source("elsewhere", 1, 100 + number, 5))
            for number, one in enumerate(piece)
        ]
    return dataclasses.replace(piece, offset=piece.offset + 100, index=piece.index + 5)


def columns(batch: Any) -> dict[str, Any]:
    """All arrays of a batch, those of its parts as well."""
    arrays: dict[str, Any] = {}
    for f in dataclasses.fields(batch):
        value = getattr(batch, f.name)
        arrays |= {f.name: value} if isinstance(value, np.ndarray) else columns(value)
    return arrays


@every_rule
def test_one_word_names_everything(rule_type: type[AnyRule], make: Any) -> None:
    name = rule_type.name
    assert Path(inspect.getfile(rule_type)).parent.name == name
    assert rule_type.__name__ == "".join(word.title() for word in name.split("_"))
    fires, _ = TRACES[name]
    assert {finding.detector for finding in found(rule_type(), fires(make), make)} == {name}


@every_rule
def test_builds_from_defaults_and_from_yaml(rule_type: type[AnyRule]) -> None:
    tree = yaml.safe_load((ROOT / "configs" / "default.yaml").read_text("utf-8"))
    shipped = msgspec.convert(tree["rules"].get(rule_type.name, {}), type=rule_type)
    assert msgspec.structs.replace(shipped, enabled=True) == rule_type()
    assert msgspec.convert({}, type=rule_type) == rule_type()
    assert rule_type().enabled
    with pytest.raises(msgspec.ValidationError, match="no_such_key"):
        msgspec.convert({"no_such_key": 1}, type=rule_type)


@every_rule
def test_is_frozen_and_versioned_and_says_what_it_reads(
    rule_type: type[AnyRule], make: Any
) -> None:
    rule = rule_type()
    assert rule.version >= 1
    assert rule.reads + rule.rare
    with pytest.raises(AttributeError):
        rule.enabled = False  # type: ignore[misc]
    fires, silent = TRACES[rule.name]
    for trace in (fires, silent):
        pieces = trace(make)
        kinds = {type(batch) for batch in batches_in(pieces)}
        kinds |= {type(one) for piece in pieces if isinstance(piece, list) for one in piece}
        due = {*rule.reads, *rule.rare}
        assert kinds == due, f"{trace.__module__}: {trace.__name__}() lacks {due - kinds}"
    for finding in found(rule, fires(make), make):
        assert (finding.version, finding.family) == (rule.version, rule.family)


@every_rule
def test_fires_and_stays_silent(rule_type: type[AnyRule], make: Any) -> None:
    fires, silent = TRACES[rule_type.name]
    findings = found(rule_type(), fires(make), make)
    samples = f"detectors/rules/{rule_type.name}/samples.py"
    assert len(findings) >= 2, f"{samples}: fires() must bring about two findings or more"
    assert all(0 < finding.weight <= finding.cap for finding in findings)
    assert found(rule_type(), silent(make), make) == [], f"{samples}: silent() is not silent"


@every_rule
def test_same_input_same_output(rule_type: type[AnyRule], make: Any) -> None:
    fires, _ = TRACES[rule_type.name]
    rule = rule_type()
    assert found(rule, fires(make), make) == found(rule, fires(make), make)


@every_rule_of_batches
def test_an_empty_batch_says_nothing(rule_type: type[AnyRule], make: Any) -> None:
    rule = rule_type()
    for kind in rule.reads:
        state = fresh(rule)
        assert step(rule, state, kind.of(ts_ms=[]), make) == Screened([], [])
        assert pickle.dumps(state) == pickle.dumps(fresh(rule))


@every_rule_of_batches
def test_what_does_not_concern_it_need_not_be_shown_to_it(
    rule_type: type[AnyRule], make: Any
) -> None:
    """Row by row, it lets through the same when it is asked about every one."""
    rule, (fires, silent) = rule_type(), TRACES[rule_type.name]
    batches = [batch for trace in (silent, fires, silent) for batch in batches_in(trace(make))]
    rows = [row for batch in batches for row in one_by_one(batch)]
    found = []
    for is_asked_always in (False, True):
        kept, steps = fresh(rule), []
        for batch in [*rows, *(kind.of(ts_ms=[]) for kind in rule.reads)]:
            facts = facts_of(rule, kept, batch, make)
            if is_asked_always or rule.concerns(facts):
                steps.append(rule.screen(kept.own, facts))
            remember(facts)
        found.append(in_order([*steps, rest(rule, kept)]))
    assert found[0] == found[1]
    assert any(found[0])


@every_rule
def test_a_register_that_knows_nothing_breaks_nothing(rule_type: type[AnyRule], make: Any) -> None:
    rule = rule_type()
    for trace in TRACES[rule.name]:
        state, observations = fresh(rule), list[Observation]()
        for batch in trace(make):
            observations += in_order([step(rule, state, batch, make, register=Register.empty())])[1]
        observations += rest(rule, state).observations
        assert all(0 < finding.weight <= finding.cap for finding in judged(rule, observations))


@every_rule
def test_a_batch_cut_in_two_gives_the_same_as_the_whole(
    rule_type: type[AnyRule], make: Any
) -> None:
    rule = rule_type()
    fires, _ = TRACES[rule.name]
    for batch in fires(make):
        whole = at_once(rule, batch, make)
        for cut in range(len(batch) + 1):
            state = fresh(rule)
            parts = part_of(batch, slice(0, cut)), part_of(batch, slice(cut, None))
            steps = [step(rule, state, part, make) for part in parts]
            assert in_order([*steps, rest(rule, state)]) == whole


@every_rule_of_reports
def test_what_is_listed_before_it_serves_counts_in_that_order(
    rule_type: type[AnyRule], make: Any
) -> None:
    """Each cell of a trace twice: one report has it as a neighbour, the same device's next one as
    its serving cell."""
    rule = rule_type()
    pieces = TRACES[rule.name][0](make)
    for batch in (piece for piece in pieces if isinstance(piece, Measurements)):
        own = [
            {
                "rat": int(batch.rat[row]),
                **{name: int(getattr(batch, name)[row]) for name in NUMBERS},
                **{name: optional(getattr(batch, name)[row]) for name in CODES},
            }
            for row in range(len(batch))
        ]
        places = [
            {"lat": float(lat), "lon": float(lon)}
            for lat, lon in zip(batch.lat, batch.lon, strict=True)
        ]
        twice = [
            {**each, **place, "device": f"d{row}", "at_s": 10.0 * row + later}
            for row, (cell, place) in enumerate(zip(own, places, strict=True))
            for later, each in enumerate(({"neighbours": [cell]}, cell))
        ]
        both = make.measurements(*twice)
        whole = at_once(rule, both, make)
        state = fresh(rule)
        alone = [both.take(slice(row, row + 1)) for row in range(len(both))]
        steps = [step(rule, state, part, make) for part in alone]
        assert in_order([*steps, rest(rule, state)]) == whole


@every_rule
def test_its_state_survives_storage_at_any_point(rule_type: type[AnyRule], make: Any) -> None:
    rule = rule_type()
    fires, _ = TRACES[rule.name]
    for batch in fires(make):
        whole = at_once(rule, batch, make)
        state, steps = fresh(rule), []
        for row in one_by_one(batch):
            steps.append(step(rule, state, row, make))
            state = copied(state)
        assert in_order([*steps, rest(rule, state)]) == whole
        assert judged(rule, whole[1], restored=True) == judged(rule, whole[1])


@every_rule_of_batches
def test_it_leaves_its_input_alone(rule_type: type[AnyRule], make: Any) -> None:
    rule = rule_type()
    fires, _ = TRACES[rule.name]
    for batch in batches_in(fires(make)):
        before = {name: array.copy() for name, array in columns(batch).items()}
        for array in columns(batch).values():
            array.flags.writeable = False
        state = fresh(rule)
        steps = [step(rule, state, batch, make), rest(rule, state)]
        passed = [each for screened in steps for each in screened.observations]
        for name, array in columns(batch).items():
            np.testing.assert_array_equal(array, before[name], err_msg=name)
        observations = msgspec.json.encode(passed)
        judged(rule, passed)
        assert msgspec.json.encode(passed) == observations


@every_rule
def test_what_it_learns_for_good_is_plain_bounded_and_nobodys(
    rule_type: type[AnyRule], make: Any
) -> None:
    """And is again what it was after a way through a file into a new zone."""
    rule = rule_type()
    fires, silent = TRACES[rule.name]
    batches = [
        renamed(later(batch, hour * 3_600_000), f"{hour}-somebody-{{}}".format)
        for hour in range(3)
        for batch in [*silent(make), *fires(make)]
    ]
    state, zone = fresh(rule), rule.new_zone_state()
    for number, batch in enumerate(batches):
        due_ms = make.t0_ms + (1 + number) * 10**7
        observations = in_order([step(rule, state, batch, make), rest(rule, state, due_ms)])[1]
        for observation in sorted(observations, key=lambda n: (n.rx_ts, n.digest())):
            rule.observe(zone, observation)
    now_ms = make.t0_ms + 3 * 3_600_000
    rule.evaluate(zone, now_ms)
    before = pickle.dumps(zone)
    learned = rule.learned(zone)
    assert pickle.dumps(zone) == before, "learned() must leave the state alone"
    assert (learned is None) == (rule.learned_type is None)
    if learned is None or rule.learned_type is None:
        return
    text = msgspec.json.encode(learned)
    who_in = {who for batch in batches for who in names_in(batch)}
    assert not [who for who in who_in if who.encode() in text]
    assert b"somebody" not in text
    back = msgspec.json.decode(text, type=rule.learned_type)
    assert back == learned
    begun = rule.new_zone_state()
    rule.take_up(begun, back, now_ms)
    assert rule.learned(begun) == learned
    assert rule.next_due_ms(begun) is None
    again(begun)


@every_rule
def test_it_begins_with_nothing_learned_as_it_begins_without(rule_type: type[AnyRule]) -> None:
    rule = rule_type()
    if rule.learned_type is None:
        assert rule.learned(rule.new_zone_state()) is None
        return
    assert rule.learned(rule.new_zone_state()) == rule.learned_type()
    long_ago, now_ms = rule.new_zone_state(), 1_748_916_000_000
    rule.take_up(long_ago, rule.learned_type(), now_ms)
    assert rule.learned(long_ago) == rule.learned_type()


@pytest.mark.slow
@every_rule
@pytest.mark.parametrize("steps", [90, pytest.param(180, marks=pytest.mark.long)])
def test_its_state_does_not_grow_with_time(rule_type: type[AnyRule], make: Any, steps: int) -> None:
    """Over three hours, in which the same happens to others every two minutes, or every one."""
    rule = rule_type()
    pieces = TRACES[rule.name][0](make)
    state, judging, sizes = fresh(rule), rule.new_zone_state(), []
    # Samples of a rule that remembers for longer than an hour and a half say for how long.
    whole_ms = max(180 * 60_000, 9 * getattr(SAMPLES[rule.name], "REMEMBERED_MS", 0) // 4)
    for number in range(steps):
        after_ms = number * whole_ms // steps
        for batch in pieces:
            again = later(renamed(batch, f"{number}-{{}}".format), after_ms)
            for observation in in_order([step(rule, state, again, make)])[1]:
                rule.observe(judging, observation)
        due_ms = make.t0_ms + after_ms
        for observation in rest(rule, state, due_ms).observations:
            rule.observe(judging, observation)
        rule.evaluate(judging, make.t0_ms + after_ms)
        if number % 3 == 2:
            sizes.append(len(pickle.dumps(state)) + len(msgspec.msgpack.encode(judging)))
    half = len(sizes) // 2
    assert max(sizes[half:]) <= 1.05 * max(sizes[:half])


def of_many(piece: Piece, count: int, salt: int) -> Piece:
    """Messages of a piece again and again at the same time, each time by other devices."""
    times = -(-count // len(piece))
    turns = [renamed(piece, f"{salt}-{turn}-{{}}".format) for turn in range(times)]
    if isinstance(piece, list):
        every = sorted((one for turn in turns for one in turn), key=lambda one: int(one.rx_ts))
        return [
            msgspec.structs.replace(one, source=Source("a topic", 3, number, -1))
            for number, one in enumerate(every)
        ]
    many: Any = piece.take(np.tile(np.arange(len(piece)), times))
    names = {
        name: np.concatenate([getattr(turn, name) for turn in turns])
        for name in NAMES
        if hasattr(piece, name)
    }
    many = dataclasses.replace(many, offset=np.arange(len(many)), **names)
    return many.take(np.argsort(many.rx_ms, kind="stable"))  # type: ignore[no-any-return]


@pytest.mark.slow
@every_rule
def test_its_state_does_not_grow_with_ever_new_devices(
    rule_type: type[AnyRule], make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever time says, of either half: with bounds that three thousand devices reach."""
    most_bytes = 20 << 10
    monkeypatch.setattr(lru, "MOST_KEPT", 300)
    monkeypatch.setattr(zone_rules, "MOST_STATE_BYTES", most_bytes)
    monkeypatch.setattr(zone_rules, "LOOK_EVERY", 64)
    rule = rule_type()
    fires, _ = TRACES[rule.name]
    kept = ZoneState()
    zone = Zone.of("z", kept, CorrelatorState().known, due_ms=0)
    judging = ZoneRules({rule.name: rule}, {"z": kept})
    state, screened, judged_bytes, one = fresh(rule), [], [], 0
    for salt in range(10):
        observations: list[Observation] = []
        for batch in fires(make):
            observations += step(rule, state, of_many(batch, 300, salt), make).observations
        observations += rest(rule, state, make.t0_ms + (1 + salt) * 10**7).observations
        screened.append(len(pickle.dumps(state)))
        for observation in sorted(observations, key=lambda n: n.rx_ts)[:300]:
            judging.observe(zone, observation)
            one = max(one, len(msgspec.msgpack.encode(observation)))
        judging.store()
        judged_bytes.append(len(kept.judgements.get(rule.name, b"")))
    assert max(screened[5:]) <= max(1.2 * max(screened[:5]), most_bytes)
    assert max(judged_bytes) <= most_bytes + 2 * 64 * one


@every_rule_of_reports
def test_a_level_comes_with_the_timing_advance_beside_it(
    rule_type: type[AnyRule], make: Any
) -> None:
    """Of the serving cell: by it a transmitter is placed best."""
    batches = [
        dataclasses.replace(batch, timing_advance=np.full(len(batch), 3.0))
        if isinstance(batch, Measurements)
        else batch
        for batch in TRACES[rule_type.name][0](make)
    ]
    measured = [batch for batch in batches if isinstance(batch, Measurements)]
    serving = {cell for batch in measured for cell in batch.cell.tolist()}
    for batch in measured:
        serving -= set(batch.neighbours.cell.tolist())
    for finding in found(rule_type(), batches, make):
        cell = None if finding.claimed is None else finding.claimed.cell
        if cell in serving and finding.signal_dbm is not None:
            assert finding.timing_advance == 3.0


def pseudonym(who: str, salt: str) -> str:
    """As the hasher makes them."""
    return f"h-{blake2b(f'{salt} {who}'.encode(), digest_size=12).hexdigest()}"


@every_rule
def test_pseudonyms_only_name_the_finder(rule_type: type[AnyRule], make: Any) -> None:
    rule = rule_type()
    fires, _ = TRACES[rule.name]
    names = {who for piece in fires(make) for who in names_in(piece)}
    findings = []
    for salt in ("one key", "another"):
        pieces = [
            renamed(piece, lambda who, key=salt: pseudonym(who, key)) for piece in fires(make)
        ]
        findings.append(found(rule, pieces, make))
    plain, other = findings
    assert [f.digest() for f in other] == [f.digest() for f in plain]
    text = msgspec.json.encode(plain).decode()
    for who in names:
        text = text.replace(pseudonym(who, "one key"), pseudonym(who, "another"))
    assert other == msgspec.json.decode(text, type=list[Finding])


@every_rule
def test_digests_do_not_depend_on_the_way_that_messages_came(
    rule_type: type[AnyRule], make: Any
) -> None:
    rule = rule_type()
    fires, _ = TRACES[rule.name]
    for batch in fires(make):
        there = Origin("elsewhere", 1)
        one: Any = in_order([step(rule, fresh(rule), batch, make)])
        other: Any = in_order([step(rule, fresh(rule), moved(batch), make, origin=there)])
        for mine, theirs in zip(one, other, strict=True):
            assert [r.digest() for r in mine] == [r.digest() for r in theirs]
            assert {r.source.topic for r in theirs} <= {"elsewhere"}
            assert all(r.source.offset >= 100 and r.source.index >= 4 for r in theirs)


@every_rule
def test_findings_survive_the_wire(rule_type: type[AnyRule], make: Any) -> None:
    fires, _ = TRACES[rule_type.name]
    for finding in found(rule_type(), fires(make), make):
        back = msgspec.json.decode(msgspec.json.encode(finding), type=Finding)
        assert back == finding
        assert back.digest() == finding.digest()


def test_a_rule_that_is_turned_off_says_nothing(make: Any) -> None:
    for rule_type in RULES:
        fires, _ = TRACES[rule_type.name]
        screening = Screening((rule_type(enabled=False),), ORIGIN)
        for batch in fires(make):
            screened = screening.step(batch, make.register())
            ours = [each for each in screened.sent() if each.detector == rule_type.name]
            assert (screened.findings, ours) == ([], [])


def test_a_screening_numbers_what_one_message_gave_rise_to(make: Any) -> None:
    screening = Screening(tuple(rule() for rule in RULES), ORIGIN)
    lat, lon = make.at(40_000.0)
    odd = {"rat": GSM, "mcc": 460, "mnc": 0, "area": 61001}
    neighbours = [{**odd, "cell": 7}, {**odd, "cell": 8}]
    both = {"mcc": 460, "mnc": 0, "lat": lat, "lon": lon, "neighbours": neighbours}
    register = make.register({"rat": GSM, "area": 4200, "cell": 99, "lat": lat, "lon": lon})
    findings = screening.step(make.measurements({}, both, both), register).findings
    by_rule = [("impossible_distance", 0), ("unknown_cell", 0), ("unknown_cell", 1)]
    assert [(f.source.offset, f.detector, f.source.part) for f in findings] == [
        (offset, *one) for offset in (1, 2) for one in by_rule
    ]
    assert len({f.digest() for f in findings[:3]}) == 3
