"""What the core sees of honest phones: area updates, and honest procedures that look odd.

Power-on without a known area, roamers from abroad, rejects, voice calls that fall back to GSM, and
now and then an old area that no register knows (a phone off an aeroplane, or long switched off).
"""

from dataclasses import dataclass

import numpy as np

from detectors.model.codes import GSM, LTE, NR, RATS, code_of
from replay.simulate.feeds.writing import Feed, Record
from replay.simulate.world import World

#: How a phone registers anew, by RAT code.
UPDATE = {GSM: "location_update", LTE: "tracking_area_update", NR: "registration"}
ATTACH = {GSM: "location_update", LTE: "attach", NR: "registration"}
NO_AREA = {GSM: (0, 0xFFFE, 0xFFFF), LTE: (0, 0xFFFE, 0xFFFF), NR: (0, 0xFFFFFE)}
ABROAD = ((454, 0), (455, 1), (466, 92), (440, 10), (262, 1))
REJECT_CAUSES = (7, 9, 10, 13, 14, 15, 17, 22)
FORGETTING_CAUSES = (13, 15)  # after these a phone forgets its area (TS 24.008 4.4.4.7)
CORE_DELAY_S = 0.6
PLACE_KNOWN_SHARE = 0.03


@dataclass(frozen=True, slots=True)
class Update:
    """One procedure before it is written; times in seconds after the start."""

    phone: int
    time_s: float
    cell: int
    procedure: str
    update_type: str
    old: Record


def signal_honestly(world: World, feed: Feed) -> None:
    """All honest procedures of all subscribers, into ``feed``."""
    rng = world.random("signalling")
    for update in [
        *_crossings(world, rng),
        *_periodic(world, rng),
        *_power_on(world, rng),
        *_roamers(world, rng),
        *_fallbacks(world, rng),
    ]:
        who, when = np.array([update.phone]), np.array([update.time_s])
        held = world.captures.held(who, when, 5.0)[0] or not world.reachable(who, when)[0]
        if not held and update.time_s < world.scenario.duration_s:
            register_phone(world, rng, feed, update)


def write_update(
    world: World,
    rng: np.random.Generator,
    feed: Feed,
    update: Update,
    outcome: Record,
) -> None:
    """One message of the core, half a second on its way; none where another core serves."""
    network = world.network
    if not network.in_core[update.cell]:
        return
    at = np.array([update.time_s])
    delay = rng.exponential(CORE_DELAY_S, 1)
    known = rng.random() < PLACE_KNOWN_SHARE
    lat, lon, accuracy_m = world.fixes(rng, np.array([update.phone]), at)
    feed.add(
        world.ms(at)[0],
        world.ms(at + delay)[0],
        {
            "subscriber": world.phones.subscriber[update.phone],
            "source": "core",
            **network.cell_fields(update.cell),
            "procedure": update.procedure,
            **outcome,
            "update_type": update.update_type,
            **update.old,
            "lat": lat[0] if known else None,
            "lon": lon[0] if known else None,
            "accuracy_m": accuracy_m[0] if known else None,
        },
    )


def old_area_of(world: World, cell: int, with_rat: bool = False) -> Record:
    """The area of a cell as the one that a phone comes from."""
    network = world.network
    return {
        "old_mcc": int(network.mcc[cell]),
        "old_mnc": int(network.mnc[cell]),
        "old_area": int(network.area[cell]),
        "old_rat": RATS[network.rat[cell] - 1] if with_rat else None,
    }


def register_phone(world: World, rng: np.random.Generator, feed: Feed, update: Update) -> None:
    """An honest update with its outcome; a rejected phone tries again a little later."""
    feeds = world.scenario.feeds
    rat = int(world.network.rat[update.cell])
    if update.update_type == "normal" and rng.random() < feeds.stray_old_area_share:
        update.old["old_area"] = int(rng.integers(1, 0xFFFE))
    if rng.random() >= feeds.reject_share:
        write_update(world, rng, feed, update, {"outcome": "accept"})
        return
    cause = int(rng.choice(REJECT_CAUSES))
    write_update(world, rng, feed, update, {"outcome": "reject", "cause": cause})
    old = dict(update.old)
    if cause in FORGETTING_CAUSES:
        # What it names is a deleted LAI or GUTI of the RAT that it comes from (TS 24.008 4.4.4.7).
        before = old.get("old_rat")
        old["old_area"] = NO_AREA[code_of(str(before), RATS) if before else rat][1]
    again_s = update.time_s + float(rng.uniform(2.0, 12.0))
    again = Update(update.phone, again_s, update.cell, ATTACH[rat], "attach", old)
    write_update(world, rng, feed, again, {"outcome": "accept"})


def _crossings(world: World, rng: np.random.Generator) -> list[Update]:
    """Updates of phones that reselect a cell of another area, or of GSM after LTE."""
    network, cell = world.network, world.camping.cell
    new, before = cell[1:], cell[:-1]
    differ = network.area[new] != network.area[before]
    step, phone = np.nonzero(differ & (new >= 0) & (before >= 0))
    time_s = (step + rng.random(len(step))) * world.phones.step_s
    updates = []
    for at, who, when in zip(step.tolist(), phone.tolist(), time_s.tolist(), strict=True):
        target, source = int(new[at, who]), int(before[at, who])
        procedure = UPDATE[int(network.rat[target])]
        old = old_area_of(world, source, with_rat=bool(rng.random() < 0.5))
        updates.append(Update(who, when, target, procedure, "normal", old))
    return updates


def _periodic(world: World, rng: np.random.Generator) -> list[Update]:
    """The periodic update of everyone's timer (TS 24.008 T3212, TS 24.301 T3412)."""
    period_s, count = world.scenario.feeds.periodic_update_s, len(world.phones)
    updates = []
    first_s = rng.uniform(0.0, period_s, count)
    for turn in range(int(world.scenario.duration_s // period_s) + 1):
        when = first_s + turn * period_s
        due = np.flatnonzero(when < world.scenario.duration_s)
        due = due[world.reachable(due, when[due])]
        cells = world.serving(due, when[due]).tolist()
        for who, time_s, cell in zip(due.tolist(), when[due].tolist(), cells, strict=True):
            procedure = UPDATE[int(world.network.rat[cell])]
            updates.append(
                Update(who, time_s, cell, procedure, "periodic", old_area_of(world, cell))
            )
    return updates


def _power_on(world: World, rng: np.random.Generator) -> list[Update]:
    """Phones that are switched on; half of them have lost their area."""
    updates = []
    for who, time_s, cell in _some(world, rng, world.scenario.feeds.power_on_share):
        rat = int(world.network.rat[cell])
        old = old_area_of(world, cell)
        if rng.random() < 0.5:
            old["old_area"] = int(rng.choice(NO_AREA[rat]))
        updates.append(Update(who, time_s, cell, ATTACH[rat], "attach", old))
    return updates


def _roamers(world: World, rng: np.random.Generator) -> list[Update]:
    """Arrivals from abroad name an area of a network that is not here."""
    updates = []
    for who, time_s, cell in _some(world, rng, world.scenario.feeds.roamer_share):
        mcc, mnc = ABROAD[int(rng.integers(len(ABROAD)))]
        old: Record = {"old_mcc": mcc, "old_mnc": mnc, "old_area": int(rng.integers(1, 65000))}
        procedure = UPDATE[int(world.network.rat[cell])]
        updates.append(Update(who, time_s, cell, procedure, "normal", old))
    return updates


def _fallbacks(world: World, rng: np.random.Generator) -> list[Update]:
    """Voice calls: from LTE down to GSM and, when over, up again (TS 23.272)."""
    network, updates = world.network, []
    for who, time_s, cell in _some(world, rng, world.scenario.feeds.csfb_share):
        below = int(network.cell_of[network.site[cell], GSM, 0])
        if network.rat[cell] != LTE or below < 0:
            continue
        old: Record = {**old_area_of(world, below), "csfb": True}
        updates.append(Update(who, time_s, below, UPDATE[GSM], "normal", old))
        over_s = time_s + float(rng.uniform(20.0, 120.0))
        back = old_area_of(world, below, with_rat=True)
        updates.append(Update(who, over_s, cell, UPDATE[LTE], "combined", back))
    return updates


def _some(world: World, rng: np.random.Generator, share: float) -> list[tuple[int, float, int]]:
    """A random share of the phones, each at a random time, with the cell it camps on then."""
    phone = np.flatnonzero(rng.random(len(world.phones)) < share)
    time_s = rng.uniform(0.0, world.scenario.duration_s, len(phone))
    there = world.reachable(phone, time_s)
    phone, time_s = phone[there], time_s[there]
    cells = world.serving(phone, time_s)
    return list(zip(phone.tolist(), time_s.tolist(), cells.tolist(), strict=True))
