"""Police players abroad who walk victims through calls, a check of their number, bank and codes.

Levels are those in which a service of China Mobile sorted victims (docs/drawn-calls.md): shallow,
who takes a call from abroad and hangs up; medium, who speaks for about twenty minutes and then asks
directory, police or an official number; deep, who then rings a bank's hotline or rings back often.
"""

import numpy as np

from replay.simulate.calls.columns import (
    BY_CALLER,
    DEEP,
    MEDIUM,
    NORMAL,
    ONNET,
    Script,
    Story,
    Table,
    Victim,
    blank_calls,
    blank_texts,
)
from replay.simulate.calls.fraud.campaign import Campaign, shallow
from replay.simulate.calls.fraud.shown import shown_numbers
from replay.simulate.calls.fraud.spoofed import come_in, name_owners
from replay.simulate.calls.honest.outcomes import decide
from replay.simulate.calls.honest.texts import BANK_SENDERS, fill_codes
from replay.simulate.calls.number_ranges import (
    ANTI_FRAUD,
    BANKS,
    DIRECTORY,
    FOREIGN,
    POLICE,
    dialled,
    foreign,
    is_short,
    serials,
)
from replay.simulate.calls.stage import HOUR_MS, Stage

FEWEST_CALLS, MOST_CALLS = 20, 150
NUMBERS = ("fixed", "short")
WORKED_ON_S = (900.0, 2400.0)
CHECKS_AFTER_S, BANK_AFTER_S = (60.0, 1500.0), (120.0, 3000.0)
OFFICIAL = (DIRECTORY, DIRECTORY, POLICE, ANTI_FRAUD)
CODES = 2, 8
#: So often at least rings back who does so often.
RINGS_BACK = 3, 6
BACK_EVERY_S = (120.0, 900.0)
HOTLINE_SHARE = 0.7  # of deep victims; the others ring back often
NEEDS_MS = 3 * HOUR_MS  # of the trace, for all that a victim does
LEG_S = 300.0


def play_police(stage: Stage, script: Script, number: int) -> None:
    """One gang, its first calls and its victims."""
    campaign = Campaign(stage, f"police {number}")
    rng = campaign.rng
    n = int(np.clip(campaign.number("campaign_calls") / 3, FEWEST_CALLS, MOST_CALLS))
    calls = campaign.calls(stage, n)
    place = campaign.by_number(n)
    kind = NUMBERS[int(rng.integers(len(NUMBERS)))]
    calls["caller"] = shown_numbers(stage, rng, kind, int(place[-1]) + 1)[place]
    come_in(stage, campaign, calls)
    # A number that can be rung, for who is to ring back.
    own = int(foreign(rng.integers(0, len(FOREIGN), 1), serials(rng, 1), fraud=True)[0])
    callers = [*np.unique(calls["caller"]).tolist(), own]
    story = script.begin(Story("scam_campaign", callers=callers))
    wanted = max(1, round(campaign.number("gang_victims")))
    early = np.flatnonzero(calls["t"] < max(stage.end_ms - NEEDS_MS, calls["t"][0] + 1))
    _, first = np.unique(calls["target"][early], return_index=True)
    chosen = rng.permutation(early[first])[:wanted]
    calls["answered"][chosen] = True
    calls["duration"][chosen] = 1000 * rng.uniform(*WORKED_ON_S, len(chosen))
    calls["cause"][chosen], calls["released"][chosen] = NORMAL, BY_CALLER
    calls["ring"][chosen] = np.clip(calls["ring"][chosen], 2000, 20_000)
    calls["vital"][chosen], calls["story"] = True, story
    script.calls.append(calls)
    shallow(script, story, calls)
    name_owners(script, calls, is_short(dialled(calls["caller"])))
    for row in chosen.tolist():
        deep = rng.random() < campaign.number("deep_share")
        _walk(stage, script, rng, calls[row], own, deep)


def _walk(
    stage: Stage, script: Script, rng: np.random.Generator, call: Table, own: int, deep: bool
) -> None:
    """What one victim does after the long call, as far as the trace lasts."""
    line, story = int(call["target"]), int(call["story"])
    over = int(call["t"] + call["ring"] + call["duration"])
    check_t = over + int(1000 * rng.uniform(*CHECKS_AFTER_S))
    if check_t >= stage.end_ms:
        return
    script.calls.append(rings(stage, rng, line, [check_t], int(rng.choice(OFFICIAL)), -1))
    script.victims.append(Victim(story, line, MEDIUM, check_t))
    if not deep:
        return
    if rng.random() < HOTLINE_SHARE:
        times = [check_t + int(1000 * rng.uniform(*BANK_AFTER_S))]
        made = rings(stage, rng, line, times, int(rng.choice(BANKS)), -1)
        since = times[0]
    else:
        gaps = 1000 * rng.uniform(*BACK_EVERY_S, int(rng.integers(*RINGS_BACK)))
        times = (check_t + np.cumsum(gaps)).astype(np.int64).tolist()
        made = rings(stage, rng, line, times, own, story)
        since = times[RINGS_BACK[0] - 1]
    script.calls.append(made[made["t"] < stage.end_ms])
    if since < stage.end_ms:
        script.victims.append(Victim(story, line, DEEP, since))
    codes(stage, script, rng, line, since, story)


def rings(
    stage: Stage, rng: np.random.Generator, line: int, times: list[int], callee: int, story: int
) -> Table:
    """Calls of a victim, all answered."""
    calls = blank_calls(len(times))
    calls["t"], calls["origin"], calls["caller"] = times, line, stage.lines["number"][line]
    calls["callee"], calls["ingress"] = callee, ONNET
    decide(stage, rng, calls, answered=1.0, duration_s=LEG_S / 3)
    calls["duration"] = np.minimum(calls["duration"], int(1000 * LEG_S))
    calls["story"], calls["aside"], calls["vital"] = story, True, True
    return calls


def codes(
    stage: Stage, script: Script, rng: np.random.Generator, line: int, since: int, story: int
) -> None:
    """Codes of a bank, while the victim's money is moved."""
    texts = blank_texts(int(rng.integers(*CODES)))
    texts["t"] = since + 1000 * rng.uniform(0.0, 1800.0, len(texts))
    texts["line"], texts["story"] = line, story
    fill_codes(rng, texts, BANK_SENDERS)
    script.texts.append(texts[texts["t"] < stage.end_ms])
