"""One pass of the particle filter over batches of reports, and tests whether it is still right.

A filter explains any reports somehow. So its newest ones are tested: where some fit nowhere near
the cloud, or all levels are off together, a fresh filter is tried on them. If that explains them
better and puts the transmitter elsewhere, the track was lost, and the fresh one is continued. If it
has the same place, the operator has changed the power, and only the path-loss law is learned again.
"""

from collections.abc import Callable
from copy import copy
from typing import Final

import numpy as np
from numpy.random import PCG64, Generator

from geo.earth.sphere import Floats
from geo.radio.pathloss import PathlossPrior
from geo.reports.device_weights import WeightedReports
from geo.reports.time_batches import BatchWeights, Rows
from geo.track.particles.motion_model import move
from geo.track.particles.pathloss import (
    REACH_CHANCE,
    fade,
    fits,
    log_bearings,
    update_law,
    update_offset,
    update_reach,
)
from geo.track.particles.prior import FIRST, first_rows, initial_cloud
from geo.track.particles.resampling import resampled
from geo.track.particles.scattering import scatter
from geo.track.road_graph import Roads

AT_START: Final = 4  # times as many particles for the first `FIRST` reports
THIN: Final = 0.5  # effective share of particles below which they are resampled (Kish) ..
THIN_AT_START: Final = 0.1  # .. and while there are more of them

LOST_ROWS: Final = 8  # the newest levels, with which a track is tested ..
MISFITS: Final = 2  # .. if so many of them fit nowhere near ..
STEP_SCORE: Final = 3.0  # .. or they are off together by so many standard deviations
LOST_NATS: Final = 3.0  # by which a fresh filter must explain them better ..
LOST_M: Final = 500.0  # .. and at least so far away; if nearer, the power has changed
STEP_MEMORY: Final = 0.9  # decay a row of the sum of residuals
STEP_KEPT: Final = 0.1  # share of what is known of law and reach that outlasts a step of the power
LAW_WEIGHT: Final = 10.0  # weight of levels below which the law is not known well enough
RESTARTS_MOST: Final = 5


class Pass:
    """The state of the filter; `through` takes all batches, `advance` lets time pass.

    `cloud` is as of `now_s`; `line` holds a row (seconds, x, y, sigma) for each batch since
    `since_s`, the start of the present track; `restarts` counts how often it was lost. What it has
    come to depends on no more than the first `looked` rows and `furthest` batches, and where it has
    begun `by_returns`, on that no row lies at a phone's own place.
    """

    def __init__(
        self,
        rows: WeightedReports,
        prior: PathlossPrior,
        particles: int,
        rng: Generator,
        roads: Roads | None,
        alpha: float,
    ) -> None:
        self.prior, self.particles, self.rng = prior, particles, rng
        self.roads, self.alpha = roads, alpha
        self._of(rows)
        self.way_by_row: Floats = np.empty(0)  # of one that was `kept`
        self.restarts = self.looked = self.furthest = 0
        self.by_returns = False
        self.index = self.start = 0  # of the next batch, and of the first of the present track
        self._begin(0)

    def _begin(self, row: int) -> None:
        """Starts afresh with the reports from this row on."""
        self.first_row = row
        first = first_rows(self.rows, row)
        # With fewer, the next row too would bound the cloud.
        seen = int(first[-1]) + 1 if first.size == FIRST else self.rows.x.size + 1
        self.looked = max(self.looked, seen)
        self.by_returns |= not np.isnan(self.rows.place_sigma_m[first]).any()
        self.cloud = initial_cloud(self.rows, row, AT_START * self.particles, self.roads, self.rng)
        self.batch_weights = BatchWeights(self.rows)
        self.now_s = self.since_s = float(self.rows.ts_s[row])
        self.way_m = self.off_sum = self.off_var = 0.0
        self.misfits: list[bool] = []
        self.line: list[tuple[float, float, float, float]] = []
        self.evidence: list[float] = []  # log-likelihood of each batch

    def through(self, batches: list[Rows], mark: Callable[["Pass"], None] | None = None) -> None:
        """Takes the batches from `index` on; where the track is lost, starts again at the newest.

        `mark` is called after each.
        """
        while self.index < len(batches):
            self._take(batches[self.index])
            self.index += 1
            self.furthest = max(self.furthest, self.index)
            if self._is_suspect():
                self._reconsider(batches)
            if mark is not None:
                mark(self)

    def kept(self) -> "Pass":
        """A copy that stays as it is while this one goes on; without the reports themselves."""
        other = copy(self)
        other.cloud, other.rng = self.cloud.copy(), _same_chance(self.rng)
        other.way_by_row = self.batch_weights.way_m[: self.looked].copy()
        other.misfits, other.line = self.misfits.copy(), self.line.copy()
        other.evidence = self.evidence.copy()
        del other.batch_weights, other.rows, other.is_level, other.is_timed, other.is_pointed
        return other

    def resumed(self, rows: WeightedReports) -> "Pass":
        """The same as it was `kept`, to go on with reports of which the first are the same."""
        other = copy(self)
        other._of(rows)
        other.cloud, other.rng = self.cloud.copy(), _same_chance(self.rng)
        other.batch_weights = BatchWeights(rows, self.way_by_row[: rows.x.size])
        other.misfits, other.line = self.misfits.copy(), self.line.copy()
        other.evidence = self.evidence.copy()
        return other

    def _of(self, rows: WeightedReports) -> None:
        self.rows = rows
        self.is_level = np.isfinite(rows.level_dbm)
        self.is_timed = np.isfinite(rows.timing_advance)
        self.is_pointed = np.isfinite(rows.bearing_deg)

    def _reconsider(self, batches: list[Rows]) -> None:
        """Starts again where the track was lost, learns the law again where the power changed."""
        first = self._newest(batches, self.start, self.index)
        may_restart = first > self.start and self.restarts < RESTARTS_MOST
        if may_restart and self._is_lost(batches[first : self.index]):
            self.restarts += 1
            self.index = self.start = first
            self._begin(int(batches[first][0]))
        elif self._has_stepped():
            self.cloud.law_sums *= STEP_KEPT
            self.cloud.reach *= STEP_KEPT
            self.cloud.reach += (1.0 - STEP_KEPT) * REACH_CHANCE
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
        """The first batch, not before `start`, of the last `LOST_ROWS` levels before `end`."""
        levels, first = 0, end
        while first > start and levels < LOST_ROWS:
            first -= 1
            levels += int(self.is_level[batches[first]].sum())
        return first

    def _is_lost(self, batches: list[Rows]) -> bool:
        """Whether a fresh filter explains the last batches better, with another place."""
        fresh = copy(self)
        fresh._begin(int(batches[0][0]))
        for batch in batches:
            fresh._take(batch)
        self.looked = max(self.looked, fresh.looked)
        self.by_returns |= fresh.by_returns
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
        self.looked = max(self.looked, int(batch[-1]) + 1)
        self.advance(float(self.rows.ts_s[batch].mean()))
        cloud, rows = self.cloud, self.rows
        if cloud.size <= self.particles:  # at first it is everywhere
            scatter(cloud, rows, batch, self.prior, self.rng)
        weight, near_weight = self.batch_weights.of(batch, self.way_m)
        log_likelihood = update_reach(cloud, rows.take(batch), near_weight, self.prior)
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
        if pointed.any():  # bearings aren't tempered, since nothing correlates them
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
        """Resamples where few particles have most of the weight."""
        cloud = self.cloud
        many = cloud.size > self.particles
        enough = THIN_AT_START if many else THIN
        if many and row - self.first_row >= FIRST - 1:
            self.cloud = resampled(cloud, self.particles, self.rng)
        elif cloud.effective() < enough * cloud.size:
            self.cloud = resampled(cloud, cloud.size, self.rng)

    def _watch(self, levels: Rows, z: Floats) -> None:
        """Counts levels that fit nowhere near the cloud, and sums residuals over all levels."""
        weight = self.cloud.weight
        self.misfits += (~fits(z, weight)).tolist()
        del self.misfits[:-LOST_ROWS]
        off = np.clip(z, -3.0, 3.0) @ weight
        kept = STEP_MEMORY**off.size
        self.off_sum = kept * self.off_sum + float(off.sum())
        self.off_var = kept**2 * self.off_var + off.size
        if self.cloud.law_sums[0] @ weight < LAW_WEIGHT:
            self.off_sum = self.off_var = 0.0


def _same_chance(rng: Generator) -> Generator:
    """Another generator that draws the same numbers from here on."""
    same = Generator(PCG64(0))
    same.bit_generator.state = rng.bit_generator.state
    return same
