"""Effects in which the core is overloaded, faulty or selective, and the phones obey it.

Causes are those of MM and EMM (TS 24.008 10.5.3.6, TS 24.301 9.9.3.9), which agree in these.
"""

import numpy as np

from detectors.model.codes import LTE, NR
from replay.simulate.feeds.signalling import (
    NO_AREA,
    Core,
    Update,
    area_abroad,
    fall_back,
    old_area_of,
)
from replay.simulate.feeds.writing import Record
from replay.simulate.happenings.effect import Effect
from replay.simulate.people.people import HOME, Phones, about, standing
from replay.simulate.scenario import phone_happenings

UNDERIVABLE, DETACHED, CONGESTION = 9, 10, 22
MAC_FAILURE, SYNCH_FAILURE = 20, 21
KEEPING_CAUSES = (17, 22)  # after these a phone keeps its area


class FailedUpdatesEffect(Effect[phone_happenings.FailedUpdates]):
    def signal(self, core: Core) -> None:
        spec, rng, world = self.spec, core.rng, core.world
        time_s = rng.uniform(spec.from_s, spec.to_s, len(world.phones))
        x, y = world.phones.place(np.arange(len(world.phones)), time_s)
        near = np.hypot(x - spec.centre_m[0], y - spec.centre_m[1]) <= spec.radius_m
        chosen = rng.permutation(np.flatnonzero(near))[: spec.phones]
        for who in chosen.tolist():
            when = float(time_s[who])
            cell = world.free_cell(who, when)
            if cell < 0:
                continue
            old, cause = old_area_of(world, cell), int(rng.choice(spec.causes))
            if rng.random() >= spec.lost_share:
                update = Update(who, when, cell, "normal", old)
                core.write(update, outcome="reject", cause=cause)
            again_s = when + float(rng.uniform(*spec.again_s))
            back = world.free_cell(who, again_s)
            if back < 0:
                continue
            old = {**old, "old_area": NO_AREA[int(world.network.rat[cell])][1]}
            kind = "attach" if rng.random() < 0.7 else "normal"
            core.write(Update(who, again_s, back, kind, old), outcome="accept")


class CoreRestartEffect(Effect[phone_happenings.CoreRestart]):
    def signal(self, core: Core) -> None:
        spec, world = self.spec, core.world
        for who in np.flatnonzero(world.phones.operator == spec.operator).tolist():
            time_s = spec.at_s + float(core.rng.uniform(0.0, spec.spread_s))
            cell = world.free_cell(who, time_s)
            if cell >= 0:
                self._again(core, who, time_s, cell)

    def _again(self, core: Core, who: int, time_s: float, cell: int) -> None:
        spec, rng, rat = self.spec, core.rng, int(core.world.network.rat[cell])
        old = old_area_of(core.world, cell)

        def write(kind: str, old: Record, procedure: str | None = None, **outcome: object) -> None:
            nonlocal time_s
            core.write(Update(who, time_s, cell, kind, old, procedure), **outcome)
            time_s += float(rng.uniform(0.1, 0.6))

        if rng.random() < spec.rejected_share:
            cause = int(rng.choice((UNDERIVABLE, DETACHED, CONGESTION)))
            write("normal", old, outcome="reject", cause=cause)
            if cause == UNDERIVABLE:
                old["old_area"] = NO_AREA[rat][1]
            time_s += float(rng.uniform(1.0, 10.0))
        if rng.random() < spec.forgotten_share:
            old["old_area"] = int(rng.choice(NO_AREA[rat]))
        if rng.random() < spec.asked_share:
            kind = "suci" if rat == NR else "imsi"
            write("attach", {}, "identity_request", identity_type=kind)
        if rng.random() < spec.failing_share:
            cause = int(rng.choice((MAC_FAILURE, SYNCH_FAILURE)))
            write("attach", {}, "authentication_failure", cause=cause)
        write("attach", old, outcome="accept")


class FallbackSurgeEffect(Effect[phone_happenings.FallbackSurge]):
    """Calls by the hundred; some cores don't mark the fallback (``csfb``)."""

    def signal(self, core: Core) -> None:
        spec, rng, world = self.spec, core.rng, core.world
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
                    core.register(update)


class RoamerSteeringEffect(Effect[phone_happenings.RoamerSteering]):
    def people(self, phones: Phones) -> Phones:
        rng, half_m = self.random("people"), 0.3 * self.scenario.city.size_m
        spots = about(rng, (0.0, 0.0), half_m, self.spec.phones)
        return self.bring(phones, rng, standing(self.scenario, *spots), HOME)

    def signal(self, core: Core) -> None:
        spec, rng, world = self.spec, core.rng, core.world
        for who in self.members.tolist():
            time_s = float(rng.uniform(spec.from_s, spec.to_s))
            old = area_abroad(rng)
            for _ in range(int(rng.integers(spec.rejects[0], spec.rejects[1] + 1))):
                cell = world.free_cell(who, time_s)
                if cell < 0:
                    break
                cause = int(rng.choice(spec.causes))
                update = Update(who, time_s, cell, "attach", old)
                core.write(update, outcome="reject", cause=cause)
                if cause not in KEEPING_CAUSES:
                    old["old_area"] = NO_AREA[int(world.network.rat[cell])][1]
                time_s += float(rng.uniform(5.0, 25.0))
            cell = world.free_cell(who, time_s)
            if cell >= 0:
                core.write(Update(who, time_s, cell, "attach", old), outcome="accept")
