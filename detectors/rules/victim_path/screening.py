"""What the first half of `victim_path` lets through of callers and texts, and reads of a call."""

from dataclasses import fields
from typing import Any, Final

import msgspec
import numpy as np

from detectors.features.calls.about import parts_of
from detectors.features.calls.given import given
from detectors.features.calls.links import Parts, links_of
from detectors.features.calls.numbers import Field, about, classes, listed, numbers_of
from detectors.features.calls.origin import NOT_ABROAD, diverted, from_abroad, has_right
from detectors.features.facts import Facts
from detectors.features.rule import iterate, source_of
from detectors.features.sms.join import Gates, join
from detectors.model.codes import INTERCONNECT, text_of
from detectors.model.columns import U1, Bool, Calls, Sms
from detectors.model.finding import Finding, Observation, OfCalls, Role
from detectors.numbers.classes import FIXED, MOBILE, MVNO, OF_CARDS, SERVICE, SHARED_COST, SHORT
from detectors.numbers.international import Form, Read
from detectors.numbers.malformed import NO_RANGE, malformed
from detectors.rules.victim_path.parameters import Parameters
from detectors.rules.victim_path.recent import Recent, Ring, recent_of

MS_A_MIN: Final = 60_000
_SOMEBODYS: Final = (FIXED, MOBILE, MVNO)
#: Codes of columns, 0 for none. ``spoofed``: a number of home that can't be abroad comes in from
#: there. ``call_back`` is none of a caller's: the number in a text.
SUSPECTS: Final = ("spoofed", "malformed", "withheld", "foreign", "call_back")
SPOOFED, MALFORMED, WITHHELD, FOREIGN = range(1, 5)
#: Lines that stay where they are, and numbers that only receive.
_STAYS: Final = (FIXED, SHARED_COST, SHORT, SERVICE)


def of_callers(
    rule: Parameters, state: Recent, facts: Facts[Calls]
) -> tuple[list[Finding], list[Observation]]:
    """Shallow levels, and calls in which somebody may be worked on."""
    batch, findings, observations = facts.batch, list[Finding](), list[Observation]()
    odd = suspects(facts, excuse_roamers=rule.excuse_roamers, excuse_listed=rule.excuse_listed)
    by_others = diverted(facts) & rule.excuse_diverted
    answered = batch.answered & np.isin(classes(facts, "callee"), _SOMEBODYS)
    long = answered & (batch.duration_ms >= rule.long_min * MS_A_MIN)
    for row, source in iterate(batch, np.flatnonzero(odd > 0), facts.origin):
        kind, name = int(odd[row]), text_of(int(odd[row]), SUSPECTS)
        others = kind == FOREIGN and rule.excuse_relatives
        people = _rang(rule, state, batch, row) if others else rule.least_people
        if kind == SPOOFED and answered[row] and not by_others[row]:
            found = {
                "of_calls": about_call(facts, row),
                "values": {"level": "shallow", "suspect": name, "reasons": "taken"},
            }
            findings.append(rule.finding_in_row(batch, row, source, rule.shallow_weight, **found))
        if long[row] and people >= rule.least_people:
            values = {"suspect": name, **times_in(batch, row)}
            if by_others[row]:
                values["diverter"] = batch.redirecting[row]
            exposed = {
                "who": batch.callee[row],
                "of_calls": about_call(facts, row),
                "values": values,
            }
            observations.append(rule.observation("exposed", batch, row, source, **exposed))
    return findings, observations


def of_texts(rule: Parameters, state: Recent, facts: Facts[Sms]) -> list[Observation]:
    """Texts with a number to call that phones reported, and which of them centres have sent."""
    batch, no_ones = facts.batch, np.isin(classes(facts, "callback"), (SHORT, SERVICE))
    names = given(batch.callback) & ~no_ones & ~listed(facts, "callback").trusted
    some, observations = batch.take(names), list[Observation]()
    gates, origin = Gates(horizon_ms=rule.horizon_ms), facts.origin
    for message in join(state, some, facts.register, gates, origin.topic):
        row = message.row
        source = source_of(some, row, origin)
        kind = "recorded" if message.kind == "vouched" else "text"
        more = {"space": "number", "who": message.who}
        of_calls = OfCalls(number=some.callback[row], role="callback")
        observations.append(rule.observation(kind, some, row, source, of_calls=of_calls, **more))
    return observations


def _rang(rule: Parameters, state: Recent, batch: Calls, row: int) -> int:
    """How many people a number abroad has rung lately, this one among them."""
    caller, ring = batch.caller[row], ring_in(batch, row)
    state.note(state.callees, caller, ring, rule.horizon_ms)
    rung = recent_of(state.callees, caller, ring.rx - rule.horizon_ms)
    return len({each.to for each in rung})


def ring_in(batch: Calls, row: int) -> Ring:
    """The call of a row, as it is remembered."""
    return Ring(
        batch.callee[row] or "", batch.call_ref[row], int(batch.ts_ms[row]), int(batch.rx_ms[row])
    )


def times_in(batch: Calls, row: int) -> dict[str, Any]:
    """When a call ended, and how many minutes it took."""
    ring_ms, duration_ms = np.nan_to_num([batch.ring_ms[row], batch.duration_ms[row]])
    ends_ms = int(batch.ts_ms[row]) + int(ring_ms + duration_ms)
    return {"ends_ms": ends_ms, "minutes": int(duration_ms // MS_A_MIN)}


def about_call(
    facts: Facts[Calls], row: int, which: Field = "caller", role: Role = "caller"
) -> OfCalls:
    """What `about` says, with what campaigns have in common."""
    own = about(facts, row, which, role)
    parts = parts_of(facts.batch, row, own) if which == "caller" else Parts(callback=own.number)
    return msgspec.structs.replace(own, links=links_of(**parts))


def suspects(facts: Facts[Calls], *, excuse_roamers: bool, excuse_listed: bool) -> U1:
    """What is odd about each caller."""
    batch, read = facts.batch, numbers_of(facts)
    kind, home = classes(facts), facts.register.numbers.home.home_code
    at_home = Form(read.prefix, read.digits, read.length).begins_with(home)
    abroad = from_abroad(facts)
    stays, moves = np.isin(kind, _STAYS), np.isin(kind, OF_CARDS)
    denied = np.isin(batch.roaming_check, NOT_ABROAD)
    spoofed = abroad & at_home & (stays | (moves & (denied | (not excuse_roamers))))
    odd = _malformed(facts, abroad | (batch.ingress == INTERCONNECT))
    withheld = abroad & ~given(batch.caller)
    foreign = abroad & ~at_home & (read.reading > 0)
    found = np.select([spoofed, odd, withheld, foreign], [SPOOFED, MALFORMED, WITHHELD, FOREIGN], 0)
    if excuse_listed:
        found[has_right(facts)] = 0
    return found.astype(np.uint8)


def _malformed(facts: Facts[Calls], asked: Bool) -> Bool:
    """Of the callers asked about, those whose number is none. One of a range that no plan has yet
    may be: it isn't among them."""
    rows, read, odd = np.flatnonzero(asked), numbers_of(facts), np.zeros_like(asked)
    some = Read(*(getattr(read, each.name)[rows] for each in fields(Read)))
    odd[rows] = (malformed(facts.register.numbers.plan, some) & ~NO_RANGE) != 0
    return odd
