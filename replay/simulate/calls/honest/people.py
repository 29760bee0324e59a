"""Ordinary calls: contacts with a heavy tail who ring one another, and now and then a stranger."""

import numpy as np

from replay.simulate.calls.columns import (
    AWAY,
    ELDER,
    INTERCONNECT,
    IOT,
    ONNET,
    Ints,
    Script,
    blank_calls,
    mixed,
    share_of,
)
from replay.simulate.calls.honest.outcomes import decide, returned, taken_over, to_nobody
from replay.simulate.calls.number_ranges import (
    SHORTS,
    VOICE_MAIL,
    fixed,
    is_mobile,
    is_short,
    offnet,
)
from replay.simulate.calls.stage import Stage

#: People beyond so many places in somebody's list are customers of other operators.
NEAREST = 40
SERVICE_SHARE = 0.3  # of calls to strangers, those to a fixed line
HOTLINES = [number for number in SHORTS if number != VOICE_MAIL]
ELDER_S = 1.8  # times as long as others speak
IOT_S = (2.0, 20.0)


def ring_around(stage: Stage, script: Script) -> None:
    """All calls of ordinary lines, with those that come in from other operators."""
    rng = stage.random("people")
    lines = stage.lines
    at_home = lines["kind"] != AWAY
    number = rng.poisson(lines["rate"] * stage.days() * at_home)
    origin = np.repeat(np.arange(len(lines)), number)
    calls = blank_calls(len(origin))
    calls["t"] = stage.times(rng, len(calls))
    calls["origin"] = origin
    calls["caller"] = lines["number"][origin]
    calls["ingress"] = ONNET
    kinds = lines["kind"][origin]
    rank = _rank(stage, rng, lines["contacts"][origin])
    _choose(stage, rng, calls, rank)
    decide(stage, rng, calls)
    elders = kinds == ELDER
    calls["duration"][elders] = (calls["duration"][elders] * ELDER_S).astype(np.int64)
    things = np.flatnonzero(kinds == IOT)
    decide_things = calls[things]
    decide(stage, rng, decide_things, answered=0.97)
    decide_things["callee"] = fixed(
        lines["region"][origin[things]], mixed(origin[things] % 17, 11).astype(np.int64) >> 30
    )
    decide_things["target"] = -1
    decide_things["ring"] = np.minimum(decide_things["ring"], 3000)
    lasts = (1000 * rng.uniform(*IOT_S, len(things))).astype(np.int64)
    decide_things["duration"] = lasts * decide_things["answered"]
    calls[things] = decide_things
    # Half of the calls between people and other operators' customers, these have begun.
    others = (calls["target"] < 0) & (kinds != IOT) & ~is_short(calls["callee"])
    away = np.flatnonzero(others & (rng.random(len(calls)) < 0.5))
    for one, other in (("caller", "callee"), ("origin", "target")):
        calls[one][away], calls[other][away] = calls[other][away], calls[one][away].copy()
    calls["ingress"][away] = INTERCONNECT
    ours = calls["origin"] >= 0
    gone = share_of(calls["callee"], 12) < stage.value("unassigned_share")
    to_nobody(calls, ours & (calls["target"] < 0) & is_mobile(calls["callee"]) & gone)
    others = share_of(calls["caller"], 8) < stage.value("withheld_share")
    withheld = np.where(ours, lines["withheld"][calls["origin"]], others)
    calls["presentation"][withheld] = 1
    calls = calls[calls["callee"] != calls["caller"]]
    script.calls += [calls, taken_over(stage, rng, calls), returned(stage, rng, calls)]


def _rank(stage: Stage, rng: np.random.Generator, contacts: Ints) -> Ints:
    """Which of so many contacts each call goes to: the nearest most often (Zipf)."""
    power = 1.0 - stage.value("contacts_zipf")
    power = power if abs(power) > 1e-3 else 1e-3
    share = rng.random(len(contacts))
    place = ((contacts.astype(float) + 1.0) ** power - 1.0) * share + 1.0
    return np.minimum(place ** (1.0 / power) - 1.0, contacts - 1).astype(np.int64)


def _choose(stage: Stage, rng: np.random.Generator, calls: np.ndarray, rank: Ints) -> None:
    """Callees of calls: contacts by their places in the callers' lists, or strangers."""
    lines, origin = stage.lines, calls["origin"].astype(np.int64)
    stranger = rng.random(len(calls)) < stage.value("stranger_share")
    partner = _partners(stage, rng)
    near = ~stranger & (rank < len(partner))
    other = origin.copy()
    other[near] = partner[rank[near], origin[near]]
    strange = np.flatnonzero(stranger)
    other[strange] = rng.integers(0, len(lines), len(strange))
    # Both ends of a pair agree on whether one of them is another operator's customer.
    low, high = np.minimum(origin, other), np.maximum(origin, other)
    outside = share_of(low * 2_097_143 + high, 3) < stage.value("offnet_share")
    outside |= (other == origin) | (lines["kind"][other] == IOT)
    calls["target"] = np.where(outside, -1, other)
    keys = np.where(stranger, rng.integers(0, 2**40, len(calls)), origin * 4096 + rank)
    region = lines["region"][origin].astype(np.int64)
    far = share_of(keys, 4) < stage.value("far_share")
    region = np.where(far, (region + 1 + keys % stage.regions) % stage.regions, region)
    number = offnet(keys, region, stage.regions, stage.operators, 5)
    service = stranger & (share_of(keys, 6) < SERVICE_SHARE)
    number = np.where(service, fixed(region, keys), number)
    hotline = np.flatnonzero(stranger & (share_of(keys, 9) < stage.value("hotline_share")))
    calls["callee"] = np.where(outside, number, lines["number"][other])
    calls["callee"][hotline] = rng.choice(HOTLINES, len(hotline))
    calls["target"][hotline] = -1


def _partners(stage: Stage, rng: np.random.Generator) -> Ints:
    """Whom each line has at each place of its list; who has somebody is had by them at the same."""
    lines = stage.lines
    n, region = len(lines), lines["region"].astype(np.float64)
    partner = np.tile(np.arange(n), (NEAREST, 1))
    for place in range(NEAREST):
        local = rng.random() >= stage.value("far_share")
        order = np.argsort((region if local else 0.0) + rng.random(n))
        pairs = order[: n - n % 2].reshape(-1, 2)
        partner[place, pairs[:, 0]], partner[place, pairs[:, 1]] = pairs[:, 1], pairs[:, 0]
    return partner
