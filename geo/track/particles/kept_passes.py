"""Passes of the filter that are gone on with, instead of taking the same reports again.

What a pass has come to after some batches depends on the reports up to there alone. So it is kept
at a few batches, with those reports, and a later pass goes on from the last at which its own are
the same, to the last bit. That changes no answer: a pass that finds nothing kept takes all reports
and comes to the same.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.random import PCG64, Generator

from geo.earth.frame import Frame
from geo.radio.pathloss import PathlossPrior
from geo.reports.device_weights import WeightedReports
from geo.reports.time_batches import Rows
from geo.track.particles.filter_pass import Pass
from geo.track.road_graph import RoadMap

#: Passes are kept at every so many batches, at most so many of them and the newest two.
EVERY: Final = 4
MOST: Final = 10
_NEWEST: Final = 2

_COLUMNS: Final = tuple(WeightedReports.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Setting:
    """All besides the reports that a pass depends on."""

    frame: Frame
    prior: PathlossPrior
    particles: int
    seed: int
    roads: RoadMap | None
    alpha: float


@dataclass(slots=True)
class KeptPasses:
    """The passes kept of one transmitter, in order; changed by each `passed`."""

    setting: Setting | None = None
    rows: WeightedReports | None = None
    batches: list[Rows] = field(default_factory=list)
    passes: list[Pass] = field(default_factory=list)


def passed(kept: KeptPasses, setting: Setting, rows: WeightedReports, batches: list[Rows]) -> Pass:
    """A pass through all batches, from where the reports were last the same."""
    passes = _still_right(kept, setting, rows, batches)
    if passes:
        run = passes[-1].resumed(rows)
    else:
        roads = setting.roads.within(setting.frame) if setting.roads is not None else None
        chance = Generator(PCG64(setting.seed))
        run = Pass(rows, setting.prior, setting.particles, chance, roads, setting.alpha)

    def mark(at: Pass) -> None:
        is_small = at.cloud.size <= at.particles
        if is_small and (at.index % EVERY == 0 or at.index > len(batches) - _NEWEST):
            passes.append(at.kept())

    run.through(batches, mark)
    spaced = [one for one in passes if one.index % EVERY == 0]
    spaced = spaced[-MOST:]
    passes = [one for one in passes if one in spaced or one in passes[-_NEWEST:]]
    kept.setting, kept.rows, kept.batches, kept.passes = setting, rows, batches, passes
    return run


def _still_right(
    kept: KeptPasses, setting: Setting, rows: WeightedReports, batches: list[Rows]
) -> list[Pass]:
    """Those that these reports would come to as well."""
    if kept.setting != setting or kept.rows is None:
        return []
    same_rows = _same_rows(kept.rows, rows)
    all_same = same_rows == rows.x.size == kept.rows.x.size
    own_places = bool(np.isnan(rows.place_sigma_m).any())
    same_batches = 0
    for old, new in zip(kept.batches, batches, strict=False):
        if not np.array_equal(old, new):
            break
        same_batches += 1
    return [
        one
        for one in kept.passes
        if one.furthest <= same_batches
        and (all_same or (one.looked <= same_rows and not (one.by_returns and own_places)))
    ]


def _same_rows(old: WeightedReports, new: WeightedReports) -> int:
    """How many of the first rows are the same."""
    size = min(old.x.size, new.x.size)
    differs = np.zeros(size, bool)
    for name in _COLUMNS:
        before, after = getattr(old, name)[:size], getattr(new, name)[:size]
        differs |= (before != after) & ~((before != before) & (after != after))
    return int(np.argmax(differs)) if differs.any() else size
