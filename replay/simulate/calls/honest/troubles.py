"""What befalls a network now and then: trunks that fail, and a region that rings all at once."""

import numpy as np

from replay.simulate.calls.columns import BY_NETWORK, ONNET, Script, Table, blank_calls
from replay.simulate.calls.honest.outcomes import decide
from replay.simulate.calls.number_ranges import fixed, serials
from replay.simulate.calls.stage import HOUR_MS, Stage

#: Of firms' own trunks, those that fail together; for so many hours.
FAILING_SHARE, FAILING_H = 0.2, (1.0, 8.0)
#: A blackout: its length, calls of each person, those to the utility, and those that fail at once.
BLACKOUT_H, BLACKOUT_CALLS, TO_UTILITY, FAIL_SHARE = 0.5, 2.0, 0.3, 0.7
NO_CIRCUIT = 34  # Q.850
_OWN = "pbx-"


def black_out(stage: Stage, script: Script) -> None:
    """People of a region ring those near to them, and the utility, again and again."""
    rng, lines = stage.random("blackouts"), stage.lines
    for _ in range(int(stage.value("blackouts"))):
        region = int(rng.integers(stage.regions))
        begin = float(rng.uniform(0.0, max(1.0, stage.end_ms - BLACKOUT_H * HOUR_MS)))
        some = stage.residents(region)
        calls = blank_calls(int(rng.poisson(BLACKOUT_CALLS * len(some))))
        n = len(calls)
        calls["t"] = np.minimum(begin + rng.random(n) * BLACKOUT_H * HOUR_MS, stage.end_ms - 1)
        calls["origin"] = rng.choice(some, n)
        calls["caller"], calls["ingress"] = lines["number"][calls["origin"]], ONNET
        place = (calls["origin"].astype(np.int64) * 31 + rng.integers(0, 4, n)) % len(some)
        calls["target"] = some[place]
        calls["callee"] = lines["number"][calls["target"]]
        utility = rng.random(n) < TO_UTILITY
        calls["callee"][utility] = fixed(np.array([region]), serials(rng, 1))[0]
        calls["target"][utility] = -1
        decide(stage, rng, calls)
        failed = rng.random(n) < FAIL_SHARE
        for name, value in {"answered": False, "ring": 0, "duration": 0}.items():
            calls[name][failed] = value
        calls["cause"][failed], calls["released"][failed] = NO_CIRCUIT, BY_NETWORK
        script.calls.append(calls[calls["caller"] != calls["callee"]])


def fail_over(stage: Stage, calls: Table) -> Table:
    """The calls, of which some firms' go by another trunk for some hours."""
    rng = stage.random("failovers")
    own = np.array([at for at, name in enumerate(stage.trunks) if name.startswith(_OWN)], int)
    for number in range(int(stage.value("failovers")) if len(own) else 0):
        some = own[rng.random(len(own)) < FAILING_SHARE]
        lasts = float(rng.uniform(*FAILING_H)) * HOUR_MS
        begin = float(rng.uniform(-lasts / 2, max(1.0, stage.end_ms - lasts / 2)))
        while_it_fails = (calls["t"] >= begin) & (calls["t"] < begin + lasts)
        other = stage.trunk(f"standby-{number}")
        calls["trunk"][while_it_fails & np.isin(calls["trunk"], some)] = other
    return calls
