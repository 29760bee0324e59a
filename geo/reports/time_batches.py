"""Reports in order of time, those of a few seconds together, and what each of them counts for.

The rule of one phone, one vote, for a transmitter that moves: what a phone repeats, and what phones
near each other say, is shadowed alike only until phone or transmitter has gone on some 50 m.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.earth.frame import Frame
from geo.earth.sphere import Floats
from geo.reports.device_weights import (
    DECORRELATION_M,
    REPEAT_FLOOR,
    RETURN_LIKENESS,
    WeightedReports,
    weighted_reports,
)
from geo.reports.reports import Reports, gated

HORIZON_S: Final = 1800.0  # older reports say nothing of a place that may move
FEW: Final = 4  # reports at a phone's own place; with fewer there is nothing to follow
BATCH_S: Final = 6.0  # reports of so long a time are taken together ..
BATCH_ROWS: Final = 8  # .. but no more than these ..
SINGLY: Final = 6  # .. and none of the first, which depend on each other through the unknown power
NEIGHBOUR_LIKENESS: Final = 0.3  # of phones side by side that hear the transmitter at one place
CROWD_LIKENESS: Final = 0.15  # of places at which phones heard it ..
CROWD_S: Final = 120.0  # .. or came back from it within so long a time

Rows = NDArray[np.intp]


def batches_in_time(
    reports: Reports, at_s: float
) -> tuple[Frame, WeightedReports, list[Rows]] | None:
    """Votes up to `at_s` (seconds), oldest first, and the rows of each batch; None where too few.

    A phone's reports of one spot are merged within `BATCH_S` only. Independent of the order of rows
    and of the values of device codes.
    """
    kept = gated(reports, at_s)
    kept = kept.take(kept.ts_s >= at_s - HORIZON_S)
    if np.isnan(kept.place_sigma_m).sum() < FEW:
        return None
    _, phone = np.unique(kept.device, return_inverse=True)
    part = np.floor((at_s - kept.ts_s) / BATCH_S).astype(np.int64)
    parts = int(part.max()) + 1
    found = weighted_reports(replace(kept, device=phone * parts + part))
    if found is None:
        return None
    frame, weighted = found
    if np.isnan(weighted.place_sigma_m).sum() < FEW:
        return None
    columns = (weighted.timing_advance, weighted.level_dbm, weighted.y, weighted.x, weighted.ts_s)
    weighted = weighted.take(np.lexsort(columns))
    return (
        frame,
        replace(weighted, device=weighted.device // parts),
        _batches(weighted.ts_s.tolist()),
    )


class BatchWeights:
    """What each row counts for, batch by batch; rows before it must have been counted."""

    def __init__(self, rows: WeightedReports) -> None:
        self._weight = rows.weight
        self._way_m = np.zeros(rows.ts_s.size)
        numbers = np.arange(rows.ts_s.size)
        earlier = numbers < numbers[:, None]  # the column's row, than the line's
        apart = np.hypot(rows.x - rows.x[:, None], rows.y - rows.y[:, None])
        self._apart_m = np.where(earlier, apart, np.inf)
        self._same = rows.device == rows.device[:, None]
        self._near = _near(rows, earlier)

    def of(self, batch: Rows, way_m: float) -> tuple[Floats, Floats]:
        """For what its rows say of levels and advances, and of places within reach, (rows,) each.

        `way_m` is how far the transmitter has gone since the first report.
        """
        self._way_m[batch] = way_m
        return self._of_measurements(batch, way_m), self._near[batch]

    def _of_measurements(self, batch: Rows, way_m: float) -> Floats:
        """As `geo.reports.device_weights` for a phone's own earlier reports; others near by share
        as well."""
        alike = np.exp((self._way_m - way_m - self._apart_m[batch]) / DECORRELATION_M)
        own = np.where(self._same[batch], alike, 0.0)
        rho = own.max(axis=1)
        repeated = np.maximum((1.0 - rho) / (1.0 + rho), REPEAT_FLOOR)
        shared = 1.0 + NEIGHBOUR_LIKENESS * (alike - own).sum(axis=1)
        return np.asarray(self._weight[batch] * repeated / shared)


def _near(rows: WeightedReports, earlier: NDArray[np.bool_]) -> Floats:
    """What each place counts for as within reach; earlier ones of its kind and time share."""
    own = np.isnan(rows.place_sigma_m)
    like = earlier & (own == own[:, None]) & (rows.ts_s >= rows.ts_s[:, None] - CROWD_S)
    likeness = np.where(own, CROWD_LIKENESS, RETURN_LIKENESS)
    return np.asarray(rows.weight / (1.0 + likeness * (like @ rows.weight)))


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
