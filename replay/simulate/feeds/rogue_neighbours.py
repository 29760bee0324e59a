"""Rogues as neighbours in the reports of phones that they did not capture."""

import numpy as np

from detectors.model.codes import GSM, LTE, NR
from replay.simulate.feeds.writing import Record
from replay.simulate.network.network import Floats, Ints
from replay.simulate.network.radio import quantised
from replay.simulate.rogue.identities import Identity
from replay.simulate.rogue.transmitter import Transmitter
from replay.simulate.world import World

RECEIVED_DBM = -95.0
LURE_RECEIVED_DBM = -112.0  # RSRP lies some 20 dB below the level of a GSM carrier


def add_rogues(
    world: World,
    rng: np.random.Generator,
    phone: Ints,
    time_s: Floats,
    neighbours: list[list[Record]],
    most: int,
) -> None:
    """Now and then a free phone receives a rogue, or the cell that leads to it.

    A rogue comes first in the list, of which ``most`` entries are kept.
    """
    phones = world.phones
    x, y = phones.place(phone, time_s)
    below = phones.below(phone, time_s)
    for each in world.transmitters:
        level = each.level_dbm(x, y, time_s) + phones.gain_db[phone]
        lucky = rng.random(len(phone)) < world.scenario.feeds.rogue_reported_share
        fits = (
            lucky & (level > RECEIVED_DBM) & (phones.rat[phone] == each.rat) & each.reaches(below)
        )
        for row in np.flatnonzero(fits).tolist():
            identity = _on_air(each, int(phones.operator[phone[row]]), float(time_s[row]), row)
            if identity is not None:
                shown = _shown(world, rng, identity, each.rat, float(level[row]))
                neighbours[row].insert(0, shown)
                del neighbours[row][most:]
        for rat in (LTE, NR) if each.lures else ():
            lured_dbm = level + each.lure_above_db()
            lucky = rng.random(len(phone)) < world.scenario.feeds.rogue_reported_share
            fits = lucky & (lured_dbm > LURE_RECEIVED_DBM) & (phones.rat[phone] == rat)
            for row in np.flatnonzero(fits & each.reaches(below)).tolist():
                claim = int(phones.operator[phone[row]])
                if claim in each.spec.claims and each.active(float(time_s[row])):
                    lure = each.lure(rat, claim)
                    if lure is not None:
                        shown = _shown(world, rng, lure, rat, float(lured_dbm[row]))
                        neighbours[row].insert(0, shown)
                        del neighbours[row][most:]


def _on_air(transmitter: Transmitter, claim: int, time_s: float, carrier: int) -> Identity | None:
    """The identity under which a phone of an operator receives it at a time; None for none."""
    if not transmitter.active(time_s) or claim not in transmitter.claims_at(time_s):
        return None
    return transmitter.identities[transmitter.identity_index(time_s, claim, carrier)]


def _shown(
    world: World, rng: np.random.Generator, identity: Identity, rat: int, level_dbm: float
) -> Record:
    """A neighbour's entry: channel and code always, area and cell in a share of the reports."""
    feeds = world.scenario.feeds
    entry: Record = {"rat": identity.rat, "arfcn": identity.arfcn, "pci": identity.pci}
    named_share = (
        feeds.gsm_neighbours_named_share if rat == GSM else feeds.lte_neighbours_named_share
    )
    if rng.random() < named_share:
        entry.update(mcc=identity.mcc, mnc=identity.mnc, area=identity.area, cell=identity.cell)
    level = quantised(np.array([rat]), np.array([level_dbm]))
    return {**entry, "signal_dbm": float(level[0])}
