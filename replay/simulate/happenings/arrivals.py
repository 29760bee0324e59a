"""Effects of phones that come on the network together: a landing, meters after an outage."""

from detectors.model.codes import GSM, RATS
from replay.simulate.feeds.signalling import (
    ABROAD,
    ATTACH,
    NO_AREA,
    UPDATE,
    Update,
    old_area_of,
    register_phone,
)
from replay.simulate.feeds.writing import Feed, Record
from replay.simulate.happenings.effect import Effect
from replay.simulate.people.groups import about, joined, standing, steps_s
from replay.simulate.people.people import HOME, Phones
from replay.simulate.scenario.happenings.phone_happenings import Landing, MeterOutage
from replay.simulate.world import World


class LandingEffect(Effect[Landing]):
    """Phones switched on together after a flight, with the areas of where they took off."""

    def people(self, phones: Phones) -> Phones:
        spec, rng = self.spec, self.random("people")
        spots = about(rng, spec.at_m, 150.0, spec.phones)
        x, y = standing(self.scenario, *spots)
        self.on_s = spec.at_s + rng.uniform(0.0, spec.spread_s, spec.phones)
        away = steps_s(self.scenario)[:, None] <= self.on_s
        grown, self.members = joined(phones, self.scenario, rng, x, y, HOME, away=away, loss_db=5.0)
        return grown

    def signal(self, world: World, feed: Feed) -> None:
        spec, rng = self.spec, self.random("signal")
        # Most come from a few flights, so that many name the same far area.
        location_areas = rng.integers(9_000, 20_000, spec.cities)
        tracking_areas = rng.integers(9_000, 20_000, spec.cities)
        for who, on_s in zip(self.members.tolist(), self.on_s.tolist(), strict=True):
            time_s = on_s + world.phones.step_s + float(rng.uniform(0.0, 5.0))
            cell = world.free_cell(who, time_s)
            if cell < 0:
                continue
            rat, old = int(world.network.rat[cell]), old_area_of(world, cell)
            city = int(rng.integers(spec.cities))
            old["old_area"] = int((location_areas if rat == GSM else tracking_areas)[city])
            old["old_rat"] = RATS[rat - 1] if rng.random() < 0.5 else None
            if rng.random() < spec.abroad_share:
                old["old_mcc"], old["old_mnc"] = ABROAD[int(rng.integers(len(ABROAD)))]
            elif rng.random() < spec.forgotten_share:
                old["old_area"] = int(rng.choice(NO_AREA[rat]))
            attaching = rng.random() < 0.5
            procedure = ATTACH[rat] if attaching else UPDATE[rat]
            kind = "attach" if attaching else "normal"
            register_phone(world, rng, feed, Update(who, time_s, cell, procedure, kind, old))


class MeterOutageEffect(Effect[MeterOutage]):
    """Things that stand still, lose their network, and all come back in one minute."""

    def people(self, phones: Phones) -> Phones:
        spec, rng = self.spec, self.random("people")
        half_m = 0.45 * self.scenario.city.size_m
        spots = rng.uniform(-half_m, half_m, (2, spec.meters))
        x, y = standing(self.scenario, *spots)
        self.on_s = spec.on_s + rng.uniform(0.0, spec.spread_s, spec.meters)
        at_s = steps_s(self.scenario)[:, None]
        away = (at_s >= spec.off_s) & (at_s <= self.on_s)
        grown, self.members = joined(
            phones,
            self.scenario,
            rng,
            x,
            y,
            HOME,
            operator=spec.operator,
            rat=GSM,
            away=away,
            reporting_share=0.0,
        )
        return grown

    def signal(self, world: World, feed: Feed) -> None:
        rng = self.random("signal")
        for who, on_s in zip(self.members.tolist(), self.on_s.tolist(), strict=True):
            time_s = on_s + world.phones.step_s + float(rng.uniform(0.0, 2.0))
            cell = world.free_cell(who, time_s)
            if cell < 0:
                continue
            old: Record = old_area_of(world, cell)
            if rng.random() < self.spec.forgotten_share:
                old["old_area"] = int(rng.choice(NO_AREA[GSM]))
            update = Update(who, time_s, cell, ATTACH[GSM], "attach", old)
            register_phone(world, rng, feed, update)
