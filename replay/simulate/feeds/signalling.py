"""What the core sees of honest phones: area updates, and honest procedures that look odd.

Power-on without a known area, roamers from abroad, rejects, calls that fall back to an older
technology, and now and then an old area that no register knows (a phone off an aeroplane, or long
switched off).
"""

from collections.abc import Iterator
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
    """One procedure before it is written; times in seconds after the start.

    Unless ``procedure`` names another, it is the one by which phones register on the cell's RAT.
    """

    phone: int
    time_s: float
    cell: int
    update_type: str
    old: Record
    procedure: str | None = None


@dataclass(frozen=True, slots=True)
class Core:
    """The operators' cores: their procedures go into ``feed``, their luck comes from ``rng``."""

    world: World
    rng: np.random.Generator
    feed: Feed

    def write(self, update: Update, **outcome: object) -> None:
        """One message, half a second on its way; none where another core serves, or no feed is."""
        world, rng, network = self.world, self.rng, self.world.network
        if not (network.in_core[update.cell] and world.in_core_feed[update.phone]):
            return
        usual = ATTACH if update.update_type == "attach" else UPDATE
        delay_s = rng.exponential(CORE_DELAY_S)
        known = rng.random() < PLACE_KNOWN_SHARE
        fix: Record = {}
        if known:
            fix = world.fix(rng, update.phone, update.time_s)
        else:
            world.fix_errors_m(rng, 1)  # drawn all the same, so that nothing after it shifts
        message = {
            "subscriber": world.phones.subscriber[update.phone],
            "source": "core",
            **network.cell_fields(update.cell),
            "procedure": update.procedure or usual[int(network.rat[update.cell])],
            **outcome,
            "update_type": update.update_type,
            **update.old,
            **fix,
        }
        self.feed.add(world.ms_at(update.time_s), world.ms_at(update.time_s + delay_s), message)

    def register(self, update: Update) -> None:
        """An honest update with its outcome; a rejected phone tries again a little later."""
        rng, feeds = self.rng, self.world.scenario.feeds
        if update.update_type == "normal" and rng.random() < feeds.stray_old_area_share:
            update.old["old_area"] = int(rng.integers(1, 0xFFFE))
        if rng.random() >= feeds.reject_share:
            self.write(update, outcome="accept")
            return
        cause = int(rng.choice(REJECT_CAUSES))
        self.write(update, outcome="reject", cause=cause)
        old = dict(update.old)
        if cause in FORGETTING_CAUSES:
            # It names a deleted LAI or GUTI of the RAT that it comes from (TS 24.008 4.4.4.7).
            named = old.get("old_rat") or RATS[self.world.network.rat[update.cell] - 1]
            old["old_area"] = NO_AREA[code_of(str(named), RATS)][1]
        again_s = update.time_s + float(rng.uniform(2.0, 12.0))
        self.write(Update(update.phone, again_s, update.cell, "attach", old), outcome="accept")


def signal_honestly(world: World, feed: Feed) -> None:
    """All honest procedures of all subscribers, into ``feed``."""
    core = Core(world, world.random("signalling"), feed)
    for update in [
        *_crossings(world, core.rng),
        *_periodic(world, core.rng),
        *_power_on(world, core.rng),
        *_roamers(world, core.rng),
        *_fallbacks(world, core.rng),
    ]:
        if world.free_cell(update.phone, update.time_s) >= 0:
            core.register(update)


def old_area_of(world: World, cell: int, with_rat: bool = False) -> Record:
    """The area of a cell as the one that a phone comes from."""
    names = ("mcc", "mnc", "area", *(("rat",) if with_rat else ()))
    return {f"old_{name}": world.network.named[cell][name] for name in names}


def _crossings(world: World, rng: np.random.Generator) -> Iterator[Update]:
    """Updates of phones that reselect a cell of another area, or of GSM after LTE."""
    network, cell = world.network, world.camping.cell
    new, before = cell[1:], cell[:-1]
    differ = network.area[new] != network.area[before]
    step, phone = np.nonzero(differ & (new >= 0) & (before >= 0))
    time_s = (step + rng.random(len(step))) * world.phones.step_s
    for at, who, when in zip(step.tolist(), phone.tolist(), time_s.tolist(), strict=True):
        old = old_area_of(world, int(before[at, who]), with_rat=bool(rng.random() < 0.5))
        yield Update(who, when, int(new[at, who]), "normal", old)


def _periodic(world: World, rng: np.random.Generator) -> Iterator[Update]:
    """The periodic update of everyone's timer (TS 24.008 T3212, TS 24.301 T3412)."""
    period_s, count = world.scenario.feeds.periodic_update_s, len(world.phones)
    first_s = rng.uniform(0.0, period_s, count)
    for turn in range(int(world.scenario.duration_s // period_s) + 1):
        when = first_s + turn * period_s
        due = np.flatnonzero(when < world.scenario.duration_s)
        due = due[world.reachable(due, when[due])]
        cells = world.serving(due, when[due]).tolist()
        for who, time_s, cell in zip(due.tolist(), when[due].tolist(), cells, strict=True):
            yield Update(who, time_s, cell, "periodic", old_area_of(world, cell))


def _power_on(world: World, rng: np.random.Generator) -> Iterator[Update]:
    """Phones that are switched on; half of them have lost their area."""
    for who, time_s, cell in _some(world, rng, world.scenario.feeds.power_on_share):
        old = old_area_of(world, cell)
        if rng.random() < 0.5:
            old["old_area"] = int(rng.choice(NO_AREA[int(world.network.rat[cell])]))
        yield Update(who, time_s, cell, "attach", old)


def _roamers(world: World, rng: np.random.Generator) -> Iterator[Update]:
    """Arrivals from abroad name an area of a network that is not here."""
    for who, time_s, cell in _some(world, rng, world.scenario.feeds.roamer_share):
        yield Update(who, time_s, cell, "normal", area_abroad(rng))


def area_abroad(rng: np.random.Generator) -> Record:
    """Some area of a network in another country, as the one that a phone comes from."""
    mcc, mnc = ABROAD[int(rng.integers(len(ABROAD)))]
    return {"old_mcc": mcc, "old_mnc": mnc, "old_area": int(rng.integers(1, 65000))}


def _fallbacks(world: World, rng: np.random.Generator) -> Iterator[Update]:
    """Voice calls: from LTE down to GSM and, when over, up again."""
    network = world.network
    for who, time_s, cell in _some(world, rng, world.scenario.feeds.csfb_share):
        below = int(network.cell_of[network.site[cell], GSM, 0])
        if network.rat[cell] == LTE and below >= 0:
            yield from _call_below(world, rng, who, time_s, cell, below)


def fall_back(
    world: World, rng: np.random.Generator, who: int, time_s: float, cell: int
) -> list[Update]:
    """One call from LTE down to GSM (TS 23.272) or from NR down to LTE (TS 23.502 4.13.6.1).

    Both cells are at one site; no updates where the site has no cell to fall back to.
    """
    network, target = world.network, {LTE: GSM, NR: LTE}.get(int(world.network.rat[cell]))
    if target is None:
        return []
    below = int(network.as_of(network.cell_of[network.site[cell], target, :1], time_s)[0])
    return [] if below < 0 else _call_below(world, rng, who, time_s, cell, below)


def _call_below(
    world: World, rng: np.random.Generator, who: int, time_s: float, cell: int, below: int
) -> list[Update]:
    """The update on the cell ``below`` for a call, and the one back on ``cell`` after it."""
    # An update after EPS fallback names the tracking area of NR, mapped.
    from_nr = world.network.rat[cell] != LTE
    old = old_area_of(world, cell if from_nr else below, with_rat=from_nr)
    over_s = time_s + float(rng.uniform(20.0, 120.0))
    back = old_area_of(world, below, with_rat=True)
    return [
        Update(who, time_s, below, "normal", {**old, "csfb": True}),
        Update(who, over_s, cell, "normal" if from_nr else "combined", back),
    ]


def _some(world: World, rng: np.random.Generator, share: float) -> list[tuple[int, float, int]]:
    """A random share of the phones, each at a random time, with the cell it camps on then."""
    phone = np.flatnonzero(rng.random(len(world.phones)) < share)
    time_s = rng.uniform(0.0, world.scenario.duration_s, len(phone))
    there = world.reachable(phone, time_s)
    phone, time_s = phone[there], time_s[there]
    cells = world.serving(phone, time_s)
    return list(zip(phone.tolist(), time_s.tolist(), cells.tolist(), strict=True))
