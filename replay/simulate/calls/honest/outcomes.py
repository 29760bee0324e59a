"""What becomes of calls: ringing, answer, duration, cause, who hangs up, and calls that follow."""

import numpy as np

from replay.simulate.calls.columns import (
    BUSY,
    BY_CALLEE,
    BY_CALLER,
    BY_NETWORK,
    INTERCONNECT,
    NO_ANSWER,
    NORMAL,
    OFF,
    ONNET,
    UNASSIGNED,
    Flags,
    Table,
    blank_calls,
)
from replay.simulate.calls.number_ranges import VOICE_MAIL, is_short
from replay.simulate.calls.stage import Stage

LONGEST_S = 3 * 3600.0
GIVES_UP_S = (12.0, 60.0)
RING_SIGMA = 0.5
CALLER_ENDS = 0.55  # of answered calls
VOICE_MAIL_S = (3.0, 40.0)
_NOBODY = {
    "answered": False,
    "ring": 0,
    "duration": 0,
    "cause": UNASSIGNED,
    "released": BY_NETWORK,
}
RETURNED_S = (60.0, 7200.0)


def decide(
    stage: Stage,
    rng: np.random.Generator,
    calls: Table,
    *,
    answered: float | None = None,
    duration_s: float | None = None,
    caller_ends: float = CALLER_ENDS,
) -> None:
    """Fills in what becomes of calls; without values those of people hold."""
    n = len(calls)
    taken = rng.random(n) < (stage.value("answered_share") if answered is None else answered)
    median_s = stage.value("duration_s") if duration_s is None else duration_s
    duration = rng.lognormal(np.log(median_s), stage.value("duration_sigma"), n)
    ring = rng.lognormal(np.log(stage.value("ring_s")), RING_SIGMA, n)
    waited = rng.uniform(*GIVES_UP_S, n)
    kind = rng.random(n)
    busy = ~taken & (kind < stage.value("busy_share"))
    off = ~taken & ~busy & (kind < stage.value("busy_share") + stage.value("off_share"))
    calls["answered"] = taken
    calls["ring"] = 1000 * np.where(taken, np.minimum(ring, 55.0), np.where(busy | off, 0, waited))
    calls["duration"] = 1000 * np.where(taken, np.clip(duration, 1.0, LONGEST_S), 0)
    calls["cause"] = np.select([taken, busy, off], [NORMAL, BUSY, OFF], NO_ANSWER)
    ends = np.where(rng.random(n) < caller_ends, BY_CALLER, BY_CALLEE)
    refused = rng.random(n) < 0.25  # of what rings unanswered: pressed away by the callee
    unanswered = np.where(refused, BY_CALLEE, BY_CALLER)
    calls["released"] = np.select([taken, busy | off], [ends, BY_NETWORK], unanswered)
    calls["cause"][(calls["released"] == BY_CALLEE) & ~taken] = 21  # rejected


def to_nobody(calls: Table, rows: Flags) -> None:
    """Makes some calls end at once: nobody has the number."""
    for name, value in _NOBODY.items():
        calls[name][rows] = value


def returned(
    stage: Stage, rng: np.random.Generator, calls: Table, share: float | None = None
) -> Table:
    """Calls of those who were missed, back to who rang; the answered ones are passed over."""
    chance = stage.value("call_back_share") if share is None else share
    returns = ~is_short(calls["callee"]) & (calls["cause"] != UNASSIGNED) & (calls["caller"] > 0)
    missed = calls[~calls["answered"] & (calls["presentation"] == 0) & returns]
    back = reverse(missed[rng.random(len(missed)) < chance])
    back["t"] += (1000 * rng.uniform(*RETURNED_S, len(back))).astype(np.int64)
    back = back[back["t"] < stage.end_ms]
    decide(stage, rng, back, answered=0.85)
    return back


def reverse(calls: Table) -> Table:
    """The same calls the other way round, of which nothing else is known yet."""
    back = blank_calls(len(calls))
    back["t"] = calls["t"] + calls["ring"] + calls["duration"]
    back["caller"], back["callee"] = calls["callee"], calls["caller"]
    back["origin"], back["target"] = calls["target"], calls["origin"]
    back["ingress"] = np.where(back["origin"] >= 0, ONNET, INTERCONNECT)
    return back


def taken_over(stage: Stage, rng: np.random.Generator, calls: Table) -> Table:
    """Second legs of calls that nobody answered: to a voice mail, or where a line diverts to."""
    missed = calls[(~calls["answered"]) & (calls["target"] >= 0)]
    diverts: Flags = stage.lines["diverts"][missed["target"]]
    mailed = ~diverts & (rng.random(len(missed)) < stage.value("voice_mail_share"))
    legs = missed[diverts | mailed].copy()
    onward = stage.lines["diverts"][legs["target"]]
    legs["redirecting"] = legs["callee"]
    legs["t"] += legs["ring"]
    # A line diverts to one other, always the same.
    elsewhere = (legs["target"].astype(np.int64) * 7919 + 13) % len(stage.lines)
    legs["callee"] = np.where(onward, stage.lines["number"][elsewhere], VOICE_MAIL)
    legs["target"] = np.where(onward, elsewhere, -1)
    decide(stage, rng, legs)
    mail = legs["target"] < 0
    legs["answered"][mail] = True
    legs["cause"][mail], legs["released"][mail], legs["ring"][mail] = NORMAL, BY_CALLER, 0
    legs["duration"][mail] = 1000 * rng.uniform(*VOICE_MAIL_S, int(mail.sum()))
    return legs[legs["t"] < stage.end_ms]
