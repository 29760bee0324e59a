"""Which points record a call, when by their clocks, and when the record arrives."""

from dataclasses import dataclass

import numpy as np

from replay.simulate.calls.columns import INTERCONNECT, INTERNATIONAL, Flags, Ints, Table, share_of
from replay.simulate.calls.stage import Stage

POINTS = ("igw", "gmsc", "msc", "mgcf", "ibcf", "tas")
IGW, GMSC, MSC, MGCF, IBCF, TAS = range(6)
SIP = (IBCF, TAS)
#: Switches at each kind of point.
SWITCHES = 6
HOP_MS = 40, 600
DELAY_SIGMA = 0.8
AGAIN_S = 30.0
#: A clock that is set steps by so much, either way.
STEP_S = 600.0, 7200.0


@dataclass(frozen=True, slots=True)
class Records:
    """Records in order of arrival: rows of calls, points, switches, times of Unix milliseconds, and
    which are of the second point of a call's way."""

    call: Ints
    point: Ints
    switch: Ints
    ts: Ints
    rx: Ints
    later: Flags


def record(stage: Stage, calls: Table) -> Records:
    """All records of calls that arrive."""
    rng, n = stage.random("records"), len(calls)
    first, second = _points(stage, rng, calls)
    missing = stage.value("point_missing_share")
    has_first = (rng.random(n) >= missing) | calls["vital"]
    has_second = rng.random(n) < stage.value("second_point_share") * (1.0 - missing)
    call = np.concatenate([np.flatnonzero(has_first), np.flatnonzero(has_second)])
    point = np.concatenate([first[has_first], second[has_second]])
    later = np.repeat([0, 1], [int(has_first.sum()), int(has_second.sum())])
    again = np.flatnonzero(rng.random(len(call)) < stage.value("doubled_share"))
    call, point = np.concatenate([call, call[again]]), np.concatenate([point, point[again]])
    later = np.concatenate([later, later[again]])
    doubled = np.arange(len(call)) >= len(call) - len(again)
    switch = point * SWITCHES + (share_of(call * 8 + point, 31) * SWITCHES).astype(np.int64)
    hops = later * (HOP_MS[0] + share_of(call, 32) * (HOP_MS[1] - HOP_MS[0]))
    true_ms = stage.start_ms + calls["t"][call] + hops.astype(np.int64)
    over = stage.start_ms + (calls["t"] + calls["ring"] + calls["duration"])[call]
    delay_s = rng.lognormal(np.log(stage.value("delay_s")), DELAY_SIGMA, len(call))
    late = rng.random(len(call)) < stage.value("records_late_share")
    delay_s += late * rng.exponential(stage.value("records_late_s"), len(call))
    delay_s += doubled * rng.exponential(AGAIN_S, len(call))
    ts = true_ms + _clocks(stage)[switch]
    rx = np.maximum(over + (1000 * delay_s).astype(np.int64), ts)
    order = np.argsort(rx, kind="stable")
    ts = ts + _steps(stage, switch, true_ms)
    some = call[order], point[order], switch[order], ts[order], rx[order]
    return Records(*some, later[order] > 0)


def _points(stage: Stage, rng: np.random.Generator, calls: Table) -> tuple[Ints, Ints]:
    """The first point of each call's way, and the second."""
    n, volte = len(calls), stage.value("volte_share")
    ours = calls["origin"] >= 0
    by_chance = share_of(np.arange(n), 33) < volte
    calling = np.where(ours, stage.lines["volte"][calls["origin"]], by_chance)
    called: Flags = np.where(calls["target"] >= 0, stage.lines["volte"][calls["target"]], False)
    border = np.where(rng.random(n) < volte, IBCF, np.where(rng.random(n) < 0.5, GMSC, MGCF))
    from_abroad = calls["ingress"] == INTERNATIONAL
    from_others = calls["ingress"] == INTERCONNECT
    first = np.select([from_abroad, from_others], [IGW, border], np.where(calling, TAS, MSC))
    ends = np.where(called, TAS, MSC)
    second = np.where(from_abroad | (calls["target"] < 0), border, ends)
    return first.astype(np.int64), second.astype(np.int64)


def _clocks(stage: Stage) -> Ints:
    """By how much each switch's clock is ahead, milliseconds."""
    rng, n = stage.random("clocks"), len(POINTS) * SWITCHES
    off = rng.random(n) < stage.value("clock_off_share")
    by_s = rng.uniform(-1.0, 1.0, n) * stage.value("clock_off_s")
    return np.asarray(np.where(off, 1000 * by_s, rng.normal(0.0, 50.0, n))).astype(np.int64)


def _steps(stage: Stage, switch: Ints, true_ms: Ints) -> Ints:
    """By how much clocks have stepped when records were made, milliseconds."""
    rng, steps = stage.random("clock steps"), np.zeros(len(switch), dtype=np.int64)
    for each in rng.permutation(len(POINTS) * SWITCHES)[: int(stage.value("clock_steps"))]:
        since = stage.start_ms + rng.uniform(0.0, 1.0) * stage.end_ms
        by_ms = int(1000 * rng.uniform(*STEP_S) * rng.choice([-1, 1]))
        steps[(switch == each) & (true_ms >= since)] = by_ms
    return steps
