"""Effects of shared, foreign, private and authorised networks: who may use which cells.

A site belongs to the phones that can camp on it, whatever its cells broadcast; so a shared or
foreign mast is there once for each operator whose phones use it.
"""

import numpy as np

from detectors.model.codes import GSM, LTE, NR, RATS, code_of
from replay.simulate.feeds.reports import FADING_DB
from replay.simulate.feeds.writing import Feed
from replay.simulate.happenings.effect import Effect
from replay.simulate.network.network import POWER_AT_100M_DBM, SECTOR_STEP_DEG, SECTORS
from replay.simulate.network.network_plan import NetworkPlan
from replay.simulate.network.radio import SENSITIVITY_DBM, quantised
from replay.simulate.network.register import Sheet
from replay.simulate.people.people import HOME, WALKER, Phones, about, standing, visiting
from replay.simulate.scenario import cell_happenings
from replay.simulate.world import World

#: Channels that no operator of the simulation uses; GSM-R is at 955 to 1023 (TS 45.005, 2).
FOREIGN_CHANNEL = {GSM: 60, LTE: 3050, NR: 620000}
PRIVATE_CHANNEL = {GSM: 960, LTE: 39750, NR: 650000}
FOREIGN_AREA, PRIVATE_AREA = 31000, 40500
UNBUILT_PART = 0.6  # of a foreign circle: nobody builds beyond the border
WALK_MPS = 1.3


class SharedCellsEffect(Effect[cell_happenings.SharedCells]):
    def build(self, plan: NetworkPlan, phones: Phones) -> None:
        spec = self.spec
        guest = self.scenario.operators[spec.guest]
        self.rows: list[int] = []
        for site in plan.sites(spec.host, spec.centre_m, spec.radius_m).tolist():
            pairs = plan.copy_site(
                site, spec.guest, operator=spec.guest, mcc=guest.mcc, mnc=guest.mnc
            )
            self.rows += [new for _, new in pairs]
        plan.switch_off_sites(spec.guest, spec.centre_m, spec.radius_m)

    def list_cells(self, sheet: Sheet) -> None:
        if self.spec.listed == "both":
            for row in self.rows:
                sheet.add(row)


class NationalRoamingEffect(Effect[cell_happenings.NationalRoaming]):
    def build(self, plan: NetworkPlan, phones: Phones) -> None:
        spec = self.spec
        for site in plan.sites(spec.host, spec.centre_m, spec.radius_m).tolist():
            plan.copy_site(site, spec.guest, on_s=spec.at_s)
        plan.switch_off_sites(spec.guest, spec.centre_m, spec.radius_m, spec.at_s)


class ForeignNetworkEffect(Effect[cell_happenings.ForeignNetwork]):
    def build(self, plan: NetworkPlan, phones: Phones) -> None:
        spec, rng = self.spec, self.random("build")
        count = max(1, round(np.pi * spec.radius_m**2 / spec.spacing_m**2))
        places = about(rng, spec.centre_m, spec.radius_m, count)
        for operator in spec.operators:
            plan.switch_off_sites(operator, spec.centre_m, UNBUILT_PART * spec.radius_m)
        for number, (x_m, y_m) in enumerate(zip(*(c.tolist() for c in places), strict=True)):
            azimuth, code = float(rng.uniform(0.0, SECTOR_STEP_DEG)), int(rng.integers(160))
            for operator in spec.operators:
                site = plan.add_site(operator, x_m, y_m)
                for rat in (GSM, LTE):
                    for sector in range(SECTORS):
                        plan.add_cell(
                            site,
                            sector,
                            rat=rat,
                            operator=self.own_operator,
                            mcc=spec.mcc,
                            mnc=spec.mnc,
                            area=FOREIGN_AREA + 100 * rat + number // 12,
                            cell=(20_001 if rat == GSM else 50_000_001) + 256 * number + sector,
                            arfcn=FOREIGN_CHANNEL[rat] + (2 * (number % 12) if rat == GSM else 0),
                            pci=code % 64 if rat == GSM else 3 * code + sector,
                            azimuth_deg=azimuth + SECTOR_STEP_DEG * sector,
                            power_dbm=POWER_AT_100M_DBM[rat],
                            in_core=False,
                        )


class PrivateNetworkEffect(Effect[cell_happenings.PrivateNetwork]):
    def people(self, phones: Phones) -> Phones:
        rng, spec = self.random("people"), self.spec
        at = [about(rng, point, 200.0, spec.members) for point in spec.at_m]
        which = rng.integers(0, len(at), spec.members)
        everyone = np.arange(spec.members)
        x = np.array([each[0] for each in at])[which, everyone]
        y = np.array([each[1] for each in at])[which, everyone]
        # Members see no other network, so the private one is an operator of its own.
        group = {"operator": self.own_operator, "rat": code_of(spec.rat, RATS)}
        return self.bring(phones, rng, standing(self.scenario, x, y), HOME, **group)

    def build(self, plan: NetworkPlan, phones: Phones) -> None:
        spec, rng = self.spec, self.random("build")
        plmn, rat = self.scenario.operators[spec.operator], code_of(spec.rat, RATS)
        self.rows: list[int] = []
        for number, (x_m, y_m) in enumerate(spec.at_m):
            site, code = plan.add_site(self.own_operator, x_m, y_m), int(rng.integers(60))
            for sector in range(SECTORS):
                row = plan.add_cell(
                    site,
                    sector,
                    rat=rat,
                    operator=self.own_operator,
                    mcc=plmn.mcc if spec.mcc is None else spec.mcc,
                    mnc=plmn.mnc if spec.mnc is None else spec.mnc,
                    area=PRIVATE_AREA + self._index,
                    cell=(30_001 if rat == GSM else 60_000_001) + 256 * number + sector,
                    arfcn=PRIVATE_CHANNEL[rat] + (3 * number + sector if rat == GSM else 0),
                    pci=code if rat == GSM else 3 * code + sector,
                    azimuth_deg=SECTOR_STEP_DEG * sector,
                    power_dbm=POWER_AT_100M_DBM[rat] - 4.0,
                    in_core=False,
                )
                self.rows.append(row)

    def report(self, world: World, feed: Feed) -> None:
        spec, rng, phones = self.spec, self.random("report"), world.phones
        ours = phones.reporting & (phones.operator < len(self.scenario.operators))
        scanning = np.flatnonzero(ours & (rng.random(len(phones)) < spec.scanning_share))
        if len(scanning) == 0:
            return
        turns = int(world.scenario.duration_s // spec.scan_every_s)
        phone = np.tile(scanning, turns)
        time_s = rng.uniform(0.0, world.scenario.duration_s, len(phone))
        kept = world.reachable(phone, time_s) & ~world.captures.held(phone, time_s)
        phone, time_s = phone[kept], time_s[kept]
        x, y = phones.place(phone, time_s)
        level = world.radio.levels(np.tile(self.rows, (len(phone), 1)), x, y)
        level += phones.gain_db[phone][:, None] + rng.normal(0.0, FADING_DB, level.shape)
        rat = int(world.network.rat[self.rows[0]])
        fixes = world.fixes(rng, phone, time_s)
        ts_ms, rx_ms = world.ms(time_s), world.ms(time_s + world.delays_s(rng, len(phone)))
        for index, who in enumerate(phone.tolist()):
            best = int(np.argmax(level[index]))
            if level[index, best] > SENSITIVITY_DBM[rat]:
                shown = float(quantised(np.array([rat]), level[index, best : best + 1])[0])
                cell = {**world.network.named[self.rows[best]], "signal_dbm": shown}
                where = {**fixes[index], "position_source": "gnss"}
                report = {"device": phones.device[who], **where, **cell, "serving": False}
                feed.add(ts_ms[index], rx_ms[index], report)


class ManagedAccessEffect(Effect[cell_happenings.ManagedAccess]):
    def people(self, phones: Phones) -> Phones:
        spec, rng = self.spec, self.random("people")
        count = spec.visitors
        outside_m = 2.5 * spec.reach_m
        heading = rng.uniform(0.0, 2 * np.pi, count)
        outside = (
            spec.at_m[0] + outside_m * np.cos(heading),
            spec.at_m[1] + outside_m * np.sin(heading),
        )
        inside = about(rng, spec.at_m, 0.4 * spec.reach_m, count)
        entering_s = rng.uniform(0.0, max(1.0, self.scenario.duration_s - 1200.0), count)
        walk_s = outside_m / WALK_MPS
        leaving_s = entering_s + walk_s + rng.uniform(60.0, 400.0, count)
        times_s = entering_s, entering_s + walk_s, leaving_s, leaving_s + walk_s
        return self.bring(phones, rng, visiting(self.scenario, times_s, outside, inside), WALKER)

    def build(self, plan: NetworkPlan, phones: Phones) -> None:
        spec, rng = self.spec, self.random("build")
        stronger_db = 35.0 * float(np.log10(spec.reach_m / 400.0))
        number = spec.first_cell
        for operator in spec.operators:
            plmn, site = self.scenario.operators[operator], plan.add_site(operator, *spec.at_m)
            for rat in (code_of(name, RATS) for name in spec.rats):
                pci = int(rng.integers(64))
                for sector in range(SECTORS):  # one cell on antennas all round the wall
                    plan.add_cell(
                        site,
                        sector,
                        rat=rat,
                        operator=self.own_operator,
                        mcc=plmn.mcc,
                        mnc=plmn.mnc,
                        area=spec.area,
                        cell=number,
                        arfcn=FOREIGN_CHANNEL[rat] + operator,
                        pci=pci,
                        azimuth_deg=SECTOR_STEP_DEG * sector,
                        power_dbm=POWER_AT_100M_DBM[rat] + stronger_db,
                        in_core=False,
                    )
                number += 1
