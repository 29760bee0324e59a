"""Effects on the operators' own cells: small ones, other areas and channels, a late list, a hill.

Antennas, powers and numbers are those of `replay.simulate.network.network`, so that a new mast
differs from the others only in what its happening is about.
"""

import numpy as np

from detectors.model.codes import GSM, LTE, RATS, code_of
from replay.simulate.feeds.writing import Record
from replay.simulate.happenings.effect import Effect
from replay.simulate.network.network import (
    CODES,
    POWER_AT_100M_DBM,
    Network,
)
from replay.simulate.network.network_plan import NetworkPlan
from replay.simulate.network.radio import CANDIDATE_SITES, Hill
from replay.simulate.network.register import Sheet
from replay.simulate.people.people import HOME, Phones, about, standing
from replay.simulate.scenario import cell_happenings
from replay.simulate.world import World

FEMTO_AREA, FEMTO_BELOW_MAST_DB, FEMTO_CODES = 24500, 14.0, (480, 504)
FEMTO_EARFCN = 38950
FEMTO_AZIMUTH_DEG = 225.0  # it stands north-east of its owner
REPEATER_BELOW_MAST_DB = 12.0
BUILDING_LOSS_DB = 25.0
BELOW_THE_VIEW_M = 2500.0  # beams are tilted down, so that masts near by pass under the hill


def register_key(network: Network, row: int) -> str:
    """The key of a cell in the register: ``lte-460-0-4100-100000001``."""
    return "-".join(map(str, network.cell_fields(row).values()))


class FemtocellsEffect(Effect[cell_happenings.Femtocells]):
    """A cell in every chosen home, without sectors, on a channel of its own."""

    def build(self, plan: NetworkPlan, phones: Phones) -> None:
        spec, rng, base = self.spec, self.random("build"), plan.network
        homes = np.flatnonzero(
            (phones.kind == HOME) & (phones.operator == spec.operator) & (phones.rat == LTE)
        )
        homes = rng.choice(homes, min(spec.count, len(homes)), replace=False)
        plmn = self.scenario.operators[spec.operator]
        self.listed: list[int] = []
        for number, home in enumerate(homes.tolist()):
            x_m, y_m = float(phones.x[0, home]), float(phones.y[0, home])
            off_m = np.hypot(base.site_x - x_m, base.site_y - y_m)
            near = int(np.argmin(np.where(base.site_operator == spec.operator, off_m, np.inf)))
            area = int(base.area[base.cell_of[near, LTE, 0]])
            site = plan.add_site(spec.operator, x_m + 3.0, y_m + 3.0)
            row = plan.add_cell(
                site,
                0,
                rat=LTE,
                operator=spec.operator,
                mcc=plmn.mcc,
                mnc=plmn.mnc,
                area=FEMTO_AREA + spec.operator if spec.own_area else area,
                cell=240_000_000 + 1000 * spec.operator + number,  # one number, no sectors
                arfcn=FEMTO_EARFCN,
                pci=int(rng.integers(*FEMTO_CODES)),
                azimuth_deg=FEMTO_AZIMUTH_DEG,
                power_dbm=POWER_AT_100M_DBM[LTE] - FEMTO_BELOW_MAST_DB,
            )
            if rng.random() < spec.listed_share:
                self.listed.append(row)

    def list_cells(self, sheet: Sheet) -> None:
        for row in self.listed:
            sheet.add(row, kind="femto", range=100, azimuth_deg="")


class RepeaterEffect(Effect[cell_happenings.Repeater]):
    def people(self, phones: Phones) -> Phones:
        rng = self.random("people")
        spots = about(rng, self.spec.at_m, self.spec.radius_m, self.spec.visitors)
        group = {"operator": self.spec.operator, "loss_db": BUILDING_LOSS_DB}
        return self.bring(phones, rng, standing(self.scenario, *spots), HOME, **group)

    def build(self, plan: NetworkPlan, phones: Phones) -> None:
        spec, rng, base = self.spec, self.random("build"), plan.network
        off_m = np.hypot(base.site_x - spec.at_m[0], base.site_y - spec.at_m[1])
        nearest_m, farthest_m = spec.donor_distance_m
        fits = (off_m >= nearest_m) & (off_m <= farthest_m) & base.site_in_city
        donors = np.flatnonzero(fits & (base.site_operator == spec.operator))
        donor = int(rng.choice(donors)) if len(donors) else int(np.argmax(fits))
        extra_m = float(off_m[donor]) + spec.delay_m
        # Antennas inside: little power, so that hardly anybody outside is served by them. Visitors
        # are so near that they hear them far above the masts.
        plan.copy_site(donor, spec.operator, spec.at_m, extra_m, -REPEATER_BELOW_MAST_DB)


class LateInventoryEffect(Effect[cell_happenings.LateInventory]):
    def list_cells(self, sheet: Sheet) -> None:
        chosen = self.random("list").random(len(sheet.network.site_x)) < self.spec.share
        valid_ms = self.scenario.start_ms + round(self.spec.late_s * 1000)
        for row in list(sheet.rows):
            if chosen[sheet.network.site[row]]:
                sheet.change(
                    row, valid_from=valid_ms, created=valid_ms // 1000, updated=valid_ms // 1000
                )


class AreaReplanEffect(Effect[cell_happenings.AreaReplan]):
    def build(self, plan: NetworkPlan, phones: Phones) -> None:
        spec, rng, base = self.spec, self.random("build"), plan.network
        self.pairs: list[tuple[int, int]] = []
        off = np.hypot(base.site_x - spec.centre_m[0], base.site_y - spec.centre_m[1])[base.site]
        for operator in spec.operators:
            for rat in (code_of(name, RATS) for name in spec.rats):
                mine = np.flatnonzero((base.operator == operator) & (base.rat == rat))
                areas = np.unique(base.area[mine])
                middle = {a: off[mine[base.area[mine] == a]].mean() for a in areas.tolist()}
                order = sorted(middle, key=lambda each: middle[each])
                sizes = np.cumsum([(base.area[mine] == each).sum() for each in order])
                enough = order[: int(np.searchsorted(sizes, spec.cells)) + 1]
                chosen = mine[np.isin(base.area[mine], enough)]
                for row in chosen.tolist():
                    # One new area for each old one, so that the borders stay.
                    area = int(base.area[row]) + 150
                    at_s = spec.at_s + float(rng.uniform(0.0, spec.over_s))
                    self.pairs.append((row, plan.rename(row, at_s, area=area)))

    def list_cells(self, sheet: Sheet) -> None:
        for old, new in self.pairs:
            if self.spec.register == "new":
                sheet.change(old, area=int(sheet.network.area[new]))
            if self.spec.register == "dropped":
                sheet.rows.pop(old, None)

    def changes(self, world: World) -> list[Record]:
        keys = [[register_key(world.network, row) for row in pair] for pair in self.pairs]
        at_ms = world.ms_at(self.spec.at_s)
        return [{"from_ts": at_ms, "kind": "replan", "old_to_new": keys}]


class RetuneEffect(Effect[cell_happenings.Retune]):
    def build(self, plan: NetworkPlan, phones: Phones) -> None:
        rng, base = self.random("build"), plan.network
        shift = np.array([0, 1, 0, 50, 640])
        for row in np.flatnonzero(base.site_in_city[base.site]).tolist():
            rat = int(base.rat[row])
            at_s = self.spec.at_s + float(rng.uniform(0.0, self.spec.over_s))
            pci = (int(base.pci[row]) + (13 if rat == GSM else 39)) % CODES[rat]
            plan.rename(row, at_s, arfcn=int(base.arfcn[row] + shift[rat]), pci=pci)

    def changes(self, world: World) -> list[Record]:
        return [{"from_ts": world.ms_at(self.spec.at_s), "kind": "maintenance"}]


class EnergySavingEffect(Effect[cell_happenings.EnergySaving]):
    def build(self, plan: NetworkPlan, phones: Phones) -> None:
        spec, rng, base = self.spec, self.random("build"), plan.network
        chosen = (rng.random(len(base.site_x)) < spec.share) & base.site_in_city
        self.rows: list[int] = []
        for rat in (code_of(name, RATS) for name in spec.rats):
            for site in np.flatnonzero(chosen).tolist():
                cells = base.cell_of[site, rat]
                self.rows += cells[cells >= 0].tolist()
        plan.switch_off(np.array(self.rows, dtype=np.int64), spec.off_s, spec.on_s)

    def changes(self, world: World) -> list[Record]:
        from_ms, to_ms = world.ms(np.array([self.spec.off_s, self.spec.on_s]))
        keys = [register_key(world.network, row) for row in self.rows]
        return [{"from_ts": from_ms, "to_ts": to_ms, "kind": "switch_off", "cells": keys}]


class HillEffect(Effect[cell_happenings.Hill]):
    """A hill, its visitors, and the nine sites of each operator that they receive."""

    def people(self, phones: Phones) -> Phones:
        rng = self.random("people")
        spots = about(rng, self.spec.at_m, 0.9 * self.spec.radius_m, self.spec.visitors)
        return self.bring(phones, rng, standing(self.scenario, *spots), HOME)

    def hills(self, network: Network) -> list[Hill]:
        rng, (x_m, y_m) = self.random("hills"), self.spec.at_m
        off_m = np.hypot(network.site_x - x_m, network.site_y - y_m)
        received = []
        for operator in range(int(network.site_operator.max()) + 1):
            mine = np.flatnonzero(network.site_operator == operator)
            mine = mine[np.argsort(off_m[mine])]
            distant = mine[off_m[mine] > BELOW_THE_VIEW_M]
            if len(mine) == 0:
                received.append(np.zeros(CANDIDATE_SITES, dtype=np.int64))
                continue
            town = mine[~network.site_in_city[mine]]
            chosen = [mine[:0] if len(distant) else mine[:1]]
            if len(distant):
                chosen.append(distant[np.unique(rng.integers(0, max(1, len(distant) // 2), 5))])
            if len(town):
                chosen.append(rng.choice(town, min(3, len(town)), replace=False))
            sites = np.concatenate(chosen)[:CANDIDATE_SITES]
            received.append(np.pad(sites, (0, CANDIDATE_SITES - len(sites)), mode="edge"))
        return [Hill(x_m, y_m, self.spec.radius_m, tuple(received))]
