"""Effects of people who move or gather together: crowds, trains, the metro."""

import numpy as np

from replay.simulate.feeds.calls import fall_back
from replay.simulate.feeds.signalling import (
    UPDATE,
    Update,
    old_area_of,
    register_phone,
    write_update,
)
from replay.simulate.feeds.writing import Feed
from replay.simulate.happenings.effect import Effect
from replay.simulate.people.groups import about, along, joined, steps_s
from replay.simulate.people.people import RIDER, WALKER, Phones
from replay.simulate.scenario.happenings.phone_happenings import Crowd, Metro, Train
from replay.simulate.world import World

FAN_OUT_M = (300.0, 900.0)
LEAVE_MPS = 1.4
CONGESTION = 22  # EMM and MM cause (TS 24.301 9.9.3.9, TS 24.008 10.5.3.6)
TRAIN_LENGTH_M, CARRIAGE_LOSS_DB = 200.0, 10.0
WAIT_S = (60.0, 300.0)
SURFACING_S = 15.0


class CrowdEffect(Effect[Crowd]):
    """A crowd that gathers, meets full cells, and disperses."""

    def people(self, phones: Phones) -> Phones:
        spec, rng = self.spec, self.random("people")
        count = spec.phones
        spot = about(rng, spec.at_m, spec.radius_m, count)
        heading, reach_m = rng.uniform(0.0, 2 * np.pi, count), rng.uniform(*FAN_OUT_M, count)
        home = spec.at_m[0] + reach_m * np.cos(heading), spec.at_m[1] + reach_m * np.sin(heading)
        arrive_s, leave_s = rng.uniform(*spec.arrive_s, count), rng.uniform(*spec.leave_s, count)
        walk_s = reach_m / LEAVE_MPS
        way = [
            (arrive_s - walk_s, *home),
            (arrive_s, *spot),
            (leave_s, *spot),
            (leave_s + walk_s, *home),
        ]
        grown, self.members = joined(phones, self.scenario, rng, *along(self.scenario, way), WALKER)
        return grown

    def signal(self, world: World, feed: Feed) -> None:
        spec, rng = self.spec, self.random("signal")
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
                _turned_away(world, rng, feed, who, time_s, cell)
            if calls:
                for update in fall_back(world, rng, who, time_s, cell):
                    register_phone(world, rng, feed, update)


def _turned_away(
    world: World, rng: np.random.Generator, feed: Feed, who: int, time_s: float, cell: int
) -> None:
    """A full core: one to three rejects with a back-off in between, then it works."""
    rat, old = int(world.network.rat[cell]), old_area_of(world, cell)
    for _ in range(int(rng.integers(1, 4))):
        procedure = "service_request" if rng.random() < 0.4 else UPDATE[rat]
        update = Update(who, time_s, cell, procedure, "normal", old)
        write_update(world, rng, feed, update, {"outcome": "reject", "cause": CONGESTION})
        time_s += float(rng.uniform(15.0, 60.0))
    if time_s < world.scenario.duration_s:
        update = Update(who, time_s, cell, UPDATE[rat], "normal", old)
        write_update(world, rng, feed, update, {"outcome": "accept"})


class TrainEffect(Effect[Train]):
    """A train that shuttles along a line, all its phones within two hundred metres."""

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
        grown, _ = joined(phones, self.scenario, rng, x, y, RIDER, loss_db=CARRIAGE_LOSS_DB)
        return grown


class MetroEffect(Effect[Metro]):
    """Riders go down at one station and come up, with a train full of others, at another."""

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
        grown, self.members = joined(phones, self.scenario, rng, x, y, WALKER, away=away)
        return grown

    def signal(self, world: World, feed: Feed) -> None:
        rng = self.random("signal")
        step_s = world.phones.step_s
        for rider, down_s, up_s in self.rides:
            who = int(self.members[rider])
            time_s = up_s + step_s + float(rng.exponential(SURFACING_S / 3))
            cell = world.free_cell(who, time_s)
            if cell < 0:
                continue
            before = world.serving_cell(who, max(0.0, down_s - step_s))
            old = old_area_of(world, before, with_rat=bool(rng.random() < 0.5))
            procedure = UPDATE[int(world.network.rat[cell])]
            if world.network.area[cell] != world.network.area[before]:
                register_phone(
                    world, rng, feed, Update(who, time_s, cell, procedure, "normal", old)
                )
