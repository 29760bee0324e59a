"""How victims come back to the network, as the core network sees it.

A GSM phone takes on whatever area a cell accepts it in, since GSM networks don't prove who they
are, and names it to the next cell. LTE and NR phones take no area from a message without integrity
protection (TS 24.301 4.4.4.2, TS 24.501 4.4.4.2), but they do obey a reject, and after most of
them forget the area that they had (TS 24.301 5.5.1.2.5).
"""

import numpy as np

from detectors.model.codes import GSM, LTE, NR, RATS
from replay.simulate.feeds.signalling import (
    ATTACH,
    NO_AREA,
    UPDATE,
    Update,
    old_area_of,
    write_update,
)
from replay.simulate.feeds.writing import Feed, Record
from replay.simulate.rogue.identities import Identity
from replay.simulate.rogue.transmitter import Transmitter
from replay.simulate.scenario.rogue_claims import AREA_CAUSES
from replay.simulate.world import World


def signal_return(
    world: World, rng: np.random.Generator, aside: np.random.Generator, feed: Feed, row: int
) -> None:
    """What a victim (row of the captures) sends to the core when it is served again.

    ``aside`` is for what only some rogues do, so that it shifts no draws of the others.
    """
    captures = world.captures
    phone, time_s = int(captures.phone[row]), float(captures.back_s[row])
    each = world.transmitters[int(captures.transmitter[row])]
    identity = each.identities[int(captures.identity[row])]
    cell = world.serving_cell(phone, time_s)
    before = world.serving_cell(phone, float(captures.start_s[row]))
    if cell < 0 or (captures.cause[row] and time_s >= world.scenario.duration_s):
        return
    if _fell_from_nr(world, each, phone):
        # Rejected on NR it has switched NR off and comes back on LTE (TS 24.501, cause 27).
        below = int(world.network.cell_of[world.network.site[cell], LTE, 0])
        cell = below if below >= 0 else cell
    rat = int(world.network.rat[cell])
    if captures.cause[row]:
        update = _after_reject(world, each, identity, row, cell, before)
    elif each.own_area is not None and each.own_area[before] == identity.area:
        return  # Within its own area a phone sends no update.
    elif each.spec.keeps_area_share and aside.random() < each.spec.keeps_area_share:
        # Not updated (EU2), it updates although it is where it was registered.
        update = Update(phone, time_s, cell, UPDATE[rat], "normal", old_area_of(world, before))
    elif rat == LTE and each.rat == GSM and aside.random() < each.spec.combined_share:
        kept = {} if _fell_from_nr(world, each, phone) else old_area_of(world, before)
        old = {**kept, "old_mcc": identity.mcc, "old_mnc": identity.mnc}
        old.setdefault("old_area", NO_AREA[LTE][1])
        old["old_lai_area"] = identity.area
        update = Update(phone, time_s, cell, UPDATE[rat], "combined", old)
    else:
        old = _rogue_area(rng, each, identity, rat)
        update = Update(phone, time_s, cell, UPDATE[rat], "normal", old)
    write_update(world, rng, feed, update, {"outcome": "accept"})


def _after_reject(
    world: World, transmitter: Transmitter, identity: Identity, row: int, cell: int, before: int
) -> Update:
    """A rejected phone's update: without its area, or, rejected on GSM, without its old LAI."""
    captures, rat = world.captures, int(world.network.rat[cell])
    phone, time_s = int(captures.phone[row]), float(captures.back_s[row])
    area_only = transmitter.rat == GSM and int(captures.cause[row]) in AREA_CAUSES
    if area_only and rat == LTE and not _fell_from_nr(world, transmitter, phone):
        kept = {**old_area_of(world, before), "old_lai_area": NO_AREA[GSM][1]}
        return Update(phone, time_s, cell, UPDATE[rat], "combined", kept)
    old: Record = {"old_mcc": identity.mcc, "old_mnc": identity.mnc}
    old["old_area"] = NO_AREA[rat][-1 if rat == NR else 1]
    if area_only and rat == GSM:
        return Update(phone, time_s, cell, UPDATE[rat], "normal", old)
    return Update(phone, time_s, cell, ATTACH[rat], "attach", old)


def _rogue_area(
    rng: np.random.Generator, transmitter: Transmitter, identity: Identity, rat: int
) -> Record:
    """The rogue's area as the old one, or none where the phone had been rejected at once."""
    other = rat != transmitter.rat
    old: Record = {
        "old_mcc": identity.mcc,
        "old_mnc": identity.mnc,
        "old_area": identity.area,
        "old_rat": identity.rat if other or rng.random() < 0.5 else None,
    }
    if rng.random() < transmitter.spec.rejecting_share:
        old["old_area"] = NO_AREA[GSM if transmitter.rat == GSM else LTE][1]
    return old


def _fell_from_nr(world: World, transmitter: Transmitter, phone: int) -> bool:
    """Whether a chain of rejects and redirects has brought it down from NR."""
    lure = transmitter.spec.lure
    return lure is not None and lure.from_nr and RATS[world.phones.rat[phone] - 1] == "nr"
