"""Calls that leave a cell for an older technology and come back when they are over."""

import numpy as np

from detectors.model.codes import GSM, LTE, NR
from replay.simulate.feeds.signalling import UPDATE, Update, old_area_of
from replay.simulate.feeds.writing import Record
from replay.simulate.world import World


def fall_back(
    world: World, rng: np.random.Generator, who: int, time_s: float, cell: int
) -> list[Update]:
    """One call from LTE down to GSM (TS 23.272) or from NR down to LTE (TS 23.502 4.13.6.1).

    Both cells are at one site; no updates where the site has no cell to fall back to.
    """
    network = world.network
    above = int(network.rat[cell])
    if above not in (LTE, NR):
        return []
    target = GSM if above == LTE else LTE
    below = int(network.as_of(network.cell_of[network.site[cell], target, :1], time_s)[0])
    if below < 0:
        return []
    # An update after EPS fallback names the tracking area of NR, mapped.
    came_from = below if target == GSM else cell
    old: Record = old_area_of(world, came_from, with_rat=target == LTE)
    down = Update(who, time_s, below, UPDATE[target], "normal", {**old, "csfb": True})
    over_s = time_s + float(rng.uniform(20.0, 120.0))
    back_type = "combined" if above == LTE else "normal"
    back = old_area_of(world, below, with_rat=True)
    return [down, Update(who, over_s, cell, UPDATE[above], back_type, back)]
