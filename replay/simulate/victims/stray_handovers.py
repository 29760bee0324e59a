"""Handovers that base stations try towards a rogue, since phones in calls receive it so well.

A phone in connection reports a strong cell by its code alone (TS 36.331, event A3). If the code is
that of a known neighbour, the base station prepares that one and the phone fails on the air;
if nobody near has it, preparation fails, at times after the phone was asked for the full identity.
"""

import numpy as np
from numpy.typing import NDArray

from detectors.model.codes import LTE
from replay.simulate.feeds.connections import RAN_DELAY_S, handover_record
from replay.simulate.feeds.reports import FADING_DB
from replay.simulate.feeds.writing import Feed
from replay.simulate.rogue.identities import Identity
from replay.simulate.rogue.transmitter import Transmitter
from replay.simulate.world import World

STRONGER_DB = 3.0
NEIGHBOURS_WITHIN_M = 3000.0
IDENTITY_ASKED_SHARE = 0.35


def hand_to_rogues(world: World, feed: Feed) -> None:
    """All failed handovers to rogues with an LTE cell, into ``feed``; none where no rate is set."""
    for each in world.transmitters:
        if each.spec.handovers_per_hour and (each.rat == LTE or each.lures):
            _try_all(world, world.random(f"stray handovers {each.spec.id}"), each, feed)


def _try_all(world: World, rng: np.random.Generator, transmitter: Transmitter, feed: Feed) -> None:
    phones, camping, network = world.phones, world.camping, world.network
    everyone, step_s = np.arange(len(phones)), phones.step_s
    luck_share = 1.0 - np.exp(-transmitter.spec.handovers_per_hour * step_s / 3600.0)
    above_db = transmitter.lure_above_db() if transmitter.lures else 0.0
    for step in range(len(phones.x) - 1):
        time_s = step * step_s
        if not transmitter.active(time_s):
            continue
        at = np.full(len(phones), time_s)
        lucky = np.flatnonzero(rng.random(len(phones)) < luck_share)
        level = transmitter.level_dbm(phones.x[step, lucky], phones.y[step, lucky], at[lucky])
        level += above_db + phones.gain_db[lucky] + rng.normal(0.0, FADING_DB, len(lucky))
        source = camping.cell[step, lucky]
        fits = (level > camping.level_dbm[step, lucky] + STRONGER_DB) & (source >= 0)
        fits &= (network.rat[source] == LTE) & phones.reachable(lucky, at[lucky])
        fits &= np.isin(phones.operator[lucky], transmitter.claims_at(time_s))
        fits &= transmitter.reaches(phones.below(lucky, at[lucky]))
        fits &= ~world.captures.held(everyone[lucky], at[lucky], step_s)
        for who in lucky[fits].tolist():
            when_s = time_s + float(rng.uniform(0.0, step_s))
            cell, operator = int(camping.cell[step, who]), int(phones.operator[who])
            own = transmitter.identities[transmitter.identity_index(when_s, operator, who)]
            target = transmitter.lure(LTE, operator) or own
            asked = rng.random() < IDENTITY_ASKED_SHARE
            outcome, named = "reject", target.cell if asked else None
            if len(neighbour := _neighbour(world, cell, target)):
                outcome, named = "abort", int(network.cell[neighbour[0]])
            record = handover_record(world, who, cell, outcome, target.pci, named)
            at_ms, reported_ms = world.ms(np.array([when_s, when_s + rng.exponential(RAN_DELAY_S)]))
            feed.add(at_ms, reported_ms, record)


def _neighbour(world: World, source: int, target: Identity) -> NDArray[np.int64]:
    """Honest cells near a serving one that have the code of the rogue, the nearest first."""
    network = world.network
    site = network.site[source]
    same = np.flatnonzero(
        (network.rat == LTE)
        & (network.operator == network.operator[source])
        & (network.pci == target.pci)
        & (network.arfcn == target.arfcn)
    )
    away_m = np.hypot(
        network.site_x[network.site[same]] - network.site_x[site],
        network.site_y[network.site[same]] - network.site_y[site],
    )
    order = np.argsort(away_m, kind="stable")
    return np.asarray(same[order][away_m[order] <= NEIGHBOURS_WITHIN_M])
