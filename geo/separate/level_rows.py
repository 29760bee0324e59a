"""Levels that phones measured at their own places, for the search for two transmitters."""

from dataclasses import dataclass, fields, replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from geo.earth.frame import Frame, frame_at
from geo.earth.sphere import Floats, wrap_lon_deg
from geo.radio.pathloss import ANTENNA_HEIGHT_M
from geo.reports.device_weights import DEVICE_SHARE, DEVICE_SHARE_FROM, occurrence
from geo.reports.reports import ACCURACY_PER_SIGMA, Reports, gated

Ints = NDArray[np.int64]

SAME_SPOT_M, SAME_MOMENT_S = 25.0, 30.0  # rows of a device that count as one
MOST_ROWS = 150
DECIDED = 0.8  # probability from which a row is assigned to a part
LEAST_SPREAD_DB = 6.0  # lower bound, since a few levels may be equal by chance


@dataclass(frozen=True, slots=True)
class LevelRows:
    """Levels at a phone's own place in a local frame (metres, dBm, seconds), shape (rows,).

    `slack_m2` is added to squared distances: for uncertainty of the place, and antenna height.
    """

    x: Floats
    y: Floats
    slack_m2: Floats
    level_dbm: Floats
    weight: Floats
    device: Ints
    ts_s: Floats

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "LevelRows":
        """Some of the rows."""
        return LevelRows(*(getattr(self, f.name)[rows] for f in fields(self)))

    def usual_dbm(self) -> tuple[float, float]:
        """Mean and standard deviation (dBm, dB) of the levels, whatever the places."""
        total = self.weight.sum()
        mean = float(self.weight @ self.level_dbm / total)
        variance = float(self.weight @ (self.level_dbm - mean) ** 2 / total)
        return mean, max(sqrt(variance), LEAST_SPREAD_DB)


def slack_m2(sigma_m: Floats) -> Floats:
    """`LevelRows.slack_m2` from the standard deviation of a phone's place along one axis (m)."""
    return np.asarray(sigma_m**2 + ANTENNA_HEIGHT_M**2)


@dataclass(frozen=True, slots=True)
class Usable:
    """All usable rows in a frame; `row` is the number of each in the input of `count` rows."""

    count: int
    row: Ints
    levels: LevelRows
    key: Ints
    timed: NDArray[np.bool_]

    @classmethod
    def of(cls, reports: Reports, keys: Ints) -> "Usable | None":
        """In an order set by content alone; None where no row has a usable place."""
        # Row numbers are passed as device codes, so that they come back with the usable rows.
        clean = gated(replace(reports, device=np.arange(len(reports))))
        if len(clean) == 0:
            return None
        row = clean.device
        x, y = _frame(clean).to_xy(clean.lat, clean.lon)
        levels = LevelRows(
            x,
            y,
            slack_m2(clean.accuracy_m / ACCURACY_PER_SIGMA),
            clean.level_dbm,
            np.ones(row.size),
            reports.device[row],
            clean.ts_s,
        )
        return cls(len(reports), row, levels, keys[row], np.isfinite(reports.ts_s[row]))

    def deciding(self) -> tuple[LevelRows, Ints]:
        """Rows with level and time, repeats merged, with weights; and their keys."""
        rows = np.flatnonzero(np.isfinite(self.levels.level_dbm) & self.timed)
        levels, key = self.levels.take(rows), self.key[rows]
        if rows.size == 0:
            return levels, key
        _, phone = np.unique(levels.device, return_inverse=True)
        moment = np.floor((levels.ts_s - levels.ts_s.min()) / SAME_MOMENT_S)
        spot = [np.floor(levels.x / SAME_SPOT_M), np.floor(levels.y / SAME_SPOT_M)]
        alike = np.column_stack([phone, key, moment, *spot])
        _, first, code = np.unique(alike, axis=0, return_index=True, return_inverse=True)
        if first.size < rows.size:  # a device's repeats at one spot are one row
            count = np.bincount(code.ravel())
            level = np.bincount(code.ravel(), weights=levels.level_dbm) / count
            order = np.argsort(first)
            kept = first[order]
            levels, key, phone = levels.take(kept), key[kept], phone[kept]
            levels = replace(levels, level_dbm=level[order])
        if levels.x.size > MOST_ROWS:
            turn = occurrence(phone)
            kept = np.sort(np.argsort(turn, kind="stable")[:MOST_ROWS])
            levels, key, phone = levels.take(kept), key[kept], phone[kept]
        held = np.bincount(phone, minlength=1)
        weight = np.ones(levels.x.size)
        if np.count_nonzero(held) >= DEVICE_SHARE_FROM:
            weight = np.minimum(1.0, DEVICE_SHARE * weight.size / held[phone])
        return replace(levels, weight=weight), key

    def parts(self, chance: Floats) -> Ints:
        """Part of each row of the input, from the probabilities (2 or 3, rows) of usable rows."""
        part = np.full(self.count, -1, np.int64)
        best = chance.argmax(axis=0)
        decided = (chance.max(axis=0) >= DECIDED) & (best < 2)
        part[self.row[decided]] = best[decided]
        return part

    def by_place(self, x: Floats, y: Floats) -> Floats:
        """Probabilities (2, rows) of either place by distance alone.

        A row is decided where one place is nearer by half the distance between the two.
        """
        gap = np.hypot(self.levels.x - x[:, None], self.levels.y - y[:, None])
        apart = float(np.hypot(x[1] - x[0], y[1] - y[0]))
        first = np.clip(0.5 + (gap[1] - gap[0]) * (DECIDED - 0.5) / (0.5 * apart), 0.0, 1.0)
        return np.stack([first, 1.0 - first])


def _frame(reports: Reports) -> Frame:
    # Longitudes relative to the first, so that the median is right at the date line.
    east = wrap_lon_deg(reports.lon - reports.lon[0])
    return frame_at(float(np.median(reports.lat)), float(reports.lon[0] + np.median(east)))
