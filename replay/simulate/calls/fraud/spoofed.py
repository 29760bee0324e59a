"""Call centres abroad that show numbers of home; those who own them are rung by strangers."""

import numpy as np

from replay.simulate.calls.columns import (
    DETACHED,
    HOME,
    ONNET,
    UNALLOCATED,
    UNASKED,
    Flags,
    Script,
    Story,
    Table,
    blank_calls,
)
from replay.simulate.calls.fraud.campaign import Campaign, ring_back, shallow
from replay.simulate.calls.fraud.shown import shown_numbers
from replay.simulate.calls.honest.abroad import GATEWAYS, enter
from replay.simulate.calls.honest.outcomes import decide
from replay.simulate.calls.number_ranges import dialled, is_mobile, is_short
from replay.simulate.calls.stage import Stage

#: Of the people who rang back, a multiple rings the owner of the number that was shown.
STORM = 8.0
OWNER_CALLS = 3, 20
#: Of mobile numbers that are shown so many have no subscriber; the register isn't asked of so many
#: of their calls.
NOBODYS_SHARE, UNASKED_SHARE = 0.25, 0.2


def call_from_abroad(stage: Stage, script: Script, number: int) -> None:
    """One such campaign."""
    campaign = Campaign(stage, f"spoofed {number}")
    rng = campaign.rng
    n = round(campaign.number("campaign_calls"))
    calls = campaign.calls(stage, n)
    place = campaign.by_number(n)
    kind = str(campaign.values["shown_numbers"])
    numbers = shown_numbers(stage, rng, kind, int(place[-1]) + 1)
    calls["caller"] = numbers[place]
    come_in(stage, campaign, calls)
    story = script.begin(Story("scam_campaign", callers=np.unique(numbers).tolist()))
    calls["story"] = story
    shallow(script, story, calls)
    script.calls.append(calls)
    share = campaign.number("ring_back_share")
    owned = np.unique(numbers)[: int(campaign.number("owned_share") * len(np.unique(numbers)))]
    owned = owned if kind == "fixed" else owned[:0]
    theirs = np.isin(calls["caller"], owned)
    script.calls.append(ring_back(stage, rng, calls[~theirs], share, exists=False))
    _own(stage, script, campaign, calls[theirs], owned.tolist())
    # Whom the home register has, at home or off, is a subscriber, however silent.
    name_owners(script, calls, np.isin(calls["check"], (HOME, DETACHED)))
    name_owners(script, calls, is_short(dialled(calls["caller"])))


def name_owners(script: Script, calls: Table, owned: Flags) -> None:
    """Names those whose numbers are shown by calls, as far as they are owned: an institution's
    short numbers are, whatever the operator's list has."""
    for each in np.unique(calls["caller"][owned]).tolist():
        times = calls["t"][calls["caller"] == each]
        shown = [(int(times.min()), int(times.max()))]
        script.begin(Story("look_alike", "impersonated", [each], spans=shown))


def come_in(stage: Stage, campaign: Campaign, calls: Table) -> None:
    """By which gateways the calls of a campaign come in, and what the register says of them."""
    rng, trunks = campaign.rng, min(GATEWAYS, int(campaign.number("campaign_trunks")))
    enter(stage, rng, calls, rng.permutation(GATEWAYS)[:trunks].tolist())
    moving = is_mobile(calls["caller"])
    # A number has a subscriber or it hasn't, however often the register is asked.
    numbers, number = np.unique(calls["caller"], return_inverse=True)
    is_nobodys = rng.random(len(numbers)) < NOBODYS_SHARE
    of_subscribers = rng.choice([HOME, DETACHED], len(calls), p=[2 / 3, 1 / 3])
    answers = np.where(is_nobodys[number], UNALLOCATED, of_subscribers)
    answers[rng.random(len(calls)) < UNASKED_SHARE] = UNASKED
    calls["check"] = np.where(moving, answers, -1)


def _own(stage: Stage, script: Script, campaign: Campaign, calls: Table, owned: list[int]) -> None:
    """Owners of numbers that are shown: calls of their own, and a storm of call-backs."""
    rng = campaign.rng
    share = min(1.0, STORM * campaign.number("ring_back_share"))
    for number in owned:
        story = script.begin(Story("look_alike", "impersonated", [number]))
        own = blank_calls(int(rng.integers(*OWNER_CALLS)))
        own["t"] = stage.times(rng, len(own), "office")
        own["caller"], own["ingress"] = number, ONNET
        own["target"] = rng.choice(stage.people, len(own))
        own["callee"] = stage.lines["number"][own["target"]]
        own["trunk"] = trunk = stage.trunk(f"pbx-{int(rng.integers(400)):03d}")
        decide(stage, rng, own)
        own["story"] = story
        back = ring_back(stage, rng, calls[calls["caller"] == number], share, exists=True)
        back["story"] = story
        script.calls += [own, back]
        row: dict[str, object] = {"class": "fixed", "rights": [stage.trunks[trunk]]}
        script.listed.append((number, row))
