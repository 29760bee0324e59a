"""One pass of the particle filter over reports in turn, and the watch on whether it still holds.

A filter explains whatever it is told. So its newest reports are judged: where some fit nowhere near
the cloud, or all levels are off together, one that knows nothing is tried on them. If that one
explains them better, and elsewhere, the track was lost and goes on from there; if it is where it
was, the operator has changed the power, and only the law is learned anew.
"""

from typing import Final

import numpy as np
from numpy.random import Generator

from geo.earth.sphere import Floats
from geo.radio.pathloss import PathlossPrior
from geo.reports.device_weights import WeightedReports
from geo.reports.time_batches import BatchWeights, Rows
from geo.track.particles.motion_model import move
from geo.track.particles.pathloss import (
    fade,
    fits,
    log_bearings,
    log_reach,
    update_law,
    update_offset,
)
from geo.track.particles.prior import FIRST, initial_cloud
from geo.track.particles.resampling import resampled
from geo.track.road_graph import Roads

AT_START: Final = 4  # times as many, until `FIRST` reports say roughly where it is
THIN: Final = 0.5  # share of particles that must count, else they are drawn anew (Kish) ..
THIN_AT_START: Final = 0.1  # .. which costs more than it gives while there are many

LOST_ROWS: Final = 8  # the newest levels, by which a track is judged ..
MISFITS: Final = 2  # .. if so many of them fit nowhere near ..
STEP_SCORE: Final = 3.0  # .. or they are off together by so many standard deviations
LOST_NATS: Final = 3.0  # by which to begin anew must explain them better ..
LOST_M: Final = 500.0  # .. and elsewhere; if it is where it was, its power has changed
STEP_MEMORY: Final = 0.9  # a row, of what levels are off together
STEP_KEPT: Final = 0.1  # of the law's sums after a step
LAW_WEIGHT: Final = 10.0  # with less heard the law isn't known
RESTARTS_MOST: Final = 5


class Pass:
    """The state of the filter; `through` takes all batches, `advance` lets time pass.

    `cloud` is as of `now_s`; `line` holds a row (seconds, x, y, sigma) for each batch since
    `since_s`, when the present track begins; `restarts` is how often it was lost.
    """

    def __init__(
        self,
        rows: WeightedReports,
        prior: PathlossPrior,
        particles: int,
        rng: Generator,
        roads: Roads | None,
        alpha: float,
        row: int = 0,
    ) -> None:
        self.rows, self.prior, self.particles, self.rng = rows, prior, particles, rng
        self.roads, self.alpha = roads, alpha
        self.is_level = np.isfinite(rows.level_dbm)
        self.is_timed = np.isfinite(rows.timing_advance)
        self.is_pointed = np.isfinite(rows.bearing_deg)
        self.restarts = 0
        self._begin(row)

    def _begin(self, row: int) -> None:
        """Knows nothing but the reports from this row on."""
        self.first_row = row
        self.cloud = initial_cloud(self.rows, row, AT_START * self.particles, self.roads, self.rng)
        self.batch_weights = BatchWeights(self.rows)
        self.now_s = self.since_s = float(self.rows.ts_s[row])
        self.way_m = self.off_sum = self.off_var = 0.0
        self.misfits: list[bool] = []
        self.line: list[tuple[float, float, float, float]] = []
        self.evidence: list[float] = []  # log-likelihood of each batch

    def through(self, batches: list[Rows]) -> None:
        """Takes all batches in turn; where the track is lost, goes back to where that began."""
        index, start = 0, 0
        while index < len(batches):
            self._take(batches[index])
            index += 1
            if not self._is_suspect():
                continue
            first = self._newest(batches, start, index)
            may_restart = first > start and self.restarts < RESTARTS_MOST
            if may_restart and self._is_lost(batches[first:index]):
                self.restarts += 1
                index = start = first
                self._begin(int(batches[first][0]))
            elif self._has_stepped():
                self.cloud.law_sums *= STEP_KEPT
            self.misfits.clear()
            self.off_sum = self.off_var = 0.0

    def advance(self, to_s: float) -> None:
        """Lets time pass up to `to_s` (seconds)."""
        span_s = to_s - self.now_s
        if span_s <= 0.0:
            return
        fade(self.cloud, span_s)
        move(self.cloud, span_s, self.rng)
        self.way_m += span_s * float(self.cloud.weight @ np.hypot(*self.cloud.velocity))
        self.now_s = to_s

    def _newest(self, batches: list[Rows], start: int, end: int) -> int:
        """From which batch on the last `LOST_ROWS` levels before `end` are, or `start`."""
        levels, first = 0, end
        while first > start and levels < LOST_ROWS:
            first -= 1
            levels += int(self.is_level[batches[first]].sum())
        return first

    def _is_lost(self, batches: list[Rows]) -> bool:
        """Whether the last batches are explained better by one of which nothing is known, and that
        elsewhere."""
        fresh = Pass(
            self.rows,
            self.prior,
            self.particles,
            self.rng,
            self.roads,
            self.alpha,
            int(batches[0][0]),
        )
        for batch in batches:
            fresh._take(batch)
        gained = sum(fresh.evidence) - sum(self.evidence[-len(batches) :])
        here, there = self.cloud, fresh.cloud
        apart = np.hypot(*np.subtract(here.mean_xy(), there.mean_xy()))
        blur = 2.0 * np.hypot(here.sigma_m(), there.sigma_m())
        return bool(gained > LOST_NATS and apart > max(LOST_M, blur))

    def _is_suspect(self) -> bool:
        return sum(self.misfits) >= MISFITS or self._has_stepped()

    def _has_stepped(self) -> bool:
        return abs(self.off_sum) > STEP_SCORE * float(np.sqrt(self.off_var))

    def _take(self, batch: Rows) -> None:
        self.advance(float(self.rows.ts_s[batch].mean()))
        cloud, rows = self.cloud, self.rows
        weight, near_weight = self.batch_weights.of(batch, self.way_m)
        log_likelihood = log_reach(cloud, rows.take(batch), near_weight, self.prior)
        has_level = self.is_level[batch]
        if has_level.any():
            log_levels, z = update_law(
                cloud, rows.take(batch[has_level]), weight[has_level], self.prior
            )
            log_likelihood += log_levels
            self._watch(batch[has_level], z)
        for at in np.flatnonzero(self.is_timed[batch]):
            log_likelihood += np.log(
                update_offset(cloud, rows.take(batch[at : at + 1]), float(weight[at]))
            )
        log_likelihood *= self.alpha
        pointed = self.is_pointed[batch]
        if pointed.any():  # bearings aren't tempered: nothing makes them alike
            log_likelihood += log_bearings(cloud, rows.take(batch[pointed]), weight[pointed])
        top = float(log_likelihood.max())
        cloud.weight *= np.exp(log_likelihood - top)
        likelihood = float(cloud.weight.sum())
        cloud.weight /= likelihood
        self.evidence.append(top + float(np.log(likelihood)))
        self._renew(int(batch[-1]))
        x, y = self.cloud.mean_xy()
        self.line.append((self.now_s, x, y, self.cloud.sigma_m()))

    def _renew(self, row: int) -> None:
        """Draws particles anew where few count."""
        cloud = self.cloud
        many = cloud.size > self.particles
        enough = THIN_AT_START if many else THIN
        if many and row - self.first_row >= FIRST - 1:
            self.cloud = resampled(cloud, self.particles, self.rng)
        elif cloud.effective() < enough * cloud.size:
            self.cloud = resampled(cloud, cloud.size, self.rng)

    def _watch(self, levels: Rows, z: Floats) -> None:
        """Notes levels that fit nowhere near the cloud, and whether all are off together."""
        weight = self.cloud.weight
        self.misfits += (~fits(z, weight)).tolist()
        del self.misfits[:-LOST_ROWS]
        off = np.clip(z, -3.0, 3.0) @ weight
        kept = STEP_MEMORY**off.size
        self.off_sum = kept * self.off_sum + float(off.sum())
        self.off_var = kept**2 * self.off_var + off.size
        if self.cloud.law_sums[0] @ weight < LAW_WEIGHT:
            self.off_sum = self.off_var = 0.0
