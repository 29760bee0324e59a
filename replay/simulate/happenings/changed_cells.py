"""Effects on existing cells: new areas, retuning, energy saving, a late list."""

import numpy as np

from detectors.model.codes import GSM, RATS, code_of
from replay.simulate.feeds.writing import Record
from replay.simulate.happenings.effect import Effect
from replay.simulate.happenings.new_cells import CODES, register_key
from replay.simulate.network.network_plan import NetworkPlan
from replay.simulate.network.register import Sheet
from replay.simulate.people.people import Phones
from replay.simulate.scenario.happenings.cell_happenings import (
    AreaReplan,
    EnergySaving,
    LateInventory,
    Retune,
)
from replay.simulate.world import World


class LateInventoryEffect(Effect[LateInventory]):
    """Masts whose rows become valid only later."""

    def list_cells(self, sheet: Sheet) -> None:
        chosen = self.random("list").random(len(sheet.network.site_x)) < self.spec.share
        valid_ms = self.scenario.start_ms + round(self.spec.late_s * 1000)
        for row in list(sheet.rows):
            if chosen[sheet.network.site[row]]:
                sheet.change(
                    row, valid_from=valid_ms, created=valid_ms // 1000, updated=valid_ms // 1000
                )


class AreaReplanEffect(Effect[AreaReplan]):
    """Cells whose area changes; the scenario decides whether the list follows."""

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


class RetuneEffect(Effect[Retune]):
    """Every cell on another channel and code, RAT by RAT, within minutes."""

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


class EnergySavingEffect(Effect[EnergySaving]):
    """Whole sites lose a RAT for a while; their phones go where there is one."""

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
