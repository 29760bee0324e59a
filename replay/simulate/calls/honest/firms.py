"""Calls of firms and trades by their profiles, and the calls that they get.

Banks share their public short numbers. Most numbers of firms have a row in the number register.
"""

import numpy as np

from replay.simulate.calls.columns import (
    BY_CALLER,
    INTERCONNECT,
    NORMAL,
    ONNET,
    Ints,
    Script,
    Story,
    Table,
    blank_calls,
)
from replay.simulate.calls.honest.lines import CELLS, TACS
from replay.simulate.calls.honest.outcomes import CALLER_ENDS, decide, returned, reverse
from replay.simulate.calls.honest.profiles import AT_TIMES, PROFILES, Profile
from replay.simulate.calls.number_ranges import (
    BANKS,
    MVNO,
    OWN,
    fixed,
    four_hundred,
    offnet,
    serials,
)
from replay.simulate.calls.stage import CARRIERS, Stage, region_names

DISTRICT_SHARE = 0.08  # of a region's people, in one district
DROPPED_S = (0.5, 3.9)
#: Firms whose trunk is another operator's come in by interconnection.
ELSEWHERE_SHARE = 0.3
CELLS_OF_DISTRICT = 30
#: Of couriers and others who are at work with a telephone, those of virtual operators.
VIRTUAL_SHARE = 0.3


def work(stage: Stage, script: Script) -> None:
    """All look-alikes of the table."""
    for profile in PROFILES:
        rng = stage.random(profile.look)
        for _ in range(stage.count(rng, profile.parameter)):
            _line(stage, script, rng, profile)
    for profile in AT_TIMES:
        rng = stage.random(profile.look)
        for _ in range(int(stage.value(profile.parameter))):
            _line(stage, script, rng, profile)


def _line(stage: Stage, script: Script, rng: np.random.Generator, profile: Profile) -> None:
    """One firm, or one person of the trade."""
    region = int(rng.integers(stage.regions))
    sims = int(rng.integers(*profile.sims))
    numbers = own_numbers(stage, rng, profile.number, region, sims)
    story = script.begin(Story("look_alike", profile.look, numbers.tolist()))
    rate = rng.uniform(*profile.per_hour)
    hours = stage.busy_hours(profile.rhythm)
    n = int(rng.poisson(rate * hours))
    calls = blank_calls(n)
    calls["t"] = stage.times(rng, n, profile.rhythm)
    calls["caller"] = numbers[rng.integers(0, sims, n)]
    called(stage, rng, calls, profile, region)
    calls["region"] = calls["place"] = region
    answered = float(rng.uniform(*profile.answered))
    median_s, ends = float(rng.uniform(*profile.duration_s)), CALLER_ENDS
    if profile.callee_ends is not None:
        ends = 1.0 - float(rng.uniform(*profile.callee_ends))
    decide(stage, rng, calls, answered=answered, duration_s=median_s, caller_ends=ends)
    _drop(rng, calls, float(rng.uniform(*profile.drops_share)))
    ours = equip(stage, rng, calls, profile, region)
    calls["story"] = story
    back = returned(stage, rng, calls, float(rng.uniform(*profile.back_share)))
    back["story"], back["aside"] = story, True
    calls_in = _called_in(stage, rng, calls, float(rng.uniform(*profile.called_in)))
    calls_in["story"], calls_in["aside"] = story, True
    script.calls += [calls, back, calls_in]
    if profile.number != "mobile":
        _list(stage, script, rng, profile, numbers, region, calls["trunk"], ours)


def own_numbers(stage: Stage, rng: np.random.Generator, kind: str, region: int, n: int) -> Ints:
    """Numbers of a kind that belong to no ordinary line."""
    if kind == "fixed":
        return fixed(np.full(n, region), serials(rng, n))
    if kind == "400":
        return four_hundred(serials(rng, n))
    if kind == "short":
        return rng.choice(BANKS, n)
    virtual = rng.random() < VIRTUAL_SHARE
    return stage.fresh_mobiles(rng, MVNO if virtual else OWN, region, n)


def called(
    stage: Stage, rng: np.random.Generator, calls: Table, profile: Profile, region: int
) -> None:
    """Whom a firm rings: its own people and strangers, of a district or of anywhere."""
    n = len(calls)
    people = stage.residents(region)
    if profile.district:
        some = min(len(people), max(8, int(DISTRICT_SHARE * len(people))))
        first = int(rng.integers(len(people) - some + 1))
        people = people[first : first + some]
    few = int(rng.integers(profile.known[0], profile.known[1] + 1))
    known = rng.choice(people, min(few, len(people)), replace=False)
    strange = rng.random(n) < rng.uniform(*profile.stranger_share)
    target = np.where(strange, rng.choice(people, n), rng.choice(known, n))
    outside = rng.random(n) < stage.value("offnet_share") * 0.5
    keys = np.where(strange, rng.integers(0, 2**40, n), target.astype(np.int64))
    regions = np.full(n, region)
    other = offnet(keys, regions, stage.regions, stage.operators, 7)
    calls["target"] = np.where(outside, -1, target)
    calls["callee"] = np.where(outside, other, stage.lines["number"][target])


def equip(
    stage: Stage, rng: np.random.Generator, calls: Table, profile: Profile, region: int
) -> bool:
    """By which line or phone a firm calls; whether it is the operator's own."""
    calls["ingress"] = ONNET
    if profile.number != "mobile":
        ours = bool(rng.random() >= ELSEWHERE_SHARE)
        place = 0 if ours else int(rng.integers(1, 1 + stage.operators))
        kind = "pbx" if ours else CARRIERS[place]
        calls["trunk"] = stage.trunk(f"{kind}-{int(rng.integers(1, 400)):03d}")
        calls["carrier"] = place
        calls["ingress"] = ONNET if ours else INTERCONNECT
        # What comes in from another operator for a third is not ours to see.
        calls["callee"] = np.where(
            (calls["target"] < 0) & (not ours), stage.lines["number"][0], calls["callee"]
        )
        calls["target"] = np.where((calls["target"] < 0) & (not ours), 0, calls["target"])
        return ours
    device = int(rng.integers(2**40, 2**41))
    calls["sim"] = device + calls["caller"] % 64
    calls["terminal"] = device
    calls["tac"] = TACS[0] + int(rng.integers(TACS[1]))
    first = region * CELLS + int(rng.integers(CELLS - CELLS_OF_DISTRICT))
    moves = rng.integers(0, CELLS_OF_DISTRICT, len(calls)) if profile.moves else 0
    calls["cell"] = first + moves
    return True


def _drop(rng: np.random.Generator, calls: Table, share: float) -> None:
    """Calls that the caller ends after a ring, before anybody could answer."""
    dropped = np.flatnonzero((rng.random(len(calls)) < share) & (calls["ring"] > 0))
    calls["answered"][dropped] = False
    calls["duration"][dropped] = 0
    calls["ring"][dropped] = 1000 * rng.uniform(*DROPPED_S, len(dropped))
    calls["cause"][dropped], calls["released"][dropped] = NORMAL, BY_CALLER


def _called_in(stage: Stage, rng: np.random.Generator, calls: Table, share: float) -> Table:
    """Calls of customers to a firm, about as many for each that it makes."""
    some = calls[rng.random(len(calls)) < min(share, 1.0)]
    back = reverse(some)
    back["t"] = stage.times(rng, len(back))
    decide(stage, rng, back, answered=0.9)
    return back


def _list(
    stage: Stage,
    script: Script,
    rng: np.random.Generator,
    profile: Profile,
    numbers: Ints,
    region: int,
    trunks: Ints,
    ours: bool,
) -> None:
    """The rows of a firm's numbers in the register."""
    trunk = [stage.trunks[int(trunks[0])]] if len(trunks) else []
    row: dict[str, object] = {
        "class": profile.number,
        "carrier": CARRIERS[0] if ours else None,
        "region": region_names(stage.regions)[region],
        "rights": trunk,
        "trusted": bool(rng.random() < profile.trusted_share),
        "protected": profile.number == "short" or None,
    }
    script.listed += [(number, row) for number in numbers.tolist()]
