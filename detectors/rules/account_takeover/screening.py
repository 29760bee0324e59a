"""What the first half of `account_takeover` lets through, of texts and of calls."""

from typing import Any, Final

import msgspec
import numpy as np

from detectors.features.calls.given import given
from detectors.features.calls.hotlines import BANK, hotlines
from detectors.features.calls.numbers import about, classes
from detectors.features.calls.origin import from_abroad
from detectors.features.facts import Facts
from detectors.features.rule import iterate
from detectors.model.columns import Calls, Sms
from detectors.model.finding import Observation
from detectors.numbers.classes import SERVICE, SHARED_COST, SHORT
from detectors.rules.account_takeover.bursts import Bursts, Code, like_codes
from detectors.rules.account_takeover.parameters import MS_A_MIN, Parameters

_NO_SUBSCRIBERS: Final = (SHARED_COST, SHORT, SERVICE)


def of_texts(rule: Parameters, state: Bursts, facts: Facts[Sms]) -> list[Observation]:
    """Texts like codes, from the third on within a while to one device."""
    batch, observations = facts.batch, list[Observation]()
    rows = np.flatnonzero(like_codes(batch, rule.most_length))
    window_ms = int(rule.burst_min * MS_A_MIN)
    for row, source in iterate(batch, rows, facts.origin):
        times = int(batch.ts_ms[row]), int(batch.rx_ms[row])
        code = Code(batch.sender[row], *times, int(batch.source[row]), batch.message_ref[row])
        codes = state.add_code(batch.device[row], code, window_ms)
        if codes is not None and len(codes) >= rule.least_codes:
            times_s = " ".join(str(each.ts // 1000) for each in codes)
            more: dict[str, Any] = {"values": {"times_s": times_s}, "space": "number"}
            observations.append(rule.observation("codes", batch, row, source, **more))
    if len(rows):
        state.forget_codes(int(batch.rx_ms[rows[-1]]) - window_ms)
    return observations


def of_calls(rule: Parameters, state: Bursts, facts: Facts[Calls]) -> list[Observation]:
    """Calls of subscribers to banks, and of banks that were diverted."""
    batch, observations = facts.batch, list[Observation]()
    known = given(batch.caller)
    to_bank = known & (hotlines(facts) == BANK) & ~from_abroad(facts)
    to_bank &= ~np.isin(classes(facts), _NO_SUBSCRIBERS)
    diverted = given(batch.redirecting)
    diverted &= hotlines(facts, "caller") == BANK
    quiet_ms = int(rule.quiet_min * MS_A_MIN)
    rows = np.flatnonzero(to_bank | diverted)
    for row, source in iterate(batch, rows, facts.origin):
        if diverted[row]:
            kind, which, who = "diverted", "redirecting", batch.redirecting[row]
        elif state.was_quiet(batch.caller[row], int(batch.rx_ms[row]), quiet_ms):
            kind, which, who = "bank", "caller", batch.caller[row]
        else:
            continue
        own = about(facts, row, which, "impersonated")  # type: ignore[arg-type]
        own = msgspec.structs.replace(own, people=())
        observations.append(rule.observation(kind, batch, row, source, who=who, of_calls=own))
    if len(rows):
        state.forget_callers(int(batch.rx_ms[rows[-1]]) - quiet_ms)
    return observations
