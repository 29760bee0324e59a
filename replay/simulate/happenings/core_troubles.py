"""Effects in which the core is overloaded, faulty or selective, and the phones obey it.

Causes are those of MM and EMM (TS 24.008 10.5.3.6, TS 24.301 9.9.3.9), which agree in these.
"""

import numpy as np

from detectors.model.codes import LTE, NR
from replay.simulate.feeds.calls import fall_back
from replay.simulate.feeds.signalling import (
    ABROAD,
    ATTACH,
    NO_AREA,
    UPDATE,
    Update,
    old_area_of,
    register_phone,
    write_update,
)
from replay.simulate.feeds.writing import Feed, Record
from replay.simulate.happenings.effect import Effect
from replay.simulate.people.groups import about, joined, standing
from replay.simulate.people.people import HOME, Phones
from replay.simulate.scenario.happenings.phone_happenings import (
    CoreRestart,
    FailedUpdates,
    FallbackSurge,
    RoamerSteering,
)
from replay.simulate.world import World

UNDERIVABLE, DETACHED, CONGESTION = 9, 10, 22
MAC_FAILURE, SYNCH_FAILURE = 20, 21
KEEPING_CAUSES = (17, 22)  # after these a phone keeps its area


class FailedUpdatesEffect(Effect[FailedUpdates]):
    """Updates in one part of the city that the core rejects; the phones forget their area."""

    def signal(self, world: World, feed: Feed) -> None:
        spec, rng = self.spec, self.random("signal")
        time_s = rng.uniform(spec.from_s, spec.to_s, len(world.phones))
        x, y = world.phones.place(np.arange(len(world.phones)), time_s)
        near = np.hypot(x - spec.centre_m[0], y - spec.centre_m[1]) <= spec.radius_m
        chosen = rng.permutation(np.flatnonzero(near))[: spec.phones]
        for who in chosen.tolist():
            when = float(time_s[who])
            cell = world.free_cell(who, when)
            if cell < 0:
                continue
            rat, old = int(world.network.rat[cell]), old_area_of(world, cell)
            cause = {"outcome": "reject", "cause": int(rng.choice(spec.causes))}
            if rng.random() >= spec.lost_share:
                update = Update(who, when, cell, UPDATE[rat], "normal", old)
                write_update(world, rng, feed, update, cause)
            again_s = when + float(rng.uniform(*spec.again_s))
            back = world.free_cell(who, again_s)
            if back < 0:
                continue
            rat, old = int(world.network.rat[back]), {**old, "old_area": NO_AREA[rat][1]}
            kind = "attach" if rng.random() < 0.7 else "normal"
            procedure = ATTACH[rat] if kind == "attach" else UPDATE[rat]
            update = Update(who, again_s, back, procedure, kind, old)
            write_update(world, rng, feed, update, {"outcome": "accept"})


class CoreRestartEffect(Effect[CoreRestart]):
    """A core that has forgotten everyone of one operator asks and registers them anew."""

    def signal(self, world: World, feed: Feed) -> None:
        spec, rng = self.spec, self.random("signal")
        for who in np.flatnonzero(world.phones.operator == spec.operator).tolist():
            time_s = spec.at_s + float(rng.uniform(0.0, spec.spread_s))
            cell = world.free_cell(who, time_s)
            if cell >= 0:
                self._again(world, rng, feed, who, time_s, cell)

    def _again(
        self, world: World, rng: np.random.Generator, feed: Feed, who: int, time_s: float, cell: int
    ) -> None:
        spec, rat = self.spec, int(world.network.rat[cell])
        old: Record = old_area_of(world, cell)

        def write(procedure: str, kind: str, outcome: Record) -> None:
            nonlocal time_s
            write_update(
                world, rng, feed, Update(who, time_s, cell, procedure, kind, dict(old)), outcome
            )
            time_s += float(rng.uniform(0.1, 0.6))

        if rng.random() < spec.rejected_share:
            cause = int(rng.choice((UNDERIVABLE, DETACHED, CONGESTION)))
            write(UPDATE[rat], "normal", {"outcome": "reject", "cause": cause})
            if cause == UNDERIVABLE:
                old["old_area"] = NO_AREA[rat][1]
            time_s += float(rng.uniform(1.0, 10.0))
        if rng.random() < spec.forgotten_share:
            old["old_area"] = int(rng.choice(NO_AREA[rat]))
        asked: Record = {"identity_type": "suci" if rat == NR else "imsi"}
        bare = dict(old)
        if rng.random() < spec.asked_share:
            old.clear()
            write("identity_request", "attach", asked)
            old.update(bare)
        if rng.random() < spec.failing_share:
            cause = int(rng.choice((MAC_FAILURE, SYNCH_FAILURE)))
            old.clear()
            write("authentication_failure", "attach", {"cause": cause})
            old.update(bare)
        write(ATTACH[rat], "attach", {"outcome": "accept"})


class FallbackSurgeEffect(Effect[FallbackSurge]):
    """Calls by the hundred; some cores don't mark the fallback (``csfb``)."""

    def signal(self, world: World, feed: Feed) -> None:
        spec, rng = self.spec, self.random("signal")
        able = np.flatnonzero(np.isin(world.phones.rat, (LTE, NR)))
        for who in rng.choice(able, spec.calls).tolist():
            time_s = float(rng.uniform(spec.from_s, spec.to_s))
            cell = world.free_cell(who, time_s)
            updates = [] if cell < 0 else fall_back(world, rng, who, time_s, cell)
            flagged = rng.random() < spec.flagged_share
            for update in updates:
                if not flagged:
                    update.old.pop("csfb", None)
                if update.time_s < self.scenario.duration_s:
                    register_phone(world, rng, feed, update)


class RoamerSteeringEffect(Effect[RoamerSteering]):
    """Roamers whom their home operator steers to another network by rejects."""

    def people(self, phones: Phones) -> Phones:
        rng, half_m = self.random("people"), 0.3 * self.scenario.city.size_m
        spots = about(rng, (0.0, 0.0), half_m, self.spec.phones)
        grown, self.members = joined(
            phones, self.scenario, rng, *standing(self.scenario, *spots), HOME
        )
        return grown

    def signal(self, world: World, feed: Feed) -> None:
        spec, rng = self.spec, self.random("signal")
        for who in self.members.tolist():
            time_s = float(rng.uniform(spec.from_s, spec.to_s))
            mcc, mnc = ABROAD[int(rng.integers(len(ABROAD)))]
            old: Record = {"old_mcc": mcc, "old_mnc": mnc, "old_area": int(rng.integers(1, 65000))}
            for _ in range(int(rng.integers(spec.rejects[0], spec.rejects[1] + 1))):
                cell = world.free_cell(who, time_s)
                if cell < 0:
                    break
                rat, cause = int(world.network.rat[cell]), int(rng.choice(spec.causes))
                update = Update(who, time_s, cell, ATTACH[rat], "attach", dict(old))
                write_update(world, rng, feed, update, {"outcome": "reject", "cause": cause})
                if cause not in KEEPING_CAUSES:
                    old["old_area"] = NO_AREA[rat][1]
                time_s += float(rng.uniform(5.0, 25.0))
            cell = world.free_cell(who, time_s)
            if cell >= 0:
                rat = int(world.network.rat[cell])
                update = Update(who, time_s, cell, ATTACH[rat], "attach", dict(old))
                write_update(world, rng, feed, update, {"outcome": "accept"})
