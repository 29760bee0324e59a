"""Effects on feeds that no operator's are free of: strays, wrong places, delays, changing names."""

from collections.abc import Callable
from hashlib import blake2b
from math import ceil, cos, hypot, radians
from typing import Any
from zlib import crc32

import numpy as np

from detectors.model.codes import GSM, LTE, RATS, code_of
from replay.simulate.feeds.signalling import Core, Update, old_area_of
from replay.simulate.feeds.writing import Alteration, Delivery, Record
from replay.simulate.happenings.effect import Effect
from replay.simulate.network.network import Floats, Ints
from replay.simulate.network.radio import TIMING_STEP_M
from replay.simulate.people.people import HOME
from replay.simulate.scenario import nuisances
from replay.simulate.world import World, heavy_tailed_m

FEEDS = ("measurements", "signalling", "sms")
ROAD_HALF_M = 60.0
METRES_A_DEGREE = 111_195.0  # of latitude, on a sphere of 6,371 km
MAC_FAILURE, SYNCH_FAILURE = 20, 21
NULL_CIPHER = {"gsm": "A5/0", "lte": "EEA0", "nr": "NEA0"}
LARGEST_CONSTANT = 4  # a phone that doesn't measure timing reports 0, or what it once had
WINDOW_MS = 600_000


def altered(change: Callable[[Record], Record]) -> Alteration:
    """An alteration that changes a message's fields and nothing of its times."""
    return lambda message: [
        Delivery(message.ts_ms, message.rx_ms, change(message.rest), message.behind_ms)
    ]


class StrayAreasEffect(Effect[nuisances.StrayAreas]):
    def signal(self, core: Core) -> None:
        spec, rng, world = self.spec, core.rng, core.world
        taken = set(world.network.area.tolist())
        free = np.setdiff1d(np.arange(1, 65534), np.array(sorted(taken)))
        hours = self.scenario.duration_s / 3600.0
        for number, area in enumerate(rng.choice(free, spec.areas, replace=False).tolist(), 1):
            operator = int(rng.integers(len(self.scenario.operators)))
            rat = int(rng.choice((GSM, LTE)))
            kind = rng.random()
            station = spec.stations_m[int(rng.integers(len(spec.stations_m)))]
            where = station if kind < spec.station_share else None
            on_roads = where is None and kind < spec.station_share + spec.road_share
            rate = spec.busiest_per_hour / number**spec.zipf
            for time_s in rng.uniform(0.0, self.scenario.duration_s, rng.poisson(rate * hours)):
                able = self._able(world, operator, float(time_s), where, on_roads)
                if len(able) == 0:
                    continue
                who = int(rng.choice(able))
                cell = world.free_cell(who, float(time_s))
                if cell >= 0:
                    plmn = self.scenario.operators[operator]
                    old: Record = {"old_mcc": plmn.mcc, "old_mnc": plmn.mnc, "old_area": area}
                    if world.network.rat[cell] != rat or rng.random() < 0.5:
                        old["old_rat"] = RATS[rat - 1]
                    core.register(Update(who, float(time_s), cell, "normal", old))

    def _able(
        self,
        world: World,
        operator: int,
        time_s: float,
        where: tuple[float, float] | None,
        on_roads: bool,
    ) -> Ints:
        """Phones of an operator that are where such an area is brought along."""
        phones = world.phones
        x, y = phones.place(np.arange(len(phones)), np.full(len(phones), time_s))
        fits = phones.operator == operator
        if where is not None:
            fits &= np.hypot(x - where[0], y - where[1]) <= self.spec.reach_m
        if on_roads:
            fits &= (np.minimum(np.abs(x), np.abs(y)) <= ROAD_HALF_M) & (phones.kind != HOME)
        return np.flatnonzero(fits)


class GnssJammingEffect(Effect[nuisances.GnssJamming]):
    def alterations(self, world: World) -> dict[str, Alteration]:
        spec, rng = self.spec, self.random("alter")
        at_x, at_y = (np.array([axis]) for axis in spec.at_m)
        at_lat, at_lon = (float(axis[0]) for axis in world.place.latlon(at_x, at_y))
        metres_north, metres_east = METRES_A_DEGREE, METRES_A_DEGREE * cos(radians(at_lat))
        from_ms, to_ms = world.ms(np.array(spec.active_s))

        def alter(message: Delivery) -> list[Delivery]:
            lat, lon = message.rest.get("lat"), message.rest.get("lon")
            if not (isinstance(lat, float) and isinstance(lon, float)):
                return [message]
            north_m, east_m = (lat - at_lat) * metres_north, (lon - at_lon) * metres_east
            near = hypot(north_m, east_m) <= spec.radius_m and from_ms <= message.ts_ms < to_ms
            if not near or rng.random() >= spec.share:
                return [message]
            error_m = heavy_tailed_m(rng, spec.wrong_m, 2) * rng.choice((-1.0, 1.0), 2)
            wrong = {
                "lat": round(lat + float(error_m[0]) / metres_north, 7),
                "lon": round(lon + float(error_m[1] / metres_east), 7),
            }
            rest = {**message.rest, **wrong}
            return [Delivery(message.ts_ms, message.rx_ms, rest, message.behind_ms)]

        return dict.fromkeys(FEEDS, alter)


class BatchedUploadsEffect(Effect[nuisances.BatchedUploads]):
    def alterations(self, world: World) -> dict[str, Alteration]:
        start_ms, mean_ms = self.scenario.start_ms, 1000.0 * self.spec.mean_s
        slots: dict[str, tuple[float, float] | None] = {}

        def alter(message: Delivery) -> list[Delivery]:
            if message.rest.get("source", "device") != "device":
                return [message]
            name = str(message.rest.get("device") or message.rest.get("subscriber"))
            if name not in slots:
                draw = self._draw(name)
                every_ms = 2.0 * mean_ms * float(draw.uniform(0.5, 1.5))
                first_ms = float(draw.random()) * every_ms
                collects = draw.random() < self.spec.share
                slots[name] = (every_ms, first_ms) if collects else None
            if (slot := slots[name]) is None:
                return [message]
            every_ms, first_ms = slot
            turn = ceil((message.rx_ms - start_ms - first_ms) / every_ms)
            sent_ms = start_ms + round(first_ms + turn * every_ms)
            sent_ms = max(message.rx_ms, sent_ms)
            return [Delivery(message.ts_ms, sent_ms, message.rest, message.behind_ms)]

        return dict.fromkeys(FEEDS, alter)

    def _draw(self, name: str) -> np.random.Generator:
        """A device's own generator."""
        return np.random.default_rng([self._seed, self._index, crc32(name.encode())])


class PseudonymLifetimeEffect(Effect[nuisances.PseudonymLifetime]):
    def alterations(self, world: World) -> dict[str, Alteration]:
        lifetime_ms = 1000.0 * self.spec.lifetime_s
        names: dict[tuple[str, int], str] = {}

        def renamed(name: str, ts_ms: int) -> str:
            phase_ms = lifetime_ms * crc32(f"{self._seed} {name}".encode()) / 2**32
            turn = int((ts_ms + phase_ms) // lifetime_ms)
            if (name, turn) not in names:
                digest = blake2b(f"{self._seed} {name} {turn}".encode(), digest_size=8)
                names[name, turn] = f"{name.partition('-')[0]}-{digest.hexdigest()}"
            return names[name, turn]

        def alter(message: Delivery) -> list[Delivery]:
            rest = dict(message.rest)
            for key in ("device", "subscriber"):
                if isinstance(name := rest.get(key), str):
                    rest[key] = renamed(name, message.ts_ms)
            return [Delivery(message.ts_ms, message.rx_ms, rest, message.behind_ms)]

        return dict.fromkeys(FEEDS, alter)


class LevelReportingEffect(Effect[nuisances.LevelReporting]):
    def alterations(self, world: World) -> dict[str, Alteration]:
        step_db, highest_dbm = self.spec.step_db, self.spec.highest_dbm

        def coarse(cell: Record) -> Record:
            level = cell.get("signal_dbm")
            if not isinstance(level, float):
                return cell
            if step_db > 1 and cell.get("rat") != "gsm":  # RxLev is in steps of 2 dB already
                level = float(step_db * round(level / step_db))
            return {**cell, "signal_dbm": min(level, highest_dbm)}

        def change(rest: Record) -> Record:
            rest = coarse(rest)
            neighbours: Any = rest.get("neighbours")
            return (
                {**rest, "neighbours": [coarse(each) for each in neighbours]}
                if neighbours
                else rest
            )

        return dict.fromkeys(FEEDS, altered(change))


class TimingErrorsEffect(Effect[nuisances.TimingErrors]):
    def alterations(self, world: World) -> dict[str, Alteration]:
        spec, rng, phones = self.spec, self.random("alter"), world.phones
        constant = rng.random(len(phones)) < spec.constant_share
        values = np.where(rng.random(len(phones)) < 0.5, 0, rng.integers(1, LARGEST_CONSTANT))
        shown: dict[object, int] = {
            phones.device[who]: int(values[who]) for who in np.flatnonzero(constant).tolist()
        }

        def change(rest: Record) -> Record:
            steps = rest.get("timing_advance")
            if not isinstance(steps, int):
                return rest
            step_m = float(TIMING_STEP_M[code_of(str(rest["rat"]), RATS)])
            more = int(spec.bias_m / step_m + rng.random())
            return {**rest, "timing_advance": shown.get(rest.get("device"), steps + more)}

        return {"measurements": altered(change)}


class CoreHabitsEffect(Effect[nuisances.CoreHabits]):
    def signal(self, core: Core) -> None:
        world, rng = core.world, core.rng
        for share, procedure in (
            (self.spec.failing_share, "authentication_failure"),
            (self.spec.imei_share, "identity_request"),
        ):
            chosen = np.flatnonzero(rng.random(len(world.phones)) < share)
            time_s: Floats = rng.uniform(0.0, self.scenario.duration_s - 2.0, len(chosen))
            for who, at_s in zip(chosen.tolist(), time_s.tolist(), strict=True):
                cell = world.free_cell(who, at_s)
                if cell < 0:
                    continue
                cause = int(rng.choice((MAC_FAILURE, SYNCH_FAILURE)))
                failing = procedure == "authentication_failure"
                more = {"cause": cause} if failing else {"identity_type": "imei"}
                core.write(Update(who, at_s, cell, "normal", {}, procedure), **more)
                old = old_area_of(world, cell)
                core.write(Update(who, at_s + 1.0, cell, "normal", old), outcome="accept")

    def alterations(self, world: World) -> dict[str, Alteration]:
        network = world.network
        plain = self.random("alter").random(len(network)) < self.spec.unciphered_share
        cells = {tuple(network.cell_fields(row).values()) for row in np.flatnonzero(plain).tolist()}

        def change(rest: Record) -> Record:
            where = tuple(rest.get(key) for key in ("rat", "mcc", "mnc", "area", "cell"))
            if rest.get("procedure") != "security_mode" or where not in cells:
                return rest
            return {**rest, "cipher": NULL_CIPHER[str(rest["rat"])]}

        return {"signalling": altered(change)}


class MissingCentreRecordsEffect(Effect[nuisances.MissingCentreRecords]):
    def alterations(self, world: World) -> dict[str, Alteration]:
        rng, share = self.random("alter"), self.spec.share
        of_sender: dict[str, tuple[float, bool]] = {}

        def alter(message: Delivery) -> list[Delivery]:
            if message.rest.get("source") != "smsc" or not share:
                return [message]
            sender = str(message.rest["sender"])
            sender = sender if not sender.startswith("p-") else "a person"
            if sender not in of_sender:
                draw = self._draw(sender)
                part = float(draw.beta(4.0 * share + 1e-3, 4.0 * (1.0 - share) + 1e-3))
                of_sender[sender] = part, bool(draw.random() < 0.5)
            missing, in_windows = of_sender[sender]
            window = self._draw(f"{sender} {message.ts_ms // WINDOW_MS}").random()
            lost = (window if in_windows else rng.random()) < missing
            return [] if lost else [message]

        return {"sms": alter}

    def _draw(self, name: str) -> np.random.Generator:
        return np.random.default_rng([self._seed, self._index, crc32(name.encode())])
