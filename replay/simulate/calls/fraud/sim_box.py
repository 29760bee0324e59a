"""SIM boxes, and single numbers of home that ring strangers for hours."""

import numpy as np

from replay.simulate.calls.columns import INTERCONNECT, ONNET, Change, Ints, Script, Story, Table
from replay.simulate.calls.fraud.campaign import Campaign, ring_back
from replay.simulate.calls.honest.lines import CELLS, TACS
from replay.simulate.calls.number_ranges import (
    MVNO,
    OWN,
    fixed,
    four_hundred,
    iot,
    offnet,
    serials,
)
from replay.simulate.calls.stage import Stage

CALLS_PER_SIM = 4.0  # at least, on the mean
FEWEST_SIMS = 6
VIRTUAL_SHARE, THINGS_SHARE = 0.3, 0.15
ACTIVATED_SHARE = 0.6
SCAMMER_CALLS = 20, 300
#: ``line`` is a firm's line that shows fixed numbers of others.
SCAMMER_RANGES = ("own", "own", "own", "400", "other", "line")


def fill_boxes(stage: Stage, script: Script, number: int) -> None:
    """One box: many SIMs, few terminals, the same cells, calls to strangers only."""
    campaign = Campaign(stage, f"sim box {number}")
    rng, n = campaign.rng, max(30, round(campaign.number("campaign_calls")))
    sims = int(min(campaign.number("box_sims"), max(FEWEST_SIMS, n / CALLS_PER_SIM)))
    terminals = max(1, round(sims / campaign.number("sims_per_terminal")))
    calls = campaign.calls(stage, n)
    # SIMs take turns, each in some terminal.
    sim = rng.permutation(np.arange(n) % sims)
    region = int(rng.integers(stage.regions))
    numbers = fresh(stage, rng, region, sims)
    calls["caller"] = numbers[sim]
    calls["ingress"] = ONNET
    device = int(rng.integers(2**41, 2**42))
    calls["sim"] = device + sim
    calls["terminal"] = device + sim % terminals
    calls["tac"] = TACS[0] + int(rng.integers(TACS[1]))
    place = int(rng.integers(stage.regions))
    cells = place * CELLS + rng.integers(0, CELLS, int(campaign.number("box_cells")))
    calls["cell"] = cells[(sim % terminals) % len(cells)]
    calls["region"], calls["place"] = region, place
    story = script.begin(Story("sim_box", callers=np.unique(calls["caller"]).tolist()))
    calls["story"] = story
    script.calls.append(calls)
    back = ring_back(stage, rng, calls, campaign.number("ring_back_share"), exists=True)
    script.calls.append(back)
    _activate(stage, script, rng, numbers.tolist(), place, int(calls["t"][0]))


def go_on(stage: Stage, script: Script, number: int) -> None:
    """One number of home, or two or three, that ring strangers for hours."""
    campaign = Campaign(stage, f"home scammer {number}")
    rng = campaign.rng
    low, high = SCAMMER_CALLS
    n = round(low * (high / low) ** rng.random())
    calls = campaign.calls(stage, n)
    region = int(rng.integers(stage.regions))
    kind = SCAMMER_RANGES[int(rng.integers(len(SCAMMER_RANGES)))]
    callers = _callers(stage, rng, kind, region, int(rng.integers(1, 4)))
    calls["caller"] = np.sort(rng.choice(callers, n))
    calls["caller"][: len(callers)] = callers[: len(calls)]
    equip(stage, rng, calls, kind, region)
    if kind == "line":
        other = f"pbx-{int(rng.integers(400)):03d}"
        row: dict[str, object] = {"class": "fixed", "rights": [other]}
        script.listed += [(number, row) for number in callers.tolist()]
    story = script.begin(Story("scam_caller", callers=np.unique(calls["caller"]).tolist()))
    calls["story"] = story
    script.calls.append(calls)
    back = ring_back(stage, rng, calls, campaign.number("ring_back_share"), exists=True)
    script.calls.append(back)


def equip(stage: Stage, rng: np.random.Generator, calls: Table, kind: str, region: int) -> None:
    """By which way callers of home call, and from where."""
    calls["region"] = calls["place"] = region
    if kind == "line":
        calls["ingress"] = ONNET
        calls["trunk"] = stage.trunk(f"pbx-{int(rng.integers(400)):03d}")
        return
    if kind in ("400", "other"):
        calls["ingress"] = INTERCONNECT
        calls["carrier"] = place = 1 + int(rng.integers(stage.operators))
        calls["trunk"] = stage.trunk(f"interconnect-{place}")
        return
    calls["ingress"] = ONNET
    device = int(rng.integers(2**42, 2**43))
    calls["sim"] = device + calls["caller"] % 1000
    calls["terminal"] = device
    calls["tac"] = TACS[0] + int(rng.integers(TACS[1]))
    calls["cell"] = region * CELLS + int(rng.integers(CELLS))


def fresh(stage: Stage, rng: np.random.Generator, region: int, n: int) -> Ints:
    """Numbers one after another that nobody else has: of people, now and then of things."""
    share = rng.random()
    if share < THINGS_SHARE:
        return iot(serials(rng, 1) + np.arange(n), fraud=True)
    virtual = share < THINGS_SHARE + VIRTUAL_SHARE
    return stage.fresh_mobiles(rng, MVNO if virtual else OWN, region, n)


def _callers(stage: Stage, rng: np.random.Generator, kind: str, region: int, n: int) -> Ints:
    if kind == "400":
        return four_hundred(serials(rng, n), fraud=True)
    if kind == "other":
        place = np.full(n, region)
        return offnet(serials(rng, n), place, stage.regions, stage.operators, 9, fraud=True)
    if kind == "line":
        return fixed(np.full(n, region), serials(rng, n), fraud=True)
    return fresh(stage, rng, region, n)


def _activate(
    stage: Stage,
    script: Script,
    rng: np.random.Generator,
    numbers: list[int],
    place: int,
    before: int,
) -> None:
    """Most SIMs of a box were activated shortly before, within the trace."""
    for number in numbers:
        if rng.random() < ACTIVATED_SHARE:
            t = int(rng.integers(0, before + 1))
            script.changes.append(Change(t, number, "activated", place))
