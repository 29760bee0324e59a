"""What the first half of `victim_path` lets through, of the three sides of a story: who calls, what
those who were called do then, and what texts say is to be rung."""

from typing import Final

import msgspec
import numpy as np

from detectors.features.calls.hotlines import BANK, OFFICE, hotlines
from detectors.features.calls.numbers import about, classes, listed, numbers_of
from detectors.features.facts import Facts
from detectors.features.rule import iterate
from detectors.features.sms.join import Gates, join
from detectors.model.codes import INTERNATIONAL, text_of
from detectors.model.columns import U1, Calls, Sms
from detectors.model.finding import Finding, Observation, OfCalls, Role, Source
from detectors.numbers.classes import FIXED, MOBILE, MVNO, SERVICE, SHARED_COST, SHORT
from detectors.numbers.international import Form
from detectors.rules.victim_path.parameters import Parameters
from detectors.rules.victim_path.recent import Recent, Ring, recent_of
from detectors.rules.victim_path.suspects import FOREIGN, SPOOFED, SUSPECTS, suspects

#: What subscribers rang, by code: hotlines, one number of 400 at length, a number abroad.
_CALLED, _ABROAD = 3, 4
_NO_SUBSCRIBERS: Final = (SHARED_COST, SHORT, SERVICE)
_SOMEBODYS: Final = (FIXED, MOBILE, MVNO)
_MS_A_MIN: Final = 60_000


def of_callers(
    rule: Parameters, state: Recent, facts: Facts[Calls]
) -> tuple[list[Finding], list[Observation]]:
    """Shallow levels, and calls in which somebody may be worked on."""
    batch, findings, observations = facts.batch, list[Finding](), list[Observation]()
    odd = suspects(
        facts,
        excuse_roamers=rule.excuse_roamers,
        excuse_diverted=rule.excuse_diverted,
        excuse_listed=rule.excuse_listed,
    )
    answered = batch.answered & np.isin(classes(facts, "callee"), _SOMEBODYS)
    long = answered & (batch.duration_ms >= rule.long_min * _MS_A_MIN)
    for row, source in iterate(batch, np.flatnonzero(odd > 0), facts.origin):
        kind, name = int(odd[row]), text_of(int(odd[row]), SUSPECTS)
        others = kind == FOREIGN and rule.excuse_relatives
        people = _rang(rule, state, batch, row) if others else rule.least_people
        if kind == SPOOFED and answered[row]:
            found = {
                "of_calls": _about(facts, row),
                "values": {"level": "shallow", "suspect": name, "reasons": "taken"},
            }
            findings.append(rule.finding_in_row(batch, row, source, rule.shallow_weight, **found))
        if long[row] and people >= rule.least_people:
            exposed = {
                "who": batch.callee[row],
                "of_calls": _about(facts, row),
                "values": {"suspect": name, **_times(batch, row)},
            }
            observations.append(rule.observation("exposed", batch, row, source, **exposed))
    return findings, observations


def of_people(rule: Parameters, state: Recent, facts: Facts[Calls]) -> list[Observation]:
    """What subscribers do: they ring offices and banks, numbers of 400, and numbers abroad."""
    batch, rung, observations = facts.batch, _rung(rule, facts), list[Observation]()
    for row, source in iterate(batch, np.flatnonzero(rung), facts.origin):
        kind = int(rung[row])
        if kind == OFFICE:
            found = _office(rule, state, facts, row, source)
        elif kind == BANK:
            found = _bank(rule, state, facts, row, source)
        elif kind == _CALLED:
            found = _called(rule, state, facts, row, source)
        else:
            found = _again(rule, state, facts, row, source)
        if found is not None:
            observations.append(found)
    return observations


def of_texts(rule: Parameters, state: Recent, facts: Facts[Sms]) -> list[Observation]:
    """Texts with a number to call that phones reported, and which of them centres have sent."""
    batch, no_ones = facts.batch, np.isin(classes(facts, "callback"), (SHORT, SERVICE))
    names = (batch.callback != None) & ~no_ones & ~listed(facts, "callback").trusted  # noqa: E711
    some, observations = batch.take(names), list[Observation]()
    gates, origin = Gates(horizon_ms=rule.horizon_ms), facts.origin
    for message in join(state, some, facts.register, gates, origin.topic):
        row = message.row
        source = Source(origin.topic, origin.partition, int(some.offset[row]), int(some.index[row]))
        kind = "recorded" if message.kind == "vouched" else "text"
        more = {"space": "number", "who": message.who}
        of_calls = OfCalls(number=some.callback[row], role="callback")
        observations.append(rule.observation(kind, some, row, source, of_calls=of_calls, **more))
    return observations


def _rang(rule: Parameters, state: Recent, batch: Calls, row: int) -> int:
    """How many people a number abroad has rung lately, this one among them."""
    caller, ring = batch.caller[row], _ring(batch, row)
    state.note(state.callees, caller, ring, rule.horizon_ms)
    rung = recent_of(state.callees, caller, ring.rx - rule.horizon_ms)
    return len({each.to for each in rung})


def _rung(rule: Parameters, facts: Facts[Calls]) -> U1:
    """What of this each subscriber rang; calls to numbers abroad and of 400 as far as answered."""
    batch = facts.batch
    subscriber = (batch.ingress != INTERNATIONAL) & (batch.caller != None)  # noqa: E711
    subscriber &= ~np.isin(classes(facts), _NO_SUBSCRIBERS)
    read = numbers_of(facts, "callee")
    number = Form(read.prefix, read.digits, read.length)
    at_home = number.begins_with(facts.register.numbers.home.home_code)
    kind = classes(facts, "callee")
    long = batch.answered & (batch.duration_ms >= rule.called_back_s * 1000)
    called = long & (kind == SHARED_COST) & ~listed(facts, "callee").trusted
    found = hotlines(facts).copy()
    found[called] = _CALLED
    found[batch.answered & (read.reading > 0) & ~at_home & (found == 0)] = _ABROAD
    found[~subscriber | (batch.callee == None)] = 0  # noqa: E711
    return found


def _office(
    rule: Parameters, state: Recent, facts: Facts[Calls], row: int, source: Source
) -> Observation | None:
    """A check; with the bank call that followed, where that one's record came before."""
    ring, caller = _ring(facts.batch, row), facts.batch.caller[row]
    mine = state.note(state.offices, caller, ring, rule.horizon_ms)
    if mine is None or (rule.excuse_habit and len(mine) > rule.most_checks):
        return None
    values = {"ref": ring.ref, **_bank_after(rule, state, caller, ring)}
    return rule.observation("check", facts.batch, row, source, values=values)


def _called(
    rule: Parameters, state: Recent, facts: Facts[Calls], row: int, source: Source
) -> Observation | None:
    ring, caller = _ring(facts.batch, row), facts.batch.caller[row]
    if state.note(state.called, caller, ring, rule.horizon_ms) is None:
        return None
    of_calls = msgspec.structs.replace(_about(facts, row, "callee", "callback"), people=(caller,))
    values = {**_times(facts.batch, row), **_bank_after(rule, state, caller, ring)}
    return rule.observation("called", facts.batch, row, source, values=values, of_calls=of_calls)


def _bank(
    rule: Parameters, state: Recent, facts: Facts[Calls], row: int, source: Source
) -> Observation | None:
    """A call to a bank, if one to an office or to a number of 400 went before."""
    ring, caller = _ring(facts.batch, row), facts.batch.caller[row]
    if state.note(state.banks, caller, ring, rule.horizon_ms) is None:
        return None
    since = ring.rx - rule.horizon_ms
    before = [
        *recent_of(state.offices, caller, since),
        *recent_of(state.called, caller, since),
    ]
    if not any(_follows(rule, each, ring) for each in before):
        return None
    return rule.observation("bank", facts.batch, row, source, values={"ref": ring.ref})


def _again(
    rule: Parameters, state: Recent, facts: Facts[Calls], row: int, source: Source
) -> Observation | None:
    """A number abroad that is rung for the third time, or more often."""
    ring, caller = _ring(facts.batch, row), facts.batch.caller[row]
    mine = state.note(state.abroad, caller, ring, rule.horizon_ms)
    if mine is None or sum(each.to == ring.to for each in mine) < rule.times_again:
        return None
    of_calls = OfCalls(number=ring.to, role="callback", calls=(ring.ref,))
    values = {"ref": ring.ref}
    return rule.observation("again", facts.batch, row, source, values=values, of_calls=of_calls)


def _bank_after(
    rule: Parameters, state: Recent, caller: str, ring: Ring
) -> dict[str, str | int | float | None]:
    banks = recent_of(state.banks, caller, ring.rx - rule.horizon_ms)
    after = next((each for each in banks if _follows(rule, ring, each)), None)
    return {} if after is None else {"bank_ts": after.ts, "bank_ref": after.ref}


def _follows(rule: Parameters, first: Ring, then: Ring) -> bool:
    """Whether a bank was rung soon enough after; how long the first call took isn't known here."""
    most_ms = (rule.bank_min + rule.check_min) * _MS_A_MIN
    slack_ms = rule.clock_s * 1000
    return -slack_ms <= then.ts - first.ts <= most_ms + slack_ms


def _ring(batch: Calls, row: int) -> Ring:
    return Ring(
        batch.callee[row] or "", batch.call_ref[row], int(batch.ts_ms[row]), int(batch.rx_ms[row])
    )


def _times(batch: Calls, row: int) -> dict[str, str | int | float | None]:
    """When a call ended, and how many minutes it took."""
    ring_ms, duration_ms = np.nan_to_num([batch.ring_ms[row], batch.duration_ms[row]])
    ends_ms = int(batch.ts_ms[row]) + int(ring_ms + duration_ms)
    return {"ends_ms": ends_ms, "minutes": int(duration_ms // _MS_A_MIN)}


def _about(facts: Facts[Calls], row: int, which: str = "caller", role: Role = "caller") -> OfCalls:
    """What `about` says, with what campaigns have in common."""
    batch = facts.batch
    given = about(facts, row, which, role)  # type: ignore[arg-type]
    links = []
    if which == "caller":
        if batch.trunk[row]:
            links.append(f"trunk:{batch.trunk[row]}")
        if given.prefix:
            links.append(f"prefix:{given.prefix}/{given.length or 0}")
        if batch.callee_region[row]:
            links.append(f"region:{batch.callee_region[row]}")
    elif given.number:
        links.append(f"callback:{given.number}")
    return msgspec.structs.replace(given, links=tuple(links))
