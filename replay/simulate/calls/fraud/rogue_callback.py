"""A rogue base station's text with a number to call, and those who ring it.

Who is answered there is a medium victim; who rings a bank after it, a deep one.
"""

import numpy as np
from msgspec import Struct

from replay.simulate.calls.columns import (
    DEEP,
    INTERCONNECT,
    MEDIUM,
    Ints,
    Script,
    Story,
    Victim,
    blank_calls,
    blank_texts,
)
from replay.simulate.calls.fraud.campaign import Campaign
from replay.simulate.calls.fraud.police import codes, rings
from replay.simulate.calls.honest.outcomes import decide
from replay.simulate.calls.honest.texts import BANK_SENDERS
from replay.simulate.calls.number_ranges import BANKS, four_hundred, offnet, serials
from replay.simulate.calls.stage import HOUR_MS, Stage

RECEIVERS = 20, 400
LASTS_MS = (0.15, 0.8)  # hours
RING_SHARE = (0.02, 0.15)
AFTER_S = (60.0, 7200.0)
SPEAK_S = (120.0, 1200.0)
RUNG_AGAIN_SHARE = 0.5
FAKE_DOMAIN = 4


class Wave(Struct, frozen=True):
    """Texts of a transmitter that is in the trace: its number to call, and when they came."""

    transmitter: str
    callback: int
    times: list[int]


def callback_number(stage: Stage, rng: np.random.Generator) -> int:
    """A number of another operator, or of 400."""
    if rng.random() < 0.5:
        return int(four_hundred(serials(rng, 1), fraud=True)[0])
    region = np.array([int(rng.integers(stage.regions))])
    return int(offnet(serials(rng, 1), region, stage.regions, stage.operators, 13, fraud=True)[0])


def call_back(stage: Stage, script: Script, number: int, wave: Wave | None = None) -> None:
    """One wave; ``wave`` are the texts of a transmitter that the trace has already."""
    campaign = Campaign(stage, f"rogue callback {number}")
    rng = campaign.rng
    rung = callback_number(stage, rng) if wave is None else wave.callback
    transmitter = None if wave is None else wave.transmitter
    story = script.begin(Story("scam_campaign", callers=[rung], transmitter=transmitter))
    line, times = _received(stage, script, campaign, story, rung, wave)
    share = rng.uniform(*RING_SHARE)
    late = times + (1000 * rng.uniform(*AFTER_S, len(times))).astype(np.int64)
    rows = np.flatnonzero((rng.random(len(line)) < share) & (late < stage.end_ms))
    if not len(rows) and len(late) and late.min() < stage.end_ms:
        rows = np.array([int(late.argmin())])
    for row in rows.tolist():
        _ring(stage, script, campaign, story, int(line[row]), int(late[row]), rung)


def _received(
    stage: Stage, script: Script, campaign: Campaign, story: int, rung: int, wave: Wave | None
) -> tuple[Ints, Ints]:
    """Who received a text, and when; without a transmitter in the trace, the texts too."""
    rng = campaign.rng
    if wave is not None:
        times = np.array(sorted(wave.times), dtype=np.int64)
        script.stories[story].spans.append((int(times[0]), int(times[-1])))
        return stage.people_of(rng, range(stage.regions), len(times)), times
    low, high = RECEIVERS
    n = min(round(low * (high / low) ** rng.random()), len(stage.people))
    lasts = min(rng.uniform(*LASTS_MS) * HOUR_MS, stage.end_ms / 3)
    begins = rng.uniform(0.0, max(1.0, stage.end_ms * 0.6 - lasts))
    texts = blank_texts(n)
    texts["t"] = np.sort(begins + lasts * rng.random(n))
    texts["line"] = stage.people_of(rng, campaign.regions[:1], n)
    texts["sender"] = int(rng.choice(BANK_SENDERS))
    texts["template"], texts["length"] = int(rng.integers(2**62)), int(rng.integers(40, 120))
    texts["callback"], texts["story"] = rung, story
    if rng.random() < 0.3:
        texts["domain"], texts["short_url"] = FAKE_DOMAIN, rng.random() < 0.5
    texts["recorded"], texts["by_phone"] = False, True
    script.texts.append(texts)
    return texts["line"].astype(np.int64), texts["t"].astype(np.int64)


def _ring(
    stage: Stage, script: Script, campaign: Campaign, story: int, line: int, t: int, rung: int
) -> None:
    """One victim rings, is rung again, and may go to the bank."""
    rng = campaign.rng
    calls = rings(stage, rng, line, [t], rung, story)
    calls["duration"], calls["aside"] = 1000 * rng.uniform(*SPEAK_S), False
    script.calls.append(calls)
    script.victims.append(Victim(story, line, MEDIUM, t))
    over = t + int(calls["ring"][0] + calls["duration"][0])
    if rng.random() < RUNG_AGAIN_SHARE:
        again = blank_calls(1)
        again["t"] = over + int(1000 * rng.uniform(60.0, 1800.0))
        again["caller"], again["target"], again["ingress"] = rung, line, INTERCONNECT
        again["callee"], again["story"] = stage.lines["number"][line], story
        again["carrier"], again["trunk"] = 1, stage.trunk("interconnect-1")
        decide(stage, rng, again, answered=1.0)
        script.calls.append(again[again["t"] < stage.end_ms])
    if rng.random() < campaign.number("deep_share"):
        bank = over + int(1000 * rng.uniform(60.0, 3000.0))
        if bank < stage.end_ms:
            script.calls.append(rings(stage, rng, line, [bank], int(rng.choice(BANKS)), -1))
            script.victims.append(Victim(story, line, DEEP, bank))
            codes(stage, script, rng, line, bank, story)
