"""Account takeover: a SIM replaced, a diversion set or a second number, then codes, then calls."""

import numpy as np

from replay.simulate.calls.columns import ONNET, Change, Script, Story, blank_calls, blank_texts
from replay.simulate.calls.honest.lines import CELLS, TACS
from replay.simulate.calls.honest.outcomes import decide
from replay.simulate.calls.honest.texts import CODES, fill_codes
from replay.simulate.calls.number_ranges import BANKS, offnet, serials
from replay.simulate.calls.stage import HOUR_MS, Stage

KINDS = ("sim_replaced", "forwarding_set", "secondary_number")
NEEDS_MS = 3 * HOUR_MS
CODES_AFTER_S, CODES_TO_S = 30.0, 2400.0
NUMBER_OF_CODES = 3, 14
CALLS = 1, 6
CALLS_TO_S = 5400.0


def take_over(stage: Stage, script: Script, number: int) -> None:
    """One account; its calls are to banks, from another phone or by a diversion."""
    rng, lines = stage.random(f"takeover {number}"), stage.lines
    line = int(stage.people_of(rng, range(stage.regions), 1)[0])
    owner = int(lines["number"][line])
    kind = KINDS[int(rng.integers(len(KINDS)))]
    t = int(rng.integers(0, max(1, stage.end_ms - NEEDS_MS)))
    story = script.begin(Story("account_takeover", callers=[owner], lines=[line]))
    region = int(rng.integers(stage.regions))
    script.changes.append(Change(t, owner, kind, region))
    texts = blank_texts(int(rng.integers(*NUMBER_OF_CODES)))
    texts["t"] = t + 1000 * rng.uniform(CODES_AFTER_S, CODES_TO_S, len(texts))
    texts["line"], texts["story"] = line, story
    fill_codes(rng, texts, CODES)
    texts = texts[texts["t"] < stage.end_ms]
    script.texts.append(texts)
    last = int(texts["t"].max()) if len(texts) else t
    script.stories[story].spans.append((t, last))
    calls = blank_calls(int(rng.integers(*CALLS)))
    calls["t"] = t + 1000 * rng.uniform(CODES_AFTER_S, CALLS_TO_S, len(calls))
    calls["ingress"], calls["story"] = ONNET, story
    if kind == "forwarding_set":  # a bank's call that confirms a payment goes to somebody else
        calls["caller"], calls["redirecting"] = rng.choice(BANKS, len(calls)), owner
        other = np.full(len(calls), region)
        calls["callee"] = offnet(
            np.repeat(serials(rng, 1), len(calls)), other, stage.regions, stage.operators, 15, True
        )
    else:
        device = int(rng.integers(2**43, 2**44))
        calls["caller"], calls["callee"] = owner, rng.choice(BANKS, len(calls))
        calls["sim"], calls["terminal"] = device, device
        calls["tac"] = TACS[0] + int(rng.integers(TACS[1]))
        calls["cell"] = region * CELLS + int(rng.integers(CELLS))
        calls["region"], calls["place"] = lines["region"][line], region
    decide(stage, rng, calls, answered=0.95)
    script.calls.append(calls[calls["t"] < stage.end_ms])
