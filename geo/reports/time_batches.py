"""Reports in order of time, in batches of a few seconds, and what each of them counts for.

For a transmitter that moves: the shadowing of a phone's repeated reports, and of phones near each
other, is correlated only until phone or transmitter has moved on by some 50 m.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.earth.frame import Frame
from geo.earth.sphere import Floats
from geo.radio.pathloss import DECORRELATION_M
from geo.reports.device_weights import (
    REPEAT_FLOOR,
    WeightedReports,
    weighted_reports,
)
from geo.reports.reports import Ints, Reports, gated

HORIZON_S: Final = 1800.0  # older reports carry nothing about a place that may move
#: Reports at a phone's own place, and in all; with fewer of both there is nothing to follow.
FEW, FEW_OF_ALL = 4, 6
START_STEP_S: Final = 300.0  # batches begin at a multiple of this, so that they stay the same
BATCH_S: Final = 6.0  # longest time of a batch ..
BATCH_ROWS: Final = 8  # .. and most rows of one
#: First rows, each a batch of its own: they depend on each other by the unknown power.
SINGLY: Final = 6
NEIGHBOUR_LIKENESS: Final = 0.3  # correlation of the levels of phones side by side
#: Correlation of the places of those that received it: whoever reports at its own place and whoever
#: has come back is of one crowd, which stands where streets and houses are ..
CROWD_LIKENESS: Final = 0.8
#: .. less for those that came back, since part of their spread is that of the cells to which ..
RETURNED_LIKENESS: Final = 0.3
SAME_PLACE_M: Final = 1.0  # nearer, places of return are one cell's
#: .. until the transmitter has moved on by what its crowd spreads, however long that takes.
CROWD_M: Final = 500.0
LEAST: Final = 1e-9  # instead of none before

Rows = NDArray[np.intp]


def recent(reports: Reports, at_s: float, step_s: float = 0.0) -> Reports | None:
    """Gated rows of the `HORIZON_S` seconds up to `at_s`, and those since the last multiple of
    `step_s` before; None where there are fewer than `FEW_OF_ALL`, and than `FEW` at a phone's own
    place."""
    kept = gated(reports, at_s)
    since_s = at_s - HORIZON_S
    kept = kept.take(kept.ts_s >= (since_s - since_s % step_s if step_s else since_s))
    return kept if _enough(kept.place_sigma_m) else None


def weighted_by_part(kept: Reports, part: Ints) -> tuple[Frame, WeightedReports, Ints] | None:
    """Weighted rows, of which those of different parts in time (from 0) are not merged.

    The third is the part of each weighted row. None without any row.
    """
    _, phone = np.unique(kept.device, return_inverse=True)
    parts = int(part.max()) + 1
    found = weighted_reports(replace(kept, device=phone * parts + part))
    if found is None:
        return None
    frame, weighted = found
    phone, part = np.divmod(weighted.device, parts)
    return frame, replace(weighted, device=phone), part


def batches_in_time(
    reports: Reports, at_s: float
) -> tuple[Frame, WeightedReports, list[Rows]] | None:
    """Weighted rows up to `at_s` (seconds), oldest first, and the rows of each batch.

    None where they are too few. A phone's reports of one spot are merged within `BATCH_S` only.
    Independent of the order of rows and of the values of device codes. Later reports leave earlier
    batches as they are, mostly, so that a filter may go on from there.
    """
    kept = recent(reports, at_s, START_STEP_S)
    if kept is None:
        return None
    part = np.floor(kept.ts_s / BATCH_S)
    found = weighted_by_part(kept, (part - part.min()).astype(np.int64))
    if found is None:
        return None
    frame, rows, _ = found
    if not _enough(rows.place_sigma_m):
        return None
    rows = rows.take(np.lexsort((rows.timing_advance, rows.level_dbm, rows.y, rows.x, rows.ts_s)))
    numbers: dict[int, int] = {}
    device = [numbers.setdefault(code, len(numbers)) for code in rows.device.tolist()]
    rows = replace(rows, device=np.array(device, np.int64))
    return frame, rows, _batches(rows.ts_s.tolist())


class BatchWeights:
    """What each row counts for; to be asked batch by batch, in order of time.

    The answer for a batch depends on it and what came before to the last bit, whatever follows.
    """

    def __init__(self, rows: WeightedReports, way_m: Floats | None = None) -> None:
        self._rows, self._own = rows, np.isnan(rows.place_sigma_m)
        self.way_m = np.zeros(rows.ts_s.size)
        if way_m is not None:
            self.way_m[: way_m.size] = way_m

    def of(self, batch: Rows, way_m: float) -> tuple[Floats, Floats]:
        """Weights for levels, advances and bearings, and weights for places within reach.

        Both of shape (rows,). `way_m` is how far the transmitter has moved since the first report.
        """
        self.way_m[batch] = way_m
        rows, others = self._rows, slice(0, int(batch[-1]) + 1)
        earlier = np.arange(others.stop) < batch[:, None]
        apart = np.hypot(rows.x[others] - rows.x[batch, None], rows.y[others] - rows.y[batch, None])
        # As `geo.reports.device_weights` for a phone's own earlier reports; earlier reports of
        # other phones near by lower the weight as well.
        alike = np.exp((self.way_m[others] - way_m - apart) / DECORRELATION_M) * earlier
        own = np.where(rows.device[others] == rows.device[batch, None], alike, 0.0)
        rho = own.max(axis=1)
        repeated = np.maximum((1.0 - rho) / (1.0 + rho), REPEAT_FLOOR)
        shared = 1.0 + NEIGHBOUR_LIKENESS * (alike - own).sum(axis=1)
        # A place within reach weighs less for each earlier one, as long as the crowd is the same.
        like = earlier * np.exp((self.way_m[others] - way_m) / CROWD_M)
        likeness = np.where(self._own[batch], CROWD_LIKENESS, RETURNED_LIKENESS)[:, None]
        # A cell is not a place: all that come back at one say no more than one of them does.
        at_one_cell = (apart < SAME_PLACE_M) & ~self._own[batch, None]
        likeness = np.where(at_one_cell, 1.0, likeness)
        likeness = likeness * rows.weight[others]
        same, ever = (likeness * like).sum(axis=1), (likeness * earlier).sum(axis=1)
        # What is alike for good is known ever better: N such rows together weigh 1 / likeness at
        # most, the next 1 / (1 + N likeness)^2. Of a crowd that changes each says something new.
        lasting = same / np.maximum(ever, LEAST) * same / (1.0 + same)
        near = (1.0 + same) / (1.0 - lasting)
        return rows.weight[batch] * repeated / shared, rows.weight[batch] / near


def _batches(times: list[float]) -> list[Rows]:
    batches: list[list[int]] = []
    for row, ts_s in enumerate(times):
        newest = batches[-1] if batches else []
        young = bool(newest) and ts_s - times[newest[0]] < BATCH_S
        if young and newest[0] >= SINGLY and len(newest) < BATCH_ROWS:
            newest.append(row)
        else:
            batches.append([row])
    return [np.array(batch, np.intp) for batch in batches]


def _enough(place_sigma_m: Floats) -> bool:
    return place_sigma_m.size >= FEW_OF_ALL or np.isnan(place_sigma_m).sum() >= FEW
