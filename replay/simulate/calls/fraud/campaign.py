"""What campaigns have in common: when they call, whom, what becomes of it, and who rings back."""

from collections.abc import Sequence

import numpy as np

from replay.simulate.calls.columns import (
    ONNET,
    SHALLOW,
    Ints,
    Script,
    Table,
    Victim,
    blank_calls,
)
from replay.simulate.calls.honest.outcomes import decide, reverse, to_nobody
from replay.simulate.calls.number_ranges import dialled, is_short
from replay.simulate.calls.stage import DAY_MS, HOUR_MS, SHOP_H, Stage, campaign_values

#: Strangers hang up soon: median, and who ends it.
SOON_S, CALLEE_ENDS = 12.0, 0.8
STAYS_S = (60.0, 540.0)
#: No call that ends by itself is as long as those in which a victim is worked on.
SHORTER_THAN_MS = 540_000
RING_BACK_S = (20.0, 5400.0)


class Campaign:
    """Values of one campaign, by which its calls are drawn."""

    def __init__(self, stage: Stage, name: str) -> None:
        self.name = name
        self.rng = stage.random(name)
        self.values = campaign_values(stage, name)
        self.regions: Sequence[int] = self.rng.choice(
            stage.regions, min(stage.regions, int(self.number("target_regions"))), replace=False
        ).tolist()

    def number(self, name: str) -> float:
        """A value that is a number."""
        return float(self.values[name])

    def calls(self, stage: Stage, n: int) -> Table:
        """So many calls to people in its regions, one after another in its hours of work."""
        calls = blank_calls(n)
        calls["t"] = self.times(stage, n)
        calls["target"] = stage.people_of(self.rng, self.regions, n)
        calls["callee"] = stage.lines["number"][calls["target"]]
        decide(
            stage,
            self.rng,
            calls,
            answered=self.number("scam_answered_share"),
            duration_s=SOON_S,
            caller_ends=1.0 - CALLEE_ENDS,
        )
        stays = calls["answered"] & (self.rng.random(n) < self.number("stays_share"))
        calls["duration"][stays] = 1000 * self.rng.uniform(*STAYS_S, int(stays.sum()))
        calls["duration"] = np.minimum(calls["duration"], SHORTER_THAN_MS)
        return calls

    def times(self, stage: Stage, n: int) -> Ints:
        """Times of calls at its pace, which all lie in the trace, from a moment of the day on."""
        lasts = min(n / self.number("calls_per_hour") * HOUR_MS, 0.6 * stage.end_ms)
        first, last = 0.0, stage.end_ms - lasts
        if stage.end_ms >= DAY_MS:
            day = DAY_MS * int(self.rng.integers(stage.end_ms // DAY_MS))
            opens, closes = (day + hour * HOUR_MS for hour in SHOP_H)
            last = min(last, max(opens, closes - lasts))
            first = min(opens, last)
        begin = self.rng.uniform(first, last)
        return np.sort(begin + lasts * self.rng.random(n)).astype(np.int64)

    def by_number(self, n: int, calls_per_number: float | None = None) -> Ints:
        """For each call the place of its number: numbers rotate, some go on longer."""
        mean = self.number("calls_per_number") if calls_per_number is None else calls_per_number
        runs = self.rng.geometric(1.0 / max(mean, 1.0), n)
        return np.repeat(np.arange(n), runs)[:n]


def shallow(script: Script, story: int, calls: Table) -> None:
    """Everybody who took a call of the story, from the first on."""
    taken = calls[calls["answered"] & (calls["target"] >= 0)]
    taken = taken[np.argsort(taken["t"], kind="stable")]
    lines, first = np.unique(taken["target"], return_index=True)
    script.victims += [
        Victim(story, line, SHALLOW, t)
        for line, t in zip(lines.tolist(), taken["t"][first].tolist(), strict=True)
    ]


def ring_back(
    stage: Stage, rng: np.random.Generator, calls: Table, share: float, *, exists: bool
) -> Table:
    """Calls of those who were called, to the number that they saw; it may not exist."""
    some = calls[(rng.random(len(calls)) < share) & (calls["caller"] > 0)]
    back = reverse(some)
    back["callee"] = dialled(back["callee"])
    back["t"] += (1000 * rng.uniform(*RING_BACK_S, len(back))).astype(np.int64)
    back["ingress"], back["story"], back["aside"] = ONNET, some["story"], True
    decide(stage, rng, back, answered=0.8)
    to_nobody(back, (not exists) & ~is_short(back["callee"]))
    return back[back["t"] < stage.end_ms]
