"""Effects that set up masts: new ones in the city, and high ones that are received far off.

Antennas, powers and numbers are those of `replay.simulate.network.network`, so that a mast differs
from the others only in what its happening is about.
"""

from dataclasses import dataclass

import numpy as np

from detectors.model.codes import GSM, LTE, NR, RATS, code_of
from replay.simulate.feeds.writing import Record
from replay.simulate.happenings.cells import register_key
from replay.simulate.happenings.effect import Effect
from replay.simulate.network.network import (
    CODES,
    POWER_AT_100M_DBM,
    SECTOR_STEP_DEG,
    SECTORS,
    cell_numbers,
)
from replay.simulate.network.network_plan import NetworkPlan
from replay.simulate.network.register import Sheet
from replay.simulate.people.people import Phones
from replay.simulate.scenario import cell_happenings
from replay.simulate.scenario.scenario_types import Point
from replay.simulate.world import World

NEW_AREA = {GSM: 5300, LTE: 23300, NR: 23300}  # areas that the plan of `network` never reaches
FIRST_NEW, FIRST_HIGH = 9000, 8000  # numbers of sites that no grid reaches


@dataclass(frozen=True, slots=True)
class Mast:
    """What is to be set up: the ``number`` is that of the site in its operator's plan, ``area`` is
    added to the first of those that nobody uses (``None``: that of the nearest cell)."""

    at_m: Point
    operator: int
    rats: tuple[str, ...]
    number: int
    power_offset_db: float
    azimuth_deg: float
    on_s: float = 0.0
    area: int | None = None

    def set_up(self, plan: NetworkPlan, rng: np.random.Generator) -> tuple[int, list[int]]:
        """Its site, and the rows of its three cells of each RAT, otherwise like those of the
        nearest mast that has the RAT."""
        base, (x_m, y_m) = plan.network, self.at_m
        site, rows = plan.add_site(self.operator, x_m, y_m), []
        distance_m = np.hypot(base.site_x - x_m, base.site_y - y_m)
        distance_m[base.site_operator != self.operator] = np.inf
        for rat in (code_of(name, RATS) for name in self.rats):
            has_rat = base.cell_of[:, rat, 0] >= 0
            near = int(np.argmin(np.where(has_rat, distance_m, np.inf)))
            for sector in range(SECTORS):
                like = plan.columns_of(int(base.cell_of[near, rat, sector]))
                numbers = np.array([rat, self.operator, self.number, sector])
                like["cell"] = int(cell_numbers(*numbers))
                if self.area is not None:
                    like["area"] = NEW_AREA[rat] + self.area
                like["pci"] = int(rng.integers(CODES[rat]))
                like["azimuth_deg"] = self.azimuth_deg + SECTOR_STEP_DEG * sector
                like["power_dbm"] = POWER_AT_100M_DBM[rat] + self.power_offset_db
                like["on_s"] = self.on_s
                rows.append(plan.add_cell(site, sector, **like))
        return site, rows


class NewSitesEffect(Effect[cell_happenings.NewSites]):
    """Three cells of each RAT on every new mast."""

    def build(self, plan: NetworkPlan, phones: Phones) -> None:
        spec, rng = self.spec, self.random("build")
        self.rows: list[int] = []
        for number, at_m in enumerate(spec.at_m):
            for operator in spec.operators:
                mast = Mast(
                    at_m,
                    operator,
                    spec.rats,
                    FIRST_NEW + 100 * self._index + number,
                    spec.power_offset_db,
                    float(rng.uniform(0.0, SECTOR_STEP_DEG)),
                    spec.on_s,
                    self._index if spec.area == "new" else None,
                )
                self.rows += mast.set_up(plan, rng)[1]

    def list_cells(self, sheet: Sheet) -> None:
        after_s = self.spec.listed_after_s
        if after_s is None:
            return
        valid_ms = self.scenario.start_ms + round(after_s * 1000)
        for row in self.rows:
            sheet.add(row, kind=self.spec.mast_kind, valid_from=valid_ms, created=valid_ms // 1000)

    def changes(self, world: World) -> list[Record]:
        return [
            {
                "from_ts": world.ms_at(self.spec.on_s),
                "kind": "temporary" if self.spec.mast_kind == "temporary" else "new_site",
                "cells": [register_key(world.network, row) for row in self.rows],
            }
        ]


class HighMastEffect(Effect[cell_happenings.HighMast]):
    """Three cells of each RAT, one of them towards the city, in the list since long ago."""

    def build(self, plan: NetworkPlan, phones: Phones) -> None:
        spec, rng = self.spec, self.random("build")
        x_m, y_m = spec.at_m
        towards_deg = float(np.degrees(np.arctan2(-x_m, -y_m)))
        number = FIRST_HIGH + self._index
        mast = Mast(spec.at_m, spec.operator, spec.rats, number, spec.power_offset_db, towards_deg)
        self.site, self.rows = mast.set_up(plan, rng)

    def list_cells(self, sheet: Sheet) -> None:
        for row in self.rows:
            sheet.add(row)

    def high_sites(self) -> list[int]:
        return [self.site]
