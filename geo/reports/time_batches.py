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
    RETURN_LIKENESS,
    WeightedReports,
    weighted_reports,
)
from geo.reports.reports import Ints, Reports, gated

HORIZON_S: Final = 1800.0  # older reports carry nothing about a place that may move
FEW: Final = 4  # reports at a phone's own place; with fewer there is nothing to follow
BATCH_S: Final = 6.0  # longest time of a batch ..
BATCH_ROWS: Final = 8  # .. and most rows of one
#: First rows, each a batch of its own: they depend on each other by the unknown power.
SINGLY: Final = 6
NEIGHBOUR_LIKENESS: Final = 0.3  # correlation of the levels of phones side by side
CROWD_LIKENESS: Final = 0.15  # correlation of the places of phones that reported ..
CROWD_S: Final = 120.0  # .. or came back within so long a time

Rows = NDArray[np.intp]


def recent(reports: Reports, at_s: float) -> Reports | None:
    """Gated rows of the `HORIZON_S` seconds up to `at_s`; None where fewer than `FEW` of them lie
    at a phone's own place."""
    kept = gated(reports, at_s)
    kept = kept.take(kept.ts_s >= at_s - HORIZON_S)
    return kept if np.isnan(kept.place_sigma_m).sum() >= FEW else None


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
    Independent of the order of rows and of the values of device codes.
    """
    kept = recent(reports, at_s)
    if kept is None:
        return None
    found = weighted_by_part(kept, np.floor((at_s - kept.ts_s) / BATCH_S).astype(np.int64))
    if found is None:
        return None
    frame, rows, _ = found
    if np.isnan(rows.place_sigma_m).sum() < FEW:
        return None
    rows = rows.take(np.lexsort((rows.timing_advance, rows.level_dbm, rows.y, rows.x, rows.ts_s)))
    return frame, rows, _batches(rows.ts_s.tolist())


class BatchWeights:
    """What each row counts for; to be asked batch by batch, in order of time."""

    def __init__(self, rows: WeightedReports) -> None:
        self._weight = rows.weight
        self._way_m = np.zeros(rows.ts_s.size)
        numbers = np.arange(rows.ts_s.size)
        earlier = numbers < numbers[:, None]  # [row, other]: whether the other comes before the row
        apart = np.hypot(rows.x - rows.x[:, None], rows.y - rows.y[:, None])
        self._apart_m = np.where(earlier, apart, np.inf)
        self._same = rows.device == rows.device[:, None]
        self._near = _near(rows, earlier)

    def of(self, batch: Rows, way_m: float) -> tuple[Floats, Floats]:
        """Weights for levels, advances and bearings, and weights for places within reach.

        Both of shape (rows,). `way_m` is how far the transmitter has moved since the first report.
        """
        self._way_m[batch] = way_m
        return self._of_measurements(batch, way_m), self._near[batch]

    def _of_measurements(self, batch: Rows, way_m: float) -> Floats:
        """As `geo.reports.device_weights` for a phone's own earlier reports; earlier reports of
        other phones near by lower the weight as well."""
        alike = np.exp((self._way_m - way_m - self._apart_m[batch]) / DECORRELATION_M)
        own = np.where(self._same[batch], alike, 0.0)
        rho = own.max(axis=1)
        repeated = np.maximum((1.0 - rho) / (1.0 + rho), REPEAT_FLOOR)
        shared = 1.0 + NEIGHBOUR_LIKENESS * (alike - own).sum(axis=1)
        return np.asarray(self._weight[batch] * repeated / shared)


def _near(rows: WeightedReports, earlier: NDArray[np.bool_]) -> Floats:
    """Weight of each place as within reach: less for each earlier one of its kind and time."""
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
