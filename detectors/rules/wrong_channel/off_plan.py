"""Reports that contradict the plan of a registered cell: which of them a phone made up itself.

What `detectors.rules.wrong_channel.rule` asks of reports one against another, for all rows of a
batch at once.
"""

import numpy as np

from detectors.features.facts import AnyFacts
from detectors.features.phones.last_reports import just_before
from detectors.features.plan import code_plan
from detectors.features.plan.spatial_counts import cubes
from detectors.features.rows.sightings import Sightings
from detectors.model.columns import F8, I8, Bool, Measurements
from detectors.register.register import Register


def half_updated(facts: AnyFacts, seen: Sightings, within_ms: float) -> Bool:
    """Serving cells with the code of a cell near by, that their device's report before had with
    another code, or the code with another cell, within some time."""
    batch: Measurements = facts.batch
    key = code_plan.code_key(seen.rat, seen.arfcn, seen.pci)
    planned = code_plan.codes(facts.register, code_plan.NEAR_M)
    near = cubes(batch.lat[seen.row], batch.lon[seen.row], planned.side_m)
    half: Bool = planned.holds(key, near) & batch.serving[seen.row]
    asked = np.flatnonzero(half)
    if not len(asked):
        return half
    row = seen.row[asked]
    known, before = just_before(facts, row, within_ms)
    same_cell = (before["area"] == batch.area[row]) & (before["cell"] == batch.cell[row])
    same_cell &= before["rat"] == batch.rat[row]
    same_code = (before["arfcn"] == batch.arfcn[row]) & (before["pci"] == batch.pci[row])
    half[asked] = known & (same_cell != same_code)
    return half


def in_one_report(row: I8, found: I8, off: Bool, on_plan: Bool, reports: int) -> Bool:
    """Off-plan entries whose own report has that very cell as planned as well."""
    both = np.zeros(len(row), dtype=np.bool_)
    odd = np.flatnonzero(off)
    if not len(odd):
        return both
    concerned = np.zeros(reports, dtype=np.bool_)
    concerned[row[odd]] = True
    as_planned = np.flatnonzero(on_plan & concerned[row])
    pairs = set(zip(row[as_planned].tolist(), found[as_planned].tolist(), strict=True))
    both[odd] = [pair in pairs for pair in zip(row[odd].tolist(), found[odd].tolist(), strict=True)]
    return both


def has_no_plan(register: Register) -> bool:
    """Whether the register has neither channels nor codes: a column of one value takes no room."""
    columns: tuple[F8, ...] = (register.rows.arfcn, register.rows.pci)
    if not len(register.rows):
        return True
    return all(column.strides == (0,) and bool(np.isnan(column[0])) for column in columns)
