"""Effects of people and things that come together: crowds, trains, a landing, an outage's end."""

from collections.abc import Iterator

import numpy as np

from detectors.model.codes import GSM, RATS
from replay.simulate.feeds.signalling import ABROAD, NO_AREA, Core, Update, fall_back, old_area_of
from replay.simulate.happenings.effect import Effect
from replay.simulate.network.network import Floats, Ints
from replay.simulate.people.people import (
    HOME,
    RIDER,
    WALKER,
    Phones,
    about,
    standing,
    steps_s,
    visiting,
)
from replay.simulate.scenario import phone_happenings

PLATFORM_M = 80.0
FAN_OUT_M = (300.0, 900.0)
LEAVE_MPS = 1.4
CONGESTION = 22  # EMM and MM cause (TS 24.301 9.9.3.9, TS 24.008 10.5.3.6)
TRAIN_LENGTH_M, CARRIAGE_LOSS_DB = 200.0, 10.0
WAIT_S = (60.0, 300.0)
SURFACING_S = 15.0


class CrowdEffect(Effect[phone_happenings.Crowd]):
    def people(self, phones: Phones) -> Phones:
        spec, rng = self.spec, self.random("people")
        count = spec.phones
        spot = about(rng, spec.at_m, spec.radius_m, count)
        heading, reach_m = rng.uniform(0.0, 2 * np.pi, count), rng.uniform(*FAN_OUT_M, count)
        home = spec.at_m[0] + reach_m * np.cos(heading), spec.at_m[1] + reach_m * np.sin(heading)
        arrive_s, leave_s = rng.uniform(*spec.arrive_s, count), rng.uniform(*spec.leave_s, count)
        walk_s = reach_m / LEAVE_MPS
        times_s = arrive_s - walk_s, arrive_s, leave_s, leave_s + walk_s
        return self.bring(phones, rng, visiting(self.scenario, times_s, home, spot), WALKER)

    def signal(self, core: Core) -> None:
        spec, rng, world = self.spec, core.rng, core.world
        from_s, to_s = spec.arrive_s[1], min(spec.leave_s[1] + 120.0, self.scenario.duration_s)
        for who in self.members.tolist():
            full = rng.random() < spec.congestion_share
            calls = rng.random() < spec.calls_share
            if not (full or calls):
                continue
            time_s = float(rng.uniform(from_s, to_s))
            cell = world.free_cell(who, time_s)
            if cell < 0:
                continue
            if full:
                _turned_away(core, who, time_s, cell, spec.forgetting_share)
            if calls:
                for update in fall_back(world, rng, who, time_s, cell):
                    core.register(update)


def _turned_away(core: Core, who: int, time_s: float, cell: int, forgetting_share: float) -> None:
    """A full core: one to three rejects with a back-off in between, then it works."""
    rng, old = core.rng, old_area_of(core.world, cell)
    for _ in range(int(rng.integers(1, 4))):
        procedure = "service_request" if rng.random() < 0.4 else None
        update = Update(who, time_s, cell, "normal", old, procedure)
        core.write(update, outcome="reject", cause=CONGESTION)
        time_s += float(rng.uniform(15.0, 60.0))
    if forgetting_share and rng.random() < forgetting_share:
        old["old_area"] = NO_AREA[int(core.world.network.rat[cell])][1]
    if time_s < core.world.scenario.duration_s:
        core.write(Update(who, time_s, cell, "normal", old), outcome="accept")


class TrainEffect(Effect[phone_happenings.Train]):
    def people(self, phones: Phones) -> Phones:
        spec, rng = self.spec, self.random("people")
        start, end = np.array(spec.from_m), np.array(spec.to_m)
        length_m = float(np.hypot(*(end - start)))
        run_s = length_m / spec.speed_mps
        at_s = steps_s(self.scenario) - spec.start_s
        turn_s = run_s + spec.stop_s
        gone = np.clip(at_s, 0.0, None) % (2 * turn_s)
        part = np.where(
            gone < turn_s,
            np.minimum(gone / run_s, 1.0),
            np.maximum(1.0 - (gone - turn_s) / run_s, 0.0),
        )
        along_m = rng.uniform(-TRAIN_LENGTH_M, 0.0, spec.phones)
        heading = (end - start) / length_m
        x = start[0] + (part[:, None] * length_m + along_m) * heading[0]
        y = start[1] + (part[:, None] * length_m + along_m) * heading[1]
        return self.bring(phones, rng, (x, y), RIDER, loss_db=CARRIAGE_LOSS_DB)


class MetroEffect(Effect[phone_happenings.Metro]):
    def people(self, phones: Phones) -> Phones:
        spec, rng = self.spec, self.random("people")
        stations = np.array(spec.stations_m)
        at_s = steps_s(self.scenario)
        x, y = np.empty((len(at_s), spec.phones)), np.empty((len(at_s), spec.phones))
        away = np.zeros(x.shape, dtype=np.bool_)
        offset_s = rng.uniform(0.0, spec.train_every_s, len(stations))
        self.rides: list[tuple[int, float, float]] = []
        for rider in range(spec.phones):
            here = int(rng.integers(len(stations)))
            spot = np.array(about(rng, tuple(stations[here]), 60.0, 1))[:, 0]
            x[:, rider], y[:, rider] = spot
            time_s = float(rng.uniform(0.0, WAIT_S[1]))
            while time_s < self.scenario.duration_s:
                there = (here + int(rng.integers(1, len(stations)))) % len(stations)
                earliest_s = time_s + float(rng.uniform(*spec.ride_s))
                # All who leave a train leave it together.
                trains = np.ceil((earliest_s - offset_s[there]) / spec.train_every_s)
                up_s = float(offset_s[there] + trains * spec.train_every_s)
                away[(at_s >= time_s) & (at_s <= up_s), rider] = True
                spot = np.array(about(rng, tuple(stations[there]), 60.0, 1))[:, 0]
                after = at_s >= (time_s + up_s) / 2
                x[after, rider], y[after, rider] = spot
                self.rides.append((rider, time_s, up_s))
                here, time_s = there, up_s + float(rng.uniform(*WAIT_S))
        return self.bring(phones, rng, (x, y), WALKER, away=away)

    def signal(self, core: Core) -> None:
        rng, world = core.rng, core.world
        step_s = world.phones.step_s
        for rider, down_s, up_s in self.rides:
            who = int(self.members[rider])
            time_s = up_s + step_s + float(rng.exponential(SURFACING_S / 3))
            cell = world.free_cell(who, time_s)
            if cell < 0:
                continue
            before = world.serving_cell(who, max(0.0, down_s - step_s))
            old = old_area_of(world, before, with_rat=bool(rng.random() < 0.5))
            if world.network.area[cell] != world.network.area[before]:
                core.register(Update(who, time_s, cell, "normal", old))


class LandingEffect(Effect[phone_happenings.Landing]):
    def people(self, phones: Phones) -> Phones:
        spec, rng = self.spec, self.random("people")
        way = standing(self.scenario, *about(rng, spec.at_m, 150.0, spec.phones))
        self.on_s = spec.at_s + rng.uniform(0.0, spec.spread_s, spec.phones)
        away = steps_s(self.scenario)[:, None] <= self.on_s
        return self.bring(phones, rng, way, HOME, away=away, loss_db=5.0)

    def signal(self, core: Core) -> None:
        spec, rng, world = self.spec, core.rng, core.world
        # Most come from a few flights, so that many name the same far area.
        location_areas = rng.integers(9_000, 20_000, spec.cities)
        tracking_areas = rng.integers(9_000, 20_000, spec.cities)
        for who, time_s, cell in _switched_on(core, self.members, self.on_s, 5.0):
            rat, old = int(world.network.rat[cell]), old_area_of(world, cell)
            city = int(rng.integers(spec.cities))
            old["old_area"] = int((location_areas if rat == GSM else tracking_areas)[city])
            old["old_rat"] = RATS[rat - 1] if rng.random() < 0.5 else None
            if rng.random() < spec.abroad_share:
                old["old_mcc"], old["old_mnc"] = ABROAD[int(rng.integers(len(ABROAD)))]
            elif rng.random() < spec.forgotten_share:
                old["old_area"] = int(rng.choice(NO_AREA[rat]))
            kind = "attach" if rng.random() < 0.5 else "normal"
            core.register(Update(who, time_s, cell, kind, old))


class StrayTrainsEffect(Effect[phone_happenings.StrayTrains]):
    def people(self, phones: Phones) -> Phones:
        spec, rng = self.spec, self.random("people")
        first_s = float(rng.uniform(0.0, spec.every_s))
        arrivals_s = np.arange(first_s, self.scenario.duration_s, spec.every_s)
        self.on_s = np.repeat(arrivals_s, spec.riders)
        count = len(self.on_s)
        way = standing(self.scenario, *about(rng, spec.at_m, PLATFORM_M, count))
        at_s, stay_s = steps_s(self.scenario)[:, None], rng.uniform(*spec.stay_s, count)
        away = (at_s <= self.on_s) | (at_s > self.on_s + stay_s)
        return self.bring(phones, rng, way, WALKER, away=away)

    def signal(self, core: Core) -> None:
        spec, rng, network = self.spec, self.random("signal"), core.world.network
        free = np.setdiff1d(np.arange(1, 65534), network.area)
        line = rng.choice(free, (len(self.scenario.operators), spec.areas), replace=False)
        for who, time_s, cell in _switched_on(core, self.members, self.on_s, spec.within_s):
            old = old_area_of(core.world, cell)
            old["old_area"] = int(rng.choice(line[core.world.phones.operator[who]]))
            old["old_rat"] = RATS[int(network.rat[cell]) - 1] if rng.random() < 0.5 else None
            core.register(Update(who, time_s, cell, "normal", old))


class MeterOutageEffect(Effect[phone_happenings.MeterOutage]):
    def people(self, phones: Phones) -> Phones:
        spec, rng = self.spec, self.random("people")
        half_m = 0.45 * self.scenario.city.size_m
        way = standing(self.scenario, *rng.uniform(-half_m, half_m, (2, spec.meters)))
        self.on_s = spec.on_s + rng.uniform(0.0, spec.spread_s, spec.meters)
        at_s = steps_s(self.scenario)[:, None]
        away = (at_s >= spec.off_s) & (at_s <= self.on_s)
        group = {"operator": spec.operator, "rat": GSM, "away": away, "reporting_share": 0.0}
        return self.bring(phones, rng, way, HOME, **group)

    def signal(self, core: Core) -> None:
        for who, time_s, cell in _switched_on(core, self.members, self.on_s, 2.0):
            old = old_area_of(core.world, cell)
            if core.rng.random() < self.spec.forgotten_share:
                old["old_area"] = int(core.rng.choice(NO_AREA[GSM]))
            core.register(Update(who, time_s, cell, "attach", old))


def _switched_on(
    core: Core, members: Ints, on_s: Floats, within_s: float
) -> Iterator[tuple[int, float, int]]:
    """Who is switched on, up to ``within_s`` after that step when, and on which cell."""
    for who, step_s in zip(members.tolist(), on_s.tolist(), strict=True):
        time_s = step_s + core.world.phones.step_s + float(core.rng.uniform(0.0, within_s))
        cell = core.world.free_cell(who, time_s)
        if cell >= 0:
            yield who, time_s, cell
