"""Where a transmitter that may move is now: a filter over a grid of places.

A single fix from the reports of some minutes blurs a car's path into one spot, and is more certain
of it with every report. So reports are taken in slices of time, oldest first, and between slices
the probability moves: some hypotheses rest, some wander, some drive in one direction, with changes
between these modes (an interacting multiple model, Blom and Bar-Shalom 1988, on a grid as Bucy and
Senne 1971). One more hypothesis never moves; its probability against all others is the test for
standing still. Power and exponent of the path loss are unknown but constant, and carried as
hypotheses too.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from geo.earth.frame import Frame
from geo.earth.sphere import Floats
from geo.posterior.posterior import Posterior, hill_top
from geo.radio.pathloss import PathlossPrior
from geo.reports.crowd_centre import core
from geo.reports.device_weights import DEVICE_SHARE, DEVICE_SHARE_FROM, WeightedReports
from geo.reports.reports import Reports
from geo.reports.time_batches import FEW, HORIZON_S, recent, weighted_by_part
from geo.track.grid.grid_motion import MODES, Singles, changed, moved, sum_over_modes
from geo.track.grid.grid_pathloss import Laws, ReportsOnGrid

SLICE_S = 10.0  # length of the slices of time in which reports are taken ..
SLICE_SHARE = 0.2  # .. or this share of their age, where that is more
AGE_STEP_S = 2  # ages of slices are multiples of this, so that kernels of motion can be cached
CELLS = 23  # a side; odd
STEP_M = 10  # the grid's steps are multiples of this, for the same reason
MARGIN_M = 600.0  # around the phones: the transmitter may stand outside
BEAM_M = 1_000.0  # length along a bearing that the grid holds, where there are few phones
RECENT_S = 120.0  # decay of a report's weight for the middle of the grid
MOST_NATS = 60.0  # by which one slice may lower the log-likelihood of a place
LEFT_OUT = 5e-3  # probability, moving and standing, below which a law is dropped ..
DROPPED_TOGETHER = 0.8  # .. once no more than this share of the laws is above it

STANDING_CHANCE = 0.5  # prior probability of never moving within the horizon
STANDING_MOST = 0.3  # largest weight of the hypothesis of never moving in the place


@dataclass(frozen=True, slots=True)
class Followed:
    """The answer for one time.

    `posterior` is the place then; `standing` the probability that the transmitter has not moved
    within `geo.reports.time_batches.HORIZON_S`.
    """

    posterior: Posterior
    standing: float


def follow(reports: Reports, at_s: float, prior: PathlossPrior | None = None) -> Followed | None:
    """Follow a transmitter up to `at_s` (seconds); later rows are ignored.

    None where there are fewer than `geo.reports.time_batches.FEW_OF_ALL` rows in the last half
    hour, and than `geo.reports.time_batches.FEW` at a phone's own place. Independent of the order
    of rows and of the values of device codes. `prior` is GSM's by default.
    """
    found = _weighted_slices(reports, at_s)
    if found is None:
        return None
    frame, weighted, part = found
    age_s = at_s - weighted.ts_s
    x, y = _axes(weighted, age_s)
    laws = Laws.of(prior or PathlossPrior())
    on_grid = ReportsOnGrid.of(weighted, x, y, laws.prior)
    paths = _Paths.unknown(laws, x, y)
    for at in np.unique(part)[::-1]:
        rows = np.flatnonzero(part == at)
        mean_age_s = float(age_s[rows].mean())
        paths.step(on_grid, rows, AGE_STEP_S * round(mean_age_s / AGE_STEP_S))
    standing = paths.standing()
    joint = _mixture(paths, standing)
    return Followed(_posterior(frame, x, y, joint, weighted, paths.laws), standing)


@dataclass(slots=True)
class _Paths:
    """The state of the filter.

    `joint` (modes, y, laws, x) is the probability given that the transmitter moves, `log_moving`
    the log-evidence of that. `stood` (y, laws, x) is the log-likelihood if it never moved; both
    leave out the same factor. `age_s` is that of the newest slice so far.
    """

    laws: Laws
    joint: Singles
    stood: Singles
    step_m: tuple[int, int]
    log_moving: float = 0.0
    age_s: int | None = None

    @classmethod
    def unknown(cls, laws: Laws, x: Floats, y: Floats) -> "_Paths":
        """Before any report."""
        shape = (CELLS, laws.chance.size, CELLS)
        joint = np.empty((MODES, *shape), np.float32)
        joint[:] = (laws.chance / (MODES * CELLS**2))[:, None]
        return cls(
            laws,
            joint,
            np.zeros(shape, np.float32),
            (round(x[1] - x[0]), round(y[1] - y[0])),
        )

    def step(self, on_grid: ReportsOnGrid, rows: NDArray[np.intp], age_s: int) -> None:
        """Moves on to the next slice and multiplies by the likelihood of its reports."""
        span_s = 0 if self.age_s is None else self.age_s - age_s
        self.age_s = age_s
        log_likelihood = on_grid.log_likelihood(self.laws, rows)
        log_likelihood -= log_likelihood.max()
        np.maximum(log_likelihood, np.float32(-MOST_NATS), out=log_likelihood)
        self.stood += log_likelihood
        self.joint = moved(self.joint, *self.step_m, span_s)
        total = changed(self.joint, span_s, np.exp(log_likelihood))
        by_law = total.sum(axis=(0, 2), dtype=float)
        mass = float(by_law.sum())
        self.joint *= np.float32(1.0 / mass)
        self.log_moving += float(np.log(mass))
        self._drop(by_law / mass)

    def _drop(self, by_law: Floats) -> None:
        """Drops the laws that are unlikely both for moving and for standing."""
        kept = by_law > LEFT_OUT
        if kept.mean() > DROPPED_TOGETHER:
            return
        stood = self.if_standing().sum(axis=(0, 2))
        kept |= stood > LEFT_OUT * stood.sum()
        if not kept.all():
            self.laws = self.laws.take(kept)
            self.joint = np.ascontiguousarray(self.joint[:, :, kept])
            self.stood = np.ascontiguousarray(self.stood[:, kept])

    def if_standing(self) -> Singles:
        """Probability of place and law if it never moved, up to a factor."""
        chance = np.exp(self.stood - self.stood.max())
        chance *= self.laws.chance.astype(np.float32)[:, None]
        return np.asarray(chance)

    def standing(self) -> float:
        """Probability that it never moved."""
        mean = self.if_standing().sum(dtype=float) / CELLS**2
        odds = np.log(mean) + float(self.stood.max()) - self.log_moving
        odds += np.log(STANDING_CHANCE / (1.0 - STANDING_CHANCE))
        return float(expit(odds))


def _mixture(paths: _Paths, standing: float) -> Floats:
    """Probability of (y, law, x) over all modes at the time asked for.

    Never having moved weighs no more than `STANDING_MOST`, since what stood so far may drive off.
    """
    still = paths.if_standing().astype(float)
    moving = sum_over_modes(moved(paths.joint, *paths.step_m, paths.age_s or 0)).astype(float)
    share = min(standing, STANDING_MOST)
    return np.asarray(share * still / still.sum() + (1.0 - share) * moving / moving.sum())


def _weighted_slices(
    reports: Reports, at_s: float
) -> tuple[Frame, WeightedReports, NDArray[np.int64]] | None:
    """Weighted rows within the horizon and the slice of each, 0 the newest.

    A phone's reports are merged within one slice only: later, the transmitter is elsewhere.
    """
    edges = [0.0]
    while edges[-1] < HORIZON_S:
        edges.append(edges[-1] + max(SLICE_S, SLICE_SHARE * edges[-1]))
    kept = recent(reports, at_s)
    if kept is None:
        return None
    found = weighted_by_part(kept, np.searchsorted(edges, at_s - kept.ts_s, side="right") - 1)
    if found is None:
        return None
    frame, weighted, part = found
    held = np.bincount(weighted.device, weights=weighted.weight)
    weight, crowd = weighted.weight, ~weighted.trusted
    if np.unique(weighted.device[crowd]).size >= DEVICE_SHARE_FROM:
        ceiling = DEVICE_SHARE * weight[crowd].sum()
        limited = weight * np.minimum(1.0, ceiling / held[weighted.device])
        weight = np.where(crowd, limited, weight)
    return frame, replace(weighted, weight=weight), part


def _axes(weighted: WeightedReports, age_s: Floats) -> tuple[Floats, Floats]:
    own = np.isnan(weighted.place_sigma_m)
    if not own.any():
        own[:] = True
    if (own & ~weighted.trusted).sum() < FEW:  # with few phones the grid must hold the beams
        weighted, age_s, own = _with_beams(weighted, age_s, own)
    x, y = weighted.x[own], weighted.y[own]
    newness = weighted.weight[own] * np.exp(-age_s[own] / RECENT_S) + 1e-9
    middle = _median(x, newness), _median(y, newness)
    near = core(x, y, middle)
    return _axis(x[near]), _axis(y[near])


def _with_beams(
    weighted: WeightedReports, age_s: Floats, own: NDArray[np.bool_]
) -> tuple[WeightedReports, Floats, NDArray[np.bool_]]:
    """The rows, and those with a bearing a second time, moved along it by `BEAM_M`."""
    rows = np.r_[np.arange(own.size), np.flatnonzero(np.isfinite(weighted.bearing_deg))]
    way_m = np.where(np.arange(rows.size) < own.size, 0.0, BEAM_M)
    towards = np.radians(np.nan_to_num(weighted.bearing_deg[rows]))
    more = weighted.take(rows)
    more = replace(more, x=more.x + way_m * np.sin(towards), y=more.y + way_m * np.cos(towards))
    return more, age_s[rows], own[rows]


def _median(values: Floats, weight: Floats) -> float:
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weight[order])
    return float(values[order[np.searchsorted(below, 0.5 * below[-1])]])


def _axis(values: Floats) -> Floats:
    """Evenly spaced around the values, in steps that are multiples of `STEP_M`."""
    middle = 0.5 * float(values.min() + values.max())
    half = 0.5 * float(values.max() - values.min()) + MARGIN_M
    step = STEP_M * np.ceil(2.0 * half / (CELLS - 1) / STEP_M)
    return np.asarray(middle + step * (np.arange(CELLS) - CELLS // 2))


def _posterior(
    frame: Frame, x: Floats, y: Floats, joint: Floats, weighted: WeightedReports, laws: Laws
) -> Posterior:
    p, law = joint.sum(axis=1), joint.sum(axis=(0, 2))
    return Posterior(
        frame=frame,
        x=x,
        y=y,
        p=p,
        mode_xy=hill_top(x, y, p),
        devices=np.unique(weighted.device).size,
        power_dbm_100m=float(law @ laws.power_dbm),
        exponent=float(law @ laws.exponent),
    )
