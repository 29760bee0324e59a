"""Handovers as base stations report them: most succeed, one or two in a hundred fail.

Every change of an LTE or NR cell by a phone in connection is one (TS 36.300 10.1.2.1, TS 38.300
9.2.3.2); the target is the cell that the phone then camps on, so codes and places hold together.
"""

import numpy as np

from detectors.model.codes import GSM
from replay.simulate.feeds.writing import Feed, Record
from replay.simulate.world import World

RAN_DELAY_S = 1.5
PREPARATION_SHARE = 0.5  # of the failures: refused by the target; the others break on the air
KNOWN_TARGET_SHARE = 0.7  # where the neighbour relation holds the target's identity


def hand_over(world: World, feed: Feed) -> None:
    """All handovers of a scenario, into ``feed``; none unless it asks for them."""
    feeds, network, phones = world.scenario.feeds, world.network, world.phones
    if not feeds.connected_share:
        return
    rng = world.random("handovers")
    before, after = world.camping.cell[:-1], world.camping.cell[1:]
    moved = (before != after) & (before >= 0) & (after >= 0)
    moved &= (network.rat[before] != GSM) & (network.rat[before] == network.rat[after])
    moved &= network.in_core[before] & network.in_core[after]
    step, phone = np.nonzero(moved & (rng.random(moved.shape) < feeds.connected_share))
    time_s = (step + rng.random(len(step))) * phones.step_s
    free = ~world.captures.held(phone, time_s, 5.0) & phones.reachable(phone, time_s)
    for at, who, when in zip(step[free].tolist(), phone[free].tolist(), time_s[free], strict=True):
        source, target = int(before[at, who]), int(after[at, who])
        known = rng.random() < KNOWN_TARGET_SHARE
        outcome = "accept"
        if rng.random() < feeds.handover_failure_share:
            outcome = "reject" if rng.random() < PREPARATION_SHARE else "abort"
        at_ms, delayed_ms = world.ms(np.array([when, when + rng.exponential(RAN_DELAY_S)]))
        cell = int(network.cell[target]) if known else None
        record = handover_record(world, who, source, outcome, int(network.pci[target]), cell)
        feed.add(at_ms, delayed_ms, record)


def handover_record(
    world: World, who: int, source: int, outcome: str, target_pci: int, target_cell: int | None
) -> Record:
    """A base station's message of a handover from a cell to one of the same RAT."""
    serving = world.network.cell_fields(source)
    return {
        "subscriber": world.phones.subscriber[who],
        "source": "ran",
        **serving,
        "procedure": "handover",
        "outcome": outcome,
        "target_pci": target_pci,
        "target_cell": target_cell,
        "target_rat": serving["rat"],
    }
