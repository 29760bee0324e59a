"""Wangiri: foreign numbers ring once, and who rings back pays."""

import numpy as np

from replay.simulate.calls.columns import BY_CALLER, NORMAL, Script, Story
from replay.simulate.calls.fraud.campaign import Campaign, ring_back
from replay.simulate.calls.fraud.spoofed import come_in
from replay.simulate.calls.number_ranges import FOREIGN, WANGIRI, foreign, serials
from replay.simulate.calls.stage import Stage

SHORTEST_MS = 200
CALLS_PER_NUMBER = 1.0, 6.0
PAYS_S = (10.0, 400.0)


def ring_once(stage: Stage, script: Script, number: int) -> None:
    """One campaign; its ring lasts less than four seconds, and the caller ends it."""
    campaign = Campaign(stage, f"wangiri {number}")
    rng, n = campaign.rng, round(campaign.number("campaign_calls"))
    calls = campaign.calls(stage, n)
    place = campaign.by_number(n, float(rng.uniform(*CALLS_PER_NUMBER)))
    country = np.full(n, len(FOREIGN) + int(rng.integers(len(WANGIRI))))
    first = serials(rng, 1)
    calls["caller"] = foreign(country, first + place, fraud=True)
    come_in(stage, campaign, calls)
    calls["answered"], calls["duration"] = False, 0
    longest = 1000 * campaign.number("wangiri_ring_s")
    calls["ring"] = rng.uniform(min(SHORTEST_MS, longest), longest, n)
    calls["cause"], calls["released"] = NORMAL, BY_CALLER
    story = script.begin(Story("wangiri", callers=np.unique(calls["caller"]).tolist()))
    calls["story"] = story
    share = campaign.number("wangiri_back_share")
    back = ring_back(stage, rng, calls, share, exists=True)
    back["duration"] = 1000 * rng.uniform(*PAYS_S, len(back)) * back["answered"]
    script.calls += [calls, back]
