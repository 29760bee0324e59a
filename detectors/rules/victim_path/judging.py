"""The second half of `victim_path`: how far each person is, by whichever record comes last."""

from typing import Any, Final

import msgspec

from detectors.features.calls.links import links_of
from detectors.features.memory.lru import keep
from detectors.model.codes import LEVELS
from detectors.model.finding import Finding, Observation, OfCalls
from detectors.rules.victim_path.parameters import Parameters
from detectors.rules.victim_path.persons import (
    MOST_OF_ONE,
    Exposure,
    LongCall,
    Named,
    Paths,
    Person,
    Step,
    Together,
    keep_newest,
)
from detectors.rules.victim_path.spoken import KIND, spoken_in

MEDIUM, DEEP = 2, 3
#: What weighs in full; the others are odd for innocent reasons, too.
STRONG: Final = ("spoofed", "call_back")
#: More receivers of one number aren't counted.
_MOST_RECEIVERS: Final = 16
_MS_A_MIN, _MS_AN_H = 60_000, 3_600_000


def observe(rule: Parameters, state: Paths, observation: Observation) -> None:
    """Takes one observation in, and puts down what follows from it."""
    if observation.kind == "exposed":
        _expose(rule, state, observation)
    elif observation.kind == "called":
        _call_back(rule, state, observation)
    elif observation.kind == KIND:
        light = msgspec.structs.replace(observation, values={}, of_calls=None)
        state.together.append(Together(light, spoken_in(observation)))
    elif observation.kind in ("text", "recorded"):
        _text(rule, state, observation)
    else:
        _step(rule, state, observation)


def judge_spoken(rule: Parameters, state: Paths, until_ms: int) -> None:
    """Long calls to people, those of all partitions together once their window is over; those to a
    number that a text named count."""
    while state.together and (rx := min(each.rx for each in state.together)) <= until_ms:
        due = [each for each in state.together if each.rx == rx]
        state.together = [each for each in state.together if each.rx > rx]
        calls = sorted(call for each in due for call in each.calls)
        for call in calls:
            if call.callee in state.named:
                _spoken(rule, state, call, due[0].observation)


def _spoken(rule: Parameters, state: Paths, call: LongCall, observation: Observation) -> None:
    named = state.number(call.callee, observation.rx_ts, int(rule.remembered_h * _MS_AN_H))
    links = links_of(callback=call.callee)
    about = OfCalls(number=call.callee, role="callback", calls=(call.ref,), links=links)
    minutes = (call.ends - call.ts) // _MS_A_MIN
    exposure = Exposure("call_back", about, call.ts, call.ends, minutes)
    keep_newest(named.rung, (call.caller, exposure))
    _judge_number(rule, state, named, observation)


def _step(rule: Parameters, state: Paths, observation: Observation) -> None:
    """What somebody did; with a call to a bank, whom they spoke with before."""
    person, of_bank = _person(rule, state, observation.who, observation), observation.kind == "bank"
    number = _about(observation).number
    _add_steps(person, observation.kind, observation, "" if of_bank else number or "")
    if of_bank and number is not None:
        _call_back(rule, state, observation)
    _judge(rule, state, person, observation.who, observation)


def _expose(rule: Parameters, state: Paths, observation: Observation) -> None:
    """A call in which somebody may be worked on. Those that a subscriber's phone has diverted are
    excused, as long as they go to whom one subscriber would divert them to."""
    who, exposure = observation.who, _exposure(observation)
    name = observation.values.get("diverter")
    if name is None:
        _take(rule, state, who, exposure, observation)
        return
    diverting = state.diverter(str(name), observation.rx_ts, int(rule.remembered_h * _MS_AN_H))
    keep(diverting.to, who, observation.rx_ts, MOST_OF_ONE)
    keep_newest(diverting.held, (who, exposure))
    if len(diverting.to) > rule.most_diverted_to:
        held, diverting.held = diverting.held, []
        for each, call in held:
            _take(rule, state, each, call, observation)


def _take(
    rule: Parameters, state: Paths, who: str, exposure: Exposure, observation: Observation
) -> None:
    number = exposure.about.number
    if number is not None:
        first_ms = state.first_spoke(
            *(who, number, exposure.ts, observation.rx_ts),
            keep_ms=int(rule.remembered_h * _MS_AN_H),
        )
        knows = exposure.ts - first_ms >= rule.acquainted_h * _MS_AN_H
        if rule.excuse_acquainted and knows and exposure.suspect not in STRONG:
            return
    person = _person(rule, state, who, observation)
    if all(each.about.calls != exposure.about.calls for each in person.exposures):
        keep_newest(person.exposures, exposure)
        _judge(rule, state, person, who, observation)


def _call_back(rule: Parameters, state: Paths, observation: Observation) -> None:
    """Somebody rang a number at length; whether it is one of a false text may be known later."""
    if observation.kind == "called":
        _add_steps(_person(rule, state, observation.who, observation), "", observation, "")
    exposure, number = _exposure(observation), _about(observation).number
    if number is None:
        return
    named = state.number(number, observation.rx_ts, _keep_ms(rule))
    keep_newest(named.rung, (observation.who, exposure))
    _judge_number(rule, state, named, observation)


def _text(rule: Parameters, state: Paths, observation: Observation) -> None:
    number = _about(observation).number
    if number is None:
        return
    named = state.number(number, observation.rx_ts, int(rule.remembered_h * _MS_AN_H))
    was = named.counts()
    if observation.kind == "recorded":
        named.unrecorded.pop(observation.who, None)
        named.recorded += 1
    elif len(named.unrecorded) < _MOST_RECEIVERS:
        named.unrecorded[observation.who] = observation.ts
    state.count(named, was)
    _judge_number(rule, state, named, observation)


def _judge_number(rule: Parameters, state: Paths, named: Named, observation: Observation) -> None:
    """Where a number's texts are false, those who rang it were worked on."""
    false = bool(named.unrecorded)
    if rule.excuse_unrecorded:
        false = named.recorded == 0 and len(named.unrecorded) >= rule.least_texts
        of_firm = any(each.about.number_class is not None for _, each in named.rung)
        least_nats = rule.least_nats if of_firm else rule.person_nats
        false &= state.unrecorded_nats(named) >= least_nats
    if not false:
        return
    rung, named.rung = named.rung, []
    for who, exposure in rung:
        person = _person(rule, state, who, observation)
        # One call may come from two points, and once more with that to a bank.
        if all(each.about.calls != exposure.about.calls for each in person.exposures):
            keep_newest(person.exposures, exposure)
        _judge(rule, state, person, who, observation)


def _judge(
    rule: Parameters, state: Paths, person: Person, who: str, observation: Observation
) -> None:
    for exposure in person.exposures:
        level, step, reasons = _reached(rule, exposure, person.steps)
        if level > exposure.level and step is not None:
            exposure.level = level
            state.due.append(_finding(rule, exposure, who, step, reasons, observation))


def _reached(
    rule: Parameters, exposure: Exposure, steps: list[Step]
) -> tuple[int, Step | None, str]:
    """How far somebody got by one call: the level, what decided it, and all that led there."""
    slack_ms, ends_ms = rule.clock_s * 1000, exposure.ends_ms
    if exposure.suspect == "call_back":
        check, reasons = Step("called", "", exposure.ts, ""), "called_back"
        begins_ms = ends_ms
    else:
        found = _first(steps, "check", ends_ms - slack_ms, rule.check_min, slack_ms)
        if found is None:
            return 0, None, ""
        check, reasons, begins_ms = found, "long_call asked_office", found.ts
    since_ms = begins_ms - slack_ms
    bank = _first(steps, "bank", since_ms, rule.bank_min, slack_ms)
    again = _first(steps, "again", since_ms, rule.again_min, slack_ms)
    if bank is not None:
        return DEEP, bank, f"{reasons} rang_bank"
    if again is not None:
        return DEEP, again, f"{reasons} rang_back"
    return MEDIUM, check, reasons


def _first(
    steps: list[Step], kind: str, since_ms: float, within_min: float, slack_ms: float
) -> Step | None:
    """The first step of a kind from then on, within so long; both ends are as sure as clocks."""
    until_ms = since_ms + within_min * _MS_A_MIN + 2 * slack_ms
    some = [each for each in steps if each.kind == kind and since_ms <= each.ts <= until_ms]
    return min(some, key=lambda each: each.ts, default=None)


def _finding(
    rule: Parameters,
    exposure: Exposure,
    who: str,
    step: Step,
    reasons: str,
    observation: Observation,
) -> Finding:
    weight = rule.deep_weight if exposure.level == DEEP else rule.medium_weight
    weight *= 1.0 if exposure.suspect in STRONG else rule.weak_share
    about = msgspec.structs.replace(exposure.about, people=(who,))
    if step.number:
        links = (*about.links, *links_of(callback=step.number))
        about = msgspec.structs.replace(about, links=tuple(dict.fromkeys(links)))
    values = {
        "level": LEVELS[exposure.level - 1],
        "suspect": exposure.suspect,
        "minutes": exposure.minutes,
        "reasons": reasons,
    }
    named = {"who": about.number or "", "of_calls": about}
    return rule.finding_about(observation, weight, ts=step.ts, values=values, **named)


def _person(rule: Parameters, state: Paths, who: str, observation: Observation) -> Person:
    return state.person(who, observation.rx_ts, _keep_ms(rule))


def _keep_ms(rule: Parameters) -> int:
    """How long what somebody did matters: records may come two hours late."""
    minutes = rule.check_min + max(rule.bank_min, rule.again_min)
    return int(minutes * _MS_A_MIN) + rule.horizon_ms


def _add_steps(person: Person, kind: str, observation: Observation, number: str) -> None:
    """What somebody did, each call once; and the bank call that came with it."""
    values: Any = observation.values
    steps = [Step(kind, str(values.get("ref")), observation.ts, number)] if kind else []
    if values.get("bank_ref") is not None:
        steps.append(Step("bank", str(values["bank_ref"]), int(values["bank_ts"]), ""))
    for step in steps:
        if all((each.kind, each.ref) != (step.kind, step.ref) for each in person.steps):
            keep_newest(person.steps, step)


def _exposure(observation: Observation) -> Exposure:
    values: Any = observation.values
    suspect = str(values.get("suspect", "call_back"))
    ends_ms, minutes = int(values["ends_ms"]), int(values["minutes"])
    ts = int(values.get("called_ts", observation.ts))
    return Exposure(suspect, _about(observation), ts, ends_ms, minutes)


def _about(observation: Observation) -> OfCalls:
    return observation.of_calls or OfCalls()
