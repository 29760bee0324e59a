"""What the first half of `victim_path` lets through of what subscribers do: they ring offices and
banks, numbers of 400, and numbers abroad again and again."""

from typing import Any, Final

import msgspec
import numpy as np

from detectors.features.calls.given import given
from detectors.features.calls.hotlines import BANK, OFFICE, hotlines
from detectors.features.calls.links import links_of
from detectors.features.calls.numbers import classes, listed, numbers_of
from detectors.features.calls.origin import from_abroad
from detectors.features.facts import Facts
from detectors.features.rule import iterate
from detectors.model.columns import I8, U1, Bool, Calls
from detectors.model.finding import Observation, OfCalls, Source
from detectors.numbers.classes import FIXED, MOBILE, MVNO, SERVICE, SHARED_COST, SHORT
from detectors.numbers.international import Form
from detectors.rules.victim_path import spoken
from detectors.rules.victim_path.parameters import Parameters
from detectors.rules.victim_path.recent import Recent, Ring, Spoke, recent_of
from detectors.rules.victim_path.screening import MS_A_MIN, about_call, ring_in, times_in

#: What subscribers rang, by code: hotlines, a number of 400 at length, a number abroad.
_CALLED, _ABROAD = 3, 4
_NO_SUBSCRIBERS: Final = (SHARED_COST, SHORT, SERVICE)
_PEOPLE: Final = (FIXED, MOBILE, MVNO)
#: E.164 numbers with their country's code are hardly shorter.
_LEAST_ABROAD: Final = 8


def of_people(rule: Parameters, state: Recent, facts: Facts[Calls]) -> list[Observation]:
    """What subscribers do: they ring offices and banks, numbers of 400, and numbers abroad."""
    batch, rung, observations = facts.batch, _rung(rule, facts), list[Observation]()
    long_calls = _LongCalls(rule, facts)
    for row, source in iterate(batch, np.flatnonzero(rung), facts.origin):
        kind = int(rung[row])
        if kind == BANK:
            long_calls.note_until(row, state)
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
    long_calls.note_until(len(batch), state)
    spoken.take(state, batch, long_calls.rows, long_calls.ends)
    return observations


def _rung(rule: Parameters, facts: Facts[Calls]) -> U1:
    """What of this each subscriber rang; calls to numbers abroad and of 400 as far as answered."""
    batch = facts.batch
    read = numbers_of(facts, "callee")
    number = Form(read.prefix, read.digits, read.length)
    at_home = number.begins_with(facts.register.numbers.home.home_code)
    kind = classes(facts, "callee")
    long = batch.answered & (batch.duration_ms >= rule.called_back_s * 1000)
    called = long & (kind == SHARED_COST) & ~listed(facts, "callee").trusted
    found = hotlines(facts).copy()
    found[called] = _CALLED
    # What may be a number of home or of another country is taken for one abroad: it is rung thrice.
    elsewhere = ~at_home & (read.length >= _LEAST_ABROAD)
    found[batch.answered & elsewhere & (found == 0)] = _ABROAD
    found[~_are_subscribers(facts) | ~given(batch.callee)] = 0
    return found


def _office(
    rule: Parameters, state: Recent, facts: Facts[Calls], row: int, source: Source
) -> Observation | None:
    """A check; with the bank call that followed, where that one's record came before."""
    ring, caller = ring_in(facts.batch, row), facts.batch.caller[row]
    mine = state.note(state.offices, caller, ring, rule.horizon_ms)
    if mine is None or (rule.excuse_habit and len(mine) > rule.most_checks):
        return None
    values = {"ref": ring.ref, **_bank_after(rule, state, caller, ring)}
    return rule.observation("check", facts.batch, row, source, values=values)


def _called(
    rule: Parameters, state: Recent, facts: Facts[Calls], row: int, source: Source
) -> Observation | None:
    ring, caller = ring_in(facts.batch, row), facts.batch.caller[row]
    if state.note(state.called, caller, ring, rule.horizon_ms) is None:
        return None
    of_calls = msgspec.structs.replace(
        about_call(facts, row, "callee", "callback"), people=(caller,)
    )
    values = {**times_in(facts.batch, row), **_bank_after(rule, state, caller, ring)}
    return rule.observation("called", facts.batch, row, source, values=values, of_calls=of_calls)


def _bank(
    rule: Parameters, state: Recent, facts: Facts[Calls], row: int, source: Source
) -> Observation | None:
    """A call to a bank, if one to an office, to a number of 400 or any long one went before; with
    whom that was."""
    ring, caller = ring_in(facts.batch, row), facts.batch.caller[row]
    if state.note(state.banks, caller, ring, rule.horizon_ms) is None:
        return None
    since = ring.rx - rule.horizon_ms
    before = [*recent_of(state.offices, caller, since), *recent_of(state.called, caller, since)]
    spoke = state.spoke.get(caller)
    follows = any(_follows(rule, each.ts, ring.ts) for each in before)
    values: dict[str, Any] = {"ref": ring.ref}
    if spoke is None or spoke.rx <= since or not _follows(rule, spoke.ts, ring.ts):
        if not follows:
            return None
        return rule.observation("bank", facts.batch, row, source, values=values)
    minutes = int((spoke.ends - spoke.ts) // MS_A_MIN)
    values |= {"called_ts": spoke.ts, "ends_ms": spoke.ends, "minutes": minutes}
    links = links_of(callback=spoke.to)
    of_calls = OfCalls(number=spoke.to, role="callback", calls=(spoke.ref,), links=links)
    return rule.observation("bank", facts.batch, row, source, values=values, of_calls=of_calls)


def _again(
    rule: Parameters, state: Recent, facts: Facts[Calls], row: int, source: Source
) -> Observation | None:
    """A number abroad that is rung for the third time, or more often."""
    ring, caller = ring_in(facts.batch, row), facts.batch.caller[row]
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
    after = next((each for each in banks if _follows(rule, ring.ts, each.ts)), None)
    return {} if after is None else {"bank_ts": after.ts, "bank_ref": after.ref}


def _follows(rule: Parameters, first_ms: int, then_ms: int) -> bool:
    """Whether a bank was rung soon enough after; how long the first call took isn't asked here."""
    most_ms = (rule.bank_min + rule.check_min) * MS_A_MIN
    slack_ms = rule.clock_s * 1000
    return -slack_ms <= then_ms - first_ms <= most_ms + slack_ms


def _are_subscribers(facts: Facts[Calls]) -> Bool:
    batch = facts.batch
    here = ~from_abroad(facts) & given(batch.caller)
    found: Bool = here & ~np.isin(classes(facts), _NO_SUBSCRIBERS)
    return found


class _LongCalls:
    """Long calls to people in a batch, put into the memory as rows are come to: ``rows``, and when
    each was over (event time, ms)."""

    def __init__(self, rule: Parameters, facts: Facts[Calls]) -> None:
        batch = facts.batch
        long = batch.answered & (batch.duration_ms >= rule.called_back_s * 1000)
        long &= _are_subscribers(facts) & np.isin(classes(facts, "callee"), _PEOPLE)
        self.rows: I8 = np.flatnonzero(long & given(batch.callee))
        took = np.nan_to_num(batch.ring_ms[self.rows] + batch.duration_ms[self.rows])
        self.ends: I8 = (batch.ts_ms[self.rows] + took).astype(np.int64)
        self._batch, self._done, self._horizon_ms = batch, 0, rule.horizon_ms

    def note_until(self, row: int, state: Recent) -> None:
        """Notes those before a row."""
        until = int(np.searchsorted(self.rows, row))
        rows, ends = self.rows[self._done : until], self.ends[self._done : until]
        batch, self._done = self._batch, until
        if not len(rows):
            return
        columns = (
            *(batch.callee[rows].tolist(), batch.call_ref[rows].tolist()),
            *(batch.ts_ms[rows].tolist(), ends.tolist()),
            batch.rx_ms[rows].tolist(),
        )
        oldest_rx = int(batch.rx_ms[rows[-1]]) - self._horizon_ms
        calls = map(Spoke, *columns)
        state.note_long(batch.caller[rows].tolist(), calls, oldest_rx)
